use keyward_ledger::{ActivationId, FileTexts, LedgerError, LicenseId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, Json};
use crate::shapes::SignedFile;

/// What a license file says beside the keys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileBody {
    /// A note to the customer.
    note: Option<String>,
}

/// Receive a signed license file
///
/// It has the current keys of the license and the public names of the product, for a site without a network. Each delivery is
/// written to the audit log.
#[utoipa::path(post, path = "/licenses/{id}/license-file", tag = "licenses", request_body = FileBody,
    params(("id" = String, Path)), security(("token" = ["keys:read"])), responses((status = 200, body = SignedFile)))]
pub(crate) async fn license_file(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    Json(body): Json<FileBody>,
) -> Result<Answer, Problem> {
    let catalog = caller.catalog()?;
    let texts = FileTexts { note: body.note, ..FileTexts::default() };
    let issuer = caller.issuing(&catalog)?.issuer;
    let file = caller.ledger()?.license_file(issuer, id, &texts, &catalog, caller.by()).await?;
    let file: Value = serde_json::from_str(&file.to_string()).map_err(|_| Problem::internal())?;
    Ok(Answer::ok(&file)?.shown_once())
}

/// The machine of a validation file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MachineBody {
    /// The activation of the machine, `act_…`.
    activation: String,
}

/// Receive a signed validation file for a machine
///
/// It is the file that the machine's product is answered with, good for the hours that the catalogue says: to carry it there, or to
/// test a product. It has the current keys of the license, and nothing of the customer.
#[utoipa::path(post, path = "/licenses/{id}/validation-file", tag = "licenses", request_body = MachineBody,
    params(("id" = String, Path)), security(("token" = ["keys:read"])), responses((status = 200, body = SignedFile)))]
pub(crate) async fn validation_file(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    Json(body): Json<MachineBody>,
) -> Result<Answer, Problem> {
    let wrong = |code, error: &dyn std::fmt::Display| Problem::invalid("/activation", code, error.to_string());
    let activation: ActivationId =
        body.activation.parse().map_err(|error: keyward_ledger::IdError| wrong("invalid-id", &error))?;
    let (served, catalog) = (caller.served()?, caller.catalog()?);
    let license = served.ledger.license(id).await?;
    // One that is not there is an error of the body, not of the address. The activation of another license is answered the same.
    match served.ledger.activation(activation).await {
        Ok(found) if found.license == license.id => {}
        Ok(_) => return Err(wrong("no-activation", &LedgerError::NoActivation { id: activation })),
        Err(error @ LedgerError::NoActivation { .. }) => return Err(wrong("no-activation", &error)),
        Err(error) => return Err(error.into()),
    }
    let answers = &served.keys.answers;
    let file = served.ledger.validation_file(answers, activation, &catalog, caller.by()).await?;
    let file: Value = serde_json::from_str(&file.to_string()).map_err(|_| Problem::internal())?;
    Ok(Answer::ok(&file)?.shown_once())
}
