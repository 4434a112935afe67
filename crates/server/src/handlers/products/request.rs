use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use keyward_issuer::order::Order;
use keyward_issuer::random_serial;
use keyward_ledger::{Machine, Scope, Wanted};
use keyward_verifier::{ActivationRequest, TypedRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::{ProductActivation, Served, problem};
use super::judged::{Judged, judge};
use crate::problem::Problem;
use crate::request::{Answer, Caller, Json};
use crate::service::Service;

/// An activation request of a machine without a network.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requested {
    /// The activation request: 11 groups, the first of which begins with R. Typing mistakes are repaired.
    request: String,
    /// The license key. A token with `licenses:activate` may stand in for it.
    key: Option<String>,
}

/// The license key for one machine.
#[derive(Serialize, ToSchema)]
pub(crate) struct LockedAnswer {
    /// The license key, which works on that machine alone, without a network.
    key: Option<String>,
    /// Its serial.
    serial: String,
    /// The machine's activation.
    activation: ProductActivation,
    /// Typing mistakes in the request that were repaired, such as `group 7 is X8Q75, not X8Q7S`.
    repairs: Vec<String>,
}

/// Make a license key for a machine without a network
///
/// The machine takes a slot. The same request again has the same key.
#[utoipa::path(post, path = "/activation-requests", tag = "products", request_body = Requested,
    security((), ("token" = ["licenses:activate"])),
    responses((status = 200, body = LockedAnswer)))]
pub(crate) async fn activation_request(
    State(service): State<Arc<Service>>,
    served: Served,
    request: Request,
) -> Result<Answer, Problem> {
    let (parts, body) = request.into_parts();
    let caller = match parts.headers.contains_key(axum::http::header::AUTHORIZATION) {
        true => Some(Caller::of(&parts, &service).await?),
        false => None,
    };
    let request = Request::from_parts(parts, body);
    let Json(body) = Json::<Requested>::from_request(request, &service).await?;
    let TypedRequest { request, repairs, .. } = ActivationRequest::from_typed(&body.request)
        .map_err(|error| Problem::invalid("/request", "invalid-request", format!("request: {error}")))?;
    let environment = served.environment()?;
    let by = match (&body.key, &caller) {
        (Some(text), _) => {
            // A key that is locked to another machine gets none for this one.
            let key = served.accepted(text, &Machine::Fingerprint(request.fingerprint()))?;
            let by = served.by(&key);
            let Judged { answer, seen } = judge(&served, &key, None, None, &by).await?;
            // One that is revoked opens nothing, although another key of the license is good.
            if ["revoked", "not-on-record"].contains(&answer.outcome.as_str()) {
                return Err(problem(&answer.outcome, answer.message));
            }
            let asked = environment.ledger.license_of(request.serial()).await?.id;
            if seen.is_none_or(|own| own.license.id != asked) {
                let detail = "the activation request is for another license than the key";
                return Err(Problem::invalid("/request", "request-of-another", detail));
            }
            by
        }
        (None, Some(caller)) => {
            caller.needs(Scope::LicensesActivate)?;
            if caller.ledger()?.environment() != environment.environment() {
                let detail = "the token is for another environment than this address";
                return Err(Problem::new(StatusCode::FORBIDDEN, "wrong-environment", detail));
            }
            caller.by().clone()
        }
        (None, None) => {
            let detail = "key: give the license key, or a token with the scope licenses:activate";
            return Err(Problem::invalid("/key", "missing-field", detail));
        }
    };
    let catalog = environment.catalog();
    let issuing = environment.issuing(&catalog).ok_or_else(|| {
        let detail = "this server has no key for licenses: it validates, and issues none";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-signing-key", detail)
    })?;
    let order = Order::locked(&request, random_serial().map_err(|_| Problem::internal())?);
    let locked = environment.ledger.lock(issuing, &request, &order, &by).await?;
    let wanted = Wanted::Serial(locked.serial);
    let delivered = environment.ledger.deliver_key(locked.license.id, wanted, &catalog, &by).await?;
    Answer::ok(&LockedAnswer {
        key: delivered.keys.first().map(|key| key.key.to_string()),
        serial: locked.serial.to_string(),
        activation: ProductActivation::from(&locked.activation),
        repairs: repairs.iter().map(ToString::to_string).collect(),
    })
}
