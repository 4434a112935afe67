//! Who may make a call: the scope that its description names is checked before anything of its body is read.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Response};
use axum::middleware::Next;
use keyward_ledger::Scope;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::problem::Problem;
use crate::request::Caller;
use crate::service::Service;

/// The scopes of the calls, by path and method. A call without one needs a token alone.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    service: Arc<Service>,
    scopes: Arc<HashMap<(String, Method), Vec<Scope>>>,
    base: Arc<str>,
}

impl Access {
    /// The access to calls as they are described, under a base address such as `/v1`.
    pub(crate) fn new(service: &Arc<Service>, calls: &OpenApi, base: &str) -> Access {
        let described = serde_json::to_value(&calls.paths).unwrap_or_default();
        let mut scopes = HashMap::new();
        for (path, methods) in described.as_object().into_iter().flatten() {
            for (method, call) in methods.as_object().into_iter().flatten() {
                // A call without a declaration is not in the table, and is refused to everybody.
                if let (Ok(method), Some(needed)) = (method.to_uppercase().parse(), declared(call)) {
                    scopes.insert((path.clone(), method), needed);
                }
            }
        }
        Access { service: service.clone(), scopes: Arc::new(scopes), base: base.into() }
    }

    /// The scopes of a call; none if it is not described.
    fn of(&self, request: &Request) -> Option<&[Scope]> {
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        // HEAD is answered by the call for GET.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let call = (path.strip_prefix(&*self.base)?.to_owned(), method.clone());
        self.scopes.get(&call).map(Vec::as_slice)
    }
}

/// The scopes that a call declares.
fn declared(call: &Value) -> Option<Vec<Scope>> {
    let needed = call.pointer("/security/0/token")?.as_array()?;
    needed.iter().map(|scope| scope.as_str()?.parse().ok()).collect()
}

/// Finds out who calls, and checks the scope. A method that a path does not have goes on to be refused.
pub(crate) async fn admit(
    State(access): State<Access>,
    mut request: Request,
    next: Next,
) -> Result<Response<Body>, Problem> {
    let Some(needed) = access.of(&request) else { return Ok(next.run(request).await) };
    let (parts, body) = request.into_parts();
    let caller = Caller::of(&parts, &access.service).await?;
    needed.iter().try_for_each(|scope| caller.needs(*scope))?;
    request = Request::from_parts(parts, body);
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}
