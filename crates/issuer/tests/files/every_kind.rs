//! Properties of files of every kind.

use base64ct::{Base64, Encoding};
use keyward_issuer::SignError;
use keyward_issuer::files::SignableFile;
use keyward_testing::arrivals::{Arrival, Loss, arrivals};
use keyward_verifier::files::{Envelope, FileError, FileKind, Payload, TimePurpose, TimeStatement};

use crate::common::*;

#[test]
fn every_kind_has_an_example_that_is_opened() {
    let examples = examples();
    assert_eq!(examples.iter().map(|example| example.kind).collect::<Vec<_>>(), FileKind::ALL);
    for Example { kind, bytes, open } in examples {
        open(&bytes).unwrap();
        assert_eq!(Envelope::kind_of(&bytes), Some(kind));
    }
}

/// Every byte except the line break at the end, which may be any white space.
#[test]
fn a_file_with_any_byte_changed_is_refused() {
    for Example { kind, mut bytes, open } in examples() {
        for at in 0..bytes.len() - 1 {
            let genuine = bytes[at];
            for other in (0..8).map(|bit| genuine ^ 1 << bit).chain(*b" \"\\A/+=-_0}{") {
                bytes[at] = other;
                assert!(other == genuine || open(&bytes).is_err(), "{kind}, byte {at}: {genuine} is {other}");
            }
            bytes[at] = genuine;
        }
        assert!(open(&bytes).is_ok());
    }
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    for Example { kind, bytes, open } in examples() {
        assert_eq!(bytes.last(), Some(&b'\n'));
        for length in 0..bytes.len() - 1 {
            let error = open(&bytes[..length]).unwrap_err();
            assert_eq!(error.code(), "malformed", "{kind}, {length} bytes: {error}");
        }
        let followed = [&bytes[..], b"{}"].concat();
        assert_eq!(open(&followed).unwrap_err().code(), "malformed", "{kind}");
    }
}

/// The payload is cut and signed again, so that only the reader of the payload can notice it.
#[test]
fn a_signed_payload_cut_at_any_length_is_refused() {
    for Example { kind, bytes, open } in examples() {
        let payload = payload(&bytes);
        for length in 0..payload.len() {
            let result = open(&signed_anyhow(kind.payload_type(), &payload[..length], &[1, 101, 102, 104]));
            // A revocation list that is cut after a section is valid, with fewer licenses.
            let is_a_list = kind == FileKind::RevocationList && [20, 20 + 5 + 16].contains(&length);
            assert_eq!(result.is_ok(), is_a_list, "{kind}, {length} bytes: {result:?}");
        }
    }
}

#[test]
fn a_file_presented_as_another_kind_is_refused() {
    for Example { kind, bytes, .. } in examples() {
        for Example { kind: other, open, .. } in examples() {
            if kind == other {
                continue;
            }
            let error = open(&bytes).unwrap_err();
            assert!(matches!(error, FileError::WrongKind { .. }), "{kind} as {other}: {error}");
            assert!(error.to_string().contains(&kind.to_string()), "{error}");
            // With the type of the other kind, its signatures are over other bytes.
            let renamed = altered(&bytes, |json| json["payloadType"] = other.payload_type().into());
            let error = open(&renamed).unwrap_err();
            let no_signer = ["bad-signature", "unknown-key", "untrusted-bundle"];
            assert!(no_signer.contains(&error.code()), "{kind} as {other}: {error}");
            // Even if it is signed as the other kind, it is not read as that kind.
            let signed = signed_anyhow(other.payload_type(), &payload(&bytes), &[1, 101, 102, 104]);
            assert!(open(&signed).is_err(), "{kind} as {other}");
        }
    }
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    for Example { kind, mut bytes, open } in examples() {
        bytes.resize(kind.max_bytes(), b' ');
        assert!(open(&bytes).is_ok(), "{kind}");
        bytes.push(b' ');
        assert!(matches!(open(&bytes), Err(FileError::TooLarge { .. })), "{kind}");
    }
}

#[test]
fn a_repeated_signature_counts_once() {
    for Example { kind, bytes, open } in examples() {
        let of_one = altered(&bytes, |json| {
            let first = json["signatures"][0].clone();
            json["signatures"] = vec![first; 5].into();
        });
        let takes_two = matches!(kind, FileKind::RootSet | FileKind::TrustBundle);
        assert_eq!(open(&of_one).is_err(), takes_two, "{kind}");
    }
    // Two different signatures of one key: Ed25519 makes only one, so the second is a forgery.
    let bundle = &examples()[3];
    let twice = altered(&bundle.bytes, |json| {
        let (mut first, second) = (json["signatures"][0].clone(), json["signatures"][1].clone());
        first["sig"] = second["sig"].clone();
        json["signatures"] = vec![json["signatures"][0].clone(), first].into();
    });
    assert_eq!((bundle.open)(&twice).unwrap_err().code(), "bad-signature");
}

