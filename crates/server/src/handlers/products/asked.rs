//! A product that asks, with a license key.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use keyward_issuer::Environment;
use keyward_ledger::{By, KeyStatus, LedgerError, License, Machine};
use keyward_verifier::{Authenticator, Day, License as VerifiedLicense, Standing, Verifier, VerifyError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::environment_service::EnvironmentService;
use crate::problem::Problem;
use crate::request::Base;
use crate::request_log::Asking;
use crate::service::Service;
use crate::shapes::{ClaimsShape, Named, SignedFile, StandingShape, time};

/// What is said to a genuine key that is not on record.
pub(super) const NOT_ON_RECORD: &str = "the license is genuine, and not on record here: ask the vendor";

/// What is said to a key that was revoked, although another one of its license may be good.
pub(super) const KEY_REVOKED: &str = "this key of the license is revoked: use its newer key, or ask the vendor";

/// The environment that the address serves.
#[derive(Debug)]
pub(crate) struct Served {
    service: Arc<Service>,
    environment: Environment,
    asking: Asking,
}

impl Served {
    pub(super) fn environment(&self) -> Result<&EnvironmentService, Problem> {
        self.service.environment(self.environment).ok_or_else(Problem::internal)
    }

    /// The time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.service.now()
    }

    /// The product itself, by the serial of its key.
    pub(super) fn by(&self, license: &VerifiedLicense) -> By {
        By::new(format!("the key {}", license.claims().serial()), self.service.now())
    }

    /// Takes note of the license of a key, and of how many machines use it, for its limit of calls.
    pub(super) fn note(&self, key: &VerifiedLicense, license: &License) {
        if let Some(limits) = self.service.limits() {
            limits.note(key.claims().serial(), license.id, license.activations);
        }
    }

    /// The license of the key, which has to be on record, and not revoked.
    pub(super) async fn on_record(&self, key: &VerifiedLicense) -> Result<License, Problem> {
        let found = self.environment()?.ledger.seen(key.claims().serial(), None, &self.by(key)).await;
        let seen = found.map_err(|error| match error {
            LedgerError::NotOnRecord { .. } => problem("not-on-record", NOT_ON_RECORD),
            error => error.into(),
        })?;
        self.note(key, &seen.license);
        if seen.key == KeyStatus::Revoked { Err(problem("revoked", KEY_REVOKED)) } else { Ok(seen.license) }
    }

    /// Verifies the key for a call that changes something for a machine: one that is not accepted there is a problem.
    pub(super) fn accepted(&self, text: &str, machine: &Machine) -> Result<VerifiedLicense, Problem> {
        self.verify(text, Some(machine))?.map_err(|error| not_accepted(&error))
    }

    /// Checks that a key which was verified without a machine speaks for this one.
    pub(super) fn speaks_for(&self, key: &VerifiedLicense, machine: &Machine) -> Result<(), Problem> {
        let product = key.claims().product();
        let verifier = Verifier::with_bundle(&self.environment()?.keys.bundle, product).environment(self.environment);
        let verified = verifier.machine(machine.fingerprint(product)).verify_key(key.key().clone());
        verified.map(drop).map_err(|error| not_accepted(&error))
    }

    /// Verifies the key. A forged one never reaches the database. Without a machine, a locked key is judged as on its own: a call
    /// that changes something asks [`Served::speaks_for`] once it knows the machine.
    pub(super) fn verify(
        &self,
        text: &str,
        machine: Option<&Machine>,
    ) -> Result<Result<VerifiedLicense, VerifyError>, Problem> {
        let own = &self.environment()?.keys.bundle;
        // A key of another environment is told as such, where the server knows the key that signed it.
        let others = self.service.environments().iter().map(|served| &served.keys.bundle);
        let mut authentic = Authenticator::with_bundle(own).check_signature(text).map(|authentic| (authentic, own));
        for other in others.filter(|other| !std::ptr::eq(*other, own)) {
            if matches!(authentic, Err(VerifyError::UnknownKey { .. })) {
                authentic =
                    Authenticator::with_bundle(other).check_signature(text).map(|found| (found, other)).or(authentic);
            }
        }
        let (authentic, bundle) = match authentic {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        let serial = authentic.claims().serial();
        self.asking.with_serial(serial);
        if let Some(limits) = self.service.limits() {
            limits.check_key(serial, machine.map(ToString::to_string).as_deref())?;
        }
        // Any product of the vendor may ask; the caller says which one it expects.
        let verifier = Verifier::with_bundle(bundle, authentic.claims().product()).environment(self.environment);
        let asks = machine.map(|machine| machine.fingerprint(authentic.claims().product()));
        let verifier = match asks.or_else(|| authentic.claims().fingerprint().copied()) {
            Some(fingerprint) => verifier.machine(fingerprint),
            None => verifier,
        };
        // Its signature is checked once.
        Ok(verifier.verify_signed(authentic))
    }

    /// Checks that the key is for the product that asks.
    pub(super) fn check_product(
        &self,
        license: &VerifiedLicense,
        code: Option<&str>,
    ) -> Result<Option<String>, Problem> {
        let Some(code) = code else { return Ok(None) };
        let catalog = self.environment()?.catalog();
        let expected = catalog
            .product(code)
            .map_err(|error| Problem::invalid("/product", "unknown-product", error.to_string()))?;
        let found = license.claims().product();
        Ok((expected.number != found).then(|| {
            let found = Named::product(&catalog, found).name;
            format!("the license is for {found}, and this is {}", expected.name)
        }))
    }
}

impl FromRequestParts<Arc<Service>> for Served {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Served, Problem> {
        let base = parts.extensions.get::<Base>().ok_or_else(Problem::internal)?;
        let asking = parts.extensions.get::<Asking>().cloned().unwrap_or_default();
        Ok(Served { service: service.clone(), environment: base.environment(), asking })
    }
}

/// The answer to a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductAnswer {
    /// What the license allows: an outcome of the verifier, or of the server alone.
    pub(super) outcome: String,
    /// Whether the license may be used.
    pub(super) usable: bool,
    /// The outcome in words, with what to do.
    pub(super) message: String,
    /// The license; null for a key that is not genuine.
    pub(super) license: Option<ClaimsShape>,
    /// What the key itself allows today.
    pub(super) standing: Option<StandingShape>,
    /// The machine's activation; null if it has none.
    pub(super) activation: Option<ProductActivation>,
    /// The signed answer, a DSSE envelope: what a product believes. Only for a machine with an activation.
    #[schema(value_type = Option<SignedFile>)]
    pub(super) validation_file: Option<Value>,
}

