use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use keyward_catalog::Catalog;
use keyward_issuer::{Environment, SigningKey};
use keyward_ledger::{By, Claim, Issuing, Ledger, Scope, Token, TokenText};

use crate::environment_service::EnvironmentService;
use crate::problem::Problem;
use crate::request_log::Asking;
use crate::service::Service;

/// The environment that an address names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base {
    /// `/production/v1`: that one alone.
    Named(Environment),
    /// `/v1`: that one for products; a token names its own.
    Default(Environment),
}

impl Base {
    /// The environment that products are served.
    pub(crate) const fn environment(self) -> Environment {
        match self {
            Base::Named(environment) | Base::Default(environment) => environment,
        }
    }
}

/// Who asks: a program with a token.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    service: Arc<Service>,
    base: Base,
    environment: Environment,
    token: Token,
    by: By,
    claim: Option<Claim>,
}

impl Caller {
    /// Finds out who asks.
    pub(crate) async fn of(parts: &Parts, service: &Arc<Service>) -> Result<Caller, Problem> {
        let no_token = || {
            let detail = "this call needs a token: send the header `Authorization: Bearer kw_…`";
            Problem::new(StatusCode::UNAUTHORIZED, "no-token", detail)
        };
        let wrong = || {
            let detail = "the token is unknown, or it has ended: make one with keyward-server admin create-token";
            Problem::new(StatusCode::UNAUTHORIZED, "invalid-token", detail)
        };
        let header = parts.headers.get(header::AUTHORIZATION).ok_or_else(no_token)?;
        let header = header.to_str().map_err(|_| wrong())?;
        let (scheme, text) = header.split_once(' ').ok_or_else(no_token)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(no_token());
        }
        let text: TokenText = text.trim().parse().map_err(|_| wrong())?;
        let environment = text.environment().ok_or_else(wrong)?;
        let base = parts.extensions.get::<Base>().copied().unwrap_or(Base::Default(environment));
        if let Base::Named(served) = base
            && served != environment
        {
            let detail = format!("the token is for {environment}, and this address serves {served}");
            return Err(Problem::new(StatusCode::FORBIDDEN, "wrong-environment", detail));
        }
        let Some(served) = service.environment(environment) else { return Err(wrong()) };
        let now = service.now();
        let token = served.ledger.token(&text).await?.filter(|token| token.is_valid(now)).ok_or_else(wrong)?;
        if let Some(asking) = parts.extensions.get::<Asking>() {
            asking.with_token(token.id);
        }
        let by = By::new(format!("{} ({})", token.name, token.id), now);
        Ok(Caller { service: service.clone(), base, environment, token, by, claim: None })
    }

    /// The one whom the access to the call has admitted.
    pub(crate) fn admitted(parts: &Parts) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(|| {
            tracing::error!("a call was carried out without a check of its caller");
            Problem::internal()
        })
    }

    /// The address of a path for this caller, under the base address of the call.
    pub(crate) fn address(&self, path: &str) -> String {
        match self.base {
            Base::Named(environment) => format!("/{environment}/v1{path}"),
            Base::Default(_) => format!("/v1{path}"),
        }
    }

    /// The same, to carry out a request that was claimed.
    pub(crate) fn answering(self, claim: Claim) -> Caller {
        Caller { claim: Some(claim), ..self }
    }

    /// Checks a right.
    pub(crate) fn needs(&self, scope: Scope) -> Result<(), Problem> {
        if self.may(scope) {
            return Ok(());
        }
        let detail = format!("the token lacks the scope {scope}: use one that has it");
        Err(Problem::new(StatusCode::FORBIDDEN, "scope-missing", detail).with("scope", scope.name()))
    }

    /// Whether the caller has a right.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.token.scopes.contains(scope)
    }

    pub(crate) const fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn served(&self) -> Result<&EnvironmentService, Problem> {
        self.service.environment(self.environment).ok_or_else(Problem::internal)
    }

    pub(crate) fn ledger(&self) -> Result<&Ledger, Problem> {
        Ok(&self.served()?.ledger)
    }

    pub(crate) fn catalog(&self) -> Result<Arc<Catalog>, Problem> {
        Ok(self.served()?.catalog())
    }

    /// What issuing needs.
    pub(crate) fn issuing<'a>(&'a self, catalog: &'a Catalog) -> Result<Issuing<'a, SigningKey>, Problem> {
        self.served()?.issuing(catalog).ok_or_else(|| {
            let detail = "this server has no key for licenses: it validates, and issues none";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-signing-key", detail)
        })
    }

    /// Who makes a change that is a part of the request: it may be made again.
    pub(crate) const fn by(&self) -> &By {
        &self.by
    }

    /// Who makes the change for which the request was sent: it is made once.
    pub(crate) fn by_once(&self) -> By {
        self.claim.as_ref().map_or_else(|| self.by.clone(), |claim| self.by.answering(claim))
    }
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<Caller, Problem> {
        Caller::admitted(parts)
    }
}
