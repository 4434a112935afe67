use std::fmt;

use keyward_catalog::{EntryKind, SeatRange, UnknownCode};
use keyward_core::{Day, Environment, Kind, LicenseeError, Quantity, Serial, Term, TermError};
use keyward_verifier::files::Reason;

/// Why an order is refused: every rule that it breaks.
///
/// They are in the order of [`Refusal::CODES`]: serial, kind, product and edition, features, limits, seats, activations, days,
/// trials and stopgaps, grace, machine, licensee, customer, subscription, texts. Where the product, the edition or the license
/// on record is unknown, that is the only refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub(super) Vec<Refusal>);

impl Refusals {
    /// Each of them, at least one.
    pub fn as_slice(&self) -> &[Refusal] {
        &self.0
    }
}

/// One on each line.
impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Refusal::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Refusals {}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Refusals {
        Refusals(vec![refusal])
    }
}

/// A rule that an order breaks, the value that breaks it, and the nearest that would pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are what the message of each variant says")]
pub enum Refusal {
    /// An offer, product, edition, feature or limit that the catalogue does not have.
    #[error(transparent)]
    Unknown(#[from] UnknownCode),
    /// A license on record says what the catalogue does not have.
    #[error("license {serial} has {entry} {number}, and the catalogue has none: use the catalogue it was issued under")]
    NotInCatalog { serial: Serial, entry: EntryKind, number: u64 },
    /// No such license on record.
    #[error("there is no license {serial} on record: see that the serial is right, and the record is its own")]
    NotOnRecord { serial: Serial },
    /// A license on record was replaced by a reissue.
    #[error("license {serial} was replaced by {by}: name that one")]
    Replaced { serial: Serial, by: Serial },
    /// A license on record was renewed.
    #[error("license {serial} was renewed by {by}: name that one for the term after it")]
    Renewed { serial: Serial, by: Serial },
    /// A license that a revocation list revokes.
    #[error(
        "license {serial} is revoked ({reason}): order a new license; if its renewal was revoked, name the license before it"
    )]
    Revoked { serial: Serial, reason: Reason },
    /// A license that a revocation list puts on hold.
    #[error("license {serial} is on hold: lift the hold, or order a new license")]
    OnHold { serial: Serial },
    /// A license that no term runs on from.
    #[error("license {serial} is {kind} and has no paid term to run on from: order a new license")]
    NothingToRenew { serial: Serial, kind: &'static str },
    /// A serial that another key has.
    #[error("serial {serial} is on record already: leave it out, and a new one is drawn")]
    SerialTaken { serial: Serial },
    /// A reissue or a renewal of another kind.
    #[error("license {serial} is of kind {is}, and kind {asked} is asked: order a new license, or leave the kind out")]
    KindChanges { serial: Serial, is: Kind, asked: Kind },
    /// Another order under an id that was issued.
    #[error(
        "order {id} was issued as license {serial}, and said something else then: reissue that license, or give this \
         order an id of its own"
    )]
    OrderDiffers { id: String, serial: Serial },
    /// A license on record that no trusted key signed.
    #[error(
        "license {serial} on record is not signed by this signing key: the record was altered, or an earlier key signed \
         it, whose public key has to be trusted too"
    )]
    NotGenuine { serial: Serial },
    /// A product that is not sold any more.
    #[error("product `{code}` is deprecated and not sold any more")]
    DeprecatedProduct { code: String },
    /// An edition that is not sold any more.
    #[error("edition `{code}` is deprecated and not sold any more{}", or_instead(.instead.as_deref()))]
    DeprecatedEdition { code: String, instead: Option<String> },
    /// A feature that is not sold any more.
    #[error("feature `{code}` is deprecated and not sold any more: name the features without it, or `none`")]
    DeprecatedFeature { code: String },
    /// A feature that trials or stopgaps may not grant.
    #[error("a {kind} may not grant feature `{code}`: leave it out{}", list(.allowed))]
    FeatureNotForKind { kind: Kind, code: String, allowed: Vec<String> },
    /// A limit that is not sold any more.
    #[error(
        "limit `{code}` is deprecated and not sold any more: leave it out, or if the license has it, drop it with `{code}=none`"
    )]
    DeprecatedLimit { code: String },
    /// A limit named twice.
    #[error("limit `{code}` is named twice: say it once")]
    LimitTwice { code: String },
    /// A limit out of the catalogue's range.
    #[error("limit `{code}` is {asked}, and {least} to {most} are sold: the nearest is {}", asked.clamp(least, most))]
    LimitOutOfRange { code: String, asked: u64, least: u64, most: u64 },
    /// More limits than a key carries.
    #[error("{asked} limits are asked, and a license carries at most 8: leave some out, or drop some with `none`")]
    TooManyLimits { asked: usize },
    /// Seats were not said.
    #[error("seats are missing: say how many, such as {}", .range.min)]
    SeatsMissing { range: SeatRange },
    /// Seats out of the catalogue's range.
    #[error("{asked} seats are asked, and edition `{edition}` has {range}: the nearest is {nearest}")]
    SeatsOutOfRange { edition: String, asked: Quantity, range: SeatRange, nearest: Quantity },
    /// An activation limit out of its range.
    #[error("{asked} activations are asked, and 1 to 10000 or unlimited are allowed: the nearest is {nearest}")]
    ActivationsOutOfRange { asked: u32, nearest: u32 },
    /// An activation limit where nothing is activated.
    #[error("product `{product}` is not activated: leave the activations out")]
    NotActivated { product: String },
    /// How long was not said.
    #[error("the end is missing: say a last day, a term such as {example}, or perpetual")]
    EndMissing { example: &'static str },
    /// A trial or a stopgap says how long.
    #[error("a {kind} can't be perpetual: the longest lasts {longest} days")]
    Perpetual { kind: Kind, longest: u32 },
    /// A term that ends past the last day there is.
    #[error(transparent)]
    Term(#[from] TermError),
    /// It ends before it begins.
    #[error("the license would begin on {from} and end on {through}: it ends on {from} at the earliest")]
    EndsBeforeItBegins { from: Day, through: Day },
    /// It has ended.
    #[error("the license would have ended on {through}, and today is {today}: it ends on {today} at the earliest")]
    HasEnded { through: Day, today: Day },
    /// A renewal that begins elsewhere.
    #[error("the renewal of license {serial} begins on {begins}, the day after the paid term, and not on {asked}")]
    RenewalBegins { serial: Serial, begins: Day, asked: Day },
    /// A reissue for days that were not sold.
    #[error(
        "license {serial} runs {is}, and its reissue would run {asked}: keep to its days, or have it approved (by whom, \
         and why)"
    )]
    DaysChange { serial: Serial, is: String, asked: String },
    /// A license that is longer than the longest term.
    #[error(
        "the license would run {first} through {through}, and the longest term is {max}: end it on {nearest} at the latest"
    )]
    TermTooLong { max: Term, first: Day, through: Day, nearest: Day },
    /// A perpetual license that is no offer.
    #[error(
        "the license would be perpetual, and the order names no perpetual offer: order one, give an end, or have it approved (by whom, and why)"
    )]
    PerpetualNotOffered,
    /// A reissue or a renewal for another environment.
    #[error("license {serial} is for {is}, and {asked} is asked: order a new license for that environment")]
    EnvironmentChanges { serial: Serial, is: Environment, asked: Environment },
    /// A reissue with more days of grace.
    #[error(
        "license {serial} has {is} days of grace, and its reissue would have {asked}: leave them out, or have it approved (by whom, and why)"
    )]
    GraceChanges { serial: Serial, is: u8, asked: u8 },
    /// A reissue with more updates.
    #[error(
        "license {serial} has updates {is}, and its reissue would have them {asked}: leave them out, or have it approved (by whom, and why)"
    )]
    UpdatesChange { serial: Serial, is: String, asked: String },
    /// A reissue that works on other machines.
    #[error(
        "license {serial} is locked to a machine, and its reissue would work on others: keep the lock, or have it approved (by whom, and why)"
    )]
    LockChanges { serial: Serial },
    /// Updates that end before the license begins.
    #[error("updates would be covered through {updates}, before the license begins: {from} is the earliest day to say")]
    UpdatesEndBeforeItBegins { from: Day, updates: Day },
    /// A trial that is too long.
    #[error(
        "a trial lasts at most {longest} days, first and last counted, and this one would last {days}, {first} through \
         {through}: end it on {nearest}, or have it approved (by whom, and why)"
    )]
    TrialTooLong { days: u32, longest: u32, first: Day, through: Day, nearest: Day },
    /// A stopgap that is too long.
    #[error(
        "a stopgap lasts at most {longest} days, first and last counted, and this one would last {days}, {first} \
         through {through}: end it on {nearest}"
    )]
    StopgapTooLong { days: u32, longest: u32, first: Day, through: Day, nearest: Day },
    /// A trial or a stopgap that is too long together with the keys that it replaces, which still work.
    #[error(
        "the keys of {kind} {serial} would together cover {days} days, {first} through {last}, and {longest} are the \
         most: leave its days as they are"
    )]
    TogetherTooLong { kind: Kind, serial: Serial, days: u32, longest: u32, first: Day, last: Day },
    /// A second stopgap.
    #[error("the license was bridged by stopgap {first}, and once is all: have it renewed{}", or_named(*.bridged))]
    SecondStopgap { first: Serial, bridged: Option<Serial> },
    /// A trial of an edition without trials.
    #[error("there are no trials of edition `{edition}`{}", or_try(.with_trials))]
    NoTrial { edition: String, with_trials: Vec<String> },
    /// A second trial of a product within twelve months.
    #[error(
        "the customer had trial {first} of this product, from {on}: a second one within 12 months has to be approved (by \
         whom, and why)"
    )]
    SecondTrial { first: Serial, on: Day },
    /// A stopgap that grants more than the license that it bridges.
    #[error(
        "a stopgap grants at most what license {serial} grants that it bridges, and of {what} that is {nearest}, not {asked}"
    )]
    GrantsMore { serial: Serial, what: String, asked: String, nearest: String },
    /// What bridges is a stopgap, and only that.
    #[error("a {kind} license bridges nothing: leave the bridged license out, or order a stopgap")]
    BridgesNothing { kind: Kind },
    /// A stopgap bridges what was paid for and ends.
    #[error("license {serial} is {kind}, and a stopgap bridges a paid license that ends: name that one")]
    BridgesUnpaid { serial: Serial, kind: &'static str },
    /// A stopgap is for the product, the environment, the machine and the customer of the license that it bridges.
    #[error(
        "license {serial} is of another {what} than the stopgap: name the one that it is for, or order it for the same \
         {what}"
    )]
    BridgesAnother { serial: Serial, what: &'static str },
    /// A reissued stopgap that bridges another license.
    #[error(
        "stopgap {serial} bridges the same license when it is reissued: leave the bridged license out, or order a new stopgap"
    )]
    BridgeChanges { serial: Serial },
    /// Grace where there is none.
    #[error("a {kind} license has no grace, and {asked} days are asked: leave them out")]
    GraceOn { kind: &'static str, asked: u32 },
    /// Too much grace.
    #[error("{asked} days of grace are asked, and 0 to 90 are possible: the nearest is 90")]
    GraceTooLong { asked: u32 },
    /// A fingerprint without components.
    #[error("the fingerprint names no component and would fit no machine: take it again, or leave it out")]
    FitsNoMachine,
    /// A name that no key can carry.
    #[error(transparent)]
    Licensee(#[from] LicenseeError),
    /// Another licensee than the license on record.
    #[error("license {serial} is {is}'s, and the licensee {asked} is asked: leave it out, or have it approved")]
    LicenseeChanges { serial: Serial, is: String, asked: String },
    /// Another customer than on record.
    #[error(
        "license {serial} was issued to {is}, and the customer {asked} is named: leave it out, or have it approved"
    )]
    CustomerChanges { serial: Serial, is: String, asked: String },
    /// A trial or a stopgap is not paid for.
    #[error("a {kind} license is not paid for, and subscription {id} is named: leave it out")]
    SubscriptionOn { kind: Kind, id: String },
    /// What is said without a visible character.
    #[error("the {what} is blank: say it, or leave it out")]
    Blank { what: &'static str },
    /// Space, or what can't be seen, around what is said.
    #[error("the {what} has space or invisible characters around it: write `{nearest}`")]
    SpaceAround { what: &'static str, nearest: String },
    /// An invisible character within a text.
    #[error("the {what} has the invisible character U+{:04X} in it: write it without", u32::from(*.character))]
    Invisible { what: &'static str, character: char },
    /// An approval that does not say who and why.
    #[error("the approval does not say {missing}: it needs a name and a reason")]
    ApprovalIncomplete { missing: &'static str },
    /// A reissue that does not say why.
    #[error("a reissue needs a reason: say why the license is issued once more")]
    ReasonMissing,
    /// A reissue that does not say where it was asked for.
    #[error("a reissue needs a ticket: say where it was asked for")]
    TicketMissing,
}

macro_rules! codes {
    ($($refusal:pat => $code:literal,)*) => {
        impl Refusal {
            /// The code of every refusal that there is.
            pub const CODES: &[&str] = &[$($code),*];

            /// Its place among the refusals of an order.
            pub(super) fn place(&self) -> usize {
                Refusal::CODES.iter().position(|code| *code == self.code()).unwrap_or(usize::MAX)
            }

            /// The code of this refusal, for programs: it never changes.
            pub const fn code(&self) -> &'static str {
                match self {
                    $($refusal => $code,)*
                }
            }
        }
    };
}

// One list for both: a refusal that has no code does not compile, and a code that nothing brings about fails a test.
codes! {
    Refusal::Unknown(UnknownCode { entry: EntryKind::Product, .. }) => "unknown-product",
    Refusal::Unknown(UnknownCode { entry: EntryKind::Edition, .. }) => "unknown-edition",
    Refusal::Unknown(UnknownCode { entry: EntryKind::Feature, .. }) => "unknown-feature",
    Refusal::Unknown(UnknownCode { entry: EntryKind::Limit, .. }) => "unknown-limit",
    Refusal::Unknown(_) => "unknown-offer",
    Refusal::NotInCatalog { .. } => "not-in-catalog",
    Refusal::NotOnRecord { .. } => "not-on-record",
    Refusal::Replaced { .. } => "replaced",
    Refusal::Renewed { .. } => "renewed",
    Refusal::Revoked { .. } => "revoked",
    Refusal::OnHold { .. } => "on-hold",
    Refusal::NothingToRenew { .. } => "nothing-to-renew",
    Refusal::SerialTaken { .. } => "serial-taken",
    Refusal::OrderDiffers { .. } => "order-differs",
    Refusal::NotGenuine { .. } => "not-genuine",
    Refusal::KindChanges { .. } => "kind-changes",
    Refusal::EnvironmentChanges { .. } => "environment-changes",
    Refusal::DeprecatedProduct { .. } => "deprecated-product",
    Refusal::DeprecatedEdition { .. } => "deprecated-edition",
    Refusal::DeprecatedFeature { .. } => "deprecated-feature",
    Refusal::FeatureNotForKind { .. } => "feature-not-for-kind",
    Refusal::DeprecatedLimit { .. } => "deprecated-limit",
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
    Refusal::RenewalBegins { .. } => "renewal-begins",
    Refusal::DaysChange { .. } => "days-change",
    Refusal::UpdatesEndBeforeItBegins { .. } => "updates-end-before-it-begins",
    Refusal::UpdatesChange { .. } => "updates-change",
    Refusal::TermTooLong { .. } => "term-too-long",
    Refusal::TrialTooLong { .. } => "trial-too-long",
    Refusal::StopgapTooLong { .. } => "stopgap-too-long",
    Refusal::TogetherTooLong { .. } => "together-too-long",
    Refusal::NoTrial { .. } => "no-trial",
    Refusal::SecondTrial { .. } => "second-trial",
    Refusal::SecondStopgap { .. } => "second-stopgap",
    Refusal::GrantsMore { .. } => "grants-more",
    Refusal::BridgesNothing { .. } => "bridges-nothing",
    Refusal::BridgesUnpaid { .. } => "bridges-unpaid",
    Refusal::BridgesAnother { .. } => "bridges-another",
    Refusal::BridgeChanges { .. } => "bridge-changes",
    Refusal::GraceOn { .. } => "grace-on",
    Refusal::GraceTooLong { .. } => "grace-too-long",
    Refusal::GraceChanges { .. } => "grace-changes",
    Refusal::FitsNoMachine => "fits-no-machine",
    Refusal::LockChanges { .. } => "lock-changes",
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

fn or_instead(instead: Option<&str>) -> String {
    instead.map(|code| format!(": order `{code}` instead")).unwrap_or_default()
}

fn or_named(bridged: Option<Serial>) -> &'static str {
    // Where nothing says which license it was, another one may be meant.
    if bridged.is_some() { "" } else { ", or name the license or the customer that it is for" }
}

fn or_try(with_trials: &[String]) -> String {
    match with_trials {
        [] => ": no edition of the product has trials".to_owned(),
        codes => format!(": try `{}`", codes.join("` or `")),
    }
}

fn list(codes: &[String]) -> String {
    match codes {
        [] => String::new(),
        codes => format!("; it may grant `{}`", codes.join("`, `")),
    }
}
