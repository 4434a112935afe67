//! Generators: templates for the pool.

use axum::http::StatusCode;
use keyward_ledger::{GeneratorId, Signing};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::handlers::order_schema::OrderBody;
use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, Json, PageQuery, Query, cursor};
use crate::shapes::{GeneratorShape, ListShape};

/// A template for many licenses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGenerator {
    /// The name.
    name: String,
    /// The order of each license, without customer, licensee and id.
    #[schema(value_type = OrderBody)]
    order: Map<String, Value>,
    /// When keys are signed: `at-once`, or `on-assignment`, when the term begins too.
    signing: String,
}

/// Make a generator
#[utoipa::path(post, path = "/generators", tag = "generators", request_body = NewGenerator,
    security(("token" = ["licenses:manage"])), responses((status = 201, body = GeneratorShape)))]
pub(crate) async fn create(caller: Caller, Json(body): Json<NewGenerator>) -> Result<Answer, Problem> {
    let signing = match body.signing.as_str() {
        "at-once" => Signing::AtOnce,
        "on-assignment" => Signing::OnAssignment,
        _ => return Err(Problem::invalid("/signing", "invalid-value", "signing: expected at-once or on-assignment")),
    };
    let name: keyward_ledger::Name = body.name.parse().map_err(|error: keyward_ledger::NameError| {
        Problem::invalid("/name", "invalid-name", format!("name: {error}"))
    })?;
    if body.order.contains_key("approved_by") {
        return Err(Problem::invalid(
            "/order/approved_by",
            "approval-by-token",
            "approved_by: only people approve: leave it out",
        ));
    }
    let (catalog, order) = (caller.catalog()?, Value::Object(body.order).to_string());
    let (issuing, by) = (caller.issuing(&catalog)?, caller.by_once());
    let generator = caller.ledger()?.create_generator(issuing, name.as_str(), &order, signing, &by).await?;
    Answer::new(StatusCode::CREATED, &GeneratorShape::from(&generator))
}

/// List the generators, the newest first
#[utoipa::path(get, path = "/generators", tag = "generators", params(PageQuery), security(("token" = ["licenses:read"])),
    responses((status = 200, body = ListShape<GeneratorShape>)))]
pub(crate) async fn generators(caller: Caller, Query(page): Query<PageQuery>) -> Result<Answer, Problem> {
    let served = caller.served()?;
    let after: Option<GeneratorId> = page.after(served, "generators")?;
    let found = served.ledger.generators(after, page.size()?).await?;
    let data = found.rows.iter().map(GeneratorShape::from).collect();
    Answer::ok(&ListShape { data, next: found.next.map(|id| cursor(served, "generators", id)) })
}

/// Read a generator
#[utoipa::path(get, path = "/generators/{id}", tag = "generators", params(("id" = String, Path)),
    security(("token" = ["licenses:read"])), responses((status = 200, body = GeneratorShape)))]
pub(crate) async fn generator(caller: Caller, InPath(id): InPath<GeneratorId>) -> Result<Answer, Problem> {
    Answer::ok(&GeneratorShape::from(&caller.ledger()?.generator(id).await?))
}

/// How many licenses are made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// The number, 1 to 1,000.
    #[schema(minimum = 1, maximum = 1000)]
    count: usize,
}

/// The licenses that were made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeShape {
    /// Their ids, `lic_…`.
    data: Vec<String>,
}

/// Make licenses for the pool: all of them or none
#[utoipa::path(post, path = "/generators/{id}/run", tag = "generators", request_body = Run, params(("id" = String, Path)),
    security(("token" = ["licenses:issue"])), responses((status = 201, body = MadeShape)))]
pub(crate) async fn run(
    caller: Caller,
    InPath(id): InPath<GeneratorId>,
    Json(body): Json<Run>,
) -> Result<Answer, Problem> {
    if body.count == 0 {
        return Err(Problem::invalid("/count", "invalid-value", "count: expected 1 to 1000"));
    }
    let catalog = caller.catalog()?;
    let made = caller.ledger()?.generate(caller.issuing(&catalog)?, id, body.count, &caller.by_once()).await?;
    let data = made.iter().map(ToString::to_string).collect();
    Answer::new(StatusCode::CREATED, &MadeShape { data })
}
