//! Customers.

use axum::http::StatusCode;
use keyward_ledger::recipient::Trade;
use keyward_ledger::{Contact, CustomerDetails, CustomerId, FoundCustomer, LedgerError, Merge, Name, Scope, WholeKeys};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, IfMatch, InPath, Json, PageQuery, Query, cursor};
use crate::shapes::{ContactShape, CustomerShape, ListShape};

/// What people say of a customer. A field that is missing is empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomer {
    /// The name.
    name: Option<String>,
    /// The company.
    company: Option<String>,
    /// The e-mail address. No two customers have the same.
    email: Option<String>,
    /// A domain that belongs to the customer alone.
    domain: Option<String>,
    /// People who are linked to the customer's licenses.
    #[serde(default)]
    contacts: Vec<ContactShape>,
    /// Whether the customer resells licenses: then neither the customer nor a contact receives one.
    #[serde(default)]
    reseller: bool,
    /// Notes of the vendor's staff.
    notes: Option<String>,
}

impl NewCustomer {
    /// The details. `place` is the pointer to the customer in the body.
    pub(super) fn details(&self, place: &str) -> Result<CustomerDetails, Problem> {
        let wrong = |field: &str, error: &dyn std::fmt::Display| {
            Problem::invalid(format!("{place}/{field}"), "customer-details", format!("{field}: {error}"))
        };
        let name = |field: &str, text: &Option<String>| -> Result<Option<Name>, Problem> {
            text.as_deref().map(str::parse).transpose().map_err(|error: keyward_ledger::NameError| wrong(field, &error))
        };
        let email = |field: &str, text: &str| {
            text.parse().map_err(|error: keyward_ledger::recipient::AddressError| wrong(field, &error))
        };
        let contact = |(number, contact): (usize, &ContactShape)| {
            Ok(Contact {
                name: name(&format!("contacts/{number}/name"), &contact.name)?,
                email: email(&format!("contacts/{number}/email"), &contact.email)?,
                role: contact.role,
                trade: trade(contact.reseller),
            })
        };
        let domain = self.domain.as_deref().map(str::parse).transpose();
        Ok(CustomerDetails {
            name: name("name", &self.name)?,
            company: name("company", &self.company)?,
            email: self.email.as_deref().map(|text| email("email", text)).transpose()?,
            domain: domain.map_err(|error: keyward_ledger::recipient::DomainError| wrong("domain", &error))?,
            contacts: self.contacts.iter().enumerate().map(contact).collect::<Result<_, Problem>>()?,
            trade: trade(self.reseller),
            notes: self.notes.clone(),
        })
    }
}

const fn trade(is_reseller: bool) -> Trade {
    if is_reseller { Trade::Reseller } else { Trade::EndUser }
}

/// Find a customer by e-mail, or make one
#[utoipa::path(post, path = "/customers", tag = "customers", request_body = NewCustomer,
    security(("token" = ["customers:manage"])),
    responses((status = 201, body = CustomerShape), (status = 200, body = CustomerShape, description = "one has the address")))]
pub(crate) async fn create(caller: Caller, Json(body): Json<NewCustomer>) -> Result<Answer, Problem> {
    let details = body.details("")?;
    let found = caller.ledger()?.find_or_create_customer(&details, &caller.by_once()).await?;
    let status = if matches!(found, FoundCustomer::New(_)) { StatusCode::CREATED } else { StatusCode::OK };
    answer(&found.into_customer(), status)
}

/// List customers, the newest first
#[utoipa::path(get, path = "/customers", tag = "customers", params(PageQuery), security(("token" = ["customers:read"])),
    responses((status = 200, body = ListShape<CustomerShape>)))]
pub(crate) async fn customers(caller: Caller, Query(page): Query<PageQuery>) -> Result<Answer, Problem> {
    let served = caller.served()?;
    let after: Option<CustomerId> = page.after(served, "customers")?;
    let found = served.ledger.customers(after, page.size()?).await?;
    let data = found.rows.iter().map(CustomerShape::of).collect::<Result<_, Problem>>()?;
    Answer::ok(&ListShape { data, next: found.next.map(|id| cursor(served, "customers", id)) })
}

/// Read a customer
#[utoipa::path(get, path = "/customers/{id}", tag = "customers", params(("id" = String, Path)),
    security(("token" = ["customers:read"])), responses((status = 200, body = CustomerShape)))]
