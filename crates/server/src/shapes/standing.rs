use keyward_verifier::Standing;
use serde::Serialize;
use utoipa::ToSchema;

/// What a license key allows today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingShape {
    /// The outcome of the verifier, such as `active`.
    pub(crate) outcome: &'static str,
    /// Whether the license may be used.
    pub(crate) usable: bool,
    /// The days left, the last included; null for a perpetual license.
    pub(crate) days_left: Option<u32>,
    /// The last day of the grace period, if there is one.
    pub(crate) grace_through: Option<String>,
    /// A notice for the user, with trials and stopgaps.
    pub(crate) notice: Option<&'static str>,
}

impl From<&Standing> for StandingShape {
    fn from(standing: &Standing) -> StandingShape {
        StandingShape {
            outcome: standing.code(),
            usable: standing.is_usable(),
            days_left: standing.days_left(),
            grace_through: standing.grace_through().map(|day| day.to_string()),
            notice: standing.notice(),
        }
    }
}
