//! The codes of refusals, for programs.

use keyward_catalog::{EntryKind, UnknownCode};

use super::Refusal;

macro_rules! codes {
    ($($refusal:pat => $code:literal,)*) => {
        impl Refusal {
            /// The codes of all refusals.
            pub const CODES: &[&str] = &[$($code),*];

            /// The position among the refusals of an order.
            pub(in crate::policy) fn position(&self) -> usize {
                Refusal::CODES.iter().position(|code| *code == self.code()).unwrap_or(usize::MAX)
            }

            /// The code of this refusal, for programs. Codes never change.
            pub const fn code(&self) -> &'static str {
                match self {
                    $($refusal => $code,)*
                }
            }
        }
    };
}

// A refusal without a code does not compile, and a test produces each code.
codes! {
    Refusal::Unknown(UnknownCode { entry: EntryKind::Product, .. }) => "unknown-product",
    Refusal::Unknown(UnknownCode { entry: EntryKind::Edition, .. }) => "unknown-edition",
    Refusal::Unknown(UnknownCode { entry: EntryKind::Feature, .. }) => "unknown-feature",
    Refusal::Unknown(UnknownCode { entry: EntryKind::Limit, .. }) => "unknown-limit",
    Refusal::Unknown(_) => "unknown-offer",
    Refusal::NotInCatalog { .. } => "not-in-catalog",
    Refusal::NotOnRecord { .. } => "not-on-record",
    Refusal::Replaced { .. } => "replaced",
    Refusal::LockedKey { .. } => "locked-key",
    Refusal::Renewed { .. } => "renewed",
    Refusal::Revoked { .. } => "revoked",
    Refusal::OnHold { .. } => "on-hold",
    Refusal::NothingToRenew { .. } => "nothing-to-renew",
    Refusal::SerialTaken { .. } => "serial-taken",
    Refusal::OrderDiffers { .. } => "order-differs",
    Refusal::NotGenuine { .. } => "not-genuine",
    Refusal::KindChanges { .. } => "kind-changes",
    Refusal::EditionChanges { .. } => "edition-changes",
    Refusal::EnvironmentChanges { .. } => "environment-changes",
    Refusal::DeprecatedProduct { .. } => "deprecated-product",
    Refusal::DeprecatedEdition { .. } => "deprecated-edition",
    Refusal::DeprecatedFeature { .. } => "deprecated-feature",
    Refusal::FeatureNotForKind { .. } => "feature-not-for-kind",
    Refusal::DeprecatedLimit { .. } => "deprecated-limit",
    Refusal::FreeGrantsMore { .. } => "free-grants-more",
    Refusal::LimitTwice { .. } => "limit-twice",
    Refusal::LimitOutOfRange { .. } => "limit-out-of-range",
    Refusal::TooManyLimits { .. } => "too-many-limits",
    Refusal::SeatsMissing { .. } => "seats-missing",
    Refusal::SeatsOutOfRange { .. } => "seats-out-of-range",
    Refusal::ActivationsOutOfRange { .. } => "activations-out-of-range",
    Refusal::NotActivated { .. } => "not-activated",
    Refusal::EndMissing { .. } => "end-missing",
    Refusal::Perpetual { .. } => "perpetual",
    Refusal::PerpetualNotOffered => "perpetual-not-offered",
    Refusal::Term(_) => "term",
    Refusal::EndsBeforeItBegins { .. } => "ends-before-it-begins",
    Refusal::HasEnded { .. } => "has-ended",
    Refusal::BeginsTooLate { .. } => "begins-too-late",
    Refusal::RenewalBegins { .. } => "renewal-begins",
    Refusal::DaysChange { .. } => "days-change",
    Refusal::UpdatesEndBeforeItBegins { .. } => "updates-end-before-it-begins",
    Refusal::UpdatesTooLong { .. } => "updates-too-long",
    Refusal::UpdatesChange { .. } => "updates-change",
    Refusal::TermTooLong { .. } => "term-too-long",
    Refusal::TrialTooLong { .. } => "trial-too-long",
    Refusal::StopgapTooLong { .. } => "stopgap-too-long",
    Refusal::TogetherTooLong { .. } => "together-too-long",
    Refusal::NoTrial { .. } => "no-trial",
    Refusal::SecondTrial { .. } => "second-trial",
    Refusal::SecondStopgap { .. } => "second-stopgap",
    Refusal::ThirdTemporaryKey { .. } => "third-temporary-key",
    Refusal::BridgesEarly { .. } => "bridges-early",
    Refusal::StopgapBegins { .. } => "stopgap-begins",
    Refusal::GrantsMore { .. } => "grants-more",
    Refusal::BridgesNothing { .. } => "bridges-nothing",
    Refusal::StopgapGrows { .. } => "stopgap-grows",
    Refusal::BridgesUnknown => "bridges-unknown",
    Refusal::BridgesUnpaid { .. } => "bridges-unpaid",
    Refusal::BridgesAnother { .. } => "bridges-another",
    Refusal::BridgeChanges { .. } => "bridge-changes",
    Refusal::GraceOn { .. } => "grace-on",
    Refusal::GraceTooLong { .. } => "grace-too-long",
    Refusal::GraceChanges { .. } => "grace-changes",
    Refusal::FitsNoMachine => "fits-no-machine",
    Refusal::LockChanges { .. } => "lock-changes",
    Refusal::TooFewComponents { .. } => "too-few-components",
    Refusal::LockedDiffers { .. } => "locked-differs",
    Refusal::LockedTooLong { .. } => "locked-too-long",
    Refusal::NoMachineLeft { .. } => "no-machine-left",
    Refusal::Licensee(_) => "licensee",
    Refusal::LicenseeChanges { .. } => "licensee-changes",
    Refusal::CustomerChanges { .. } => "customer-changes",
    Refusal::SubscriptionOn { .. } => "subscription-on",
    Refusal::Blank { .. } => "blank",
    Refusal::SpaceAround { .. } => "space-around",
    Refusal::Invisible { .. } => "invisible",
    Refusal::ApprovalIncomplete { .. } => "approval-incomplete",
    Refusal::ReasonMissing => "reason-missing",
    Refusal::TicketMissing => "ticket-missing",
}
