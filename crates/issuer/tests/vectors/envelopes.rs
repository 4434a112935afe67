//! Envelopes, around a payload that is always the same.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::kit::*;

const KIND: &str = "time-statement";
const PAYLOAD: &str = r#"{"issued_at":"2026-03-01T09:00:00Z","purpose":"evidence"}"#;
const MALFORMED: Option<&str> = Some("malformed");

pub fn add(vectors: &mut Vectors) {
    forms(vectors);
    base64(vectors);
    signatures(vectors);
    several(vectors);
}

fn good() -> Value {
    envelope(KIND, PAYLOAD, &[VENDOR])
}

fn forms(vectors: &mut Vectors) {
    let text = good().to_string();
    let (payload_type, payload, signatures) = (&good()["payloadType"], &good()["payload"], &good()["signatures"]);
    let long_hold = format!("{{\"x\":{}{},", "[".repeat(90), "]".repeat(90));
    for (name, file, error) in [
        ("a file that a trusted key signed", text.clone(), None),
        (
            "white space of JSON, all four kinds",
            format!("\n {}\r\n\t", text.replace(':', " :\t").replace(',', "\r\n,")),
            None,
        ),
        (
            "fields in another order",
            format!("{{\"signatures\":{signatures},\"payload\":{payload},\"payloadType\":{payload_type}}}"),
            None,
        ),
        ("an unknown field of the envelope", text.replacen('{', "{\"x\":{\"payload\":null},", 1), None),
        ("an unknown field of the envelope twice", text.replacen('{', "{\"x\":1,\"x\":\"\",", 1), None),
        ("an unknown field of the envelope, nested 90 deep", text.replacen('{', &long_hold, 1), None),
        ("an unknown field with half of a pair of surrogates", text.replacen('{', "{\"x\":\"\\ud800\",", 1), None),
        (
            "an unknown field whose name is half of a pair of surrogates",
            text.replacen('{', "{\"\\ud800\":1,", 1),
            MALFORMED,
        ),
        ("an unknown field whose name is the other half", text.replacen('{', "{\"\\udc00\":1,", 1), MALFORMED),
        ("an unknown field whose name is a whole pair", text.replacen('{', "{\"\\ud83d\\ude00\":1,", 1), None),
        (
            "half of a pair of surrogates as a name in an unknown field",
            text.replacen('{', "{\"x\":{\"\\ud800\":1},", 1),
            None,
        ),
        (
            "an unknown field of a signature whose name is half of a pair of surrogates",
            text.replacen("{\"keyid\"", "{\"\\udc00\":1,\"keyid\"", 1),
            MALFORMED,
        ),
        (
            "an unknown field of a signature with half of a pair of surrogates",
            text.replacen("{\"keyid\"", "{\"x\":[{\"\\ud800\":\"\\udc00\"}],\"keyid\"", 1),
            None,
        ),
        ("a name that is twice in an unknown field", text.replacen('{', "{\"x\":{\"y\":1,\"y\":2},", 1), None),
        ("a number in an unknown field that no float can hold", text.replacen('{', "{\"x\":1e999,", 1), None),
        ("an unknown field of a signature", text.replacen("{\"keyid\"", "{\"cert\":[],\"keyid\"", 1), None),
        ("the name of a field with an escape", text.replace("payloadType", "payload\\u0054ype"), None),
        ("the payload type with an escape", text.replace("/vnd", "\\/vnd"), MALFORMED),
        ("the payload with an escape", text.replacen("\"eyJ", "\"\\u0065yJ", 1), MALFORMED),
        ("a key id with an escape", text.replacen("\"03a", "\"\\u00303a", 1), MALFORMED),
        ("the payload twice", text.replacen('{', &format!("{{\"payload\":{payload},"), 1), MALFORMED),
        (
            "the payload twice, once with an escape in its name",
            text.replacen('{', &format!("{{\"p\\u0061yload\":{payload},"), 1),
            MALFORMED,
        ),
        ("no payload type", text.replace("payloadType", "payload_type"), MALFORMED),
        ("no payload", text.replace("\"payload\"", "\"contents\""), MALFORMED),
        ("no list of signatures", text.replace("\"signatures\"", "\"sigs\""), MALFORMED),
        ("a number for the payload", text.replacen(&payload.to_string(), "1", 1), MALFORMED),
        ("null for the signatures", text.replacen(&signatures.to_string(), "null", 1), MALFORMED),
        ("one signature without a list", text.replace(['[', ']'], ""), MALFORMED),
        ("a list instead of the envelope", json!([payload_type, payload, signatures]).to_string(), MALFORMED),
        (
            "a list instead of a signature",
            text.replacen(
                &signatures.to_string(),
                &json!([[signatures[0]["keyid"], signatures[0]["sig"]]]).to_string(),
                1,
            ),
            MALFORMED,
        ),
        ("a signature without a key id", text.replace("\"keyid\"", "\"key\""), MALFORMED),
        ("a signature without a signature", text.replace("\"sig\"", "\"s\""), MALFORMED),
        ("a byte order mark", format!("\u{feff}{text}"), None),
        ("two byte order marks", format!("\u{feff}\u{feff}{text}"), MALFORMED),
        ("a byte order mark behind it", format!("{text}\u{feff}"), MALFORMED),
        ("a line break in the payload", text.replacen("eyJ", "eyJ\r\n", 1), None),
        (
            "line breaks everywhere, also in the names",
            text.chars().flat_map(|character| [character, '\n']).collect(),
            None,
        ),
        ("a line break and a space in the payload", text.replacen("eyJ", "eyJ\n ", 1), MALFORMED),
        ("a line break that is spelled out", format!("{text}\\n"), MALFORMED),
        ("quoted as in a mail", format!("> {}", text.replacen("eyJ", "eyJ\n> ", 1)), MALFORMED),
        ("cut off", text[..text.len() - 20].to_owned(), MALFORMED),
        ("a character behind it", format!("{text},"), MALFORMED),
        ("U+0000 behind it", format!("{text}\0"), MALFORMED),
        ("a form feed before it", format!("\u{c}{text}"), MALFORMED),
        ("in brackets", format!("[{text}]"), MALFORMED),
        ("something after the envelope", format!("{text}{{}}"), MALFORMED),
        ("a comma too many", text.replace("}]}", "},]}"), MALFORMED),
        ("nothing", String::new(), MALFORMED),
        ("a license key", VENDOR.license(json!({})).to_string(), MALFORMED),
        ("a file of another kind", text.replace("time-statement", "license-file"), MALFORMED),
        ("a file of version 2", text.replace(".v1+", ".v2+"), MALFORMED),
        ("the payload type in upper case", text.replace("vnd.keyward", "vnd.Keyward"), MALFORMED),
    ] {
        vectors.opened_by_vendor(KIND, &format!("the envelope: {name}"), file.into(), error);
    }
    let not_unicode = [&b"{\"x\":\"\xff\","[..], &text.as_bytes()[1..]].concat();
    let bytes = json!({ "file_base64": Base64::encode_string(&not_unicode) });
    let in_base64 = |bytes: &[u8]| json!({ "file_base64": Base64::encode_string(bytes) });
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let before = |mark: &[u8], bytes: &[u8]| in_base64(&[mark, bytes].concat());
    for (name, mut question, error) in [
        ("UTF-16 with a mark, the low byte first", before(&[0xFF, 0xFE], &little), None),
        ("UTF-16 with a mark, the high byte first", before(&[0xFE, 0xFF], &big), None),
        ("UTF-16 without a mark, the low byte first", in_base64(&little), None),
        ("UTF-16 without a mark, the high byte first", in_base64(&big), None),
        ("UTF-16 with the other mark", before(&[0xFE, 0xFF], &little), MALFORMED),
        ("UTF-16 without its last byte", before(&[0xFF, 0xFE], &little[..little.len() - 1]), MALFORMED),
        (
            "UTF-16 with half of a pair of surrogates",
            before(&[0xFF, 0xFE], &[&little[..], &[0, 0xD8]].concat()),
            MALFORMED,
        ),
        ("bytes that are no UTF-8 in an unknown field", bytes, MALFORMED),
        ("as many bytes as there may be", json!({ "file": text, "padded_to": 65_536 }), None),
        ("one byte too many", json!({ "file": text, "padded_to": 65_537 }), MALFORMED),
    ] {
        question["kind"] = KIND.into();
        question["trusted_keys"] = json!([VENDOR.public()]);
        vectors.add("files", &format!("the envelope: {name}"), question, json!({ "error": error }));
    }
}

