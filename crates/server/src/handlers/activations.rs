//! Activations, for staff.

use keyward_ledger::{ActivationId, Releaser, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, Json, PageQuery, Query, cursor};
use crate::shapes::{ActivationShape, ListShape};

/// List activations, the newest first
#[utoipa::path(get, path = "/activations", tag = "activations", params(PageQuery), security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<ActivationShape>)))]
pub(crate) async fn activations(caller: Caller, Query(page): Query<PageQuery>) -> Result<Answer, Problem> {
    let served = caller.served()?;
    let after: Option<ActivationId> = page.after(served, "activations")?;
    let found = served.ledger.activations(after, page.size()?).await?;
    let data = found.rows.iter().map(ActivationShape::from).collect();
    Answer::ok(&ListShape { data, next: found.next.map(|id| cursor(served, "activations", id)) })
}

/// Read an activation
#[utoipa::path(get, path = "/activations/{id}", tag = "activations", params(("id" = String, Path)),
    security(("token" = ["licenses:read"])), responses((status = 200, body = ActivationShape)))]
pub(crate) async fn activation(caller: Caller, InPath(id): InPath<ActivationId>) -> Result<Answer, Problem> {
    Answer::ok(&ActivationShape::from(&caller.ledger()?.activation(id).await?))
}

/// Why a machine is released.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    /// Why.
    reason: Option<String>,
    /// Frees the slot at once, although a key that is locked to the machine may work on without a network. It needs the scope
    /// `licenses:manage`.
    #[serde(default)]
    free_slot: bool,
}

/// Release a machine
///
/// Its slot is free at once. A machine with a locked key keeps its slot until the last day of the key, which goes onto the next
/// revocation list.
#[utoipa::path(post, path = "/activations/{id}/release", tag = "activations", request_body = Release,
    params(("id" = String, Path)), security(("token" = ["licenses:activate"])), responses((status = 200, body = ActivationShape)))]
pub(crate) async fn release(
    caller: Caller,
    InPath(id): InPath<ActivationId>,
    Json(body): Json<Release>,
) -> Result<Answer, Problem> {
    let releaser = if body.free_slot {
        caller.needs(Scope::LicensesManage)?;
        Releaser::Manager
    } else {
        Releaser::Staff
    };
    let reason = body.reason.as_deref();
    let activation = caller.ledger()?.release(id, releaser, reason, &caller.by_once()).await?;
    Answer::ok(&ActivationShape::from(&activation))
}
