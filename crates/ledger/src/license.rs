//! Licenses and their keys, as they are stored.

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, Utc};
use keyward_core::{Claims, Day, Features, KeyId, Kind, LicenseKey, Limits, Quantity, Serial};
use keyward_grace::{Standing, standing};
use keyward_issuer::policy::Policy;
use keyward_issuer::record::{IssueDetails, IssueRecord};
use keyward_verifier::LicenseDigest;
use keyward_verifier::files::Reason;
use sqlx::error::BoxDynError;

use crate::error::LedgerError;
use crate::id::{CustomerId, GeneratorId, LicenseId};
use crate::state::{Action, BaseState, Hold, State, TransitionError, check};
use crate::table::{row, select};
use crate::value::{self, Field, Value, stored_as};

row! {
    /// A license: what was sold, to whom, and what state it is in. Its days are those of the paid term.
    pub License in "licenses" {
        /// The id.
        pub id: LicenseId, Plain;
        /// The product's number.
        pub product: u32, Plain;
        /// The edition's number.
        pub edition: u16, Plain;
        /// Standard, trial or stopgap.
        pub kind: Kind, Plain;
        /// The state without holds and without the end of the term. [`License::state`] has what is shown.
        pub base_state: BaseState, Plain;
        /// What keeps it from use for a time.
        pub hold: Option<Hold>, Plain;
        /// Since when it is held, in milliseconds since 1970.
        pub held_at: Option<i64>, Plain;
        /// Why it was revoked.
        pub revoked_for: Option<Reason>, Plain;
        /// The customer; a license of the pool has none.
        pub customer: Option<CustomerId>, Plain;
        /// The code of the offer under which it was sold.
        pub offer: Option<String>, Plain;
        /// The generator that made it.
        pub generator: Option<GeneratorId>, Plain;
        /// The seats.
        pub seats: Quantity, Plain;
        /// The number of machines on which it may be activated.
        pub activation_limit: Quantity, Plain;
        /// The number of machines that count against the limit.
        pub activations: u32, Plain;
        /// Whether it was ever active.
        pub was_activated: bool, Plain;
        /// The days after which an activation that was not validated ends.
        pub lease_days: Option<u16>, Plain;
        /// The features, by their bits.
        pub features: Features, Plain;
        /// The limits, by their ids.
        pub limits: Limits, Plain;
        /// The first day; none for a reserved license, which begins when it is assigned.
        pub valid_from: Option<Day>, Plain;
        /// The last day of the paid term; none is perpetual.
        pub valid_through: Option<Day>, Plain;
        /// The number of the last day on which it may be used, with its grace; none is perpetual.
        pub last_usable_day: Option<i64>, Plain;
        /// The last day of the releases that it covers; none is all.
        pub updates_through: Option<Day>, Plain;
        /// A JSON object for the vendor's own use.
        pub metadata: Option<String>, Personal;
        /// Notes of the vendor's staff.
        pub notes: Option<String>, Personal;
        /// The id of the subscription that pays for it.
        pub subscription_id: Option<String>, Plain;
        /// The name of the subscription.
        pub subscription_name: Option<String>, Personal;
        /// The ticket with the request.
        pub ticket: Option<String>, Plain;
        /// The number of changes by people: two people who change one license at once are told.
        pub version: i64, Plain;
        /// The time at which it was made, in milliseconds since 1970.
        pub created_at: i64, Plain;
        /// Who made it.
        pub created_by: String, Plain;
    }
}

impl License {
    /// The largest activation limit other than unlimited.
    pub const MAX_ACTIVATIONS: u32 = Policy::MAX_ACTIVATIONS;

    /// The state at that time.
    pub fn state(&self, now: DateTime<Utc>) -> State {
        State::of(self.base_state, self.hold, self.has_ended(now))
    }

    /// Whether its term and its grace have passed.
    pub fn has_ended(&self, now: DateTime<Utc>) -> bool {
        is_over(self.last_usable_day, now)
    }