/// A payload whose base64 has a plus, a slash, and padding with bits to spare.
fn base64(vectors: &mut Vectors) {
    let payload = "{\"issued_at\":\"2026-03-01T09:00:00Z\",\"purpose\":\"evidence\",\"x\":\"~~~???\"}";
    let text = envelope(KIND, payload, &[VENDOR]).to_string();
    let encoded = Base64::encode_string(payload.as_bytes());
    assert!(encoded.contains('/') && encoded.contains('+') && encoded.ends_with('='), "{encoded}");
    let spare = {
        let (start, padding) = encoded.split_at(encoded.find('=').unwrap());
        let (start, last) = start.split_at(start.len() - 1);
        format!("{start}{}{padding}", char::from(last.as_bytes()[0] + 1))
    };
    for (name, other, error) in [
        ("with plus, slash and padding", encoded.clone(), None),
        ("with the alphabet of URLs", encoded.replace('/', "_").replace('+', "-"), MALFORMED),
        ("without padding", encoded.replace('=', ""), MALFORMED),
        ("with more padding", format!("{encoded}===="), MALFORMED),
        ("with a bit that is left over set", spare, MALFORMED),
        ("with a space in it", encoded.replacen('J', "J ", 1), MALFORMED),
        ("of no bytes", String::new(), Some("bad-signature")),
    ] {
        let file = text.replacen(&encoded, &other, 1);
        vectors.opened_by_vendor(KIND, &format!("base64: {name}"), file.into(), error);
    }
}

