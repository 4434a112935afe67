//! The document of the API describes the routes, and is checked in.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use keyward_server::document;
use serde_json::Value;

/// Set to renew the file.
const RENEW: &str = "KEYWARD_RENEW_OPENAPI";

#[test]
fn the_document_is_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let document = document("/v1");
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&sorted(&document)).unwrap())).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    let differs = |name: &str| kept.pointer(name) != document.pointer(name);
    let parts = ["/info", "/paths", "/components"].into_iter().filter(|part| differs(part)).collect::<Vec<_>>();
    assert!(
        kept == document,
        "openapi.json differs in {parts:?}: {RENEW}=1 cargo test -p keyward-server --test openapi"
    );
}

/// The fields in the order of their names, whatever order a build keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.keys().collect();
            names.sort();
            Value::Object(names.into_iter().map(|name| (name.clone(), sorted(&fields[name]))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(sorted).collect()),
        value => value.clone(),
    }
}

/// All calls: path, method, description.
fn calls(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, call)| (path.as_str(), method.as_str(), call))
        })
        .collect()
}

#[test]
fn every_route_is_one_of_the_document() {
    // A route that is added beside the table of described calls is not in the document.
    let table = include_str!("../src/routes.rs");
    let beside: BTreeSet<_> = table.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(beside, BTreeSet::from(["/docs/api", "/docs/api.css", "/healthz", "/openapi.json", "/readyz"]));
}

#[test]
fn every_call_is_described_completely() {
    let document = document("/v1");
    let mut ids = BTreeSet::new();
    for (path, method, call) in calls(&document) {
        let name = format!("{method} {path}");
        assert!(ids.insert(call["operationId"].as_str().unwrap()), "{name}");
        assert!(!call["summary"].as_str().unwrap().is_empty(), "{name}");
        assert_eq!(call["tags"].as_array().unwrap().len(), 1, "{name}");
        let tags = document["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["name"] == call["tags"][0]), "{name}");
        let is_for_products = call["tags"][0] == "products";
        let token = call["security"].as_array().unwrap().iter().any(|one| one.get("token").is_some());
        assert!(token || is_for_products, "{name} needs no token");
        let answers = call["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{name}");
        assert!(answers.contains_key("429") && answers.contains_key("503"), "{name}");
        let sample = call["x-codeSamples"][0]["source"].as_str().unwrap();
        assert!(sample.starts_with("curl "), "{name}");
        assert_eq!(sample.contains("--json"), call.get("requestBody").is_some(), "{name}: {sample}");
        if let Some(schema) = call.pointer("/requestBody/content/application~1json/schema/$ref") {
            let body = document.pointer(schema.as_str().unwrap().trim_start_matches('#')).unwrap();
            assert_eq!(body["additionalProperties"], false, "{name}");
            for (field, schema) in body["properties"].as_object().unwrap() {
                let of = |name: &str| schema.get(name).is_some();
                assert!(of("description") || of("$ref") || of("oneOf"), "{name}: {field}");
            }
        }
    }
}

#[test]
fn every_reference_leads_to_something() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "$ref" => {
                            assert!(document.pointer(text.trim_start_matches('#')).is_some(), "{text}");
                        }
                        value => walk(document, value),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document("/v1");
    walk(&document, &document);
}
