use std::sync::Arc;

use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::request::Parts;
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use keyward_ledger::PageSize;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use utoipa::IntoParams;

use crate::environment_service::EnvironmentService;
use crate::problem::Problem;
use crate::service::Service;

/// The part of an address behind `?`. Unknown names are errors.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Service>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Query<T>, Problem> {
        // The message could repeat a value that is a license key.
        let detail = "the address has an unknown filter, one twice, or a value of the wrong form: see /docs/api";
        let wrong = || Problem::bad_request("invalid-query", detail);
        // PostgreSQL can't compare a text with U+0000.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(wrong());
        }
        let AxumQuery(query) = AxumQuery::from_request_parts(parts, service).await.map_err(|_| wrong())?;
        Ok(Query(query))
    }
}

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The most rows, 1 to 1,000; 50 without it. A page ends after some 2 MB, with fewer.
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<u16>,
    /// The `next` of the page before.
    pub(crate) after: Option<String>,
}

impl PageQuery {
    const USUAL: u16 = 50;

    pub(crate) fn size(&self) -> Result<PageSize, Problem> {
        PageSize::new(self.limit.unwrap_or(PageQuery::USUAL))
            .ok_or_else(|| Problem::bad_request("invalid-limit", "limit: expected 1 to 1000"))
    }

    /// The row before the page. The cursor has to be one of this list.
    pub(crate) fn after<Id: std::str::FromStr>(
        &self,
        served: &EnvironmentService,
        list: &str,
    ) -> Result<Option<Id>, Problem> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let wrong = || {
            let detail = "the cursor is not one of this list: begin with its first page, without `after`";
            Problem::bad_request("invalid-cursor", detail)
        };
        let bytes = Base64UrlUnpadded::decode_vec(cursor).map_err(|_| wrong())?;
        let (tag, id) = bytes.split_at_checked(TAG_BYTES).ok_or_else(wrong)?;
        let id = std::str::from_utf8(id).map_err(|_| wrong())?;
        mac(served, list, id).verify_truncated_left(tag).map_err(|_| wrong())?;
        id.parse().map(Some).map_err(|_| wrong())
    }
}

/// The bytes of the authentication code in a cursor.
const TAG_BYTES: usize = 16;

/// The cursor of the page after that row.
pub(crate) fn cursor(served: &EnvironmentService, list: &str, id: impl std::fmt::Display) -> String {
    let id = id.to_string();
    let tag = mac(served, list, &id).finalize().into_bytes();
    let mut bytes: Vec<u8> = tag.into_iter().take(TAG_BYTES).collect();
    bytes.extend(id.bytes());
    Base64UrlUnpadded::encode_string(&bytes)
}

fn mac(served: &EnvironmentService, list: &str, id: &str) -> Hmac<Sha256> {
    // HMAC fills shorter keys up with zeros (RFC 2104).
    let mut key = [0; 64];
    key.iter_mut().zip(served.keys.cursors).for_each(|(byte, of_secret)| *byte = of_secret);
    let mut mac = Hmac::<Sha256>::new(&key.into());
    mac.update(list.as_bytes());
    mac.update(&[0]);
    mac.update(id.as_bytes());
    mac
}
