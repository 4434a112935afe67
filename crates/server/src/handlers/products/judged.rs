//! How a license is judged that a product asks for: by what is on record of it, and not by the dates of one of its keys alone.

use keyward_catalog::Catalog;
use keyward_grace::{Coverage, coverage};
use keyward_ledger::{By, KeyStatus, LedgerError, Machine, Seen};
use keyward_verifier::{Claims, Day, License as VerifiedLicense, Standing, VerifyError};

use super::asked::{KEY_REVOKED, NOT_ON_RECORD, ProductActivation, ProductAnswer, Served, held, words};
use crate::problem::Problem;
use crate::shapes::{ClaimsShape, StandingShape};

/// The judgement.
pub(super) struct Judged {
    /// The answer, without a validation file.
    pub(super) answer: ProductAnswer,
    /// What is on record of it.
    pub(super) seen: Option<Seen>,
}

/// Judges the license of a key that was verified.
pub(super) async fn judge(
    served: &Served,
    key: &VerifiedLicense,
    machine: Option<&Machine>,
    released: Option<Day>,
    by: &By,
) -> Result<Judged, Problem> {
    let environment = served.environment()?;
    let catalog = environment.catalog();
    if let Some(machine) = machine {
        machine.is_enough_for(key.claims().product(), &catalog)?;
    }
    let seen = match environment.ledger.seen(key.claims().serial(), machine, by).await {
        Ok(seen) => seen,
        Err(LedgerError::NotOnRecord { .. }) => {
            let mut answer = of_key(key.claims(), &key.standing(by.at), &catalog);
            refuse(&mut answer, "not-on-record", NOT_ON_RECORD);
            return Ok(Judged { answer, seen: None });
        }
        Err(error) => return Err(error.into()),
    };
    served.note(key, &seen.license);
    let answer = of_license(key, &seen, released, &catalog, by);
    Ok(Judged { answer, seen: Some(seen) })
}

/// The answer to a key of a license on record.
fn of_license(key: &VerifiedLicense, seen: &Seen, released: Option<Day>, catalog: &Catalog, by: &By) -> ProductAnswer {
    let own = key.standing(by.at);
    let (claims, standing) = match &seen.counting {
        Some(counting) => (&counting.claims, &counting.standing),
        None => (key.claims(), &own),
    };
    let mut answer = of_key(claims, standing, catalog);
    answer.activation = seen.activation.as_ref().map(ProductActivation::from);
    if let Some((outcome, message)) = held(&seen.license, by.at) {
        refuse(&mut answer, outcome, message);
    } else if seen.key == KeyStatus::Revoked {
        refuse(&mut answer, "revoked", KEY_REVOKED);
    } else if let Some(error) = not_covered(claims, released) {
        refuse(&mut answer, error.code(), error.to_string());
    } else if answer.usable && seen.counting.as_ref().is_some_and(|counting| counting.is_newer) {
        answer.message = format!("{}; a newer key of the license exists: ask the vendor for it", answer.message);
    }
    answer
}

/// What a key says.
fn of_key(claims: &Claims, standing: &Standing, catalog: &Catalog) -> ProductAnswer {
    ProductAnswer {
        outcome: standing.code().to_owned(),
        usable: standing.is_usable(),
        message: words(standing),
        license: Some(ClaimsShape::of(claims, catalog)),
        standing: Some(StandingShape::from(standing)),
        activation: None,
        validation_file: None,
    }
}

/// Whether the version of the product is too new for the license.
fn not_covered(claims: &Claims, released: Option<Day>) -> Option<VerifyError> {
    let (released, serial) = (released?, claims.serial());
    match coverage(claims, released) {
        Coverage::Covered => None,
        Coverage::NotCovered { updates_through } => {
            Some(VerifyError::VersionNotCovered { serial, updates_through, released })
        }
    }
}

/// Makes an answer a refusal.
pub(super) fn refuse(answer: &mut ProductAnswer, outcome: &str, message: impl Into<String>) {
    (answer.outcome, answer.usable, answer.message) = (outcome.to_owned(), false, message.into());
}
