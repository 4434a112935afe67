use keyward_ledger::{Generator, Signing};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::time;

/// A template for many licenses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GeneratorShape {
    /// The id, `gen_…`.
    id: String,
    /// The name.
    name: String,
    /// The order of each license.
    #[schema(value_type = Object)]
    order: Value,
    /// When keys are signed: `at-once` or `on-assignment`.
    signing: &'static str,
    /// The time at which it was made.
    created_at: String,
    /// Who made it.
    created_by: String,
}

impl From<&Generator> for GeneratorShape {
    fn from(generator: &Generator) -> GeneratorShape {
        GeneratorShape {
            id: generator.id.to_string(),
            name: generator.name.clone(),
            order: serde_json::from_str(&generator.order_json).unwrap_or(Value::Null),
            signing: match generator.signing {
                Signing::AtOnce => "at-once",
                Signing::OnAssignment => "on-assignment",
            },
            created_at: time(generator.created_at),
            created_by: generator.created_by.clone(),
        }
    }
}
