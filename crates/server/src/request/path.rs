use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::problem::Problem;
use crate::service::Service;

/// The id or code in the path.
#[derive(Debug)]
pub(crate) struct InPath<Id>(pub(crate) Id);

impl<Id> FromRequestParts<Arc<Service>> for InPath<Id>
where
    Id: FromStr<Err: Display> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<InPath<Id>, Problem> {
        let Path(text): Path<String> = Path::from_request_parts(parts, service)
            .await
            .map_err(|_| Problem::new(StatusCode::NOT_FOUND, "no-such-address", "there is no such address"))?;
        let id = text.parse().map_err(|error: Id::Err| Problem::bad_request("invalid-id", error.to_string()))?;
        Ok(InPath(id))
    }
}
