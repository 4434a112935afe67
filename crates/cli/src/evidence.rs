use keyward_core::Malformation;
use keyward_verifier::{FingerprintMatch, Newer, TrustedKey, VerifyError};
use serde_json::{Value, json};

/// What a refusal is founded on, by name: the same in JSON and for people.
pub type Evidence = Vec<(&'static str, Value)>;

pub fn evidence(error: &VerifyError, trusted: &[TrustedKey]) -> Evidence {
    match error {
        VerifyError::Malformed(Malformation::TooLong { bytes }) => vec![("bytes", json!(bytes))],
        VerifyError::Malformed(Malformation::Groups { found }) => vec![("groups", json!(found))],
        VerifyError::Damaged(damage) => {
            let mut evidence = vec![
                ("groups", json!(damage.groups)),
                ("unreadable", json!(damage.unreadable.iter().collect::<Vec<u8>>())),
            ];
            evidence.extend(damage.newer_version.map(|version| ("newer_version", json!(version))));
            evidence
        }
        VerifyError::UnknownKey { hint } => {
            let trusted: Vec<String> = trusted.iter().map(|key| key.id().to_string()).collect();
            vec![("hint", json!(hint.to_string())), ("trusted", json!(trusted))]
        }
        VerifyError::BadSignature { key_id, serial } => {
            // Whoever forged it chose the serial.
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
        _ => Vec::new(),
    }
}

fn text(value: &Option<impl ToString>) -> Value {
    json!(value.as_ref().map(ToString::to_string))
}
