//! The catalogue: products and offers.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath};
use crate::shapes::{ListShape, OfferShape, ProductShape};

/// A version of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogShape {
    /// Its number, as in the ETag.
    version: i64,
    /// The catalogue, in TOML.
    text: String,
    /// Who imported it.
    created_by: String,
}

/// Read the catalogue, in TOML
#[utoipa::path(get, path = "/catalog", tag = "catalog", security(("token" = ["licenses:read"])),
    responses((status = 200, body = CatalogShape)))]
pub(crate) async fn catalog(caller: Caller) -> Result<Answer, Problem> {
    let version = caller.ledger()?.catalog().await?.ok_or_else(Problem::internal)?;
    let shape = CatalogShape { version: version.number, text: version.text, created_by: version.created_by };
    Ok(Answer::ok(&shape)?.of_version(shape.version))
}

/// List the products
#[utoipa::path(get, path = "/products", tag = "catalog", security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<ProductShape>)))]
pub(crate) async fn products(caller: Caller) -> Result<Answer, Problem> {
    let data = caller.catalog()?.products().iter().map(ProductShape::from).collect();
    Answer::ok(&ListShape { data, next: None })
}

/// Read a product
#[utoipa::path(get, path = "/products/{code}", tag = "catalog", params(("code" = String, Path)), security(("token" = ["licenses:read"])),
    responses((status = 200, body = ProductShape)))]
pub(crate) async fn product(caller: Caller, InPath(code): InPath<String>) -> Result<Answer, Problem> {
    let catalog = caller.catalog()?;
    let product = catalog.product(&code).map_err(|_| unknown("no-product", "product"))?;
    Answer::ok(&ProductShape::from(product))
}

/// List the offers
#[utoipa::path(get, path = "/offers", tag = "catalog", security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<OfferShape>)))]
pub(crate) async fn offers(caller: Caller) -> Result<Answer, Problem> {
    let catalog = caller.catalog()?;
    let data = catalog.offers().iter().map(|offer| OfferShape::of(offer, &catalog)).collect();
    Answer::ok(&ListShape { data, next: None })
}

/// Read an offer
#[utoipa::path(get, path = "/offers/{code}", tag = "catalog", params(("code" = String, Path)), security(("token" = ["licenses:read"])),
    responses((status = 200, body = OfferShape)))]
pub(crate) async fn offer(caller: Caller, InPath(code): InPath<String>) -> Result<Answer, Problem> {
    let catalog = caller.catalog()?;
    let offer = catalog.offer(&code).map_err(|_| unknown("no-offer", "offer"))?;
    Answer::ok(&OfferShape::of(offer, &catalog))
}

/// The code is not repeated: it may be a license key, which was pasted there.
fn unknown(code: &'static str, what: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code, format!("the catalogue has no {what} with this code: list the {what}s"))
}