#[test]
fn a_file_without_signatures_or_with_too_many_is_refused() {
    for Example { kind, bytes, open } in examples() {
        let unsigned = altered(&bytes, |json| json["signatures"] = Vec::<serde_json::Value>::new().into());
        let code = open(&unsigned).unwrap_err().code();
        assert!(["unknown-key", "untrusted-bundle"].contains(&code), "{kind}: {code}");
        let many = altered(&bytes, |json| {
            let first = json["signatures"][0].clone();
            json["signatures"] = vec![first; 33].into();
        });
        assert_eq!(open(&many).unwrap_err().code(), "malformed", "{kind}");
    }
}

/// They may be for other or later readers, and do not affect decisions.
#[test]
fn signatures_of_others_and_unknown_fields_of_the_envelope_are_ignored() {
    for Example { kind, bytes, open } in examples() {
        let with_more = altered(&bytes, |json| {
            json["signatures"].as_array_mut().unwrap().insert(
                0,
                serde_json::json!({ "keyid": "00".repeat(32), "sig": Base64::encode_string(&[0; 64]), "extension": {} }),
            );
            json["trusted"] = true.into();
        });
        assert!(open(&with_more).is_ok(), "{kind}");
    }
}

#[test]
fn an_arrived_file_is_opened_or_refused_as_damaged() {
    for Example { kind, bytes, open } in examples() {
        let text = String::from_utf8(bytes).unwrap();
        for Arrival { name, bytes, loss } in arrivals(&text) {
            match (open(&bytes), loss) {
                (Ok(()), Loss::Nothing) => assert_eq!(Envelope::kind_of(&bytes), Some(kind), "{kind} {name}"),
                (Err(error @ FileError::Malformed { .. }), Loss::Files | Loss::Everything) => {
                    let message = error.to_string();
                    assert!(
                        message.starts_with(&format!("this is not {kind}, or it was damaged on its way")),
                        "{message}"
                    );
                    assert_eq!(Envelope::kind_of(&bytes), None, "{kind} {name}");
                }
                (result, _) => panic!("{kind} {name}: {result:?}"),
            }
        }
        let not_unicode = open(b"{\"x\":\"\xff").unwrap_err().to_string();
        assert!(not_unicode.contains("save it as UTF-8"), "{not_unicode}");
    }
}

/// Another spelling of the same file, as other tools may write it, is refused.
#[test]
fn an_envelope_has_one_form() {
    for Example { kind, bytes, open } in examples() {
        let text = String::from_utf8(bytes).unwrap();
        let url_safe = text.replace('+', "-");
        for other in [
            text.replace("payloadType", "payload\\u0054ype").replace("vnd", "\\u0076nd"),
            text.replacen("\"payload\":", "\"payload\":\"\",\"payload\":", 1),
            text.replacen("==\"", "\"", 1).replacen("=\"", "\"", 1),
            text.replace("\"keyid\":\"", "\"keyid\":\"0x"),
            text.replace("\"keyid\"", "\"key\""),
            uppercase_key(&text),
            if url_safe == text { String::new() } else { url_safe },
            format!("[{text}]"),
            in_arrays(&text),
        ] {
            assert!(other == text || open(other.as_bytes()).is_err(), "{kind}: {other}");
        }
        let spaced = text.replace(':', " : ").replace(',', " ,\r\n\t");
        assert!(open(spaced.as_bytes()).is_ok(), "{kind}: white space is JSON's");
    }
}

/// The values of the fields in a list, in their order, without names.
fn in_arrays(text: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    let signatures = json["signatures"].as_array().unwrap();
    let signatures: Vec<_> = signatures.iter().map(|one| serde_json::json!([one["keyid"], one["sig"]])).collect();
    serde_json::json!([json["payloadType"], json["payload"], signatures]).to_string()
}

fn uppercase_key(text: &str) -> String {
    let (before, rest) = text.split_once("\"keyid\":\"").unwrap();
    let (key, after) = rest.split_at(64);
    format!("{before}\"keyid\":\"{}{after}", key.to_uppercase())
}

fn payload(bytes: &[u8]) -> Vec<u8> {
    let json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    Base64::decode_vec(json["payload"].as_str().unwrap()).unwrap()
}

#[test]
fn no_signature_makes_a_file_that_its_readers_refuse() {
    let kind = FileKind::TimeStatement;
    let statement = TimeStatement::new(time("2026-03-01T09:00:00Z"), TimePurpose::Evidence).to_bytes().unwrap();
    let with_spaces = |spaces: usize| {
        let payload = [statement.clone(), vec![b' '; spaces]].concat();
        signed_anyhow(kind.payload_type(), &payload, &[1])
    };
    // As large as it may be with one signature.
    let mut from_above = (0..kind.max_bytes() / 4 * 3).rev().step_by(3).map(with_spaces);
    let largest = from_above.find(|file| file.len() < kind.max_bytes()).unwrap();
    let mut file = SignableFile::read(&largest, kind).unwrap();
    assert!(matches!(file.sign(&issuer(2)), Err(SignError::FileTooLarge { .. })));
    file.sign(&issuer(1)).unwrap();
    assert_eq!(file.signatures().len(), 1);

    let mut file = SignableFile::read(&with_spaces(0), kind).unwrap();
    (1..=32).for_each(|seed| file.sign(&issuer(seed)).unwrap());
    assert!(matches!(file.sign(&issuer(33)), Err(SignError::FileTooLarge { .. })));
    trusting_1(|trust| trust.time_statement(file.to_string().as_bytes())).unwrap();
}
