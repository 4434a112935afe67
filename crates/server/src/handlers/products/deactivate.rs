use keyward_ledger::{ActivationId, LedgerError, Releaser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::{ProductActivation, Served, not_accepted};
use crate::problem::Problem;
use crate::request::{Answer, Json};
use crate::shapes::time;

/// A machine that gives its slot back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deactivate {
    /// The license key.
    key: String,
    /// The activation, `act_…`.
    activation: String,
}

/// The activation that ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeactivatedShape {
    /// The activation.
    activation: ProductActivation,
    /// The time of its release.
    released_at: Option<String>,
}

/// Give the slot of a machine back
///
/// The answer is the same a second time. A key that is revoked releases no machine, and one that is locked to a machine no other. A
/// machine with a key of its own keeps its slot: ask the vendor. The catalogue may bound how many machines of a license are released
/// in 30 days: 409 `releases-used-up`, with `next_at`.
#[utoipa::path(post, path = "/deactivate", tag = "products", request_body = Deactivate, responses((status = 200, body = DeactivatedShape)))]
pub(crate) async fn deactivate(served: Served, Json(body): Json<Deactivate>) -> Result<Answer, Problem> {
    let id: ActivationId = body
        .activation
        .parse()
        .map_err(|error: keyward_ledger::IdError| Problem::invalid("/activation", "invalid-id", error.to_string()))?;
    let key = served.verify(&body.key, None)?.map_err(|error| not_accepted(&error))?;
    let (environment, by) = (served.environment()?, served.by(&key));
    let on_record = served.on_record(&key).await?;
    // The activation of another license is answered as one that is not there.
    let found = environment.ledger.activation(id).await?;
    if found.license != on_record.id {
        return Err(LedgerError::NoActivation { id }.into());
    }
    served.speaks_for(&key, &found.machine)?;
    let catalog = environment.catalog();
    let product = catalog.product_by_number(key.claims().product());
    let releaser = Releaser::Customer { per_30d: product.and_then(|product| product.releases_per_30d) };
    let activation = environment.ledger.release(id, releaser, None, &by).await?;
    Answer::ok(&DeactivatedShape {
        activation: ProductActivation::from(&activation),
        released_at: activation.released_at.map(time),
    })
}
