use serde::Deserialize;
use utoipa::ToSchema;

use super::asked::{ProductAnswer, Served, check_code, day, machine, refused};
use super::judged::{Judged, judge, refuse};
use crate::problem::Problem;
use crate::request::{Answer, Json};

/// A key to validate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Validate {
    /// The license key. Typing mistakes are repaired.
    pub(super) key: String,
    /// 32 hex digits of a fingerprint of scheme 1, or the vendor's own id of the machine.
    pub(super) machine: Option<String>,
    /// The code of the product that asks.
    pub(super) product: Option<String>,
    /// The day on which this version of the product was released.
    pub(super) released: Option<String>,
}

/// Validate a license key
///
/// The answer to a key that can be read is always 200. The license is judged by all its keys: one that was replaced is answered as the
/// newer one, with a remark, and is revoked if it granted more. With the machine of an activation, it has a signed validation file: that is
/// what a product believes, and it is good for the hours that the catalogue says.
#[utoipa::path(post, path = "/validate", tag = "products", request_body = Validate, responses((status = 200, body = ProductAnswer)))]
pub(crate) async fn validate(served: Served, Json(body): Json<Validate>) -> Result<Answer, Problem> {
    let machine = body.machine.as_deref().map(machine).transpose()?;
    check_code(body.product.as_deref())?;
    let released = day(body.released.as_deref())?;
    let key = match served.verify(&body.key, machine.as_ref())? {
        Ok(key) => key,
        Err(error) => return Answer::ok(&refused(&error)),
    };
    let wrong_product = served.check_product(&key, body.product.as_deref())?;
    let (environment, by) = (served.environment()?, served.by(&key));
    let Judged { mut answer, seen } = judge(&served, &key, machine.as_ref(), released, &by).await?;
    if let Some(message) = wrong_product {
        refuse(&mut answer, "wrong-product", message);
    }
    let catalog = environment.catalog();
    let activated = seen.filter(|seen| seen.activation.is_some());
    if let (true, Some(machine), None) = (answer.usable, &machine, &activated)
        && catalog.product_by_number(key.claims().product()).is_some_and(needs_activation)
    {
        refuse(&mut answer, "not-activated", format!("the license is not activated on {machine}: activate it"));
    }
    if let (true, Some(seen)) = (answer.usable, activated) {
        answer.validation_file = Some(super::activate::validation_file(environment, seen, &catalog, &by).await?);
    }
    Answer::ok(&answer)
}

fn needs_activation(product: &keyward_catalog::ProductEntry) -> bool {
    product.activation == keyward_catalog::Activation::Required
}
