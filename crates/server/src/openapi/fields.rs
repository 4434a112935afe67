//! The forms of fields in bodies, where the type of a field allows more than the call accepts.

use serde_json::{Map, Value, json};

use crate::handlers::CODE_PATTERN;
use crate::request::max_bytes;

/// Ids by the first letters: `lic_` and 32 hex digits.
pub(super) fn id_pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-9a-f]{{32}}$")
}

/// The form of a text or a number.
#[derive(Debug, Clone, Copy)]
enum Form {
    OneOf(&'static [&'static str]),
    Id(&'static str),
    Serial,
    Code,
    Day,
    Email,
    Machine,
    Days,
    Rows,
    Machines,
    /// The customer of a new license: an id, or an object.
    Customer,
}

/// Fields by the name of their schema.
const FIELDS: [(&str, &str, Form); 32] = [
    ("Activate", "machine", Form::Machine),
    ("Activate", "product", Form::Code),
    ("Validate", "machine", Form::Machine),
    ("Validate", "product", Form::Code),
    ("Validate", "released", Form::Day),
    ("Deactivate", "activation", Form::Id("act")),
    ("Assign", "customer", Form::Customer),
    ("Changes", "activation_limit", Form::Machines),
    ("Changes", "lease_days", Form::Days),
    ("NewLicenseBody", "lease_days", Form::Days),
    ("Suspend", "cause", Form::OneOf(&["abuse", "payment", "manual"])),
    ("Revoke", "reason", Form::OneOf(&REASONS)),
    ("NewGenerator", "signing", Form::OneOf(&["at-once", "on-assignment"])),
    ("Contact", "role", Form::OneOf(&["general", "renewal", "billing", "technical"])),
    ("Contact", "email", Form::Email),
    ("NewCustomer", "email", Form::Email),
    ("MergeBody", "into", Form::Id("cus")),
    ("MachineBody", "activation", Form::Id("act")),
    ("Search", "serial", Form::Serial),
    ("Search", "email", Form::Email),
    ("Search", "limit", Form::Rows),
    ("Activation", "license", Form::Id("lic")),
    ("Approval", "license", Form::Id("lic")),
    ("License", "generator", Form::Id("gen")),
    ("Customer", "merged_into", Form::Id("cus")),
    ("License", "id", Form::Id("lic")),
    ("Customer", "id", Form::Id("cus")),
    ("CustomerRef", "id", Form::Id("cus")),
    ("Activation", "id", Form::Id("act")),
    ("ProductActivation", "id", Form::Id("act")),
    ("Generator", "id", Form::Id("gen")),
    ("Approval", "id", Form::Id("apr")),
];

/// The reasons of revocation lists.
const REASONS: [&str; 8] =
    ["unspecified", "leaked", "refunded", "superseded", "unpaid", "terms-broken", "issued-wrongly", "forged"];

/// What a search is for: exactly one of these fields.
const SEARCHED: [&str; 3] = ["key", "serial", "email"];

/// One limit by its two names, of which an order has one at most.
const LIMIT_NAMES: [&str; 2] = ["activation_limit", "activations"];

/// Writes the forms into the schemas.
pub(super) fn describe(schemas: &mut Map<String, Value>) {
    for schema in schemas.values_mut().filter(|schema| schema["additionalProperties"] == json!(false)) {
        if LIMIT_NAMES.iter().all(|name| schema["properties"].get(name).is_some()) {
            schema["not"] = json!({ "required": LIMIT_NAMES });
        }
    }
    if let Some(search) = schemas.get_mut("Search") {
        search["oneOf"] = SEARCHED.iter().map(with_no_other_than).collect();
    }
    let customer = schemas.get("NewLicenseBody").map(|body| body["properties"]["customer"].clone());
    for (schema, field, form) in FIELDS {
        let Some(field) = schemas.get_mut(schema).and_then(|schema| schema["properties"].get_mut(field)) else {
            continue;
        };
        for (keyword, value) in form.keywords(field, customer.as_ref()) {
            field[keyword] = value;
        }
    }
    for schema in schemas.values_mut().filter(|schema| schema["additionalProperties"] == json!(false)) {
        for (name, field) in schema["properties"].as_object_mut().into_iter().flatten() {
            bound(name, field);
        }
    }
}

/// Writes the bound of a text into a field of a body. A text within it may still have too many bytes.
fn bound(name: &str, field: &mut Value) {
    let is_text =
        field["type"] == "string" || field["type"].as_array().is_some_and(|types| types.contains(&json!("string")));
    if is_text && field.get("enum").is_none() && field.get("maxLength").is_none() {
        field["maxLength"] = json!(max_bytes(name));
    }
}

/// A search that has this field, and none of the others.
fn with_no_other_than(field: &&str) -> Value {
    let properties = SEARCHED.iter().map(|each| {
        let kind = if each == field { "string" } else { "null" };
        ((*each).to_owned(), json!({ "type": kind }))
    });
    json!({ "required": [field], "properties": properties.collect::<Map<_, _>>() })
}

impl Form {
    fn keywords(self, field: &Value, customer: Option<&Value>) -> Vec<(String, Value)> {
        let keywords = match self {
            Form::OneOf(texts) => {
                let may_be_null = field["type"].as_array().is_some_and(|types| types.contains(&json!("null")));
                let texts = texts.iter().map(|text| json!(text));
                json!({ "enum": texts.chain(may_be_null.then_some(Value::Null)).collect::<Vec<_>>() })
            }
            Form::Id(prefix) => json!({ "pattern": id_pattern(prefix) }),
            Form::Code => json!({ "pattern": CODE_PATTERN }),
            // From 2020 on: license keys name no day before.
            Form::Day => {
                json!({ "format": "date", "pattern": "^(20[2-9]|2[1-9][0-9]|[3-9][0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}$" })
            }
            Form::Serial => json!({ "pattern": "^[0-9A-Fa-f]{16}$" }),
            Form::Email => json!({ "pattern": "^[^@\\s]+@[^@\\s]+$" }),
            Form::Machine => json!({ "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]+$", "maxLength": 128 }),
            Form::Days => json!({ "minimum": 1, "maximum": 65_535 }),
            Form::Rows => json!({ "minimum": 1, "maximum": 1_000 }),
            Form::Machines => json!({ "minimum": 1, "maximum": 10_000 }),
            Form::Customer => customer.cloned().unwrap_or_default(),
        };
        keywords.as_object().cloned().unwrap_or_default().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use keyward_verifier::files::Reason;

    #[test]
    fn every_field_is_in_the_document() {
        let document = crate::routes::document("/v1");
        for (schema, field, _) in super::FIELDS {
            let described = &document["components"]["schemas"][schema]["properties"][field];
            assert!(described.is_object(), "{schema} has no field {field}");
        }
    }

    #[test]
    fn the_reasons_are_those_of_revocation_lists() {
        assert_eq!(super::REASONS, Reason::ALL.map(Reason::code));
    }
}