/// A machine's activation, as its product sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProductActivation {
    /// The id, `act_…`.
    pub(super) id: String,
    /// The machine.
    pub(super) machine: String,
    /// A name for people.
    pub(super) name: Option<String>,
    /// The time of activation.
    pub(super) activated_at: String,
    /// The end of its lease; null is never.
    pub(super) lease_ends_at: Option<String>,
}

impl From<&keyward_ledger::Activation> for ProductActivation {
    fn from(activation: &keyward_ledger::Activation) -> ProductActivation {
        ProductActivation {
            id: activation.id.to_string(),
            machine: activation.machine.to_string(),
            name: activation.name.clone(),
            activated_at: time(activation.activated_at),
            lease_ends_at: activation.lease_ends_at.map(time),
        }
    }
}

/// The machine in a body.
pub(super) fn machine(text: &str) -> Result<Machine, Problem> {
    text.parse().map_err(|error: keyward_ledger::MachineError| {
        Problem::invalid("/machine", "invalid-machine", error.to_string())
    })
}

/// Checks the form of the product in a body. What is no code may be a license key, which no message repeats.
pub(super) fn check_code(text: Option<&str>) -> Result<(), Problem> {
    if text.is_none_or(|text| text.parse::<keyward_catalog::Code>().is_ok()) {
        return Ok(());
    }
    let detail = "product: expected the code of a product, such as the catalogue has it";
    Err(Problem::invalid("/product", "unknown-product", detail))
}

/// The first day on which this version of the product was released.
pub(super) fn day(text: Option<&str>) -> Result<Option<Day>, Problem> {
    let wrong = |_| {
        let detail = "released: expected a day from 2020-01-01 through 9998-12-31, such as 2026-12-31";
        Problem::invalid("/released", "invalid-day", detail)
    };
    text.map(str::parse).transpose().map_err(wrong)
}

/// Outcomes of the ledger alone, with what to do.
pub(super) fn held(license: &License, now: DateTime<Utc>) -> Option<(&'static str, &'static str)> {
    use keyward_ledger::state::State;
    match license.state(now) {
        State::Available => Some(("not-assigned", "the license has no customer yet: ask the vendor")),
        State::Suspended => Some(("suspended", "the license is suspended: ask the vendor")),
        State::Inactive => Some(("inactive", "the license is paused: ask the vendor")),
        State::Revoked => Some(("revoked", "the license is revoked for ever: ask the vendor for another")),
        State::Expired | State::Assigned | State::Active => None,
    }
}

/// The standing in words.
pub(super) fn words(standing: &Standing) -> String {
    let outcome = standing.outcome();
    match outcome.advice() {
        Some(advice) => format!("{}: {advice}", outcome.meaning()),
        None => outcome.meaning().to_owned(),
    }
}

/// A refusal of the verifier: a genuine key for the wrong place, or one that is not genuine.
pub(super) fn refused(error: &VerifyError) -> ProductAnswer {
    ProductAnswer {
        outcome: error.code().to_owned(),
        usable: false,
        message: error.to_string(),
        license: None,
        standing: None,
        activation: None,
        validation_file: None,
    }
}

/// A refusal of the verifier as a problem, for calls that change something.
pub(super) fn not_accepted(error: &VerifyError) -> Problem {
    problem(error.code(), error.to_string())
}

/// A refusal as a problem, for calls that change something.
pub(super) fn problem(outcome: &str, message: impl Into<String>) -> Problem {
    let mut problem = Problem::new(StatusCode::CONFLICT, "refused", message);
    problem.code = CODES.iter().find(|code| **code == outcome).copied().unwrap_or("refused");
    problem
}

/// The outcomes that refuse a call.
const CODES: [&str; 20] = [
    "malformed",
    "damaged",
    "unknown-key",
    "bad-signature",
    "needs-newer",
    "wrong-product",
    "wrong-environment",
    "wrong-machine",
    "invalid-claims",
    "version-not-covered",
    "not-yet-valid",
    "expired",
    "revoked",
    "on-hold",
    "not-permitted",
    "not-assigned",
    "suspended",
    "inactive",
    "not-on-record",
    "not-activated",
];