    /// The generator that signs its key on assignment, while it has none.
    pub(crate) const fn reserved_by(&self) -> Option<GeneratorId> {
        if self.valid_from.is_none() { self.generator } else { None }
    }

    /// The number of machines by which it is over its limit.
    pub fn over_limit(&self) -> u32 {
        self.activation_limit.number().map_or(0, |limit| self.activations.saturating_sub(limit.get()))
    }

    /// Whether one more machine may be activated.
    pub fn has_free_slot(&self) -> bool {
        self.activation_limit.number().is_none_or(|limit| self.activations < limit.get())
    }

    /// Checks that the state allows the action.
    pub(crate) fn allows(&self, action: Action, now: DateTime<Utc>) -> Result<(), TransitionError> {
        check(self.state(now), action, self.was_activated)
    }

    /// Why it has no current key: it is reserved, or was revoked just now.
    pub(crate) const fn without_key(&self) -> LedgerError {
        if self.valid_from.is_none() { LedgerError::NoKey { id: self.id } } else { LedgerError::Conflict }
    }

    /// Takes what its current keys say: its contents from the main key, its end from the key of the last paid term, and the
    /// last usable day from the last of them all.
    pub(crate) fn say<'c>(&mut self, keys: impl IntoIterator<Item = (Role, &'c Claims)>) {
        let mut keys: Vec<(Role, &Claims)> = keys.into_iter().collect();
        // The main key, then the next one, then the stopgap.
        keys.sort_by_key(|(role, _)| *role);
        for (role, claims) in keys {
            match role {
                Role::Main => {
                    self.edition = claims.edition().0;
                    self.kind = claims.kind();
                    self.seats = claims.seats();
                    self.features = claims.features();
                    self.limits = *claims.limits();
                    self.valid_from = Some(claims.valid_from());
                    self.end_with(claims);
                }
                Role::Next => self.end_with(claims),
                // The paid term stays. A perpetual license has no stopgap.
                Role::Bridge => self.last_usable_day = self.last_usable_day.max(last_usable_day(claims)),
                Role::Locked => {}
            }
        }
    }

    fn end_with(&mut self, claims: &Claims) {
        self.valid_through = claims.valid_through();
        self.last_usable_day = last_usable_day(claims);
        self.updates_through = claims.updates_through();
    }
}

/// The number of the last day on which a license with these claims may be used; `None` is perpetual.
pub(crate) fn last_usable_day(claims: &Claims) -> Option<i64> {
    let through = claims.valid_through()?.date();
    // Trials and stopgaps have no grace.
    Some(day_number(standing(claims, DateTime::UNIX_EPOCH).grace_through().unwrap_or(through)))
}

/// Whether that day is over everywhere; `None` is never over.
fn is_over(last: Option<i64>, now: DateTime<Utc>) -> bool {
    // A day ends last at UTC−12.
    let day = now.checked_sub_signed(chrono::TimeDelta::hours(12)).map(|time| day_number(time.date_naive()));
    last.zip(day).is_some_and(|(last, day)| day > last)
}

/// The number of a day, as in keys, also out of the range of a [`Day`].
fn day_number(day: NaiveDate) -> i64 {
    day.signed_duration_since(Day::FIRST.date()).num_days()
}

/// What a license key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The license itself.
    Main,
    /// A renewal. It becomes the main one on its first day.
    Next,
    /// A stopgap.
    Bridge,
    /// Locked to one machine, for a site without a network.
    Locked,
}

/// What became of a license key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// It is the one to use.
    Current,
    /// Its term has passed, and another follows it.
    Past,
    /// Another key replaced it, and it is still good, since it grants no more.
    Superseded,
    /// It is on the revocation list.
    Revoked,
}

