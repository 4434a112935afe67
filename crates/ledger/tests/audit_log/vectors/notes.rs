//! Checkpoints, good ones and damaged ones.

use base64ct::{Base64, Encoding};
use keyward_issuer::signature::Signer;
use keyward_ledger::audit::{Checkpoint, TreeHead};
use serde_json::{Value, json};

use super::{file, hex_head};
use crate::kit::{ORIGIN, checkpoint, head, key, key_of, signed, signing_key};

/// A note with any text, signed by the key of the log.
pub fn signed_text(text: &str) -> String {
    let signature = signing_key(1).sign(text.as_bytes()).to_bytes();
    let bytes = [&hex::decode(key().to_string().split('+').nth(1).unwrap()).unwrap()[..], &signature].concat();
    format!("{text}\n— {ORIGIN} {}\n", Base64::encode_string(&bytes))
}

pub fn cases() -> Value {
    let entries = ["first", "second", "third"];
    let of_all = head(&entries);
    let ours = signed(of_all);
    assert_eq!(signed_text(&checkpoint(of_all).to_string()), ours);
    let (text, line) = ours.split_once("\n\n").unwrap();
    let root = text.rsplit_once('\n').unwrap().1;
    let witness = "— witness.example u0CBSQAAAA==\n";
    let many = |count| (0..count).map(|_| witness).collect::<String>();
    let staging = key_of("licenses.example.com/staging", 2);
    let staged = Checkpoint { origin: staging.origin().clone(), head: of_all }.sign(&signing_key(2), &staging).unwrap();
    let of_line = |line: &str| format!("{text}\n\n{line}");
    let (dash_and_name, signature) = line.trim_end().rsplit_once(' ').unwrap();
    let (good, malformed, unknown) = (None, Some("malformed"), Some("unknown-key"));
    let (bad, newer, wrong) = (Some("bad-signature"), Some("needs-newer"), Some("wrong-origin"));
    let mut bits = Base64::decode_vec(signature).unwrap();
    bits[40] ^= 1;
    let cases: Vec<(&str, Vec<u8>, Option<&str>)> = vec![
        ("a checkpoint", ours.clone().into(), good),
        ("a witness signed first", of_line(&format!("{witness}{line}")).into(), good),
        ("a witness signed after", of_line(&format!("{line}{witness}")).into(), good),
        ("a witness with a name in other letters", of_line(&format!("— свидетель AAAAAAA=\n{line}")).into(), good),
        (
            "a key with the name of the log and another id",
            of_line(&format!("— {ORIGIN} AAAAAAA=\n{line}")).into(),
            good,
        ),
        ("100 signatures", of_line(&format!("{}{line}", many(99))).into(), good),
        ("101 signatures", of_line(&format!("{line}{}", many(100))).into(), malformed),
        ("no entries", signed(head(&[""; 0])).into(), good),
        ("the largest size", signed(TreeHead { size: u64::MAX, ..of_all }).into(), good),
        ("another log", staged.clone().into(), unknown),
        ("a witness alone", of_line(witness).into(), unknown),
        ("the name in upper case", of_line(&line.replace("licenses", "LICENSES")).into(), unknown),
        ("signed twice", of_line(&format!("{line}{line}")).into(), malformed),
        (
            "signed well and badly",
            of_line(&format!("{line}{dash_and_name} {}\n", Base64::encode_string(&bits))).into(),
            malformed,
        ),
        (
            "a bit of the signature is wrong",
            of_line(&format!("{dash_and_name} {}\n", Base64::encode_string(&bits))).into(),
            bad,
        ),
        (
            "a signature of 63 bytes",
            of_line(&format!("{dash_and_name} {}\n", Base64::encode_string(&bits[..67]))).into(),
            bad,
        ),
        (
            "a signature of no bytes",
            of_line(&format!("{dash_and_name} {}\n", Base64::encode_string(&bits[..4]))).into(),
            malformed,
        ),
        ("another size under the same signature", ours.replacen("\n3\n", "\n4\n", 1).into(), bad),
        ("another root under the same signature", ours.replacen(root, &Base64::encode_string(&[7; 32]), 1).into(), bad),
        ("another name under the same signature", ours.replacen(ORIGIN, "licenses.example.com/staging", 1).into(), bad),
        (
            "another log, signed by this key",
            signed_text(&format!("licenses.example.com/staging\n3\n{root}\n")).into(),
            wrong,
        ),
        ("a space after the name", signed_text(&format!("{ORIGIN} \n3\n{root}\n")).into(), wrong),
        ("a leading zero", signed_text(&format!("{ORIGIN}\n03\n{root}\n")).into(), malformed),
        ("a plus sign", signed_text(&format!("{ORIGIN}\n+3\n{root}\n")).into(), malformed),
        ("a size of 2^64", signed_text(&format!("{ORIGIN}\n18446744073709551616\n{root}\n")).into(), malformed),
        ("fullwidth digits", signed_text(&format!("{ORIGIN}\n３\n{root}\n")).into(), malformed),
        ("no size", signed_text(&format!("{ORIGIN}\n{root}\n")).into(), malformed),
        (
            "a root with bits that base64 leaves over",
            signed_text(&format!("{ORIGIN}\n3\n{}\n", uncanonical(root))).into(),
            malformed,
        ),
        (
            "a root without padding",
            signed_text(&format!("{ORIGIN}\n3\n{}\n", root.trim_end_matches('='))).into(),
            malformed,
        ),
        (
            "a root of 31 bytes",
            signed_text(&format!("{ORIGIN}\n3\n{}\n", Base64::encode_string(&[7; 31]))).into(),
            malformed,
        ),
        ("a root in hex", signed_text(&format!("{ORIGIN}\n3\n{}\n", of_all.root)).into(), malformed),
        ("an extension line", signed_text(&format!("{ORIGIN}\n3\n{root}\nextension\n")).into(), newer),
        (
            "an extension line and a leading zero",
            signed_text(&format!("{ORIGIN}\n03\n{root}\nextension\n")).into(),
            newer,
        ),
        ("an empty line in the text", signed_text(&format!("{ORIGIN}\n3\n{root}\n\nextension\n")).into(), malformed),
        ("an empty line at the end of the text", signed_text(&format!("{ORIGIN}\n3\n{root}\n\n")).into(), malformed),
        ("an empty line at the start", signed_text(&format!("\n{ORIGIN}\n3\n{root}\n")).into(), malformed),
        ("no empty line", ours.replacen("\n\n", "\n", 1).into(), malformed),
        ("two empty lines", ours.replacen("\n\n", "\n\n\n", 1).into(), bad),
        ("an empty line between the signatures", of_line(&format!("{witness}\n{line}")).into(), bad),
        ("an empty line after the signatures", format!("{ours}\n").into(), malformed),
        ("line breaks of Windows", ours.replace('\n', "\r\n").into(), malformed),
        ("one carriage return", ours.replacen("\n3\n", "\r\n3\n", 1).into(), malformed),
        ("a tab", of_line(&line.replacen(' ', "\t", 1)).into(), malformed),
        ("a byte order mark", format!("\u{FEFF}{ours}").into(), bad),
        ("no line break at the end", ours.trim_end().into(), malformed),
        ("the text alone", format!("{text}\n").into(), malformed),
        ("the text and the empty line", format!("{text}\n\n").into(), malformed),
        ("nothing", Vec::new(), malformed),
        ("cut off in the signature", ours[..ours.len() - 9].into(), malformed),
        ("a hyphen for the dash", of_line(&line.replacen('—', "-", 1)).into(), malformed),
        ("two spaces after the dash", of_line(&line.replacen("— ", "—  ", 1)).into(), malformed),
        ("a space at the end", of_line(&line.replacen('\n', " \n", 1)).into(), malformed),
        (
            "a no-break space in the name of a witness",
            of_line(&format!("— a\u{A0}b AAAAAAA=\n{line}")).into(),
            malformed,
        ),
        ("a plus sign in the name of a witness", of_line(&format!("— a+b AAAAAAA=\n{line}")).into(), malformed),
        (
            "a witness whose base64 leaves bits over",
            of_line(&format!("— witness.example AAAAAAB=\n{line}")).into(),
            malformed,
        ),
        ("a witness without a name", of_line(&format!("—  AAAAAAA=\n{line}")).into(), malformed),
        ("not UTF-8", [b"\xFF", ours.as_bytes()].concat(), malformed),
    ];
    let cases = cases.into_iter().map(|(name, note, expected)| {
        let found = key().open(&note);
        assert_eq!(found.as_ref().err().map(|error| error.code()), expected, "{name}: {found:?}");
        let says = found.ok().map(|checkpoint| hex_head(checkpoint.head));
        let mut case = json!({ "name": name, "key": key().to_string(), "error": expected, "says": says });
        case.as_object_mut().unwrap().extend([file("note", &note)]);
        case
    });
    cases.collect()
}

/// The same bytes in base64, with a bit set in the last character that no byte has.
fn uncanonical(base64: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (start, last) = base64.trim_end_matches('=').split_at(base64.len() - 2);
    let value = ALPHABET.find(last).unwrap();
    format!("{start}{}=", ALPHABET.get(value + 1..value + 2).unwrap())
}
