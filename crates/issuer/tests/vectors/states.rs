//! Kept states, made here byte by byte, and marks taken back.

use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use crate::kit::*;

const MACHINE: &str = "01aaaaaabbbbbbcccccc000000000000";
const NO_TIME: i64 = i64::MIN;
/// 2026-03-01 at 9:00, in microseconds.
const MARCH: i64 = 1_772_355_600_000_000;

/// What a state says, to be changed part by part.
#[derive(Clone)]
struct Parts {
    magic: Vec<u8>,
    writes: u64,
    machine: Vec<u8>,
    mark: Vec<u8>,
    bundle: Vec<u8>,
    roots: Vec<u8>,
    signers: Vec<Vec<u8>>,
    signer_count: u32,
    statuses: Vec<Vec<u8>>,
    status_count: u32,
    /// Their number, and their digests.
    recoveries: Vec<u8>,
}

impl Parts {
    fn new() -> Parts {
        Parts {
            magic: b"KWstate\x01".to_vec(),
            writes: 0,
            machine: vec![0; 16],
            mark: mark(NO_TIME, NO_TIME, NO_TIME, 0, 0),
            bundle: numbered(0, 0),
            roots: roots(numbered(0, 0), &[]),
            signers: Vec::new(),
            signer_count: 0,
            statuses: Vec::new(),
            status_count: 0,
            recoveries: vec![0],
        }
    }

    fn full() -> Parts {
        let [first, second] = SIGNERS;
        let signers =
            vec![signer(first, numbered(14, 0xB1), NO_TIME), signer(second, numbered(13, 0xB2), MARCH / 1_000_000)];
        let statuses =
            vec![status(1, first, 1, 14), status(2, first, 64, 14), status(2, second, 64, 13), status(3, second, 7, 3)];
        Parts {
            writes: 7,
            machine: hex::decode(MACHINE).unwrap(),
            mark: mark(MARCH, MARCH - 1, MARCH - 2, 2, 86_400),
            bundle: numbered(5, 0xB0),
            roots: roots(numbered(2, 0xAF), &[b"{}"]),
            recoveries: [&[2][..], &[0xC1; 16], &[0xC0; 16]].concat(),
            ..Parts::new()
        }
        .with_signers(signers)
        .with_statuses(statuses)
    }

    fn with_signers(self, signers: Vec<Vec<u8>>) -> Parts {
        Parts { signer_count: u32::try_from(signers.len()).unwrap(), signers, ..self }
    }

    fn with_statuses(self, statuses: Vec<Vec<u8>>) -> Parts {
        Parts { status_count: u32::try_from(statuses.len()).unwrap(), statuses, ..self }
    }

    fn body(&self) -> Vec<u8> {
        let parts = [
            self.magic.clone(),
            vec![0xA5; 8],
            self.writes.to_be_bytes().to_vec(),
            self.machine.clone(),
            self.mark.clone(),
            self.bundle.clone(),
            self.roots.clone(),
            self.signer_count.to_be_bytes().to_vec(),
            self.signers.concat(),
            self.status_count.to_be_bytes().to_vec(),
            self.statuses.concat(),
            self.recoveries.clone(),
        ];
        parts.concat()
    }

    fn hex(&self) -> String {
        with_checksum(self.body())
    }
}

/// The public keys of two signers: any bytes, since nothing is verified with them.
const SIGNERS: [u8; 2] = [0x51, 0x52];

/// A number, and a digest of that byte.
fn numbered(number: u32, digest: u8) -> Vec<u8> {
    [&number.to_be_bytes()[..], &[digest; 16]].concat()
}

/// A signer: its key, its newest list, and its newest recovery in seconds.
fn signer(key: u8, list: Vec<u8>, recovery: i64) -> Vec<u8> {
    [&[key; 32][..], &list, &recovery.to_be_bytes()].concat()
}

