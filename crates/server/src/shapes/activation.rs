use keyward_ledger::Activation;
use serde::Serialize;
use utoipa::ToSchema;

use super::time;

/// A machine that uses a license, or used it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ActivationShape {
    /// The id, `act_…`.
    pub(crate) id: String,
    /// The license.
    license: String,
    /// The fingerprint as it was activated, or the vendor's id of the machine.
    machine: String,
    /// A name for people.
    name: Option<String>,
    /// The time of activation.
    activated_at: String,
    /// The time at which it was last seen.
    last_seen_at: String,
    /// The end of its lease; null is never.
    lease_ends_at: Option<String>,
    /// The serial of the license key that is locked to it.
    locked_key: Option<String>,
    /// The time of its release.
    released_at: Option<String>,
    /// Who released it.
    released_by: Option<String>,
    /// Why it was released.
    release_reason: Option<String>,
    /// Whether it takes a slot.
    counted: bool,
}

impl From<&Activation> for ActivationShape {
    fn from(activation: &Activation) -> ActivationShape {
        ActivationShape {
            id: activation.id.to_string(),
            license: activation.license.to_string(),
            machine: activation.machine.to_string(),
            name: activation.name.clone(),
            activated_at: time(activation.activated_at),
            last_seen_at: time(activation.last_seen_at),
            lease_ends_at: activation.lease_ends_at.map(time),
            locked_key: activation.locked_key.map(|serial| serial.to_string()),
            released_at: activation.released_at.map(time),
            released_by: activation.released_by.clone(),
            release_reason: activation.release_reason.clone(),
            counted: activation.is_counted(),
        }
    }
}
