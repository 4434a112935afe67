//! Lists, in pages that stay put while rows are added.

use crate::activation::Activation;
use crate::approval::{Approval, ApprovalState};
use crate::customer::Customer;
use crate::database::{Database, Found};
use crate::error::LedgerError;
use crate::generator::Generator;
use crate::id::{ActivationId, ApprovalId, CustomerId, GeneratorId, LicenseId};
use crate::ledger::Ledger;
use crate::license::License;
use crate::table::{Row, select};
use crate::value::{Field, Value};

/// The most rows of a page: 1 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    /// The largest.
    pub const MAX: PageSize = PageSize(1_000);

    /// A page of that many rows; `None` for none, and for more than [`PageSize::MAX`].
    pub const fn new(rows: u16) -> Option<PageSize> {
        if rows == 0 || rows > PageSize::MAX.0 { None } else { Some(PageSize(rows)) }
    }

    /// The number of rows.
    pub const fn rows(self) -> u16 {
        self.0
    }
}

/// The bytes of rows after which a page ends, so that no list takes a server's memory: an ordinary page of 1,000 rows has fewer.
const MAX_BYTES: usize = 2 << 20;

/// A part of a list: as many rows as were asked for, or fewer large ones, and at least one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T, Id> {
    /// The rows.
    pub rows: Vec<T>,
    /// What the next page comes after; none if this is the last one.
    pub next: Option<Id>,
}

impl Database {
    /// The page of a list with the rows that a query finds. `bytes` are those of a row, about.
    pub(crate) async fn page<T: Found, Id>(
        &self,
        query: &str,
        values: Vec<Value>,
        size: PageSize,
        bytes: impl Fn(&T) -> usize,
        id: impl Fn(&T) -> Id,
    ) -> Result<Page<T, Id>, LedgerError> {
        // One more than the page tells whether another follows.
        let sql = format!("{query} limit {}", size.0.saturating_add(1));
        let (mut rows, mut room) = (Vec::new(), Some(MAX_BYTES));
        let mut is_over = false;
        self.while_wanted(sql, values, |row: T| {
            is_over = rows.len() == usize::from(size.0) || room.is_none();
            if !is_over {
                room = room.and_then(|room| room.checked_sub(bytes(&row)));
                rows.push(row);
            }
            !is_over
        })
        .await?;
        let next = rows.last().filter(|_| is_over).map(id);
        Ok(Page { rows, next })
    }
}

impl Ledger {
    /// The customers, the newest first. Those that were merged into others are left out.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn customers(
        &self,
        after: Option<CustomerId>,
        size: PageSize,
    ) -> Result<Page<Customer, CustomerId>, LedgerError> {
        self.page("merged_into is null", None, after, size, |customer: &Customer| customer.id).await
    }

    /// All licenses, the newest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn licenses(
        &self,
        after: Option<LicenseId>,
        size: PageSize,
    ) -> Result<Page<License, LicenseId>, LedgerError> {
        self.page("", None, after, size, |license: &License| license.id).await
    }

    /// The licenses of a customer, the newest first. After a merge, they are those of the customer who is left.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn licenses_of(
        &self,
        customer: CustomerId,
        after: Option<LicenseId>,
        size: PageSize,
    ) -> Result<Page<License, LicenseId>, LedgerError> {
        self.page("customer = $1", Some(customer.value()), after, size, |license: &License| license.id).await
    }

    /// The activations of a license, also those that were released, the newest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn activations_of(
        &self,
        license: LicenseId,
        after: Option<ActivationId>,
        size: PageSize,
    ) -> Result<Page<Activation, ActivationId>, LedgerError> {
        let id = |activation: &Activation| activation.id;
        self.page("license = $1", Some(license.value()), after, size, id).await
    }

    /// All activations, also those that were released, the newest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn activations(
        &self,
        after: Option<ActivationId>,
        size: PageSize,
    ) -> Result<Page<Activation, ActivationId>, LedgerError> {
        self.page("", None, after, size, |activation: &Activation| activation.id).await
    }

    /// The generators, the newest first.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn generators(
        &self,
        after: Option<GeneratorId>,
        size: PageSize,
    ) -> Result<Page<Generator, GeneratorId>, LedgerError> {
        self.page("", None, after, size, |generator: &Generator| generator.id).await
    }

    /// The approvals, the newest first: those in one state, or all of them.
    ///
    /// # Errors
    ///
    /// The errors of the database.
    pub async fn approvals(
        &self,
        state: Option<ApprovalState>,
        after: Option<ApprovalId>,
        size: PageSize,
    ) -> Result<Page<Approval, ApprovalId>, LedgerError> {
        let condition = if state.is_some() { "state = $1" } else { "" };
        self.page(condition, state.map(|state| state.value()), after, size, |approval: &Approval| approval.id).await
    }

    /// The license with that id, if it is this customer's. That of another is answered as one that is not on record.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoLicense`], and the errors of the database.
    pub async fn license_of_customer(&self, customer: CustomerId, id: LicenseId) -> Result<License, LedgerError> {
        let found = self.database.find::<License>(id.value()).await?;
        found.filter(|license| license.customer == Some(customer)).ok_or(LedgerError::NoLicense { id })
    }

    /// A page in the order of ids. Ids begin with the time.
    async fn page<T: Row, Id: Field + Copy>(
        &self,
        condition: &str,
        value: Option<Value>,
        after: Option<Id>,
        size: PageSize,
        id: impl Fn(&T) -> Id,
    ) -> Result<Page<T, Id>, LedgerError> {
        let mut values: Vec<Value> = value.into_iter().collect();
        let mut conditions: Vec<String> = (!condition.is_empty()).then(|| condition.to_owned()).into_iter().collect();
        if let Some(after) = after {
            values.push(after.value());
            conditions.push(format!("id < ${}", values.len()));
        }
        let condition =
            if conditions.is_empty() { String::new() } else { format!("where {}", conditions.join(" and ")) };
        let sql = select::<T>(&format!("{condition} order by id desc"));
        let bytes = |row: &T| row.values().iter().map(Value::bytes).sum();
        self.database.page(&sql, values, size, bytes, id).await
    }
}