/// A status of a license: by the key, and the list that said it.
fn status(license: u8, key: u8, status: u8, list: u32) -> Vec<u8> {
    [&[license; 16][..], &[key; 32], &[status], &list.to_be_bytes()].concat()
}

fn with_checksum(body: Vec<u8>) -> String {
    let hash = Sha512::digest([b"keyward/v1/state\0", &body[..]].concat());
    hex::encode([&body[..], &hash[..16]].concat())
}

fn mark(instant: i64, clock: i64, recovered: i64, steps: u32, largest: i64) -> Vec<u8> {
    [
        &[1][..],
        &instant.to_be_bytes(),
        &clock.to_be_bytes(),
        &recovered.to_be_bytes(),
        &steps.to_be_bytes(),
        &largest.to_be_bytes(),
    ]
    .concat()
}

/// The highest version of roots with its digest, and the files that lead to it.
fn roots(version: Vec<u8>, files: &[&[u8]]) -> Vec<u8> {
    let mut bytes = version;
    bytes.push(u8::try_from(files.len()).unwrap());
    for file in files {
        bytes.extend(u32::try_from(file.len()).unwrap().to_be_bytes());
        bytes.extend(*file);
    }
    bytes
}

pub fn add(vectors: &mut Vectors) {
    conditions(vectors);
    recoveries(vectors);
}

