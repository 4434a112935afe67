//! The same claims through Keyward and other keys and tokens that verify offline: how long the text is, what issuing and
//! verifying cost beside the bare signature, and what verification checks.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml` measures, prints the tables, writes them between the
//! markers of `README.md` and `benches/README.md`, and draws `lengths-and-times.svg`.

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
use ed25519_dalek::{Signature, Signer};

use checks::Checks;
use measure::{Measured, measure};
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

/// The bare signature, which the others are compared with.
pub struct Bare {
    sign: Measured,
    verify: Measured,
}

fn main() -> Result<()> {
    let peers = peers::all()?;
    let bare = bare(&peers::Keyward::with_numbers()?)?;
    let mut rows = Vec::new();
    for peer in &peers {
        let name = peer.about().name;
        eprintln!("{name}");
        rows.push(row(peer.as_ref()).with_context(|| name)?);
    }
    rows.sort_by_key(|row| row.characters.1);

    let overview = report::overview(&rows, &bare);
    println!("{overview}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    write_between_markers(&folder.join("../../README.md"), &overview)?;
    write_between_markers(&folder.join("../README.md"), &report::details(&rows, &bare))?;
    fs::write(folder.join("lengths-and-times.svg"), chart::draw(&rows)?)?;
    Ok(())
}

fn bare(keyward: &dyn Peer) -> Result<Bare> {
    let message = keyward.signed(&keyward.issue(&Order::typical())?)?.message;
    let (signing_key, verifying_key) = (signing_key(), public_key());
    let signature = signing_key.sign(&message);
    let sign = || signing_key.sign(black_box(&message));
    let verify = || verifying_key.verify_strict(black_box(&message), black_box(&signature));
    Ok(Bare { sign: measure(sign, sign), verify: measure(verify, verify) })
}

fn row(peer: &dyn Peer) -> Result<Row> {
    let checks = Checks::of(peer)?;
    let order = Order::typical().with_licensee();
    let text = peer.issue(&order)?;
    let message = peer.signed(&text)?.message;
    let (signing_key, verifying_key) = (signing_key(), public_key());
    let signature: Signature = signing_key.sign(&message);
    let issue = measure(|| peer.issue(black_box(&order)), || signing_key.sign(black_box(&message)));
    let verify = measure(
        || peer.verify(black_box(&text)),
        || verifying_key.verify_strict(black_box(&message), black_box(&signature)),
    );
    let without = peer.issue(&Order::typical())?;
    let characters = (without.chars().count(), text.chars().count());
    Ok(Row { about: peer.about(), characters, issue, verify, checks })
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