pub(crate) async fn customer(caller: Caller, InPath(id): InPath<CustomerId>) -> Result<Answer, Problem> {
    answer(&caller.ledger()?.customer(id).await?, StatusCode::OK)
}

/// Give a customer other details
///
/// The body replaces all of them. The header `If-Match` has the ETag that was read.
#[utoipa::path(put, path = "/customers/{id}", tag = "customers", request_body = NewCustomer, params(("id" = String, Path), IfMatch),
    security(("token" = ["customers:manage"])), responses((status = 200, body = CustomerShape)))]
pub(crate) async fn edit(
    caller: Caller,
    InPath(id): InPath<CustomerId>,
    condition: IfMatch,
    Json(body): Json<NewCustomer>,
) -> Result<Answer, Problem> {
    let (details, expected) = (body.details("")?, condition.needed()?);
    let customer = caller.ledger()?.edit_customer(id, &details, None, expected, caller.by()).await?;
    answer(&customer, StatusCode::OK)
}

/// Into whom a customer is merged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// The customer who is left, `cus_…`.
    into: String,
    /// Why.
    reason: Option<String>,
}

/// Merge a customer into another
///
/// All licenses and everything that counts by customer go to the one who is left.
#[utoipa::path(post, path = "/customers/{id}/merge", tag = "customers", request_body = MergeBody, params(("id" = String, Path)),
    security(("token" = ["customers:manage"])), responses((status = 200, body = CustomerShape)))]
pub(crate) async fn merge(
    caller: Caller,
    InPath(id): InPath<CustomerId>,
    Json(body): Json<MergeBody>,
) -> Result<Answer, Problem> {
    let into: CustomerId = body
        .into
        .parse()
        .map_err(|error: keyward_ledger::IdError| Problem::invalid("/into", "invalid-id", error.to_string()))?;
    let merge = Merge { from: id, into };
    let reason = body.reason.as_deref();
    match caller.ledger()?.merge_customers(merge, reason, &caller.by_once()).await {
        Ok(customer) => answer(&customer, StatusCode::OK),
        // One who is not there is an error of the body, not of the address.
        Err(error @ LedgerError::NoCustomer { id }) if id == into => {
            Err(Problem::invalid("/into", "no-customer", error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Why a customer is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseBody {
    /// Why.
    reason: Option<String>,
}

/// What an erasure reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasedShape {
    /// The customer, and those who were merged into them.
    customers: Vec<String>,
    /// Their licenses, which stay on record.
    licenses: Vec<String>,
    /// The number of entries of the audit log whose personal values are gone.
    entries: u64,
    /// The serials of license keys that name a licensee, and can't be changed.
    retained_keys: Vec<String>,
}

/// Erase the personal values of a customer
///
/// Their licenses stay on record. License keys that name a licensee can't be changed: they are listed.
#[utoipa::path(post, path = "/customers/{id}/erase", tag = "customers", request_body = EraseBody, params(("id" = String, Path)),
    security(("token" = ["customers:manage"])), responses((status = 200, body = ErasedShape)))]
pub(crate) async fn erase(
    caller: Caller,
    InPath(id): InPath<CustomerId>,
    Json(body): Json<EraseBody>,
) -> Result<Answer, Problem> {
    let reason = body.reason.as_deref();
    let erased = caller.ledger()?.erase_customer(id, reason, &caller.by_once()).await?;
    let texts = |ids: &[CustomerId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    Answer::ok(&ErasedShape {
        customers: texts(&erased.customers),
        licenses: erased.licenses.iter().map(ToString::to_string).collect(),
        entries: erased.entries,
        retained_keys: erased.retained.iter().map(ToString::to_string).collect(),
    })
}

/// Export everything on record about a customer
///
/// Whole license keys are in it with the scope `keys:read`.
#[utoipa::path(get, path = "/customers/{id}/export", tag = "customers", params(("id" = String, Path)),
    security(("token" = ["customers:manage"])), responses((status = 200, body = Object)))]
pub(crate) async fn export(caller: Caller, InPath(id): InPath<CustomerId>) -> Result<Answer, Problem> {
    let keys = if caller.may(Scope::KeysRead) { WholeKeys::Included } else { WholeKeys::LeftOut };
    let export: Value = caller.ledger()?.export_customer(id, keys, None, caller.by()).await?;
    Answer::ok(&export)
}

fn answer(customer: &keyward_ledger::Customer, status: StatusCode) -> Result<Answer, Problem> {
    Ok(Answer::new(status, &CustomerShape::of(customer)?)?.of_version(customer.version))
}
