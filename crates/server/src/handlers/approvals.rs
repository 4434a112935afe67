//! Approvals: orders that break rules wait for a person. No call here approves.

use axum::http::StatusCode;
use keyward_ledger::{Approval, ApprovalId, ApprovalReason, ApprovalState, Ask};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, Json, PageQuery, Query, cursor, from_value};
use crate::shapes::{ApprovalShape, ListShape, approvals_shapes};

/// The request that an order which breaks rules waits for a person's approval.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestApproval {
    /// Why it is to be approved: at most 2,000 bytes, without keys.
    reason: String,
}

/// Takes the request for an approval out of an order.
pub(super) fn take_ask(caller: &Caller, body: &mut Map<String, Value>) -> Result<Option<Ask>, Problem> {
    let Some(requested) = body.remove("request_approval").filter(|requested| !requested.is_null()) else {
        return Ok(None);
    };
    if body.contains_key("serial") {
        let detail = "serial: an order that may wait has no serial of its own yet: leave it out";
        return Err(Problem::invalid("/serial", "order-invalid", detail));
    }
    let requested: RequestApproval = from_value(requested).map_err(|problem| problem.below("/request_approval"))?;
    ask(caller, &requested).map(Some)
}

/// The request of this caller, for that reason.
pub(super) fn ask(caller: &Caller, requested: &RequestApproval) -> Result<Ask, Problem> {
    let reason = read_reason(&requested.reason, "/request_approval/reason")?;
    // A token counts as its maker.
    Ok(Ask { reason, maker: caller.token().created_by.clone() })
}

fn read_reason(text: &str, place: &str) -> Result<ApprovalReason, Problem> {
    text.parse().map_err(|error: keyward_ledger::ApprovalReasonError| {
        Problem::invalid(place, "invalid-reason", format!("reason: {error}"))
    })
}

/// The answer to an order that waits.
pub(crate) async fn waiting(caller: &Caller, approval: &Approval) -> Result<Answer, Problem> {
    let place = caller.address(&format!("/approvals/{}", approval.id));
    Ok(answered(caller, approval, StatusCode::ACCEPTED).await?.at(place))
}

/// The answer with that approval.
pub(crate) async fn shown(caller: &Caller, approval: &Approval) -> Result<Answer, Problem> {
    answered(caller, approval, StatusCode::OK).await
}

async fn answered(caller: &Caller, approval: &Approval, status: StatusCode) -> Result<Answer, Problem> {
    let shapes = approvals_shapes(caller, std::slice::from_ref(approval)).await?;
    Answer::new(status, shapes.first().ok_or_else(Problem::internal)?)
}

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// The most rows, 1 to 1,000; 50 without it. A page ends after some 2 MB, with fewer.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Those in one state: `waiting` or `withdrawn`.
    #[param(pattern = "^(waiting|withdrawn)$")]
    state: Option<String>,
}

/// List approvals, the newest first
///
/// Each is an order that breaks rules which a person may lift, as it was asked for.
#[utoipa::path(get, path = "/approvals", tag = "approvals", params(Filter), security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<ApprovalShape>)))]
pub(crate) async fn approvals(caller: Caller, Query(filter): Query<Filter>) -> Result<Answer, Problem> {
    let state = filter.state.as_deref().map(|code| {
        let found = ApprovalState::ALL.into_iter().find(|state| state.code() == code);
        let known = ApprovalState::ALL.map(ApprovalState::code).join(" or ");
        found.ok_or_else(|| Problem::bad_request("invalid-query", format!("state: expected {known}")))
    });
    let state = state.transpose()?;
    let page = PageQuery { limit: filter.limit, after: filter.after };
    let (served, size) = (caller.served()?, page.size()?);
    let list = format!("approvals {}", state.map_or("", ApprovalState::code));
    let after: Option<ApprovalId> = page.after(served, &list)?;
    let found = served.ledger.approvals(state, after, size).await?;
    let data = approvals_shapes(&caller, &found.rows).await?;
    Answer::ok(&ListShape { data, next: found.next.map(|id| cursor(served, &list, id)) })
}

/// Read an approval
#[utoipa::path(get, path = "/approvals/{id}", tag = "approvals", params(("id" = String, Path)),
    security(("token" = ["licenses:read"])), responses((status = 200, body = ApprovalShape)))]
pub(crate) async fn approval(caller: Caller, InPath(id): InPath<ApprovalId>) -> Result<Answer, Problem> {
    let approval = caller.ledger()?.approval(id).await?;
    shown(&caller, &approval).await
}

/// Why a request is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Withdraw {
    /// Why: at most 2,000 bytes, without keys.
    reason: Option<String>,
}

/// Take a request for an approval back
///
/// The one who asked does it. A token counts as its maker.
#[utoipa::path(post, path = "/approvals/{id}/withdraw", tag = "approvals", request_body = Withdraw,
    params(("id" = String, Path)), security(("token" = ["licenses:issue"])), responses((status = 200, body = ApprovalShape)))]
pub(crate) async fn withdraw(
    caller: Caller,
    InPath(id): InPath<ApprovalId>,
    Json(body): Json<Withdraw>,
) -> Result<Answer, Problem> {
    let reason = body.reason.as_deref().map(|text| read_reason(text, "/reason")).transpose()?;
    let (maker, by) = (&caller.token().created_by, caller.by_once());
    let approval = caller.ledger()?.withdraw_approval(id, maker, reason.as_ref(), &by).await?;
    shown(&caller, &approval).await
}