row! {
    /// A signed license key.
    pub KeyRow in "license_keys" {
        /// The serial.
        pub serial: Serial, Plain;
        /// The license to which it belongs.
        pub license: LicenseId, Plain;
        /// What it is for.
        pub role: Role, Plain;
        /// For a locked key, the machine; otherwise empty.
        pub machine: String, Plain;
        /// What became of it.
        pub status: KeyStatus, Plain;
        /// Why it was revoked.
        pub revoked_for: Option<Reason>, Plain;
        /// The license key itself, which leaves by a delivery alone.
        pub(crate) text: String, Secret;
        /// The license digest, which lists name.
        pub digest: LicenseDigest, Plain;
        /// The id of the signing key.
        pub signing_key: KeyId, Plain;
        /// What stands beside it in the issue record.
        pub(crate) circumstances: String, Personal;
        /// The order among the keys of a license.
        pub position: i64, Plain;
        /// The time at which it first left, in milliseconds since 1970.
        pub delivered_at: Option<i64>, Plain;
    }
}

row! {
    /// A key of a deleted license: its serial is never used again.
    pub(crate) DeletedKey in "deleted_keys" {
        pub serial: Serial, Plain;
        pub digest: LicenseDigest, Plain;
        pub signing_key: KeyId, Plain;
        /// For the revocation list; none if the key never left.
        pub revoked_for: Option<Reason>, Plain;
        pub deleted_at: i64, Plain;
    }
}

/// The query for the keys of a license, the oldest first.
pub(crate) fn keys_of() -> String {
    select::<KeyRow>("where license = $1 order by position")
}

impl KeyRow {
    /// The row of a new key.
    pub(crate) fn new(license: LicenseId, role: Role, record: &IssueRecord, position: i64) -> KeyRow {
        let lock = record.claims().fingerprint().filter(|_| role == Role::Locked);
        KeyRow {
            serial: record.serial(),
            license,
            role,
            machine: lock.map(ToString::to_string).unwrap_or_default(),
            status: KeyStatus::Current,
            revoked_for: None,
            text: record.key().to_string(),
            digest: record.digest(),
            signing_key: record.key_id(),
            circumstances: record.circumstances(),
            position,
            delivered_at: None,
        }
    }

    /// The license key.
    pub(crate) fn license_key(&self) -> Result<LicenseKey, LedgerError> {
        self.text.parse().map_err(|_| self.damaged())
    }

    /// The license key in short, as lists show it: its first two groups, an ellipsis, and its last group.
    pub fn in_short(&self) -> String {
        let mut groups = self.text.split('-');
        let (first, second, last) = (groups.next(), groups.next(), groups.next_back());
        format!("{}-{}-…-{}", first.unwrap_or_default(), second.unwrap_or_default(), last.unwrap_or_default())
    }

    /// What the key allows at that time.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`].
    pub fn standing(&self, now: DateTime<Utc>) -> Result<Standing, LedgerError> {
        Ok(standing(&self.claims()?, now))
    }

    /// The issue record, with the customer of today.
    pub(crate) fn record(&self, customer: Option<CustomerId>) -> Result<IssueRecord, LedgerError> {
        let record = IssueRecord::from_circumstances(self.license_key()?, &self.circumstances);
        let record = record.map_err(|_| self.damaged())?;
        // A license without a customer keeps the one that an order named.
        Ok(match customer {
            Some(customer) => record.with_customer(Some(customer.to_string())),
            None => record,
        })
    }

    /// The circumstances of its issue.
    pub(crate) fn details(&self) -> Result<IssueDetails, LedgerError> {
        Ok(self.record(None)?.details().clone())
    }

    /// What the key says.
    pub(crate) fn claims(&self) -> Result<Claims, LedgerError> {
        self.license_key()?.unverified_claims().map_err(|_| self.damaged())
    }

    /// The last day on which the key may be used, with its grace; of a perpetual key, the last of all days.
    pub(crate) fn last_usable_day(&self) -> Result<Day, LedgerError> {
        let last = last_usable_day(&self.claims()?).and_then(|day| u32::try_from(day).ok());
        Ok(last.and_then(Day::from_number).unwrap_or(Day::LAST))
    }