fn signatures(vectors: &mut Vectors) {
    let message = signed_bytes(&payload_type(KIND), PAYLOAD.as_bytes());
    let good_signature = signature(VENDOR, &message);
    let with = |signature: Value| {
        let mut envelope = good();
        envelope["signatures"] = json!([signature]);
        envelope.to_string()
    };
    let by_vendor = |message: &[u8]| with(json_signature(VENDOR, &signature(VENDOR, message)));
    let mut flipped = good_signature;
    flipped[0] ^= 1;
    let sig = Base64::encode_string(&good_signature);
    let other_type = signed_bytes(&payload_type("license-file"), PAYLOAD.as_bytes());
    for (name, file, error) in [
        ("of the payload alone", by_vendor(PAYLOAD.as_bytes()), Some("bad-signature")),
        ("of the payload under another type", by_vendor(&other_type), Some("bad-signature")),
        (
            "of a license key's label and the payload",
            by_vendor(&[b"keyward/v1/license\0", PAYLOAD.as_bytes()].concat()),
            Some("bad-signature"),
        ),
        ("with a bit changed", with(json_signature(VENDOR, &flipped)), Some("bad-signature")),
        ("with s + L for s", with(json_signature(VENDOR, &with_order_added(good_signature))), Some("bad-signature")),
        (
            "of another key than it names",
            with(json_signature(VENDOR, &signature(SECOND, &message))),
            Some("bad-signature"),
        ),
        ("of 63 bytes", with(json_signature(VENDOR, &good_signature[..63])), MALFORMED),
        ("of 65 bytes", with(json_signature(VENDOR, &[&good_signature[..], &[0]].concat())), MALFORMED),
        ("without padding", with(json!({ "keyid": VENDOR.public(), "sig": sig.trim_end_matches('=') })), MALFORMED),
        ("in hex", with(json!({ "keyid": VENDOR.public(), "sig": hex::encode(good_signature) })), MALFORMED),
        ("by a key id of eight bytes", with(json!({ "keyid": VENDOR.id(), "sig": sig })), MALFORMED),
        ("by a key id in upper case", with(json!({ "keyid": VENDOR.public().to_uppercase(), "sig": sig })), MALFORMED),
        ("by no key", with(json!({ "keyid": "", "sig": sig })), MALFORMED),
        ("of a stranger", with(json_signature(STRANGER, &signature(STRANGER, &message))), Some("unknown-key")),
        ("of a stranger, and a bad one", with(json_signature(STRANGER, &good_signature)), Some("unknown-key")),
        (
            "of a stranger, of a payload that can't be read",
            envelope(KIND, "{", &[STRANGER]).to_string(),
            Some("unknown-key"),
        ),
        ("of a trusted key, of a payload that can't be read", envelope(KIND, "{", &[VENDOR]).to_string(), MALFORMED),
    ] {
        vectors.opened_by_vendor(KIND, &format!("one signature: {name}"), file.into(), error);
    }
}

