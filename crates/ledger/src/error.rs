use std::io;
use std::num::NonZeroU16;
use std::path::PathBuf;

use keyward_core::{Environment, KeyId, Kind, Quantity, Serial};
use keyward_issuer::SignError;
use keyward_issuer::order::OrderError;
use keyward_issuer::policy::{Refusal, Refusals};
use keyward_verifier::files::FileError;

use crate::audit::CheckpointSignError;
use crate::details::CustomerError;
use crate::fault::DatabaseFault;
use crate::id::{ActivationId, ApprovalId, CustomerId, GeneratorId, LicenseId, TokenId};
use crate::recipient::RecipientRefusal;
use crate::state::TransitionError;

/// Why a call of the ledger failed. Nothing was changed, except where a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A URL of another kind.
    #[error("expected the URL of a database, sqlite:FILE or postgres://USER@HOST/DATABASE")]
    UnknownUrl,
    /// A file that can't be used.
    #[error("the ledger's file {path} can't be used: check its permissions and the free space")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another process has the ledger open.
    #[error("{path} is open in another server: a file belongs to one server, and several servers share a PostgreSQL")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A server that is too old.
    #[error("PostgreSQL {version} is too old: version 15 or later is needed")]
    OldPostgres {
        /// The first part of its version.
        version: i32,
    },
    /// A database without a ledger.
    #[error("there is no ledger: check the name of its file or database, or make one first")]
    NoLedger,
    /// A ledger of an earlier version of Keyward, which was not brought to this version.
    #[error(
        "this ledger was written by an earlier version of Keyward (schema {found}, and this version has {known}): open it \
         with the server of this version first, which brings it up to date"
    )]
    OlderSchema {
        /// The version of the ledger.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// A ledger of a later version of Keyward.
    #[error(
        "this ledger was written by a later version of Keyward (schema {found}, and this version knows {known}): update this program"
    )]
    NewerSchema {
        /// The version of the ledger.
        found: i64,
        /// The latest version that is known here.
        known: i64,
    },
    /// A ledger of another environment.
    #[error("this ledger is for {found}, and was opened for {expected}: each environment has a ledger of its own")]
    WrongEnvironment {
        /// The environment of the ledger.
        found: String,
        /// The environment for which it was opened.
        expected: Environment,
    },
    /// An order for another environment.
    #[error(
        "this ledger is for {expected}, and the license would be for {found}: order it where its environment is kept"
    )]
    OrderEnvironment {
        /// The environment of the license.
        found: Environment,
        /// The environment of the ledger.
        expected: Environment,
    },
    /// An order that was carried out earlier.
    #[error("this order was carried out earlier, and made the license key {serial}")]
    Repeated {
        /// The serial of its key.
        serial: Serial,
    },
    /// An order that was carried out earlier, for another license.
    #[error("this order was carried out earlier, for the license {license}: give each order an id of its own")]
    OrderOfAnother {
        /// The other license.
        license: LicenseId,
    },
    /// An order that continues a license on record.
    #[error(
        "this order continues the license {license}: give it to that license, as a reissue, a renewal or a stopgap"
    )]
    Follows {
        /// The license.
        license: LicenseId,
    },
    /// A serial of a license that was deleted.
    #[error("the serial {serial} was used by a license that is deleted, and is never used again: take another")]
    SerialUsed {
        /// The serial.
        serial: Serial,
    },
    /// A time outside of all days of licenses.
    #[error("the clock of this machine shows {at}: set it")]
    Clock {
        /// The time.
        at: chrono::DateTime<chrono::Utc>,
    },
    /// A license that is not on record.
    #[error("there is no license {id}: it may be in another environment, or deleted")]
    NoLicense {
        /// Its id.
        id: LicenseId,
    },
    /// A license without a key: it is signed when the license is assigned.
    #[error("the license {id} has no key yet: it is signed when the license is assigned")]
    NoKey {
        /// Its id.
        id: LicenseId,
    },
    /// A generator that is not on record.
    #[error("there is no generator {id}: it may be in another environment")]
    NoGenerator {
        /// Its id.
        id: GeneratorId,
    },
    /// An order that no generator may have.
    #[error(
        "the order of a generator has no customer, licensee, id, serial, subscription, machine or bridged license: leave out what \
         belongs to one license"
    )]
    NotForGenerator,
    /// An order that can't be read.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// More licenses than one call makes.
    #[error("{requested} licenses are more than one call makes, 1,000: call it several times")]
    TooMany {
        /// The number of licenses.
        requested: usize,
    },
    /// A trial or a stopgap without a customer: nobody could count them.
    #[error("a {kind} is for a customer: name one, or let a generator sign it on assignment")]
    CustomerMissing {
        /// The kind of the license.
        kind: Kind,
    },
    /// An activation that is not on record.
    #[error("there is no activation {id}")]
    NoActivation {
        /// Its id.
        id: ActivationId,
    },
    /// A product that works without activation.
    #[error("the product works without activation")]
    ActivationNotNeeded,
    /// A fingerprint with fewer components than the product asks for.
    #[error(transparent)]
    TooFewComponents(Refusal),
    /// All slots of the license are taken.
    #[error(
        "the license is activated on {in_use} {}, and its limit is {limit}: release one, or raise the limit",
        if *.in_use == 1 { "machine" } else { "machines" }
    )]
    LimitReached {
        /// The number of machines that it allows.
        limit: Quantity,
        /// The number of machines that count.
        in_use: u32,
    },
    /// The customer has released as many machines as the product allows in 30 days.
    #[error(
        "{per_30d} machines of this license were released within 30 days, which is all that is allowed: the next may be released \
         from {next_at} on, or ask the vendor"
    )]
    ReleasesUsedUp {
        /// The number that is allowed.
        per_30d: NonZeroU16,
        /// The time from which on another is allowed.
        next_at: chrono::DateTime<chrono::Utc>,
    },
    /// A machine with a key of its own, which goes on working there.
    #[error(
        "the machine of {id} has a license key of its own, which works on without a network: ask the vendor to release it"
    )]
    HeldByKey {
        /// The activation.
        id: ActivationId,
    },
    /// A license that later orders are decided by, whose key has left.
    #[error(
        "the key of license {id} has left, and later orders are decided by it, as a trial, a stopgap or the license of an order with \
         an id: revoke the license instead of deleting it"
    )]
    KeyHasLeft {
        /// The license.
        id: LicenseId,
    },
    /// A revoked key of a license.
    #[error("the license key {serial} is revoked: use the current key of the license")]
    KeyRevoked {
        /// Its serial.
        serial: Serial,
    },
    /// A license does not go to the person for whom it was asked.
    #[error(transparent)]
    Recipient(#[from] RecipientRefusal),
    /// A license of the pool.
    #[error("the license {id} has no customer: assign it first")]
    Unassigned {
        /// Its id.
        id: LicenseId,
    },
    /// A limit out of range.
    #[error(
        "{requested} machines are more than {}, the most that a license may have: give fewer, or unlimited",
        keyward_issuer::policy::Policy::MAX_ACTIVATIONS
    )]
    ActivationsOutOfRange {
        /// The limit.
        requested: u32,
    },
    /// A license key that is not on record.
    #[error("the license key {serial} is not on record")]
    NotOnRecord {
        /// Its serial.
        serial: Serial,
    },
    /// A customer who is not on record.
    #[error("there is no customer {id}: they may be in another environment")]
    NoCustomer {
        /// Their id.
        id: CustomerId,
    },
    /// A customer who was merged into another.
    #[error("the customer {id} was merged into {into}: name that one")]
    CustomerMerged {
        /// Their id.
        id: CustomerId,
        /// The one who is left.
        into: CustomerId,
    },
    /// A customer who was erased.
    #[error("the customer {id} was erased: find or make another")]
    CustomerErased {
        /// Their id.
        id: CustomerId,
    },
    /// A customer and themselves.
    #[error("a customer can't be merged with themselves: name another")]
    SameCustomer,
    /// An address of another customer.
    #[error("the address belongs to the customer {customer}: merge the two, or give another address")]
    EmailTaken {
        /// The one who has it.
        customer: CustomerId,
    },
    /// Details that no customer may have.
    #[error(transparent)]
    CustomerDetails(#[from] CustomerError),
    /// The state of the license does not allow the action.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// Someone else changed the same meanwhile.
    #[error("it was changed meanwhile: it has version {current}, and the change was made to version {expected}")]
    ChangedMeanwhile {
        /// The version that the change was made to.
        expected: i64,
        /// The version on record.
        current: i64,
    },
    /// The order breaks rules.
    #[error(transparent)]
    Refused(#[from] Refusals),
    /// The license key could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The checkpoint of the audit log could not be signed.
    #[error(transparent)]
    SignCheckpoint(#[from] CheckpointSignError),
    /// The export can't be written.
    #[error("the export can't be written: check the permissions of the file and the free space")]
    Export(#[source] io::Error),
    /// A file that can't be made.
    #[error(transparent)]
    SignedFile(#[from] FileError),
    /// The end of the numbers of revocation lists.
    #[error("the newest revocation list has the last number, {}, and no list can follow it", u32::MAX)]
    NoNumberLeft,
    /// A signing key without licenses on record.
    #[error(
        "no license key on record that is good was signed by {key}: check that it is the right ledger and the right key"
    )]
    NothingSigned {
        /// The id of the signing key.
        key: KeyId,
    },
    /// A machine that has no slot any more.
    #[error("the machine of {id} was released, or was not seen during its lease: activate it again")]
    ActivationEnded {
        /// The activation.
        id: ActivationId,
    },
    /// A token that is not on record.
    #[error("there is no token {id}: it may be in another environment")]
    NoToken {
        /// Its id.
        id: TokenId,
    },
    /// An approval that is not on record.
    #[error("there is no approval {id}: it may be in another environment")]
    NoApproval {
        /// Its id.
        id: ApprovalId,
    },
    /// An approval that another person asked for.
    #[error("the approval {id} was asked for by another: only they can take it back")]
    AskedByAnother {
        /// Its id.
        id: ApprovalId,
    },
    /// A request that another process took over, since this one took too long. Nothing was changed here.
    #[error("the request took longer than a minute, and was begun again: repeat it to have its answer")]
    ClaimLost,
    /// A reissue by one who may not take what only an approval gives back.
    #[error("the new key would have fewer days, releases or machines, which only an approval gives back")]
    TakesForGood,
    /// Other changes came first, several times.
    #[error("other changes of the same licenses or customers came first, several times: try again")]
    Busy,
    /// Another change came first: decide again. No call ends with it.
    #[doc(hidden)]
    #[error("another change came first")]
    Conflict,
    /// A value on record that no version of the ledger writes.
    #[error("{what} on record can't be read: restore the ledger from a backup, or find the change with `verify`")]
    Damaged {
        /// The value.
        what: String,
    },
    /// The operating system gave no random bytes.
    #[error("there are no random bytes for an id")]
    Random(#[from] getrandom::Error),
    /// The database failed.
    #[error(transparent)]
    Database(DatabaseFault),
    /// The database failed while it committed, and did not say whether it had. The change was made, or nothing of it: repeat
    /// the call with the same order id, or look.
    #[error(
        "the database failed before it confirmed the change, which may have been made: look, or repeat the order with its id"
    )]
    Unconfirmed(#[source] DatabaseFault),
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> LedgerError {
        match &error {
            // 40001: a serialization failure; 40P01: a deadlock.
            sqlx::Error::Database(fault)
                if fault.is_unique_violation() || matches!(fault.code().as_deref(), Some("40001" | "40P01")) =>
            {
                LedgerError::Conflict
            }
            sqlx::Error::ColumnDecode { index, .. } => LedgerError::Damaged { what: index.clone() },
            _ => LedgerError::Database(DatabaseFault::of(error)),
        }
    }
}
