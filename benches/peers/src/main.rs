//! Compares Keyward with other keys and tokens that verify offline, with the same claims: the length of the text, the time
//! to issue and to verify as multiples of the bare signature, and the checks of the verification.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml` measures, prints the tables, writes them between the
//! markers of `docs/peers.md` and `benches/README.md`, and draws `lengths-and-times.svg`.

mod chart;
mod checks;
mod encoding;
mod forge;
mod machine;
mod measure;
mod order;
mod peer;
mod peers;
mod report;

use std::fs;
use std::hint::black_box;
use std::path::Path;

use anyhow::{Context, Result};
use ed25519_dalek::Signer;

use checks::Checks;
use measure::{Measured, Turns};
use order::Order;
use peer::{About, Peer, public_key, signing_key};

/// A row of the tables.
pub struct Row {
    about: About,
    /// Without and with a licensee.
    characters: (usize, usize),
    issue: Measured,
    verify: Measured,
    checks: Checks,
}

/// The bare signature, to which the others are compared.
pub struct Bare {
    sign: Measured,
    verify: Measured,
}

fn main() -> Result<()> {
    let mut subjects = Vec::new();
    for peer in peers::all()? {
        let name = peer.about().name;
        subjects.push(Subject::new(peer).with_context(|| name)?);
    }
    let mut bare = Subject::new(Box::new(peers::Keyward::with_numbers()?))?;
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        bare.measure_signature();
        for subject in &mut subjects {
            subject.measure();
        }
    }
    let bare = Bare { sign: bare.issue.medians(), verify: bare.verify.medians() };
    let mut rows = subjects.into_iter().map(Subject::row).collect::<Result<Vec<_>>>()?;
    rows.sort_by_key(|row| row.characters.1);

    let overview = report::overview(&rows, &bare);
    println!("{overview}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    write_between_markers(&folder.join("../../docs/peers.md"), &overview)?;
    write_between_markers(&folder.join("../README.md"), &report::details(&rows, &bare))?;
    fs::write(folder.join("lengths-and-times.svg"), chart::draw(&rows)?)?;
    Ok(())
}

const ROUNDS: u32 = 7;

/// A peer and its measurements so far.
struct Subject {
    peer: Box<dyn Peer>,
    order: Order,
    text: String,
    /// The bytes that the text signs. The bare signature signs the same.
    message: Vec<u8>,
    issue: Turns,
    verify: Turns,
}

impl Subject {
    fn new(peer: Box<dyn Peer>) -> Result<Subject> {
        let order = Order::typical().with_licensee();
        let text = peer.issue(&order)?;
        let message = peer.signed(&text)?.message;
        Ok(Subject { peer, order, text, message, issue: Turns::default(), verify: Turns::default() })
    }

    fn measure(&mut self) {
        let (signing_key, verifying_key) = (signing_key(), public_key());
        let signature = signing_key.sign(&self.message);
        self.issue.measure(|| self.peer.issue(black_box(&self.order)), || signing_key.sign(black_box(&self.message)));
        self.verify.measure(
            || self.peer.verify(black_box(&self.text)),
            || verifying_key.verify_strict(black_box(&self.message), black_box(&signature)),
        );
    }

    /// Times of the signature alone.
    fn measure_signature(&mut self) {
        let (signing_key, verifying_key) = (signing_key(), public_key());
        let signature = signing_key.sign(&self.message);
        let sign = || signing_key.sign(black_box(&self.message));
        let verify = || verifying_key.verify_strict(black_box(&self.message), black_box(&signature));
        self.issue.measure(sign, sign);
        self.verify.measure(verify, verify);
    }

    fn row(self) -> Result<Row> {
        let about = self.peer.about();
        let checks = Checks::of(self.peer.as_ref()).context(about.name)?;
        let without = self.peer.issue(&Order::typical())?;
        let characters = (without.chars().count(), self.text.chars().count());
        Ok(Row { about, characters, issue: self.issue.medians(), verify: self.verify.medians(), checks })
    }
}

fn write_between_markers(path: &Path, content: &str) -> Result<()> {
    const BEGIN: &str = "<!-- peers: written by benches/peers -->\n";
    const END: &str = "<!-- peers: end -->";
    let text = fs::read_to_string(path)?;
    let (before, rest) = text.split_once(BEGIN).with_context(|| format!("no marker in {}", path.display()))?;
    let (_, after) = rest.split_once(END).context("no marker at the end")?;
    fs::write(path, format!("{before}{BEGIN}\n{content}\n{END}{after}"))?;
    Ok(())
}