    /// Whether the key may still be used somewhere, with its grace.
    pub(crate) fn works(&self, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        Ok(!is_over(last_usable_day(&self.claims()?), now))
    }

    /// The time from which on it may be used nowhere, in milliseconds since 1970.
    pub(crate) fn ends_at(&self) -> Result<i64, LedgerError> {
        let last = self.last_usable_day()?.date().and_time(chrono::NaiveTime::MIN).and_utc();
        // A day ends last at UTC−12.
        Ok(last.timestamp_millis().saturating_add(chrono::TimeDelta::hours(36).num_milliseconds()))
    }

    fn damaged(&self) -> LedgerError {
        LedgerError::Damaged { what: format!("the license key {}", self.serial) }
    }
}

impl Field for Quantity {
    const KIND: value::Kind = value::Kind::Integer;
    type Stored = Option<i64>;

    fn value(&self) -> Value {
        Value::Integer(self.number().map(|number| number.get().into()))
    }

    fn from_stored(stored: Option<i64>) -> Result<Quantity, BoxDynError> {
        let Some(number) = stored else { return Ok(Quantity::Unlimited) };
        let number = NonZeroU32::new(u32::try_from(number)?).ok_or("0 instead of 1 or more")?;
        Ok(Quantity::Of(number))
    }
}

fn limits_text(limits: &Limits) -> String {
    limits.as_slice().iter().map(|(id, value)| format!("{id}={value}")).collect::<Vec<_>>().join(" ")
}

fn limits_of(text: &str) -> Result<Limits, BoxDynError> {
    text.split_ascii_whitespace().try_fold(Limits::default(), |limits, limit| {
        let (id, value) = limit.split_once('=').ok_or("a limit without a value")?;
        Ok(limits.with(id.parse()?, value.parse()?)?)
    })
}

const KINDS: [(Kind, &str); 3] = [(Kind::Standard, "standard"), (Kind::Trial, "trial"), (Kind::Stopgap, "stopgap")];
const ROLES: [(Role, &str); 4] =
    [(Role::Main, "main"), (Role::Next, "next"), (Role::Bridge, "bridge"), (Role::Locked, "locked")];
const STATUSES: [(KeyStatus, &str); 4] = [
    (KeyStatus::Current, "current"),
    (KeyStatus::Past, "past"),
    (KeyStatus::Superseded, "superseded"),
    (KeyStatus::Revoked, "revoked"),
];

/// The word for a value.
fn word<T: PartialEq>(words: &[(T, &'static str)], value: &T) -> String {
    words.iter().find(|(known, _)| known == value).map(|(_, word)| (*word).to_owned()).unwrap_or_default()
}

/// The value that a word stands for.
fn of_word<T: Copy>(words: &[(T, &str)], word: &str) -> Result<T, BoxDynError> {
    let found = words.iter().find(|(_, known)| *known == word).map(|(value, _)| *value);
    found.ok_or_else(|| format!("an unknown word, {word}").into())
}

stored_as! {
    Features, i64, Integer, |features| i64::from_ne_bytes(features.bits().to_ne_bytes()),
        |stored| Ok(Features::from_bits(u64::from_ne_bytes(stored.to_ne_bytes())));
    Limits, String, Text, limits_text, |stored| limits_of(&stored);
    Kind, String, Text, |kind| word(&KINDS, kind), |stored| of_word(&KINDS, &stored);
    Role, String, Text, |role| word(&ROLES, role), |stored| of_word(&ROLES, &stored);
    KeyStatus, String, Text, |status| word(&STATUSES, status), |stored| of_word(&STATUSES, &stored);
    BaseState, String, Text, |state| state.code().to_owned(), |stored| Ok(stored.parse()?);
    Hold, String, Text, |hold| hold.code().to_owned(), |stored| Ok(stored.parse()?);
    Reason, String, Text, |reason| reason.code().to_owned(), |stored| {
        let found = Reason::ALL.into_iter().find(|reason| reason.code() == stored);
        found.ok_or_else(|| format!("an unknown reason, {stored}").into())
    };
}
