use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use crate::problem::{FieldProblem, ProblemBody};

/// Schemas with names for readers: the types of answers are called shapes in the code alone.
pub(super) fn named(schemas: Value) -> Map<String, Value> {
    let Value::Object(schemas) = schemas else { return Map::new() };
    let mut named = Map::new();
    for (name, mut schema) in schemas {
        rename_references(&mut schema);
        if let Some(of) = name.strip_prefix("ListShape_") {
            // A list names its rows instead of repeating them.
            schema["properties"]["data"]["items"] = json!({ "$ref": reference(&shown(of)) });
        }
        named.insert(shown(&name), schema);
    }
    named
}

/// What problems look like.
pub(super) fn problems() -> [(&'static str, Value); 2] {
    let schema = |schema| serde_json::to_value(schema).unwrap_or_default();
    let mut problem = schema(ProblemBody::schema());
    rename_references(&mut problem);
    [("Problem", problem), ("FieldProblem", schema(FieldProblem::schema()))]
}

/// References to schemas, by their names for readers.
pub(super) fn rename_references(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "$ref" => {
                        if let Some(of) = text.strip_prefix("#/components/schemas/") {
                            *text = reference(&shown(of));
                        }
                    }
                    value => rename_references(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(rename_references),
        _ => {}
    }
}

fn reference(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

fn shown(name: &str) -> String {
    match name.strip_prefix("ListShape_") {
        Some(of) => format!("ListOf{}", shown(of)),
        None => name.strip_suffix("Shape").unwrap_or(name).to_owned(),
    }
}
