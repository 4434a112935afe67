use std::num::NonZeroU16;

use axum::http::StatusCode;
use keyward_issuer::Quantity;
use keyward_ledger::{Edit, LicenseId};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, IfMatch, InPath, Json};
use crate::shapes::{LicenseShape, license_answer};

/// What changes in place, at once. A field that is missing keeps its value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    /// The number of machines, 1 to 10,000; null is unlimited.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>)]
    activation_limit: Option<Option<u32>>,
    /// The days after which an activation that was not validated ends; null is never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u16>)]
    lease_days: Option<Option<NonZeroU16>>,
    /// For the vendor's own use, a JSON object of at most 10 KB; null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Option<Map<String, Value>>>,
    /// Notes of the vendor's staff.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    notes: Option<Option<String>>,
    /// The ticket.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    ticket: Option<Option<String>>,
    /// Why.
    reason: Option<String>,
}

/// A field that is there, also as null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(value).map(Some)
}

/// Fields that an edit never changes, and how they are changed.
const SIGNED: [(&str, &str); 12] = [
    ("key", "a license key never changes: reissue the license"),
    ("serial", "a serial never changes: reissue the license"),
    ("product", "a license keeps its product: make another license"),
    ("environment", "a license keeps its environment: make another license there"),
    ("customer", "assign the license with POST …/assign; an active license changes hands by an approved reissue"),
    ("seats", "the key says it: reissue the license with POST …/reissue"),
    ("features", "the key says it: reissue the license with POST …/reissue"),
    ("limits", "the key says it: reissue the license with POST …/reissue"),
    ("edition", "the key says it: reissue the license with POST …/reissue"),
    ("valid_from", "the key says it: reissue the license with POST …/reissue"),
    ("valid_through", "the key says it: renew the license with POST …/renew, or reissue it"),
    ("state", "a state changes by its action, such as POST …/suspend"),
];

/// Change a license in place
///
/// What a key says changes by a reissue. The header `If-Match` has the ETag that was read.
#[utoipa::path(patch, path = "/licenses/{id}", tag = "licenses", request_body = Changes, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn edit(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Value>,
) -> Result<Answer, Problem> {
    let expected = condition.needed()?;
    if let Some((name, detail)) = SIGNED.iter().find(|(name, _)| body.get(*name).is_some()) {
        return Err(Problem::invalid(format!("/{name}"), "not-editable", format!("{name}: {detail}")));
    }
    let changes: Changes = crate::request::from_value(body)?;
    let wrong = |error: keyward_issuer::QuantityError| {
        let detail = format!("{error}; null is unlimited");
        Problem::invalid("/activation_limit", "activations-out-of-range", detail)
    };
    let limit =
        |limit: Option<u32>| limit.map_or(Ok(Quantity::Unlimited), |limit| limit.to_string().parse().map_err(wrong));
    let metadata = |metadata: Option<Map<String, Value>>| {
        let parsed = metadata.map(|metadata| Value::Object(metadata).to_string().parse()).transpose();
        parsed.map_err(|error: keyward_ledger::MetadataError| {
            Problem::invalid("/metadata", "metadata", error.to_string())
        })
    };
    let edit = Edit {
        activation_limit: changes.activation_limit.map(limit).transpose()?,
        lease_days: changes.lease_days.map(|days| days.map(NonZeroU16::get)),
        metadata: changes.metadata.map(metadata).transpose()?,
        notes: changes.notes,
        ticket: changes.ticket,
    };
    let reason = changes.reason.as_deref();
    caller.ledger()?.edit(id, &edit, reason, expected, caller.by()).await?;
    license_answer(&caller, id, StatusCode::OK).await
}

/// Delete a license that was never activated
///
/// Its serials are never used again, and keys that left go onto the revocation list. A trial, a stopgap and the license of an order with
/// an id are revoked instead once the key has left: 409 `key-has-left`. The header `If-Match` has the ETag that was read.
#[utoipa::path(delete, path = "/licenses/{id}", tag = "licenses", params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 204, description = "it is deleted")))]
pub(crate) async fn delete(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
) -> Result<StatusCode, Problem> {
    caller.ledger()?.delete(id, None, condition.needed()?, caller.by()).await?;
    Ok(StatusCode::NO_CONTENT)
}
