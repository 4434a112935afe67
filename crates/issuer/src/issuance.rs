//! Issuing a license: collect the records that the decision needs, decide, sign, store, release.
//!
//! [`Issuance::issue`] takes all of these steps, with any [`Storage`]. A batch and an asynchronous store take them one by one: a
//! [`DecisionContext`] names the sets of records that it needs until it has all of them, [`Issuance::decide`] decides,
//! [`Issuance::sign`] signs the license, the store appends it, and [`release`] gives the key. No lock is held while an HSM
//! signs: if records that the decision used have changed since, the store refuses the license, and the decision is
//! repeated.
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
use crate::order::text::{LineBreaks, TextFault, check};
use crate::policy::{Decision, History, Permitted, Policy, Refusals};
use crate::record::{AppendError, IssueRecord, Recorded, Sealed, Storage, Stored};
use crate::{Issuer, SignError, TrustedKey};

/// Everything that is needed to issue licenses, except the order and the store.
#[derive(Debug)]
pub struct Issuance<'a, S> {
    /// The rules.
    pub policy: Policy<'a>,
    /// The signing key.
    pub issuer: &'a Issuer<S>,
    /// Further public keys that may have signed licenses on record, besides the issuer's.
    pub trusted: &'a [TrustedKey],
    /// The name of the person or program that issues licenses, for the record. All of it can be seen, as with the texts of an
    /// order; otherwise nothing is signed.
    pub issued_by: &'a str,
}

/// The answer to an order that breaks no rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Issued {
    /// A new license.
    New(Recorded),
    /// The license that was issued earlier for the same order.
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
    /// The number of conflicts after which an order is given up. At each, another order was issued.
    const MAX_CONFLICTS: usize = 100;

    /// Issues the license of an order. The license is on record before its key is released. An order with an id that was
    /// issued before gets the same license again.
    ///
    /// # Errors
    ///
    /// [`IssueError`]. No license is issued.
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
                // The store may append only a part of the licenses. If it did not append this one, the decision is
                // repeated.
                Err(AppendError::Conflict) | Ok(None) => {}
            }
        }
        Err(IssueError::Busy)
    }

    /// The context of an order, on the later of the UTC day of that time and the policy's own day.
    pub fn context<'o>(&'o self, order: &'o Order, now: DateTime<Utc>) -> DecisionContext<'o> {
        DecisionContext::new(self.policy.not_before(now), order)
    }

    /// The context of an order with the records that an earlier decision used.
    pub(crate) fn context_after<'o>(
        &'o self,
        history: History,
        order: &'o Order,
        now: DateTime<Utc>,
    ) -> DecisionContext<'o> {
        DecisionContext::after(history, self.policy.not_before(now), order)
    }

    /// Decides on an order whose context has all sets that it needs.
    ///
    /// # Errors
    ///
    /// The errors of [`DecisionContext::decide`].
    pub fn decide(&self, mut context: DecisionContext<'_>) -> Result<Decision, Refusals> {
        self.decide_in(&mut context)
    }

    /// Decides, and leaves the records in the context.
    pub(crate) fn decide_in(&self, context: &mut DecisionContext<'_>) -> Result<Decision, Refusals> {
        context.decide(self.trusted.iter().chain([self.issuer.verifying_key()]))
    }

    /// Signs a permitted license.
    ///
    /// # Errors
    ///
    /// The errors of [`Issuer::sign`], and a name of the person who issues licenses that can't be seen.
    pub fn sign(&self, permitted: Permitted, now: DateTime<Utc>) -> Result<Sealed, SignError> {
        check(self.issued_by, LineBreaks::Refused).map_err(|fault| match fault {
            TextFault::Blank => SignError::IssuedByBlank,
            TextFault::SpaceAround(_) => SignError::IssuedBySpaceAround,
            TextFault::Invisible(character) => SignError::IssuedByInvisible { character },
        })?;
        let Permitted { claims, details, keys, seen, license: _ } = permitted;
        let record = IssueRecord {
            key: self.issuer.sign(&claims)?,
            claims,
            key_id: self.issuer.verifying_key().id(),
            // The line of the record has whole seconds.
            issued_at: now.trunc_subsecs(0),
            issued_by: self.issued_by.to_owned(),
            details,
        };
        Ok(Sealed::new(record, keys, seen))
    }
}

/// Releases a stored license. This is the only way to get its license key.
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
    /// The store had a conflict every time.
    #[error("other orders for the same license or customer were issued first, several times: try again")]
    Busy,
}
