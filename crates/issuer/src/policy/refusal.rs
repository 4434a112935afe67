mod codes;

use keyward_catalog::{EntryKind, SeatRange, UnknownCode};
use keyward_core::{Day, Environment, Kind, LicenseeError, Quantity, Serial, Term, TermError};
use keyward_verifier::files::Reason;

use crate::order::LimitValue;

/// A rule that an order breaks, with the value that breaks it and the nearest permitted value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each variant names its fields")]
pub enum Refusal {
    /// The catalogue has no such offer, product, edition, feature or limit.
    #[error(transparent)]
    Unknown(#[from] UnknownCode),
    /// A license on record has a number that the catalogue does not have.
    #[error(
        "license {serial} has {entry} {number}, which the catalogue does not have: use the catalogue of its issue, or a \
         later version"
    )]
    NotInCatalog { serial: Serial, entry: EntryKind, number: u64 },
    /// No license with this serial is on record.
    #[error("license {serial} is not on record: check the serial, and that this is the right record")]
    NotOnRecord { serial: Serial },
    /// A reissue replaced the license on record.
    #[error("license {serial} was replaced by license {by}: name that license")]
    Replaced { serial: Serial, by: Serial },
    /// A locked key in the place of its license.
    #[error("{serial} is a key of license {of} that is locked to one machine: name that license")]
    LockedKey { serial: Serial, of: Serial },
    /// The license on record has its next term already.
    #[error("license {serial} was renewed by license {by}: name that license for a later term")]
    Renewed { serial: Serial, by: Serial },
    /// A license that a revocation list revokes.
    #[error(
        "license {serial} is revoked ({reason}): order a new license; if its renewal was revoked, name the license before it"
    )]
    Revoked { serial: Serial, reason: Reason },
    /// A license that a revocation list puts on hold.
    #[error("license {serial} is on hold: lift the hold, or order a new license")]
    OnHold { serial: Serial },
    /// The license has no paid term that a renewal could follow.
    #[error("license {serial} is {kind} and has no next term: order a new license")]
    NothingToRenew { serial: Serial, kind: &'static str },
    /// Another license key has this serial.
    #[error("serial {serial} is on record already: leave it out for a random one")]
    SerialTaken { serial: Serial },
    /// A reissue or a renewal of another kind.
    #[error(
        "license {serial} is of kind {current}, and the order is of kind {requested}: leave the kind out, or order a new license"
    )]
    KindChanges { serial: Serial, current: Kind, requested: Kind },
    /// Another order with the same id was issued.
    #[error(
        "order {id} was issued as license {serial}, with other contents: reissue that license, or give this order a new id"
    )]
    OrderDiffers { id: String, serial: Serial },
    /// No trusted key signed the license on record, or the record names another key.
    #[error(
        "license {serial} on record is not signed by a trusted key: trust the public key of the earlier signing key, or \
         find out who altered the record"
    )]
    NotGenuine { serial: Serial },
    /// A product that is no longer sold.
    #[error("product `{code}` is deprecated and no longer sold: order another product")]
    DeprecatedProduct { code: String },
    /// An edition that is no longer sold.
    #[error("edition `{code}` is deprecated and no longer sold: {}", order_instead(.replacement.as_deref()))]
    DeprecatedEdition { code: String, replacement: Option<String> },
    /// A feature that is no longer sold.
    #[error("feature `{code}` is deprecated and no longer sold: name the features that stay, or `none`")]
    DeprecatedFeature { code: String },
    /// A feature that the trials or the stopgaps of the product may not grant.
    #[error("a {kind} may not grant feature `{code}`: leave it out{}", may_grant(.allowed))]
    FeatureNotForKind { kind: Kind, code: String, allowed: Vec<String> },
    /// A limit that is no longer sold.
    #[error("limit `{code}` is deprecated and no longer sold: leave it out; `{code}=none` removes it from a license")]
    DeprecatedLimit { code: String },
    /// A limit that is named twice.
    #[error("limit `{code}` is named twice: name it once")]
    LimitTwice { code: String },
    /// A limit outside the catalogue's range.
    #[error("limit `{code}` is {requested}, and {min} to {max} are sold: the nearest is {}", .requested.nearest(*.min, *.max))]
    LimitOutOfRange { code: String, requested: LimitValue, min: u64, max: u64 },
    /// More limits than a key carries.
    #[error(
        "the license would have {requested} limits, and at most 8 are possible: leave some out, or remove some with `none`"
    )]
    TooManyLimits { requested: usize },
    /// An order without seats.
    #[error("the order has no seats: give a number, such as {}", .range.min)]
    SeatsMissing { range: SeatRange },
    /// Seats outside the edition's range.
    #[error("the order has {requested} seats, and edition `{edition}` has {range}: the nearest is {nearest}")]
    SeatsOutOfRange { edition: String, requested: Quantity, range: SeatRange, nearest: Quantity },
    /// An activation limit out of range.
    #[error(
        "the order has {requested} activations, and 1 to 10000 or unlimited are possible: the nearest is {nearest}"
    )]
    ActivationsOutOfRange { requested: u32, nearest: u32 },
    /// An activation limit for a product without activation.
    #[error("product `{product}` has no activation: leave the activations out")]
    NotActivated { product: String },
    /// An order without an end.
    #[error("the order has no end: give a last day, or a term such as {example}")]
    EndMissing { example: &'static str },
    /// A trial or a stopgap without an end.
    #[error("a {kind} can't be perpetual: give it at most {max_days} days")]
    Perpetual { kind: Kind, max_days: u32 },
    /// A term that ends after the last day that a key can have.
    #[error(transparent)]
    Term(#[from] TermError),
    /// A last day before the first day.
    #[error("the license would end on {through}, before it begins: end it on {from} or later")]
    EndsBeforeItBegins { from: Day, through: Day },
    /// A first day that is more than 100 years ahead.
    #[error(
        "the license would begin on {from}, more than 100 years after {today}: check the year; it begins on {latest} at the latest"
    )]
    BeginsTooLate { from: Day, today: Day, latest: Day },
    /// Updates that are longer than the longest term.
    #[error(
        "the updates would end on {updates}, and the longest term is {max}: end them on {nearest} or earlier, or cover all releases"
    )]
    UpdatesTooLong { max: Term, updates: Day, nearest: Day },
    /// A last day before today.
    #[error("the license would have ended on {through}, before today: end it on {today} or later")]
    HasEnded { through: Day, today: Day },
    /// A renewal with another first day.
    #[error(
        "the renewal of license {serial} begins on {begins}, the day after the paid term, and not on {requested}: leave \
         the first day out"
    )]
    RenewalBegins { serial: Serial, begins: Day, requested: Day },
    /// A reissue for days that were not sold.
    #[error(
        "license {serial} runs {current}, and its reissue would run {requested}: keep its days, or get an approval with a \
         name and a reason"
    )]
    DaysChange { serial: Serial, current: String, requested: String },
    /// A license that is longer than the longest term.
    #[error(
        "the license would run {first} through {through}, and the longest term is {max}: end it on {nearest} or earlier"
    )]
    TermTooLong { max: Term, first: Day, through: Day, nearest: Day },
    /// A perpetual license without a perpetual offer of its edition.
    #[error(
        "the license would be perpetual, and the order names no perpetual offer of its edition: order one, give an end, or get an \
         approval with a name and a reason"
    )]
    PerpetualNotOffered,
    /// A reissue of a free or a perpetual license with another edition.
    #[error(
        "license {serial} is {kind}, and its reissue would be of edition `{edition}`, which is sold: order a new license, or \
         get an approval with a name and a reason"
    )]
    EditionChanges { serial: Serial, kind: &'static str, edition: String },
    /// A reissue or a renewal for another environment.
    #[error(
        "license {serial} is for {current}, and the order is for {requested}: leave the environment out, or order a new \
         license"
    )]
    EnvironmentChanges { serial: Serial, current: Environment, requested: Environment },
    /// More than a free edition is offered with.
    #[error(
        "edition `{edition}` is free, and the nearest of its offers grants no {subject}: leave it out, order an edition that \
         is sold, or get an approval with a name and a reason"
    )]
    FreeGrantsMore { edition: String, subject: String },
    /// A reissue with more days of grace.
    #[error(
        "license {serial} has {current} days of grace, and its reissue would have {requested}: leave them out, or get an \
         approval with a name and a reason"
    )]
    GraceChanges { serial: Serial, current: u8, requested: u8 },
    /// A reissue with more updates.
    #[error(
        "license {serial} has updates {current}, and its reissue would have updates {requested}: leave the updates out, or \
         get an approval with a name and a reason"
    )]
    UpdatesChange { serial: Serial, current: String, requested: String },
    /// A reissue that works on other machines.
    #[error(
        "license {serial} is locked to a machine, and the new key would work on others: keep the lock, or get an approval \
         with a name and a reason"
    )]
    LockChanges { serial: Serial },
    /// Updates that end before the license begins.
    #[error("the updates would end on {updates}, before the license begins: end them on {from} or later")]
    UpdatesEndBeforeItBegins { from: Day, updates: Day },
    /// A trial that is too long.
    #[error(
        "a trial lasts at most {max_days} days, first and last included, and this one would last {days} ({first} through \
         {through}): end it on {nearest}, or get an approval with a name and a reason"
    )]
    TrialTooLong { days: u32, max_days: u32, first: Day, through: Day, nearest: Day },
    /// A stopgap that is too long.
    #[error(
        "a stopgap lasts at most {max_days} days, first and last included, and this one would last {days} ({first} through \
         {through}): end it on {nearest}"
    )]
    StopgapTooLong { days: u32, max_days: u32, first: Day, through: Day, nearest: Day },
    /// A trial or a stopgap that is too long together with the keys that it replaces: all of them work.
    #[error(
        "the keys of {kind} {serial} would together cover {days} days ({first} through {last}), and at most {max_days} are \
         possible: keep its days"
    )]
    TogetherTooLong { kind: Kind, serial: Serial, days: u32, max_days: u32, first: Day, last: Day },
    /// A second stopgap for the same license, or within twelve months if the license is unknown.
    #[error("stopgap {first} has bridged {}", .bridged.remedy(*.first))]
    SecondStopgap { first: Serial, bridged: Bridged },
    /// A stopgap for a license that does not expire soon.
    #[error(
        "license {serial} runs through {through}, and a stopgap for it is issued from {opens} on, and not on {today}: order it \
         then, or name the license that has ended"
    )]
    BridgesEarly { serial: Serial, through: Day, opens: Day, today: Day },
    /// A stopgap that begins too early or too late.
    #[error(
        "the stopgap would begin on {from}, and the nearest day at the end of license {serial} is {nearest}: leave the first \
         day out, or name {nearest}"
    )]
    StopgapBegins { serial: Serial, from: Day, nearest: Day },
    /// A trial of an edition without trials.
    #[error("edition `{edition}` has no trials: {}", order_trial_of(.with_trials))]
    NoTrial { edition: String, with_trials: Vec<String> },
    /// A second trial of a product within twelve months.
    #[error(
        "{} had trial {first} of this product from {on} on, less than 12 months ago: {}get an approval with a name and a \
         reason", if *.is_named { "the customer" } else { "a customer without a name" }, if *.is_named { "" } else { "name the customer, or " }
    )]
    SecondTrial { first: Serial, on: Day, is_named: bool },
    /// A third trial or stopgap of a product within 90 days.
    #[error(
        "the customer had {} of this product in the last 90 days: get an approval with a name and a reason that names them",
        temporary_keys(.others)
    )]
    ThirdTemporaryKey { others: Vec<Serial> },
    /// A stopgap that grants more than the bridged license.
    #[error(
        "the stopgap would grant more than the bridged license {serial}: {subject} would be {requested}, and the nearest is \
         {nearest}"
    )]
    GrantsMore { serial: Serial, subject: String, requested: String, nearest: String },
    /// A bridged license in the order of a standard license or a trial.
    #[error("a {kind} license bridges nothing: leave the bridged license out, or order a stopgap")]
    BridgesNothing { kind: Kind },
    /// A stopgap without a paid license.
    #[error(
        "no paid license of this customer and product is on record: name the license that the stopgap bridges, or get an \
         approval with a name and a reason"
    )]
    BridgesUnknown,
    /// A reissued stopgap without a paid license that would grant more.
    #[error(
        "stopgap {serial} bridges no license on record, and its reissue would grant more: {subject} would be {requested}, and \
         it has {current}; keep it, or get an approval with a name and a reason"
    )]
    StopgapGrows { serial: Serial, subject: String, requested: String, current: String },
    /// A stopgap for a license that is not paid or does not end.
    #[error("license {serial} is {kind}, and a stopgap bridges a paid license that ends: name that license")]
    BridgesUnpaid { serial: Serial, kind: &'static str },
    /// A stopgap for another product, environment, machine, customer or licensee than the bridged license.
    #[error(
        "license {serial} has another {difference} than the stopgap: name the right license, or order the stopgap for the \
         same {difference}"
    )]
    BridgesAnother { serial: Serial, difference: &'static str },
    /// A reissued stopgap for another license.
    #[error(
        "a reissue of stopgap {serial} bridges the same license: leave the bridged license out, or order a new stopgap"
    )]
    BridgeChanges { serial: Serial },
    /// Days of grace for a license without grace.
    #[error("a {kind} license has no grace, and the order has {requested} days of it: leave them out")]
    GraceOn { kind: &'static str, requested: u32 },
    /// More than 90 days of grace, or than the days of the term from the sale on.
    #[error(
        "the order has {requested} days of grace, and 0 to {max} are possible, never more than the days that are sold: the \
         nearest is {max}"
    )]
    GraceTooLong { requested: u32, max: u8 },
    /// A fingerprint without components.
    #[error("the fingerprint has no component and fits no machine: compute it again, or leave it out")]
    FitsNoMachine,
    /// A licensee that a key can't carry.
    #[error(transparent)]
    Licensee(#[from] LicenseeError),
    /// A fingerprint with too few components, in an order, in an activation request or at an activation.
    #[error(
        "the fingerprint has {found} of the five components of a machine, and the product asks for {min} or more: let \
         the product read more of them, or lower `least_components` of the product in the catalogue"
    )]
    TooFewComponents { found: u8, min: u8 },
    /// A locked key that differs from its license.
    #[error(
        "a locked key has the {subject} of its license {serial}: leave the {subject} out, or reissue the license first"
    )]
    LockedDiffers { serial: Serial, subject: &'static str },
    /// A locked key that is longer than the product allows.
    #[error(
        "a key of one machine is good for at most {max_days} days, and this one of license {serial} would end after {nearest}: \
         leave its last day out, end it on {nearest}, or get an approval with a name and a reason"
    )]
    LockedTooLong { serial: Serial, max_days: u16, nearest: Day },
    /// A locked key for one machine more than the activation limit.
    #[error(
        "license {serial} is for {limit} {}, and {in_use} {} a locked key: raise the limit by a reissue with more activations; \
         revoke the key of a machine that is out of use, and give the revocation list; or get an approval with a name and a \
         reason", if *.limit == 1 { "machine" } else { "machines" }, if *.in_use == 1 { "has" } else { "have" }
    )]
    NoMachineLeft { serial: Serial, limit: u32, in_use: usize },
    /// Another licensee than the license on record.
    #[error(
        "license {serial} has {}, and the order names {requested}: leave the licensee out, or get an approval with a name and a \
         reason", known("the licensee", .current.as_deref())
    )]
    LicenseeChanges { serial: Serial, current: Option<String>, requested: String },
    /// Another customer than on record.
    #[error(
        "license {serial} was issued to {}, and the order names {requested}: check the serial; leave the customer out, or get an \
         approval with a name and a reason", known("customer", .current.as_deref())
    )]
    CustomerChanges { serial: Serial, current: Option<String>, requested: String },
    /// A subscription for a trial or a stopgap.
    #[error("a {kind} license is not paid for, and the order names subscription {id}: leave the subscription out")]
    SubscriptionOn { kind: Kind, id: String },
    /// A text without a visible letter or digit.
    #[error("the {field} has no visible letter or digit: write it, or leave it out")]
    Blank { field: &'static str },
    /// White space or invisible characters around a text.
    #[error("the {field} begins or ends with white space or an invisible character: write `{nearest}`")]
    SpaceAround { field: &'static str, nearest: String },
    /// An invisible character within a text.
    #[error("the {field} has the invisible character U+{:04X}: remove it", u32::from(*.character))]
    Invisible { field: &'static str, character: char },
    /// An approval without a name or without a reason.
    #[error("the approval has no {missing} with a visible letter or digit: give a name and a reason")]
    ApprovalIncomplete { missing: &'static str },
    /// A reissue without a reason.
    #[error("the reissue has no reason: give the reason for a new key")]
    ReasonMissing,
    /// A reissue without a ticket.
    #[error("the reissue has no ticket: give the ticket or page with the request")]
    TicketMissing,
}

/// The name on record: "customer acme", "no customer".
fn known(what: &str, name: Option<&str>) -> String {
    let none = || format!("no {}", what.trim_start_matches("the "));
    name.map_or_else(none, |name| format!("{what} {name}"))
}

fn order_instead(replacement: Option<&str>) -> String {
    replacement.map_or_else(|| "order another edition".to_owned(), |code| format!("order `{code}` instead"))
}

/// The way in which the license of a stopgap was determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bridged {
    /// The order names it.
    Named,
    /// It is the customer's latest on record.
    Found,
    /// It is not on record.
    Unknown,
}

impl Bridged {
    fn remedy(self, first: Serial) -> String {
        match self {
            Bridged::Named => "the license, and a license is bridged once: renew it".to_owned(),
            Bridged::Found => {
                "the customer's latest license, and a license is bridged once: renew it, or name another \
                               license that the stopgap bridges"
                    .to_owned()
            }
            Bridged::Unknown => format!(
                "an unknown license of this customer less than 12 months ago: name the license or the customer of this \
                 stopgap, or have it approved for a reason that names {first}"
            ),
        }
    }
}

fn order_trial_of(with_trials: &[String]) -> String {
    match with_trials {
        [] => "no edition of the product has trials".to_owned(),
        codes => format!("order a trial of `{}`", codes.join("` or `")),
    }
}

/// The trials and stopgaps, the latest last.
fn temporary_keys(others: &[Serial]) -> String {
    let mut serials: Vec<String> = others.iter().rev().map(Serial::to_string).collect();
    let last = serials.pop().unwrap_or_default();
    if serials.is_empty() {
        format!("temporary key {last}")
    } else {
        format!("temporary keys {} and {last}", serials.join(", "))
    }
}

fn may_grant(codes: &[String]) -> String {
    match codes {
        [] => String::new(),
        codes => format!("; it may grant `{}`", codes.join("`, `")),
    }
}
