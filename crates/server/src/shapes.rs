//! What answers look like.

// Each module may use those to its left:
//     codes, customer, file, key, standing ← license ← activation, approval, claims, generator, product
mod activation;
mod approval;
mod claims;
mod codes;
mod customer;
mod file;
mod generator;
mod key;
mod license;
mod product;
mod standing;

pub(crate) use activation::ActivationShape;
pub(crate) use approval::{ApprovalShape, approvals_shapes};
pub(crate) use claims::ClaimsShape;
pub(crate) use codes::{feature_codes, limits_by_code};
pub(crate) use customer::{ContactShape, CustomerShape};
pub(crate) use file::SignedFile;
pub(crate) use generator::GeneratorShape;
pub(crate) use key::{KeyShape, role};
pub(crate) use license::{LicenseShape, Named, license_answer, licenses_shapes};
pub(crate) use product::{OfferShape, ProductShape};
pub(crate) use standing::StandingShape;

use chrono::{DateTime, SecondsFormat};
use keyward_issuer::Quantity;
use serde::Serialize;
use utoipa::ToSchema;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListShape<T> {
    /// The rows.
    pub(crate) data: Vec<T>,
    /// The cursor of the next page, for `after`; null on the last one.
    pub(crate) next: Option<String>,
}

/// A time in milliseconds since 1970, as RFC 3339 in UTC.
pub(crate) fn time(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A number; null is unlimited.
pub(crate) fn number(quantity: Quantity) -> Option<u32> {
    quantity.number().map(std::num::NonZeroU32::get)
}
