//! The kinds of text, and the answers that each may get.

use ed25519_dalek::SigningKey;
use keyward_testing::by_hand::text_of;
use keyward_testing::damage::{Groups, groups};
use keyward_verifier::{Day, Environment, Fingerprint, TrustedKey};
use serde::Serialize;

use super::claims::Draft;
use super::dice::Dice;
use super::{damages, forgeries};

/// A text, and the trusted keys and settings of the verifier that reads it.
pub struct Made {
    pub text: String,
    /// The text of the key before the damage.
    pub original: Option<String>,
    pub trusted: Vec<TrustedKey>,
    pub settings: Settings,
}

/// The settings of a verifier, named as in `verify.py`.
#[derive(Clone, Copy, Serialize)]
pub struct Settings {
    pub product: u32,
    pub environment: Environment,
    pub machine: Option<Fingerprint>,
    pub released: Option<Day>,
    pub repair: bool,
}

/// A kind of text.
pub struct Kind {
    pub name: &'static str,
    /// The possible answers: codes, or `accepted`.
    pub answers: &'static [&'static str],
    pub make: fn(&mut Dice, &Signers) -> Made,
}

const fn kind(name: &'static str, answers: &'static [&'static str], make: fn(&mut Dice, &Signers) -> Made) -> Kind {
    Kind { name, answers, make }
}

/// A damage: makes a typed text from the groups of a key.
pub type Damage = fn(&mut Dice, Groups) -> String;

const ACCEPTED: &[&str] = &["accepted"];
const DAMAGED: &[&str] = &["damaged"];
const BAD_SIGNATURE: &[&str] = &["bad-signature"];
const HERE_OR_NOT: &[&str] =
    &["accepted", "wrong-product", "wrong-environment", "wrong-machine", "version-not-covered"];
const REPAIRED_HERE_OR_NOT: &[&str] =
    &["accepted", "damaged", "wrong-product", "wrong-environment", "wrong-machine", "version-not-covered"];
const DECODED_OR_NOT: &[&str] = &[
    "accepted",
    "invalid-claims",
    "needs-newer",
    "wrong-product",
    "wrong-environment",
    "wrong-machine",
    "version-not-covered",
];

/// First the damages in the specification's table, then worse ones, then undamaged texts that are not licenses.
pub const KINDS: &[Kind] = &[
    kind("no damage, any spelling", ACCEPTED, |d, s| damaged(d, s, damages::none)),
    kind("one wrong character", ACCEPTED, |d, s| damaged(d, s, damages::one_character)),
    kind("one wrong group", ACCEPTED, |d, s| damaged(d, s, damages::one_group)),
    kind("two wrong groups", ACCEPTED, |d, s| damaged(d, s, damages::two_groups)),
    kind("two groups of one to ten characters", ACCEPTED, |d, s| damaged(d, s, damages::two_groups_of_any_size)),
    kind("two groups exchanged", ACCEPTED, |d, s| damaged(d, s, damages::two_groups_exchanged)),
    kind("three groups that can't be read", ACCEPTED, |d, s| damaged(d, s, damages::three_unreadable_groups)),
    kind("up to ten marks", ACCEPTED, |d, s| damaged(d, s, |d, groups| damages::marks(d, groups, 1, 10))),
    kind("eleven to fifteen marks", &["accepted", "damaged"], |d, s| {
        damaged(d, s, |d, groups| damages::marks(d, groups, 11, 15))
    }),
    kind("three groups with one wrong character each", ACCEPTED, |d, s| damaged(d, s, damages::three_characters)),
    kind("a group missing", ACCEPTED, |d, s| damaged(d, s, damages::one_missing)),
    kind("two groups missing", ACCEPTED, |d, s| damaged(d, s, damages::two_missing)),
    kind("a group missing and another wrong", ACCEPTED, |d, s| damaged(d, s, damages::missing_and_wrong)),
    kind("a group typed twice", ACCEPTED, |d, s| damaged(d, s, damages::doubled)),
    kind("a group typed twice and another wrong", ACCEPTED, |d, s| damaged(d, s, damages::doubled_and_wrong)),
    kind("a row typed twice", ACCEPTED, |d, s| damaged(d, s, damages::row_doubled)),
    kind("a row typed twice and a group wrong", ACCEPTED, |d, s| damaged(d, s, damages::row_doubled_and_wrong)),
    kind("two rows exchanged", ACCEPTED, |d, s| damaged(d, s, damages::rows_exchanged)),
    kind("two rows exchanged and a group wrong", ACCEPTED, |d, s| damaged(d, s, damages::rows_exchanged_and_wrong)),
    kind("a character missing or too many, unseparated", ACCEPTED, |d, s| damaged(d, s, damages::slipped)),
    kind("two characters missing or too many, unseparated", ACCEPTED, |d, s| damaged(d, s, damages::slipped_twice)),
    kind("a character missing or too many and a group wrong, unseparated", ACCEPTED, |d, s| {
        damaged(d, s, damages::slipped_and_wrong)
    }),
    kind("three to five wrong groups", DAMAGED, |d, s| damaged(d, s, damages::many_groups)),
    kind("sixteen marks and more", &["accepted", "damaged"], |d, s| {
        damaged(d, s, |d, groups| damages::marks(d, groups, 16, 60))
    }),
    kind("three to six groups missing", &["damaged", "malformed"], |d, s| damaged(d, s, damages::many_missing)),
    kind("some damages at once", &["accepted", "damaged", "malformed"], |d, s| damaged(d, s, damages::several)),
    kind("a part overwritten", &["accepted", "damaged", "malformed"], |d, s| damaged(d, s, damages::overwritten)),
    kind("rubbish", &["damaged", "malformed"], |d, s| damaged(d, s, damages::rubbish)),
    kind("about the maximum of 4096 bytes", &["accepted", "malformed"], |d, s| {
        damaged(d, s, damages::about_4096_bytes)
    }),
    kind("a verifier with random settings", HERE_OR_NOT, random_settings),
    kind("damaged, a verifier with random settings", REPAIRED_HERE_OR_NOT, damaged_and_random_settings),
    kind("untrusted signer", &["unknown-key"], |d, s| untrusted(d, s, damages::none)),
    kind("untrusted signer, a group wrong", &["unknown-key"], |d, s| untrusted(d, s, damages::one_group)),
    kind("untrusted signer, a row typed twice", &["unknown-key"], |d, s| untrusted(d, s, damages::row_doubled)),
    kind("untrusted signer, marks", &["unknown-key", "damaged"], |d, s| {
        untrusted(d, s, |d, groups| damages::marks(d, groups, 1, 15))
    }),
    kind("untrusted signer, several damages", &["unknown-key", "damaged", "malformed"], |d, s| {
        untrusted(d, s, damages::several)
    }),
    kind("locked to a machine with some other components", &["accepted", "wrong-machine"], locked),
    kind("a number at its bound, or beyond it", DECODED_OR_NOT, |d, s| {
        signed_as(d, s, Draft::with_a_number_at_its_bound)
    }),
    kind("grace, fingerprint, extension or flags at their bound, or beyond it", DECODED_OR_NOT, |d, s| {
        signed_as(d, s, Draft::with_a_rule_at_its_bound)
    }),
    kind("odd limits", DECODED_OR_NOT, |d, s| signed_as(d, s, Draft::with_odd_limits)),
    kind("an odd licensee", DECODED_OR_NOT, |d, s| signed_as(d, s, Draft::with_an_odd_licensee)),
    kind("claims that were changed before they were signed", DECODED_OR_NOT, claims_changed),
    kind("claims that were changed before they were signed, a group wrong", DECODED_OR_NOT, claims_changed_and_wrong),
    kind("a bit flipped", &["malformed", "needs-newer", "unknown-key", "bad-signature"], forgeries::bit_flipped),
    kind("another version", &["needs-newer"], forgeries::another_version),
    kind("a pad bit set", &["accepted", "malformed"], forgeries::pad_bits),
    kind(
        "any groups, right check groups",
        &["malformed", "needs-newer", "unknown-key", "bad-signature"],
        forgeries::any_groups,
    ),
    kind("signed with another key", BAD_SIGNATURE, forgeries::another_key),
    kind("signed for another purpose", BAD_SIGNATURE, forgeries::another_label),
    kind("s + L", BAD_SIGNATURE, forgeries::s_plus_order),
    kind("any s and R", BAD_SIGNATURE, forgeries::any_signature),
    kind("R of small order, an s that fits", BAD_SIGNATURE, forgeries::small_order),
    kind("R and a point of small order, an s that fits but for the cofactor", BAD_SIGNATURE, forgeries::torsion),
    kind("forged, a group wrong", DAMAGED, forgeries::forged_and_wrong),
];

/// Signing keys; the first two have the same hint.
pub struct Signers(Vec<SigningKey>);

impl Signers {
    pub fn new() -> Signers {
        let keys = |number: u64| SigningKey::from_bytes(&Dice::new(number, 0).array());
        let mut seen: Vec<(SigningKey, [u8; 2])> = Vec::new();
        for number in 0.. {
            let key = keys(number);
            let hint = trust(&key).id().hint().to_bytes();
            if let Some((twin, _)) = seen.iter().find(|(_, other)| *other == hint) {
                let others = (1_000_000..1_000_004).map(keys);
                return Signers([twin.clone(), key].into_iter().chain(others).collect());
            }
            seen.push((key, hint));
        }
        unreachable!("there are 65,536 hints")
    }

    pub fn one(&self, dice: &mut Dice) -> &SigningKey {
        &self.0[dice.below(self.0.len())]
    }

    /// A signer with another hint than `than`.
    pub fn other(&self, dice: &mut Dice, than: &SigningKey) -> &SigningKey {
        loop {
            let other = self.one(dice);
            if hint(other) != hint(than) {
                return other;
            }
        }
    }
}

pub fn trust(key: &SigningKey) -> TrustedKey {
    TrustedKey::from_bytes(&key.verifying_key().to_bytes()).unwrap()
}

pub fn hint(key: &SigningKey) -> [u8; 2] {
    trust(key).id().hint().to_bytes()
}

/// The signer's key among others, each once, so that at most two keys have the same hint. Three keys and the 32 candidates
/// that marks may leave would need more than the permitted 64 signatures, and the specification leaves the order open.
pub fn trusted(dice: &mut Dice, signers: &Signers, signer: &SigningKey) -> Vec<TrustedKey> {
    let count = dice.below(4);
    let others = dice.places(count, signers.0.len()).into_iter().map(|place| trust(&signers.0[place]));
    let mut trusted: Vec<_> = others.filter(|other| *other != trust(signer)).collect();
    trusted.insert(dice.between(0, trusted.len()), trust(signer));
    trusted
}

/// Label, header and payload with their signature, as the text of a key.
pub fn signed(signer: &SigningKey, payload: &[u8]) -> String {
    let header = forgeries::header(signer);
    let signature = forgeries::sign(signer, b"keyward/v1/license\0", &header, payload);
    text_of(&[&header, payload, &signature[..]].concat())
}

/// A genuine license with a damaged text, and a verifier that accepts the original.
pub fn damaged(dice: &mut Dice, signers: &Signers, damage: Damage) -> Made {
    let signer = signers.one(dice);
    let draft = Draft::any(dice);
    let original = signed(signer, &draft.payload());
    let text = damage(dice, groups(&original));
    let settings = draft.settings_that_accept(dice);
    Made { text, original: Some(original), trusted: trusted(dice, signers, signer), settings }
}

fn random_settings(dice: &mut Dice, signers: &Signers) -> Made {
    let made = damaged(dice, signers, damages::none);
    Made { settings: changed(dice, made.settings), ..made }
}

fn damaged_and_random_settings(dice: &mut Dice, signers: &Signers) -> Made {
    let made = damaged(dice, signers, damages::one_group);
    let settings = Settings { repair: !dice.one_in(4), ..changed(dice, made.settings) };
    Made { settings, ..made }
}

/// The settings with some of them changed.
fn changed(dice: &mut Dice, settings: Settings) -> Settings {
    let mut settings = settings;
    if dice.one_in(4) {
        settings.product = dice.number_of_bits(32) as u32;
    }
    if dice.one_in(3) {
        settings.environment = dice.of(&[Environment::Production, Environment::Staging, Environment::Development]);
    }
    if dice.one_in(3) {
        settings.machine = None;
    }
    if dice.one_in(3) {
        settings.released = Day::from_number(dice.below(2_914_270) as u32);
    } else if let (Some(released), true) = (settings.released, dice.one_in(2)) {
        settings.released = released.checked_add(1);
    }
    settings
}

fn untrusted(dice: &mut Dice, signers: &Signers, damage: Damage) -> Made {
    let stranger = SigningKey::from_bytes(&dice.array());
    let draft = Draft::any(dice);
    let original = signed(&stranger, &draft.payload());
    let text = damage(dice, groups(&original));
    let trusted = (0..dice.below(4)).map(|_| trust(signers.one(dice))).filter(|key| key.id() != trust(&stranger).id());
    let trusted: Vec<_> = trusted.filter(|key| key.id().hint().to_bytes() != hint(&stranger)).collect();
    Made { text, original: Some(original), trusted, settings: draft.settings_that_accept(dice) }
}

/// A license locked to a machine of which some components have changed or are missing.
fn locked(dice: &mut Dice, signers: &Signers) -> Made {
    let signer = signers.one(dice);
    let draft = loop {
        let draft = Draft::any(dice);
        if draft.is_locked() {
            break draft;
        }
    };
    let mut settings = draft.settings_that_accept(dice);
    let mut bytes = settings.machine.unwrap().to_bytes();
    let count = dice.between(0, 4);
    for slot in dice.places(count, 5) {
        let digest = if dice.one_in(3) { [0; 3] } else { dice.array() };
        bytes[1 + 3 * slot..4 + 3 * slot].copy_from_slice(&digest);
    }
    settings.machine = Some(Fingerprint::from_bytes(bytes).unwrap());
    let text = signed(signer, &draft.payload());
    Made { text, original: None, trusted: trusted(dice, signers, signer), settings }
}

/// Signed claims, of which some are not allowed by the format.
fn signed_as(dice: &mut Dice, signers: &Signers, odd: fn(Draft, &mut Dice) -> Draft) -> Made {
    let signer = signers.one(dice);
    let draft = Draft::any(dice);
    let settings = draft.settings_that_accept(dice);
    let text = signed(signer, &odd(draft, dice).payload());
    Made { text, original: None, trusted: trusted(dice, signers, signer), settings }
}

fn claims_changed(dice: &mut Dice, signers: &Signers) -> Made {
    let signer = signers.one(dice);
    let draft = Draft::any(dice);
    let settings = draft.settings_that_accept(dice);
    let text = signed(signer, &draft.changed(dice));
    Made { text: text.clone(), original: Some(text), trusted: trusted(dice, signers, signer), settings }
}

fn claims_changed_and_wrong(dice: &mut Dice, signers: &Signers) -> Made {
    let made = claims_changed(dice, signers);
    Made { text: damages::one_group(dice, groups(&made.text)), ..made }
}
