//! Issuing a license: collect the records that the decision needs, decide, sign, store, release.
//!
//! [`Issuance::issue`] does all of it, with any [`Storage`]. A batch, and a store that is asynchronous, take the same steps one
//! by one: a [`DecisionContext`] names the sets of records that it needs until it has all of them, [`Issuance::decide`]
//! decides, [`Issuance::sign`] seals the license, the store appends it, and [`release`] gives the key. No lock is held while
//! an HSM signs: the store refuses a license whose decision saw records that have changed since, and the order is decided on
//! again.
//!
//! ```
//! use keyward_catalog::Catalog;
//! use keyward_issuer::issuance::Issuance;
//! use keyward_issuer::order::Order;
//! use keyward_issuer::policy::Policy;
//! use keyward_issuer::record::MemoryRecord; // RecordFile::open(path)? keeps it on disk
//! use keyward_issuer::{Day, Issuer, SigningKey};
//!
//! let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml")?;
//! let issuer = Issuer::with_key(SigningKey::generate()?);
//! let policy = Policy::new(&catalog, Day::from_ymd(2026, 11, 28)?);
//! let issuance = Issuance { policy, issuer: &issuer, trusted: &[], issued_by: "the shop" };
//!
//! let order = Order::from_json(r#"{"id": "PO-1", "offer": "pro-annual", "seats": 25, "licensee": "Acme Ltd"}"#)?;
//! let mut record = MemoryRecord::default();
//! let issued = issuance.issue(&order, &mut record, "2026-11-28T12:00:00Z".parse()?)?;
//! println!("{:#}", issued.license().record.key());
//!
//! let again = issuance.issue(&order, &mut record, "2026-11-29T12:00:00Z".parse()?)?;
//! assert_eq!(again.license(), issued.license(), "one order, one license");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod context;

pub use context::DecisionContext;

use chrono::{DateTime, SubsecRound, Utc};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;

use crate::order::Order;
use crate::policy::{Decision, Permitted, Policy, Refusals};
use crate::record::{AppendError, IssueRecord, Recorded, Sealed, Storage, Stored};
use crate::{Issuer, SignError, TrustedKey};

/// Everything that issues, except the order and the store.
#[derive(Debug)]
pub struct Issuance<'a, S> {
    /// The rules.
    pub policy: Policy<'a>,
    /// The signing key.
    pub issuer: &'a Issuer<S>,
    /// The keys that may have signed the licenses on record, besides the issuer's.
    pub trusted: &'a [TrustedKey],
    /// The name of the person or program that issues, for the record.
    pub issued_by: &'a str,
}

/// The answer to an order that breaks no rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Issued {
    /// A new license.
    New(Recorded),
    /// The license that the same order made before.
    Repeated(Recorded),
}

impl Issued {
    /// The license, which is on record.
    pub const fn license(&self) -> &Recorded {
        match self {
            Issued::New(license) | Issued::Repeated(license) => license,
        }
    }

    /// The license, which is on record.
    pub fn into_license(self) -> Recorded {
        match self {
            Issued::New(license) | Issued::Repeated(license) => license,
        }
    }
}

impl<S: Signer<Signature>> Issuance<'_, S> {
    /// How often an order is decided on anew because the record changed meanwhile. Each time, another order went through.
    const MAX_CONFLICTS: usize = 100;

    /// Issues the license that the order asks for, and puts it on record before its key leaves. An order with an id is
    /// answered with the license that it made, however often it comes.
    ///
    /// # Errors
    ///
    /// [`IssueError`]. There is no license then.
    pub fn issue<R: Storage>(
        &self,
        order: &Order,
        storage: &mut R,
        now: DateTime<Utc>,
    ) -> Result<Issued, IssueError<R::Error>> {
        for _ in 0..=Self::MAX_CONFLICTS {
            let context = self.context(order, now).collect(storage).map_err(IssueError::Storage)?;
            let permitted = match self.decide(context)? {
                Decision::Repeated(issued) => return Ok(Issued::Repeated(release(Stored::found(issued)))),
                Decision::Permitted(permitted) => permitted,
            };
            let sealed = self.sign(*permitted, now)?;
            match storage.append(vec![sealed]).map(|stored| stored.into_iter().next()) {
                Ok(Some(stored)) => return Ok(Issued::New(release(stored))),
                Err(AppendError::Storage(error)) => return Err(IssueError::Storage(error)),
                // A store that keeps one of one returns one.
                Err(AppendError::Conflict) | Ok(None) => {}
            }
        }
        Err(IssueError::Busy)
    }

    /// The context of an order, on the UTC day of that time or the policy's own day, whichever is later.
    pub fn context<'o>(&'o self, order: &'o Order, now: DateTime<Utc>) -> DecisionContext<'o> {
        DecisionContext::new(self.policy.not_before(now), order)
    }

    /// Decides on an order, in view of a context that needs nothing more.
    ///
    /// # Errors
    ///
    /// As [`DecisionContext::decide`].
    pub fn decide(&self, context: DecisionContext<'_>) -> Result<Decision, Refusals> {
        context.decide(self.trusted.iter().chain([self.issuer.verifying_key()]))
    }

    /// Signs a permitted license. Its key leaves once it is stored.
    ///
    /// # Errors
    ///
    /// As [`Issuer::sign`].
    pub fn sign(&self, permitted: Permitted, now: DateTime<Utc>) -> Result<Sealed, SignError> {
        let Permitted { claims, details, keys, seen } = permitted;
        let record = IssueRecord {
            key: self.issuer.sign(&claims)?,
            claims,
            key_id: self.issuer.verifying_key().id(),
            // As the record writes it.
            issued_at: now.trunc_subsecs(0),
            issued_by: self.issued_by.to_owned(),
            details,
        };
        Ok(Sealed::new(record, keys, seen))
    }
}

/// Releases a license that is stored. No license key leaves another way.
pub fn release(stored: Stored) -> Recorded {
    stored.0
}

/// Why no license was issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError<E> {
    /// The order breaks rules.
    #[error(transparent)]
    Refused(#[from] Refusals),
    /// The license could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The store failed.
    #[error(transparent)]
    Storage(E),
    /// Others have changed what the decision depends on, each time before it could be stored.
    #[error("other orders for the same license or customer went first, time and again: try it once more")]
    Busy,
}
