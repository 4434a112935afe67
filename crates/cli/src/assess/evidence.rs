use keyward_core::Malformation;
use keyward_verifier::files::{FileError, FileKind, PemKey};
use keyward_verifier::{FingerprintMatch, KeyId, Newer, Outcome, VerifyError};
use serde_json::{Value, json};

use crate::words::written;

/// Advice on a file that was refused. A file of another kind has its own place.
pub fn advice_on_file(error: &FileError) -> Option<&'static str> {
    match error {
        FileError::WrongKind { found, .. } => Some(match FileKind::of_payload_type(found)? {
            FileKind::LicenseFile | FileKind::ValidationFile => "give this file as the license, in place of the key",
            FileKind::RootSet => "name this file with --roots",
            FileKind::TrustBundle => "name this file with --trust",
            FileKind::RevocationList => "name this file with --revocations",
            FileKind::TimeStatement => "name this file with --time",
            _ => return error.outcome().advice(),
        }),
        FileError::Key { found: PemKey::Public, .. } => Some("name this file with --trust"),
        FileError::Key { .. } => Some("keep this file secret: only the commands that sign take it, with --key"),
        FileError::Malformed { .. } | FileError::TooLarge { .. } => Some(COPY_THE_FILE),
        // Its signature is good: a copy is no better.
        FileError::Payload { .. } if error.outcome() == Outcome::Malformed => {
            Some("ask the vendor for another file: this one was signed as it is")
        }
        _ => error.outcome().advice(),
    }
}

/// Advice on a key that was refused.
pub fn advice_on_key(error: &VerifyError) -> Option<&'static str> {
    match error {
        VerifyError::Malformed(Malformation::SignedFile) => Some(COPY_THE_FILE),
        VerifyError::Malformed(Malformation::ActivationRequest) => {
            Some("send the request to the vendor, and enter the license key that the vendor returns")
        }
        _ => error.outcome().advice(),
    }
}

const COPY_THE_FILE: &str = "copy the whole file again, as a file and not as text";

/// The facts behind a refusal, by name, for JSON and for people.
pub type Evidence = Vec<(&'static str, Value)>;

pub fn evidence(error: &VerifyError, trusted: &[KeyId]) -> Evidence {
    match error {
        VerifyError::Malformed(Malformation::TooLong { bytes }) => vec![("bytes", json!(bytes))],
        VerifyError::Malformed(Malformation::Groups { found } | Malformation::EndsEarly { found, .. }) => {
            vec![("groups", json!(found))]
        }
        VerifyError::Damaged(damage) => {
            let mut evidence = vec![
                ("groups", json!(damage.groups)),
                ("unreadable", json!(damage.unreadable.iter().collect::<Vec<u8>>())),
            ];
            evidence.extend(damage.newer_version.map(|version| ("newer_version", json!(version))));
            evidence
        }
        VerifyError::UnknownKey { hint } => {
            let trusted: Vec<String> = trusted.iter().map(KeyId::to_string).collect();
            vec![("hint", json!(hint.to_string())), ("trusted", json!(trusted))]
        }
        VerifyError::BadSignature { key_id, serial } => {
            // A forger chose the serial.
            vec![("claimed_serial", text(serial)), ("key_id", json!(key_id.to_string()))]
        }
        VerifyError::NeedsNewer(Newer::Version(version)) => vec![("version", json!(version))],
        VerifyError::NeedsNewer(Newer::Claim { serial, claim }) => {
            vec![("serial", text(serial)), ("unknown", json!(claim.to_string()))]
        }
        VerifyError::InvalidClaims { serial, error } => {
            vec![("serial", text(serial)), ("wrong", json!(error.to_string()))]
        }
        VerifyError::WrongProduct { serial, expected, found } => {
            vec![("serial", json!(serial)), ("expected", json!(expected)), ("found", json!(found))]
        }
        VerifyError::WrongEnvironment { serial, expected, found } => {
            vec![("serial", json!(serial)), ("expected", json!(expected)), ("found", json!(found))]
        }
        VerifyError::WrongMachine { serial, compared } => {
            let mut evidence = vec![("serial", json!(serial))];
            if let Some(FingerprintMatch { matching, present }) = compared {
                evidence.extend([("components", json!(present)), ("matching", json!(matching))]);
            }
            evidence
        }
        VerifyError::VersionNotCovered { serial, updates_through, released } => {
            vec![("serial", json!(serial)), ("updates_through", json!(updates_through)), ("released", json!(released))]
        }
        VerifyError::NotPermitted { serial, key_id, why } => {
            vec![("serial", json!(serial)), ("key_id", json!(key_id.to_string())), ("why", json!(why.to_string()))]
        }
        VerifyError::Revoked { serial, digest, reason, list } => vec![
            ("serial", json!(serial)),
            ("digest", json!(digest.to_string())),
            ("reason", json!(reason.code())),
            ("list", json!(list)),
        ],
        VerifyError::OnHold { serial, digest, list } => {
            vec![("serial", json!(serial)), ("digest", json!(digest.to_string())), ("list", json!(list))]
        }
        VerifyError::Rollback { serial, file, found, seen } => {
            let found = (*found > 0).then_some(found);
            vec![
                ("serial", json!(serial)),
                ("what", json!(file.to_string())),
                ("found", json!(found)),
                ("seen", json!(seen)),
            ]
        }
        _ => Vec::new(),
    }
}

/// The facts behind the refusal of a file.
pub fn of_file(error: &FileError) -> Evidence {
    match error {
        FileError::TooLarge { kind, .. } => vec![("max_bytes", json!(kind.max_bytes()))],
        FileError::BadSignature { key_id, .. } => vec![("key_id", json!(key_id.to_string()))],
        FileError::NotPermitted { key_id, why, .. } => {
            vec![("key_id", json!(key_id.to_string())), ("why", json!(why.to_string()))]
        }
        FileError::Threshold { needed, found, .. } => vec![("needed", json!(needed)), ("found", json!(found))],
        FileError::MissingRoots { trusted, found } => vec![("trusted", json!(trusted)), ("found", json!(found))],
        FileError::Rollback { found, seen, .. } => vec![("found", json!(found)), ("seen", json!(seen))],
        FileError::Stale { expired_at } => vec![("expired_at", json!(written(*expired_at)))],
        FileError::NotYet { issued_at } => vec![("issued_at", json!(written(*issued_at)))],
        FileError::StaleList { sequence, age_days, max_days } => {
            vec![("list", json!(sequence)), ("age_days", json!(age_days)), ("max_days", json!(max_days))]
        }
        FileError::ListNotYet { sequence, issued_at } => {
            vec![("list", json!(sequence)), ("issued_at", json!(written(*issued_at)))]
        }
        FileError::WrongMachine { compared: Some(FingerprintMatch { matching, present }) } => {
            vec![("components", json!(present)), ("matching", json!(matching))]
        }
        _ => Vec::new(),
    }
}

fn text(value: &Option<impl ToString>) -> Value {
    json!(value.as_ref().map(ToString::to_string))
}
