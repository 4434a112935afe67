use std::num::NonZeroU16;

use axum::http::StatusCode;
use keyward_ledger::{Created, CustomerDetails, CustomerId, Delivered, LicenseId, NewLicense, Ordered, Wanted};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::handlers::approvals::{RequestApproval, ask, take_ask, waiting};
use crate::handlers::customers::NewCustomer;
use crate::handlers::order::{order, rename_limit, take_text};
use crate::handlers::order_schema::NewLicenseBody;
use crate::problem::Problem;
use crate::request::{Answer, Caller, IfMatch, InPath, Json, NoFields};
use crate::shapes::{ApprovalShape, LicenseShape, license_answer, licenses_shapes};

/// Make a license
///
/// The body has the fields of an order, such as `offer` or `product` and `edition`, `seats`, `term`, `licensee`; and
/// `customer` (an id, or an object with an e-mail: the one with that address, or a new one), `activation_limit`, `lease_days`,
/// `metadata`, `notes`. With a customer the license is assigned, and its whole key is in the answer. An order with an `id` makes
/// one license, however often it is sent; with another customer or another field, it is refused (`order-differs`).
///
/// With `request_approval`, an order that breaks rules which a person may lift waits for an approval instead of being refused. One that
/// breaks none is carried out as usual, and nothing is asked. The same order waits once, however often it is sent.
#[utoipa::path(post, path = "/licenses", tag = "licenses", request_body = NewLicenseBody, security(("token" = ["licenses:issue"])),
    responses((status = 201, body = LicenseShape), (status = 200, body = LicenseShape, description = "the order made it earlier"),
        (status = 202, body = ApprovalShape, description = "the order waits for an approval")))]
pub(crate) async fn create(caller: Caller, Json(mut body): Json<Map<String, Value>>) -> Result<Answer, Problem> {
    let (ledger, catalog) = (caller.ledger()?, caller.catalog()?);
    let ask = take_ask(&caller, &mut body)?;
    let customer = body.remove("customer").filter(|customer| !customer.is_null());
    let notes = take_text(&mut body, "notes")?;
    let lease_days = match body.remove("lease_days") {
        None | Some(Value::Null) => None,
        Some(days) => Some(serde_json::from_value(days).map(NonZeroU16::get).map_err(|_| {
            Problem::invalid("/lease_days", "invalid-value", "lease_days: expected a number of days from 1 to 65535")
        })?),
    };
    let metadata = body.remove("metadata").filter(|metadata| !metadata.is_null());
    let metadata = metadata.map(|metadata| metadata.to_string().parse()).transpose();
    let metadata = metadata
        .map_err(|error: keyward_ledger::MetadataError| Problem::invalid("/metadata", "metadata", error.to_string()))?;
    rename_limit(&mut body)?;
    let mut new = NewLicense::new(order(body)?);
    (new.notes, new.lease_days, new.metadata, new.delivered) = (notes, lease_days, metadata, true);
    let (issuing, by) = (caller.issuing(&catalog)?, caller.by_once());
    new.customer = match customer.map(named).transpose()? {
        None => None,
        Some(Named::Id(id)) => Some(known(&caller, id).await?),
        Some(Named::Details(details)) => match ledger.customer_of_order(&new, &details).await? {
            Some(known) => Some(known),
            None => {
                if is_new(&caller, &details).await? {
                    // A refused order makes no customer.
                    ledger.check_for_new_customer(issuing, &new, ask.as_ref(), caller.by()).await?;
                }
                Some(ledger.find_or_create_customer(&details, caller.by()).await?.into_customer().id)
            }
        },
    };
    let ordered = match ask {
        Some(ask) => ledger.create_or_ask(issuing, &new, &ask, &by).await?,
        None => Ordered::Done(ledger.create(issuing, &new, &by).await?),
    };
    let created = match ordered {
        Ordered::Done(created) => created,
        Ordered::Waiting(approval) => return waiting(&caller, &approval).await,
    };
    match created {
        Created::New(delivered) => delivered_answer(&caller, &delivered, StatusCode::CREATED).await,
        Created::Repeated(license) => first_key(&caller, license.id, StatusCode::OK).await,
    }
}

/// The customer that a body names.
enum Named {
    Id(CustomerId),
    Details(Box<CustomerDetails>),
}

fn named(value: Value) -> Result<Named, Problem> {
    let wrong = || {
        Problem::invalid(
            "/customer",
            "invalid-value",
            "customer: expected an id (cus_…), or an object with an e-mail and a name",
        )
    };
    if let Value::String(id) = &value {
        return id.parse().map(Named::Id).map_err(|_| wrong());
    }
    let new: NewCustomer = serde_json::from_value(value).map_err(|_| wrong())?;
    Ok(Named::Details(Box::new(new.details("/customer")?)))
}

/// The customer with that id, or the one who is left by a merge.
async fn known(caller: &Caller, id: CustomerId) -> Result<CustomerId, Problem> {
    // One who is not there is an error of the body, not of the address.
    match caller.ledger()?.customer_after_merges(id).await {
        Ok(customer) => Ok(customer.id),
        Err(error) => Err(Problem::invalid("/customer", "no-customer", error.to_string())),
    }
}