fn several(vectors: &mut Vectors) {
    let message = signed_bytes(&payload_type(KIND), PAYLOAD.as_bytes());
    let of = |pair: Pair| json_signature(pair, &signature(pair, &message));
    let bad = |pair: Pair| json_signature(pair, &signature(STRANGER, &message));
    let mut malformed = bad(STRANGER);
    malformed["sig"] = "AAAA".into();
    for (name, signatures, error, signed_by) in [
        ("none", vec![], Some("unknown-key"), None),
        ("of two trusted keys", vec![of(VENDOR), of(SECOND)], None, Some(vec![VENDOR, SECOND])),
        ("of two trusted keys, the other way round", vec![of(SECOND), of(VENDOR)], None, Some(vec![SECOND, VENDOR])),
        ("of one key twice", vec![of(VENDOR), of(VENDOR)], None, Some(vec![VENDOR])),
        ("of a stranger before", vec![of(STRANGER), of(VENDOR)], None, Some(vec![VENDOR])),
        ("a stranger's bad one before", vec![bad(STRANGER), of(VENDOR)], None, Some(vec![VENDOR])),
        ("a stranger's malformed one after", vec![of(VENDOR), malformed], MALFORMED, None),
        ("a bad one after a good one", vec![of(VENDOR), bad(SECOND)], Some("bad-signature"), None),
        ("a bad one of the key that signed", vec![of(VENDOR), bad(VENDOR)], Some("bad-signature"), None),
        (
            "32, the last of a trusted key",
            [vec![of(STRANGER); 31], vec![of(VENDOR)]].concat(),
            None,
            Some(vec![VENDOR]),
        ),
        ("33", [vec![of(VENDOR)], vec![of(STRANGER); 32]].concat(), MALFORMED, None),
    ] {
        let mut envelope = good();
        envelope["signatures"] = signatures.into();
        let question =
            json!({ "kind": KIND, "file": envelope.to_string(), "trusted_keys": [VENDOR.public(), SECOND.public()] });
        let signed_by: Option<Vec<_>> = signed_by.map(|pairs| pairs.into_iter().map(Pair::id).collect());
        vectors.add(
            "files",
            &format!("signatures: {name}"),
            question,
            json!({ "error": error, "signed_by": signed_by }),
        );
    }
}

/// The signature with the group's order added to s, which lax verifiers take for the same.
fn with_order_added(signature: [u8; 64]) -> [u8; 64] {
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let mut sum = signature;
    let mut carry = 0;
    for (byte, add) in sum[32..].iter_mut().zip(order) {
        let total = u16::from(*byte) + u16::from(add) + carry;
        *byte = total.to_le_bytes()[0];
        carry = total >> 8;
    }
    sum
}
