use axum::http::StatusCode;
use keyward_ledger::{Followed, LicenseId, Ordered, Scope, Wanted};
use serde_json::{Map, Value};

use super::create::whole_key;
use crate::handlers::approvals::{take_ask, waiting};
use crate::handlers::order::{self, overrides, rename_limit};
use crate::handlers::order_schema::{ReissueBody, RenewBody, StopgapBody};
use crate::problem::Problem;
use crate::request::{Answer, Caller, IfMatch, InPath, Json};
use crate::shapes::{ApprovalShape, LicenseShape};

/// Sign a new key for a license
///
/// The body has the fields of the order that differ, and `reason` and `ticket`. The key before is superseded; if it granted more,
/// it is revoked.
///
/// Fewer days, by a later first one or an earlier end, and earlier updates need the scope `licenses:manage` too: nobody gives them back
/// without an approval.
///
/// With `request_approval`, an order that breaks rules which a person may lift, such as later days, waits for an approval.
#[utoipa::path(post, path = "/licenses/{id}/reissue", tag = "licenses", request_body = ReissueBody, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:issue"])), responses((status = 200, body = LicenseShape),
        (status = 202, body = ApprovalShape, description = "the order waits for an approval")))]
pub(crate) async fn reissue(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(mut body): Json<Map<String, Value>>,
) -> Result<Answer, Problem> {
    rename_limit(&mut body)?;
    let ask = take_ask(&caller, &mut body)?;
    let (catalog, order, expected) = (caller.catalog()?, overrides(body)?, condition.or_any());
    let (ledger, issuing, mut by) = (caller.ledger()?, caller.issuing(&catalog)?, caller.by_once());
    if !caller.may(Scope::LicensesManage) {
        by = by.taking_nothing_for_good();
    }
    let ordered = match ask {
        Some(ask) => ledger.reissue_or_ask(issuing, id, &order, expected, &ask, &by).await?,
        None => Ordered::Done(ledger.reissue(issuing, id, &order, expected, &by).await?),
    };
    done_or_waiting(&caller, id, ordered).await
}

/// Sign the key of the next term
///
/// It begins on the day after the paid term, and becomes the main one on that day.
///
/// With `request_approval`, an order that breaks rules which a person may lift waits for an approval.
#[utoipa::path(post, path = "/licenses/{id}/renew", tag = "licenses", request_body = RenewBody, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:issue"])), responses((status = 200, body = LicenseShape),
        (status = 202, body = ApprovalShape, description = "the order waits for an approval")))]
pub(crate) async fn renew(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(mut body): Json<Map<String, Value>>,
) -> Result<Answer, Problem> {
    rename_limit(&mut body)?;
    let ask = take_ask(&caller, &mut body)?;
    let (catalog, order, expected) = (caller.catalog()?, overrides(body)?, condition.or_any());
    let (ledger, issuing, by) = (caller.ledger()?, caller.issuing(&catalog)?, caller.by_once());
    let ordered = match ask {
        Some(ask) => ledger.renew_or_ask(issuing, id, &order, expected, &ask, &by).await?,
        None => Ordered::Done(ledger.renew(issuing, id, &order, expected, &by).await?),
    };
    done_or_waiting(&caller, id, ordered).await
}

/// Sign a stopgap for a license whose renewal is late
///
/// The body names the `offer` of the stopgap. The paid term does not move.
#[utoipa::path(post, path = "/licenses/{id}/stopgap", tag = "licenses", request_body = StopgapBody, params(("id" = String, Path), IfMatch),
    security(("token" = ["licenses:issue"])), responses((status = 200, body = LicenseShape)))]
pub(crate) async fn stopgap(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    condition: IfMatch,
    Json(body): Json<Map<String, Value>>,
) -> Result<Answer, Problem> {
    let (catalog, order) = (caller.catalog()?, order::stopgap(body)?);
    let by = caller.by_once();
    let followed = caller.ledger()?.stopgap(caller.issuing(&catalog)?, id, &order, condition.or_any(), &by).await?;
    answer(&caller, id, followed).await
}

async fn done_or_waiting(caller: &Caller, id: LicenseId, ordered: Ordered<Followed>) -> Result<Answer, Problem> {
    match ordered {
        Ordered::Done(followed) => answer(caller, id, followed).await,
        Ordered::Waiting(approval) => waiting(caller, &approval).await,
    }
}

/// The license with its new key, and what became of the keys before it.
pub(crate) async fn answer(caller: &Caller, id: LicenseId, followed: Followed) -> Result<Answer, Problem> {
    let answer = whole_key(caller, id, Wanted::Serial(followed.serial), StatusCode::OK).await?;
    let serials = |serials: &[keyward_issuer::Serial]| serials.iter().map(ToString::to_string).collect::<Vec<_>>();
    Ok(answer.with("revoked_keys", serials(&followed.revoked)).with("locked_keys", serials(&followed.locked)))
}