#[rustfmt::skip] // one case, one line
fn conditions(vectors: &mut Vectors) {
    let (altered, foreign) = (Some("altered"), Some("foreign"));
    let new = |change: &dyn Fn(&mut Parts)| { let mut parts = Parts::new(); change(&mut parts); parts.hex() };
    let full = |change: &dyn Fn(&mut Parts)| { let mut parts = Parts::full(); change(&mut parts); parts.hex() };
    let marked = |bytes: Vec<u8>| new(&|parts| parts.mark.clone_from(&bytes));
    let rooted = |bytes: Vec<u8>| new(&|parts| parts.roots.clone_from(&bytes));
    let [first, second] = SIGNERS;
    let list_1 = || signer(first, numbered(1, 0xB1), NO_TIME);
    let signed = |signers: &[Vec<u8>]| Parts::new().with_signers(signers.to_vec()).hex();
    let listed = |statuses: &[Vec<u8>]| Parts::new().with_signers(vec![list_1(), signer(second, numbered(1, 0xB1), NO_TIME)]).with_statuses(statuses.to_vec()).hex();
    let flipped = |at: usize| { let mut bytes = hex::decode(full(&|_| ())).unwrap(); bytes[at] ^= 1; hex::encode(bytes) };
    let (two_of_three, one_of_three) = ("01aaaaaabbbbbb000000111111222222", "01aaaaaa000000000000111111222222");
    // 9999-04-01 at 12:00, in microseconds.
    let last = 253_378_584_000_000_000;
    for (name, state, machine, writes_known, condition) in [
        ("a new one", new(&|_| ()), None, 0, None),
        ("a new one, on a machine", new(&|_| ()), Some(MACHINE), 0, None),
        ("a full one, on its machine", full(&|_| ()), Some(MACHINE), 7, None),
        ("a full one, where two of three components are left", full(&|_| ()), Some(two_of_three), 0, None),
        ("a full one, where one is left", full(&|_| ()), Some(one_of_three), 0, foreign),
        ("a full one, where the machine is not known", full(&|_| ()), None, 0, foreign),
        ("a copy from before", full(&|_| ()), Some(MACHINE), 8, Some("older")),
        ("a copy from before, on another machine", full(&|_| ()), Some(one_of_three), 8, foreign),
        ("nothing", String::new(), None, 0, altered),
        ("the magic and no more", hex::encode(b"KWstate\x01"), None, 0, altered),
        ("version 2 and no more", hex::encode(b"KWstate\x02"), None, 0, Some("needs-newer")),
        ("version 255", full(&|parts| parts.magic[7] = 255), None, 0, Some("needs-newer")),
        ("version 2, damaged", full(&|parts| parts.magic[7] = 2).replacen("a5a5", "a5a6", 1), None, 0, Some("needs-newer")),
        ("version 0", full(&|parts| parts.magic[7] = 0), Some(MACHINE), 0, altered),
        ("another magic", full(&|parts| parts.magic[0] = b'k'), Some(MACHINE), 0, altered),
        ("a bit of the id changed", flipped(8), Some(MACHINE), 0, altered),
        ("a bit of the mark changed", flipped(50), Some(MACHINE), 0, altered),
        ("a bit of the checksum changed", flipped(Parts::full().body().len()), Some(MACHINE), 0, altered),
        ("altered, on another machine", flipped(8), Some(one_of_three), 8, altered),
        ("a byte less", { let text = full(&|_| ()); text[..text.len() - 2].to_owned() }, Some(MACHINE), 0, altered),
        ("a byte more, with its checksum", with_checksum([Parts::full().body(), vec![0]].concat()), Some(MACHINE), 0, altered),
        ("a checksum without a label", { let body = Parts::new().body(); hex::encode([&body[..], &Sha512::digest(&body)[..16]].concat()) }, None, 0, altered),
        ("a machine of scheme 2", new(&|parts| parts.machine[0] = 2), None, 0, altered),
        ("no machine, with a component", new(&|parts| parts.machine[1] = 1), None, 0, altered),
        ("a machine without components", new(&|parts| parts.machine[0] = 1), Some(MACHINE), 0, None),
        ("a machine without components, where none is known", new(&|parts| parts.machine[0] = 1), None, 0, None),
        ("a mark of version 2", marked([&[2][..], &[0; 36]].concat()), None, 0, altered),
        ("a mark as late as can be", marked(mark(last, NO_TIME, NO_TIME, 0, 0)), None, 0, None),
        ("a mark after every end", marked(mark(last + 1, NO_TIME, NO_TIME, 0, 0)), None, 0, altered),
        ("a step of 300 seconds", marked(mark(NO_TIME, 0, NO_TIME, 1, 300)), None, 0, None),
        ("a step of 299 seconds", marked(mark(NO_TIME, 0, NO_TIME, 1, 299)), None, 0, altered),
        ("a step that was not counted", marked(mark(NO_TIME, 0, NO_TIME, 0, 300)), None, 0, altered),
        ("roots of version 1, to which no file leads", rooted(roots(numbered(1, 0xAF), &[])), None, 0, None),
        ("roots to which two files lead, with any contents", rooted(roots(numbered(3, 0xAF), &[b"", b"not looked at"])), None, 0, None),
        ("a file of roots that is longer than the state", rooted([&numbered(3, 0xAF)[..], &[1], &u32::MAX.to_be_bytes()].concat()), None, 0, altered),
        ("fewer files of roots than it says", rooted([&numbered(3, 0xAF)[..], &[1]].concat()), None, 0, altered),
        ("roots of version 0, with a digest", rooted(roots(numbered(0, 0xAF), &[])), None, 0, altered),
        ("a bundle of version 0, with a digest", new(&|parts| parts.bundle = numbered(0, 0xB0)), None, 0, altered),
        ("a bundle whose digest is zeros", new(&|parts| parts.bundle = numbered(1, 0)), None, 0, None),
        ("a signer without a list", signed(&[signer(first, numbered(0, 0), NO_TIME)]), None, 0, None),
        ("a signer of list 0, with a digest", signed(&[signer(first, numbered(0, 0xB1), NO_TIME)]), None, 0, altered),
        ("a signer of the last list there is", signed(&[signer(first, numbered(u32::MAX, 0xB1), NO_TIME)]), None, 0, None),
        ("a signer of a recovery alone", signed(&[signer(first, numbered(0, 0), 1_772_355_600)]), None, 0, None),
        ("a recovery in the last second of the year 9999", signed(&[signer(first, numbered(0, 0), 253_402_300_799)]), None, 0, None),
        ("a recovery after the year 9999", signed(&[signer(first, numbered(0, 0), 253_402_300_800)]), None, 0, altered),
        ("signers out of order", signed(&[signer(second, numbered(1, 0xB1), NO_TIME), list_1()]), None, 0, altered),
        ("a signer twice", signed(&[list_1(), list_1()]), None, 0, altered),
        ("more signers than there are", new(&|parts| parts.signer_count = 1), None, 0, altered),
        ("255 recoveries that were used", new(&|parts| parts.recoveries = [&[255][..], &[0xC0; 255 * 16]].concat()), None, 0, None),
        ("fewer recoveries than there are", new(&|parts| parts.recoveries = [&[1][..], &[0xC0; 32]].concat()), None, 0, altered),
        ("more recoveries than there are", new(&|parts| parts.recoveries = vec![1]), None, 0, altered),
        ("no number of recoveries", new(&|parts| parts.recoveries = Vec::new()), None, 0, altered),
        ("licenses out of order", listed(&[status(2, first, 1, 1), status(1, first, 1, 1)]), None, 0, altered),
        ("a license twice, by two signers", listed(&[status(1, first, 1, 1), status(1, second, 1, 1)]), None, 0, None),
        ("a license twice, by two signers out of order", listed(&[status(1, second, 1, 1), status(1, first, 1, 1)]), None, 0, altered),
        ("a license twice, by one signer", listed(&[status(1, first, 1, 1), status(1, first, 1, 1)]), None, 0, altered),
        ("a license by a signer that is not among them", listed(&[status(1, 0x53, 1, 1)]), None, 0, altered),
        ("a license of a status that is unknown", listed(&[status(1, first, 8, 1)]), None, 0, altered),
        ("more licenses than there are", { let mut parts = Parts::new().with_signers(vec![list_1()]).with_statuses(vec![status(1, first, 1, 1)]); parts.status_count = 2; parts.hex() }, None, 0, altered),
        ("a license revoked by one signer and on hold by another", listed(&[status(1, first, 64, 1), status(1, second, 1, 1)]), None, 0, None),
    ] {
        let asked: Vec<_> = [1, 2, 3, 4].map(|byte| hex::encode([byte; 16])).to_vec();
        let question = json!({ "state": state, "machine": machine, "writes_known": writes_known, "asked": asked });
        vectors.add("states", name, question, json!({ "condition": condition }));
    }
    let full = vectors.0["states"][2]["says"].clone();
    assert_eq!(full["remembered"], json!({
        "01".repeat(16): ["leaked", 14], "02".repeat(16): ["on-hold", 14], "03".repeat(16): ["forged", 3], "04".repeat(16): null,
    }));
    assert_eq!((&full["bundle"], &full["list"], &full["writes"]), (&json!(5), &json!(14), &json!(7)));
    assert_eq!(full["signers"].as_object().unwrap().len(), 2);
}

