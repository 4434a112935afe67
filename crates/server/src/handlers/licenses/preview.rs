use keyward_issuer::Serial;
use keyward_ledger::{LicenseId, Succession};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::handlers::order::{self, overrides, rename_limit};
use crate::handlers::order_schema::PreviewOrder;
use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, Json};
use crate::shapes::{ClaimsShape, role};

/// An order, to see what it would do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewBody {
    /// `reissue`, `renew` or `stopgap`.
    #[schema(pattern = "^(reissue|renew|stopgap)$")]
    action: String,
    /// The body of that call, without `request_approval`.
    #[serde(default)]
    #[schema(value_type = PreviewOrder)]
    order: Map<String, Value>,
}

/// What an order would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviewShape {
    /// What the new license key would say. Its serial is another when it is signed.
    claims: ClaimsShape,
    /// What it would be for: `main`, `next` or `bridge`.
    role: &'static str,
    /// The serials of the keys that it would replace, and that stay good.
    superseded_keys: Vec<String>,
    /// The serials of the keys that would go onto the next revocation list, since they grant more.
    revoked_keys: Vec<String>,
    /// The serials of keys locked to a machine that grant more. They would work on until they are replaced.
    locked_keys: Vec<String>,
}

/// See what a reissue, a renewal or a stopgap would do
///
/// Nothing is signed or stored. An order that breaks rules is refused as it would be then, with all its rules.
#[utoipa::path(post, path = "/licenses/{id}/preview", tag = "licenses", request_body = PreviewBody, params(("id" = String, Path)),
    security(("token" = ["licenses:issue"])), responses((status = 200, body = PreviewShape)))]
pub(crate) async fn preview(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    Json(PreviewBody { action, order: mut body }): Json<PreviewBody>,
) -> Result<Answer, Problem> {
    let succession = match action.as_str() {
        "reissue" => Succession::Reissue,
        "renew" => Succession::Renewal,
        "stopgap" => Succession::Stopgap,
        _ => {
            let detail = "action: expected reissue, renew or stopgap; other changes are made in place, at once";
            return Err(Problem::invalid("/action", "invalid-value", detail));
        }
    };
    let order = match succession {
        Succession::Stopgap => order::stopgap(body)?,
        Succession::Reissue | Succession::Renewal => {
            rename_limit(&mut body)?;
            overrides(body)?
        }
    };
    let catalog = caller.catalog()?;
    let seen = caller.ledger()?.preview(succession, caller.issuing(&catalog)?, id, &order, caller.by()).await?;
    let serials = |serials: &[Serial]| serials.iter().map(ToString::to_string).collect();
    Answer::ok(&PreviewShape {
        claims: ClaimsShape::of(&seen.claims, &catalog),
        role: role(seen.role),
        superseded_keys: serials(&seen.superseded),
        revoked_keys: serials(&seen.revoked),
        locked_keys: serials(&seen.locked),
    })
}
