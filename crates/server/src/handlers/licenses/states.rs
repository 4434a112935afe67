use axum::http::StatusCode;
use keyward_ledger::state::SuspendCause;
use keyward_ledger::{License, LicenseId};
use keyward_verifier::files::Reason;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, IfMatch, InPath, Json};
use crate::shapes::{LicenseShape, license_answer};

/// Why a license is suspended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suspend {
    /// `abuse`, `payment` or `manual`; `manual` without it.
    cause: Option<String>,
    /// Why, in words.
    reason: Option<String>,
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Because {
    /// Why, in words.
    reason: Option<String>,
}

/// Why a license is revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revoke {
    /// One of the reasons of revocation lists, such as `leaked`, `refunded`, `superseded`.
    reason: String,
    /// Why, in words.
    notes: Option<String>,
}

/// Suspend a license
///
/// It is stopped for a time: for abuse, for a payment, or by hand. Its keys are on hold in the next revocation list.
#[utoipa::path(post, path = "/licenses/{id}/suspend", tag = "licenses", request_body = Suspend, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn suspend(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Suspend>,
) -> Result<Answer, Problem> {
    let cause = body.cause.as_deref().map_or(Ok(SuspendCause::Manual), |cause| {
        let found = [SuspendCause::Abuse, SuspendCause::Payment, SuspendCause::Manual]
            .into_iter()
            .find(|known| known.code() == cause);
        found.ok_or_else(|| Problem::invalid("/cause", "invalid-value", "cause: expected abuse, payment or manual"))
    })?;
    let (reason, by) = (body.reason.as_deref(), caller.by_once());
    let license = caller.ledger()?.suspend(id, cause, reason, condition.or_any(), &by).await?;
    shown(&caller, &license).await
}

/// Resume a suspended license
#[utoipa::path(post, path = "/licenses/{id}/resume", tag = "licenses", request_body = Because, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn resume(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Because>,
) -> Result<Answer, Problem> {
    let (reason, by) = (body.reason.as_deref(), caller.by_once());
    let license = caller.ledger()?.resume(id, reason, condition.or_any(), &by).await?;
    shown(&caller, &license).await
}

/// Pause a license by hand
#[utoipa::path(post, path = "/licenses/{id}/inactivate", tag = "licenses", request_body = Because, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn inactivate(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Because>,
) -> Result<Answer, Problem> {
    let (reason, by) = (body.reason.as_deref(), caller.by_once());
    let license = caller.ledger()?.inactivate(id, reason, condition.or_any(), &by).await?;
    shown(&caller, &license).await
}

/// Let a paused license be used again
#[utoipa::path(post, path = "/licenses/{id}/reactivate", tag = "licenses", request_body = Because, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn reactivate(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Because>,
) -> Result<Answer, Problem> {
    let (reason, by) = (body.reason.as_deref(), caller.by_once());
    let license = caller.ledger()?.reactivate(id, reason, condition.or_any(), &by).await?;
    shown(&caller, &license).await
}

/// Revoke a license for ever
///
/// All its keys go onto the next revocation list, and all its machines are released. Nothing undoes it.
#[utoipa::path(post, path = "/licenses/{id}/revoke", tag = "licenses", request_body = Revoke, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:manage"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn revoke(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Revoke>,
) -> Result<Answer, Problem> {
    let reason = Reason::ALL.into_iter().find(|reason| reason.code() == body.reason).ok_or_else(|| {
        let known = Reason::ALL.map(Reason::code).join(", ");
        Problem::invalid("/reason", "invalid-value", format!("reason: expected one of {known}"))
    })?;
    let (notes, by) = (body.notes.as_deref(), caller.by_once());
    let license = caller.ledger()?.revoke(id, reason, notes, condition.or_any(), &by).await?;
    shown(&caller, &license).await
}

async fn shown(caller: &Caller, license: &License) -> Result<Answer, Problem> {
    license_answer(caller, license.id, StatusCode::OK).await
}
