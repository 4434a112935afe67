use keyward_ledger::recipient::AddressError;
use keyward_ledger::{LedgerError, License, LicenseId, Scope};
use keyward_verifier::{Authenticator, Serial};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, Json, PageQuery, cursor};
use crate::shapes::{LicenseShape, ListShape, licenses_shapes};

/// What is searched for: one of `key`, `serial` and `email`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// A whole license key, also an old one of its license, as it was pasted. Typing mistakes are repaired.
    key: Option<String>,
    /// The serial of a license key.
    serial: Option<String>,
    /// The e-mail address of a customer. It needs the scope `customers:read` too.
    email: Option<String>,
    /// The most rows, 1 to 1,000; 50 without it. A page ends after some 2 MB, with fewer.
    limit: Option<u16>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Find licenses by a license key, a serial or an address
///
/// It is a POST, since a license key is never a part of an address. The keys in the answer are in short.
#[utoipa::path(post, path = "/licenses/search", tag = "licenses", request_body = Search, security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<LicenseShape>)))]
pub(crate) async fn search(caller: Caller, Json(body): Json<Search>) -> Result<Answer, Problem> {
    let part = PageQuery { limit: body.limit, after: body.after.clone() };
    part.size()?;
    match (&body.key, &body.serial, &body.email) {
        (Some(key), None, None) => with_serial(&caller, serial_in(&caller, key)?).await,
        (None, Some(serial), None) => {
            let serial = serial.parse().map_err(|_| {
                Problem::invalid("/serial", "invalid-value", "serial: expected the 16 hex digits of a serial")
            })?;
            with_serial(&caller, serial).await
        }
        (None, None, Some(email)) => with_email(&caller, email, &part).await,
        _ => Err(Problem::invalid("", "invalid-value", "expected one of the fields `key`, `serial` and `email`")),
    }
}

/// The serial of a license key that this vendor signed.
fn serial_in(caller: &Caller, text: &str) -> Result<Serial, Problem> {
    let found = Authenticator::with_bundle(&caller.served()?.keys.bundle).authenticate(text);
    let key = found.map_err(|error| Problem::invalid("/key", "invalid-key", format!("key: {error}")))?;
    Ok(key.claims().serial())
}

async fn with_serial(caller: &Caller, serial: Serial) -> Result<Answer, Problem> {
    match caller.ledger()?.license_of(serial).await {
        Ok(license) => page(caller, &[license], None).await,
        Err(LedgerError::NotOnRecord { .. }) => page(caller, &[], None).await,
        Err(error) => Err(error.into()),
    }
}

async fn with_email(caller: &Caller, email: &str, part: &PageQuery) -> Result<Answer, Problem> {
    caller.needs(Scope::CustomersRead)?;
    let served = caller.served()?;
    let wrong = |error: AddressError| Problem::invalid("/email", "customer-details", format!("email: {error}"));
    let Some(customer) = served.ledger.customer_by_email(&email.parse().map_err(wrong)?).await? else {
        return page(caller, &[], None).await;
    };
    let list = format!("licenses {}", customer.id);
    let after: Option<LicenseId> = part.after(served, &list)?;
    let found = served.ledger.licenses_of(customer.id, after, part.size()?).await?;
    page(caller, &found.rows, found.next.map(|id| cursor(served, &list, id))).await
}

async fn page(caller: &Caller, licenses: &[License], next: Option<String>) -> Result<Answer, Problem> {
    Answer::ok(&ListShape { data: licenses_shapes(caller, licenses).await?, next })
}