/// Whether nobody on record has the address.
async fn is_new(caller: &Caller, details: &CustomerDetails) -> Result<bool, Problem> {
    match &details.email {
        Some(email) => Ok(caller.ledger()?.customer_by_email(email).await?.is_none()),
        None => Ok(true),
    }
}

/// The license with the whole key that its order made. An order that is repeated opens no newer key, which may grant more: that one is
/// delivered to a token with `keys:read`.
pub(crate) async fn first_key(caller: &Caller, id: LicenseId, status: StatusCode) -> Result<Answer, Problem> {
    match caller.ledger()?.keys(id).await?.first() {
        Some(key) => whole_key(caller, id, Wanted::Serial(key.serial), status).await,
        None => license_answer(caller, id, status).await,
    }
}

/// The license with a whole key. A license of the pool has none to give.
pub(crate) async fn whole_key(
    caller: &Caller,
    id: LicenseId,
    wanted: Wanted,
    status: StatusCode,
) -> Result<Answer, Problem> {
    let (ledger, catalog) = (caller.ledger()?, caller.catalog()?);
    let license = ledger.license(id).await?;
    let gives = license.customer.is_some() && license.valid_from.is_some();
    if !gives || license.state(caller.by().at) == keyward_ledger::state::State::Revoked {
        return license_answer(caller, id, status).await;
    }
    let delivered = match ledger.deliver_key(id, wanted, &catalog, caller.by()).await {
        Ok(delivered) => delivered,
        // A held license gives no key.
        Err(keyward_ledger::LedgerError::Transition(_)) => return license_answer(caller, id, status).await,
        Err(error) => return Err(error.into()),
    };
    delivered_answer(caller, &delivered, status).await
}

/// The license with the key that leaves, after the delivery is on record.
async fn delivered_answer(caller: &Caller, delivered: &Delivered, status: StatusCode) -> Result<Answer, Problem> {
    let mut shapes = licenses_shapes(caller, std::slice::from_ref(&delivered.license)).await?;
    let mut shape = shapes.pop().ok_or_else(Problem::internal)?;
    let Some(key) = delivered.keys.first() else { return Ok(Answer::new(status, &shape)?.of_version(shape.version)) };
    shape.serial = Some(key.serial.to_string());
    shape.key = Some(key.key.to_string());
    let answer = Answer::new(status, &shape)?.of_version(shape.version);
    Ok(answer.with_key_of(delivered.license.id, key.serial))
}

/// Whom a license is given to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assign {
    /// The customer: an id, or an object with an e-mail and a name.
    customer: Value,
    /// Why.
    reason: Option<String>,
    /// Waits for an approval instead of being refused, if a person may lift the rules that it breaks.
    request_approval: Option<RequestApproval>,
}

/// Assign a license of the pool to a customer
///
/// A license whose key is signed on assignment has an order, which may break rules for this customer. With `request_approval`, it waits
/// for an approval if a person may lift them.
#[utoipa::path(post, path = "/licenses/{id}/assign", tag = "licenses", request_body = Assign, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape),
        (status = 202, body = ApprovalShape, description = "the order waits for an approval")))]
pub(crate) async fn assign(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Assign>,
) -> Result<Answer, Problem> {
    let catalog = caller.catalog()?;
    let ask = body.request_approval.map(|requested| ask(&caller, &requested)).transpose()?;
    let (reason, by) = (body.reason.as_deref(), caller.by_once());
    let issuing = caller.issuing(&catalog)?;
    let (ledger, expected) = (caller.ledger()?, condition.or_any());
    let customer = match named(body.customer)? {
        Named::Id(id) => known(&caller, id).await?,
        Named::Details(details) => {
            if is_new(&caller, &details).await? {
                // A refused assignment makes no customer.
                let (by, ask) = (caller.by(), ask.as_ref());
                ledger.check_assign_to_new_customer(issuing, id, &details, expected, ask, by).await?;
            }
            ledger.find_or_create_customer(&details, caller.by()).await?.into_customer().id
        }
    };
    let ordered = match ask {
        Some(ask) => ledger.assign_or_ask(issuing, id, customer, reason, expected, &ask, &by).await?,
        None => Ordered::Done(ledger.assign(issuing, id, customer, reason, expected, &by).await?),
    };
    match ordered {
        Ordered::Done(license) => license_answer(&caller, license.id, StatusCode::OK).await,
        Ordered::Waiting(approval) => waiting(&caller, &approval).await,
    }
}

/// Receive the whole license key
///
/// It is that of the paid term. Each delivery is written to the audit log. A license whose product has no activation becomes active with
/// its first one. The call has no fields.
#[utoipa::path(post, path = "/licenses/{id}/deliver", tag = "licenses", params(("id" = String, Path)),
    security(("token" = ["keys:read"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn deliver(caller: Caller, InPath(id): InPath<LicenseId>, _: NoFields) -> Result<Answer, Problem> {
    let (ledger, catalog) = (caller.ledger()?, caller.catalog()?);
    let delivered = ledger.deliver_key(id, Wanted::Paid, &catalog, &caller.by_once()).await?;
    delivered_answer(&caller, &delivered, StatusCode::OK).await
}
