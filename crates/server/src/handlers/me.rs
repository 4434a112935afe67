//! Who asks.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller};
use crate::shapes::time;

/// The token of the call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeShape {
    /// The id, `tok_…`.
    id: String,
    /// Its name.
    name: String,
    /// Its environment.
    environment: String,
    /// Its scopes.
    scopes: Vec<&'static str>,
    /// The time of its end; null is never.
    expires_at: Option<String>,
    /// Who made it.
    created_by: String,
}

/// Read what the token is
#[utoipa::path(get, path = "/me", tag = "me", security(("token" = [])), responses((status = 200, body = MeShape)))]
pub(crate) async fn me(caller: Caller) -> Result<Answer, Problem> {
    let token = caller.token();
    Answer::ok(&MeShape {
        id: token.id.to_string(),
        name: token.name.clone(),
        environment: caller.ledger()?.environment().to_string(),
        scopes: token.scopes.as_slice().iter().map(|scope| scope.name()).collect(),
        expires_at: token.expires_at.map(time),
        created_by: token.created_by.clone(),
    })
}
