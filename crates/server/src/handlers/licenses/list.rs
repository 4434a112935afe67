use axum::http::StatusCode;
use keyward_ledger::{ActivationId, CustomerId, LedgerError, LicenseId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, PageQuery, Query, cursor};
use crate::shapes::{ActivationShape, KeyShape, LicenseShape, ListShape, license_answer, licenses_shapes};

/// Which licenses.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// The most rows, 1 to 1,000; 50 without it. A page ends after some 2 MB, with fewer.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Those of one customer, `cus_…`.
    customer: Option<String>,
}

/// List licenses, the newest first
#[utoipa::path(get, path = "/licenses", tag = "licenses", params(Filter), security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<LicenseShape>)))]
pub(crate) async fn licenses(caller: Caller, Query(filter): Query<Filter>) -> Result<Answer, Problem> {
    let customer: Option<CustomerId> =
        filter.customer.as_deref().map(str::parse).transpose().map_err(|error: keyward_ledger::IdError| {
            Problem::bad_request("invalid-query", format!("customer: {error}"))
        })?;
    let page = PageQuery { limit: filter.limit, after: filter.after };
    let (served, size) = (caller.served()?, page.size()?);
    let list = format!("licenses {}", customer.map(|id| id.to_string()).unwrap_or_default());
    let after: Option<LicenseId> = page.after(served, &list)?;
    let found = match customer {
        Some(customer) => {
            // The licenses of one who was merged are those of the customer who is left.
            let customer = match served.ledger.customer_after_merges(customer).await {
                Err(LedgerError::NoCustomer { .. }) => customer,
                found => found?.id,
            };
            served.ledger.licenses_of(customer, after, size).await?
        }
        None => served.ledger.licenses(after, size).await?,
    };
    let data = licenses_shapes(&caller, &found.rows).await?;
    Answer::ok(&ListShape { data, next: found.next.map(|id| cursor(served, &list, id)) })
}

/// Read a license
#[utoipa::path(get, path = "/licenses/{id}", tag = "licenses", params(("id" = String, Path)),
    security(("token" = ["licenses:read"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn license(caller: Caller, InPath(id): InPath<LicenseId>) -> Result<Answer, Problem> {
    license_answer(&caller, id, StatusCode::OK).await
}

/// List the license keys of a license, the oldest first. The keys are in short
#[utoipa::path(get, path = "/licenses/{id}/keys", tag = "licenses", params(("id" = String, Path)),
    security(("token" = ["licenses:read"])), responses((status = 200, body = ListShape<KeyShape>)))]
pub(crate) async fn keys(caller: Caller, InPath(id): InPath<LicenseId>) -> Result<Answer, Problem> {
    let ledger = caller.ledger()?;
    ledger.license(id).await?;
    let data = ledger.keys(id).await?.iter().map(KeyShape::from).collect();
    Answer::ok(&ListShape { data, next: None })
}

/// List the machines of a license, the newest activation first
#[utoipa::path(get, path = "/licenses/{id}/activations", tag = "licenses", params(("id" = String, Path), PageQuery),
    security(("token" = ["licenses:read"])), responses((status = 200, body = ListShape<ActivationShape>)))]
pub(crate) async fn activations(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    Query(page): Query<PageQuery>,
) -> Result<Answer, Problem> {
    let (served, list) = (caller.served()?, format!("activations {id}"));
    served.ledger.license(id).await?;
    let after: Option<ActivationId> = page.after(served, &list)?;
    let found = served.ledger.activations_of(id, after, page.size()?).await?;
    let data = found.rows.iter().map(ActivationShape::from).collect();
    Answer::ok(&ListShape { data, next: found.next.map(|id| cursor(served, &list, id)) })
}
