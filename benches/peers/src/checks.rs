use anyhow::{Context, Result, ensure};

use crate::encoding::other_spellings;
use crate::forge;
use crate::order::Order;
use crate::peer::{KeyId, Peer, Use};

/// The checks that a library makes when it verifies, found by experiment.
pub struct Checks {
    pub signatures: Vec<(&'static str, Outcome)>,
    pub start: Outcome,
    pub expiry: Outcome,
    pub product: Outcome,
    pub key_id: KeyId,
    /// Whether a text still verifies three days after its end, and the library reports a grace period.
    pub grace: bool,
    /// Whether the library repairs two wrong characters.
    pub typing: bool,
    pub spellings: Spellings,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Refused,
    Accepted,
}

/// The other spellings of a text that verify, by the names of their changes.
pub enum Spellings {
    Refused,
    Accepted(Vec<&'static str>),
    /// They verify, and the library returns the canonical text for each.
    AcceptedAndCorrected(Vec<&'static str>),
}

impl Checks {
    pub fn of(peer: &dyn Peer) -> Result<Checks> {
        let text = peer.issue(&Order::typical().with_licensee())?;
        ensure!(peer.verify(&text).context("a genuine text")? == Use::InForce, "a current license is in grace");
        let outcome = |order: Order| -> Result<Outcome> { Ok(accepted(peer, &peer.issue(&order)?)) };
        let order = Order::typical().with_licensee();
        let grace = peer.verify(&peer.issue(&order.ended(3))?).is_ok_and(|allowed| allowed == Use::InGrace);
        let typing = peer.verify(&mistyped(&text)).is_ok();
        Ok(Checks {
            signatures: signatures(peer, &text)?,
            start: outcome(order.not_begun())?,
            expiry: outcome(order.ended(400))?,
            product: outcome(order.of_another_product())?,
            key_id: peer.key_id(),
            grace,
            typing,
            spellings: spellings(peer, &text),
        })
    }

    /// Whether verification agrees with `verify_strict` on every unusual signature.
    pub fn strict(&self) -> bool {
        self.signatures.iter().all(|(_, outcome)| *outcome == Outcome::Refused)
    }
}

fn accepted(peer: &dyn Peer, text: &str) -> Outcome {
    if peer.verify(text).is_ok() { Outcome::Accepted } else { Outcome::Refused }
}

fn signatures(peer: &dyn Peer, text: &str) -> Result<Vec<(&'static str, Outcome)>> {
    let signed = peer.signed(text)?;
    // A forged signature has to be in the right place, or else a refusal proves nothing.
    let same = peer.with_signature(text, &signed.signature)?;
    ensure!(accepted(peer, &same) == Outcome::Accepted, "a text with its own signature put back does not verify");
    let seed = peer.seed();
    [
        ("s + L", forge::s_plus_order(&signed)),
        ("R of small order", forge::small_order(&signed, &seed)),
        ("R with torsion", forge::torsion(&signed, &seed)),
    ]
    .into_iter()
    .map(|(name, signature)| Ok((name, accepted(peer, &peer.with_signature(text, &signature)?))))
    .collect()
}

fn spellings(peer: &dyn Peer, text: &str) -> Spellings {
    let read: Vec<_> =
        other_spellings(text).into_iter().filter(|(_, other)| accepted(peer, other) == Outcome::Accepted).collect();
    let names = read.iter().map(|(name, _)| *name).collect();
    if read.is_empty() {
        Spellings::Refused
    } else if read.iter().all(|(_, other)| peer.canonical(other).as_deref() == Some(text)) {
        Spellings::AcceptedAndCorrected(names)
    } else {
        Spellings::Accepted(names)
    }
}

/// The text with two wrong letters or digits, in different places.
fn mistyped(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for part in 1..=2 {
        let start = characters.len() * part / 3;
        if let Some(at) = (start..characters.len()).find(|at| characters[*at].is_ascii_alphanumeric()) {
            characters[at] = if characters[at] == 'A' { 'B' } else { 'A' };
        }
    }
    characters.into_iter().collect()
}
