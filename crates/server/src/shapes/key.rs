use keyward_ledger::{KeyRow, KeyStatus, Role};
use serde::Serialize;
use utoipa::ToSchema;

use super::time;

/// A license key of a license. The key itself is in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyShape {
    /// The serial.
    serial: String,
    /// The first two groups and the last.
    key: String,
    /// What it is for: `main`, `next`, `bridge` or `locked`.
    role: &'static str,
    /// What became of it: `current`, `past`, `superseded` or `revoked`.
    status: &'static str,
    /// Why it was revoked.
    revoked_for: Option<&'static str>,
    /// For a locked key, the fingerprint of its machine.
    machine: Option<String>,
    /// The id of the signing key.
    signing_key: String,
    /// The license digest, which lists name.
    digest: String,
    /// The time at which it first left.
    delivered_at: Option<String>,
}

impl From<&KeyRow> for KeyShape {
    fn from(key: &KeyRow) -> KeyShape {
        KeyShape {
            serial: key.serial.to_string(),
            key: key.in_short(),
            role: role(key.role),
            status: status(key.status),
            revoked_for: key.revoked_for.map(|reason| reason.code()),
            machine: Some(key.machine.clone()).filter(|machine| !machine.is_empty()),
            signing_key: key.signing_key.to_string(),
            digest: key.digest.to_string(),
            delivered_at: key.delivered_at.map(time),
        }
    }
}

/// The word for a role.
pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Main => "main",
        Role::Next => "next",
        Role::Bridge => "bridge",
        Role::Locked => "locked",
    }
}

const fn status(status: KeyStatus) -> &'static str {
    match status {
        KeyStatus::Current => "current",
        KeyStatus::Past => "past",
        KeyStatus::Superseded => "superseded",
        KeyStatus::Revoked => "revoked",
    }
}