#[rustfmt::skip] // one case, one line
fn recoveries(vectors: &mut Vectors) {
    // In 2027, a clock having run ahead; taken back once before, a second before March.
    let state = Parts { mark: mark(MARCH + 31_536_000_000_000, MARCH, MARCH - 1_000_000, 3, 600), ..Parts::new() };
    let statement = |fields: Value| file("time-statement", fields.to_string(), &[VENDOR]);
    let recovery = |at: &str| statement(json!({ "issued_at": at, "purpose": "recovery", "state": "a5a5a5a5a5a5a5a5" }));
    let unchanged = hex::encode(&state.mark);
    for (name, statement, error, mark_after) in [
        ("the mark is taken back to then", recovery("2026-03-01T09:00:00Z"), None, hex::encode(mark(MARCH, NO_TIME, MARCH, 0, 0))),
        ("it is never moved forward", recovery("2028-01-01T00:00:00Z"), None, hex::encode(mark(MARCH + 31_536_000_000_000, NO_TIME, 1_830_297_600_000_000, 0, 0))),
        ("as old as the one used last", recovery("2026-03-01T08:59:59Z"), Some("recovery-used"), unchanged.clone()),
        ("older than the one used last", recovery("2026-02-01T00:00:00Z"), Some("recovery-used"), unchanged.clone()),
        ("for another state", statement(json!({ "issued_at": "2026-03-01T09:00:00Z", "purpose": "recovery", "state": "a5a5a5a5a5a5a5a6" })), Some("recovery-of-another"), unchanged.clone()),
        ("evidence", statement(json!({ "issued_at": "2026-03-01T09:00:00Z", "purpose": "evidence" })), Some("not-a-recovery"), unchanged),
    ] {
        let question = json!({ "state": state.hex(), "statement": statement, "trusted_keys": [VENDOR.public()] });
        vectors.add("recoveries", name, question, json!({ "error": error, "mark_after": mark_after }));
    }
    // The clock has to be right again: 40 days after the issue at most.
    let back = hex::encode(mark(MARCH, NO_TIME, MARCH, 0, 0));
    for (name, clock, error, mark_after) in [
        ("40 days later by the clock", "2026-04-10T09:00:00Z", None, &back),
        ("a second more than 40 days later by the clock", "2026-04-10T09:00:01Z", Some("clock-ahead"), &hex::encode(&state.mark)),
        ("the clock still in 2099", "2099-01-01T00:00:00Z", Some("clock-ahead"), &hex::encode(&state.mark)),
        ("the clock far behind", "2000-01-01T00:00:00Z", None, &back),
    ] {
        let statement = recovery("2026-03-01T09:00:00Z");
        let question = json!({ "state": state.hex(), "statement": statement, "trusted_keys": [VENDOR.public()], "clock": clock });
        vectors.add("recoveries", name, question, json!({ "error": error, "mark_after": mark_after }));
    }
    // A file that is dated ahead moves the mark again. In 2027, the mark is at 2027-03-01 at 9:00.
    for (name, issued, error, mark_after) in [
        ("beside a file that is dated ahead of the mark", "2099-01-01T00:00:00Z", Some("evidence-ahead"), &hex::encode(&state.mark)),
        ("beside a file that is dated at the mark", "2027-03-01T09:00:00Z", Some("evidence-ahead"), &hex::encode(&state.mark)),
        ("beside a file that is dated a second before the mark", "2027-03-01T08:59:59Z", None, &back),
        ("beside a file of before", "2026-01-01T00:00:00Z", None, &back),
    ] {
        let question = json!({ "state": state.hex(), "statement": recovery("2026-03-01T09:00:00Z"), "trusted_keys": [VENDOR.public()], "issued": issued });
        vectors.add("recoveries", name, question, json!({ "error": error, "mark_after": mark_after }));
    }
    let ahead_of_all = hex::encode(mark(MARCH + 31_536_000_000_000, NO_TIME, 1_830_297_600_000_000, 0, 0));
    let question = json!({ "state": state.hex(), "statement": recovery("2028-01-01T00:00:00Z"), "trusted_keys": [VENDOR.public()], "issued": "2099-01-01T00:00:00Z" });
    vectors.add("recoveries", "after the mark, beside a file that is dated ahead of both", question, json!({ "error": null, "mark_after": ahead_of_all }));
    let question = json!({ "state": state.hex(), "statement": recovery("2026-02-01T00:00:00Z"), "trusted_keys": [VENDOR.public()], "clock": "2099-01-01T00:00:00Z" });
    vectors.add("recoveries", "used before, with the clock still in 2099", question, json!({ "error": "recovery-used", "mark_after": hex::encode(&state.mark) }));
}
