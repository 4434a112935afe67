use axum::http::StatusCode;
use keyward_catalog::Catalog;
use keyward_ledger::{Activated, By, LedgerError, Name, NameError, Seen};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked::{ProductActivation, ProductAnswer, Served, check_code, machine, problem};
use super::judged::{Judged, judge};
use crate::environment_service::EnvironmentService;
use crate::problem::Problem;
use crate::request::{Answer, Json};

/// A machine that activates a license.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activate {
    /// The license key. Typing mistakes are repaired.
    key: String,
    /// 32 hex digits of a fingerprint of scheme 1, or the vendor's own id of the machine.
    machine: String,
    /// A name for people, such as `Grace's laptop`.
    #[schema(min_length = 1)]
    name: Option<String>,
    /// The code of the product that asks.
    product: Option<String>,
}

/// Activate a license on a machine
///
/// A machine takes one slot, however often it asks: 201 for a new one, 200 for the same machine. A license that does not allow it is
/// refused with 409 and the outcome as code.
#[utoipa::path(post, path = "/activate", tag = "products", request_body = Activate,
    responses((status = 201, body = ProductAnswer), (status = 200, body = ProductAnswer, description = "the machine has a slot")))]
pub(crate) async fn activate(served: Served, Json(body): Json<Activate>) -> Result<Answer, Problem> {
    let machine = machine(&body.machine)?;
    check_code(body.product.as_deref())?;
    let name: Option<Name> = body
        .name
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error: NameError| Problem::invalid("/name", "invalid-value", format!("name: {error}")))?;
    let key = served.accepted(&body.key, &machine)?;
    if let Some(message) = served.check_product(&key, body.product.as_deref())? {
        return Err(problem("wrong-product", message));
    }
    let (environment, by) = (served.environment()?, served.by(&key));
    let catalog = environment.catalog();
    let Judged { mut answer, seen } = judge(&served, &key, Some(&machine), None, &by).await?;
    if !answer.usable {
        let state = seen.map(|seen| seen.license.state(by.at).code());
        return Err(problem(&answer.outcome, answer.message).with("state", state));
    }
    let seen = seen.ok_or_else(Problem::internal)?;
    // A machine that has a slot was seen, and needs no more.
    let (status, seen) = match seen.activation {
        Some(_) => (StatusCode::OK, seen),
        None => {
            let serial = key.claims().serial();
            let activated =
                environment.ledger.activate(serial, &machine, name.as_ref().map(Name::as_str), &catalog, &by).await;
            let activated = activated.map_err(in_outcomes)?;
            served.note(&key, activated.license());
            let is_new = matches!(activated, Activated::New(..));
            (if is_new { StatusCode::CREATED } else { StatusCode::OK }, seen.activated(activated))
        }
    };
    answer.activation = seen.activation.as_ref().map(ProductActivation::from);
    answer.validation_file = Some(validation_file(environment, seen, &catalog, &by).await?);
    Answer::new(status, &answer)
}

/// A change that came first, in the words of outcomes instead of transitions.
fn in_outcomes(error: LedgerError) -> Problem {
    match error {
        LedgerError::Transition(error) => {
            let state = error.state.code();
            let message = format!("the license became {state} a moment ago: ask the vendor");
            problem(if state == "available" { "not-assigned" } else { state }, message).with("state", state)
        }
        error => error.into(),
    }
}

/// The signed answer for the machine that was seen.
pub(super) async fn validation_file(
    environment: &EnvironmentService,
    seen: Seen,
    catalog: &Catalog,
    by: &By,
) -> Result<Value, Problem> {
    let file = environment.ledger.validation_file_of(&environment.keys.answers, seen, catalog, by).await?;
    serde_json::from_str(&file.to_string()).map_err(|_| Problem::internal())
}
