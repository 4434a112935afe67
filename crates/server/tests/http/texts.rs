//! Texts that mean something to another program, such as a database or a shell, are texts here.

use serde_json::{Value, json};

use crate::kit::{Kit, on_both, on_sqlite};
use crate::scopes::{call, routes};

const TEXTS: [&str; 14] = [
    "'; drop table licenses; --",
    "\" or \"\"=\"",
    "%' escape '\\",
    "$(reboot) `reboot` | reboot ; reboot",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "${jndi:ldap://127.0.0.1/a}",
    "=1+1;@SUM(A1)",
    "%s%n%x {} {0} {:?}",
    "../../../../etc/passwd",
    "http://169.254.169.254/latest/meta-data",
    "Bcc: ada@other.example",
    "\\u0041\\n\\\\",
    "ⅠⅡ ﬁ İı ß 日本 \u{1F469}\u{200D}\u{1F52C}",
];

#[test]
fn texts_that_mean_something_elsewhere_come_back_as_they_were_sent() {
    on_both("texts", async |kit: Kit| {
        for text in TEXTS {
            let license = kit.sold(json!({ "metadata": { "a": text, text: [text] } })).await;
            let path = format!("/licenses/{}", license["id"].as_str().unwrap());
            let edit = json!({ "notes": text, "reason": text });
            kit.patch(&path, edit).with("if-match", "*").await.is(200);
            kit.post(&format!("{path}/suspend"), json!({ "cause": "abuse", "reason": text })).await.is(200);
            let shown = kit.get(&path).await.is(200);
            assert_eq!((&shown["notes"], &shown["metadata"]), (&json!(text), &json!({ "a": text, text: [text] })));
            let customer = format!("/customers/{}", license["customer"]["id"].as_str().unwrap());
            let details = json!({ "email": "it@acme.example", "notes": text });
            kit.put(&customer, details).with("if-match", "*").await.is(200);
            assert_eq!(kit.get(&customer).await.is(200)["notes"], text);
            // Looked for, it is found as a text or refused as none of those that there are.
            let found = kit.post("/licenses/search", json!({ "email": text })).await;
            assert!([200, 422].contains(&found.status.as_u16()), "{}", found.text);
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            kit.get(&format!("/licenses?customer={encoded}")).await.fails(400, "invalid-query");
            kit.get(&format!("/licenses?after={encoded}")).await.fails(400, "invalid-cursor");
            assert_eq!(kit.get(&format!("/audit?subject={encoded}")).await.is(200)["data"], json!([]));
            let missing = kit.get(&format!("/offers/{encoded}")).await;
            assert!([400, 404].contains(&missing.status.as_u16()), "{}", missing.text);
            assert_ne!(missing.body["detail"], Value::Null);
        }
        assert_eq!(kit.get("/licenses").await.is(200)["data"].as_array().unwrap().len(), TEXTS.len());
        kit
    });
}

/// A text in a body: the places of objects above it, and its most bytes.
struct Text {
    place: Vec<String>,
    max: usize,
}

impl Text {
    /// The body that has this text alone.
    fn body(&self, text: &str) -> Value {
        self.place.iter().rev().fold(json!(text), |value, name| match name.parse::<usize>() {
            Ok(_) => json!([value]),
            Err(_) => json!({ name: value }),
        })
    }

    fn pointer(&self) -> String {
        self.place.iter().map(|name| format!("/{name}")).collect()
    }
}

/// All texts below a schema of the document.
fn texts(document: &Value, schema: &Value, place: &[String], found: &mut Vec<Text>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return texts(document, &document["components"]["schemas"][name], place, found);
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        for part in schema[keyword].as_array().into_iter().flatten().filter(|part| part["required"].is_null()) {
            texts(document, part, place, found);
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        several => several.as_array().into_iter().flatten().map(|each| each.as_str().unwrap()).collect(),
    };
    let below = |name: &str| [place, &[name.to_owned()]].concat();
    if types.contains(&"array") && schema["items"].is_object() {
        texts(document, &schema["items"], &below("0"), found);
    }
    // Ids and other values of a set have no bound of their own.
    if types.contains(&"string") && schema["enum"].is_null() && !place.is_empty() {
        let max = schema["maxLength"].as_u64();
        if max.is_some() || schema["pattern"].is_null() {
            let max = max.unwrap_or_else(|| panic!("{place:?} has no bound"));
            found.push(Text { place: place.to_vec(), max: max.try_into().unwrap() });
        }
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        texts(document, schema, &below(name), found);
    }
}

/// The key without hyphens, and what it looks like in a mail, a table or an address.
fn wrapped(key: &str) -> Vec<String> {
    let bare = key.replace('-', "");
    let symbols: Vec<char> = bare.chars().collect();
    let groups = |size: usize| symbols.chunks(size).map(String::from_iter).collect::<Vec<_>>().join(" ");
    vec![
        key.to_owned(),
        key.to_lowercase(),
        bare.clone(),
        format!("\"{bare}\""),
        format!("({bare})"),
        format!("k={bare}"),
        format!("https://x.example/?k={bare}"),
        groups(4),
        groups(6),
        groups(10),
        bare[..128].to_owned(),
    ]
}

#[test]
fn no_text_of_any_call_has_a_key_in_it_or_is_longer_than_its_bound() {
    on_sqlite(async |kit: Kit| {
        let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
        let key = kit.sold(json!({})).await["key"].as_str().unwrap().to_owned();
        let mut count = 0;
        for route in routes().into_iter().filter(|route| route.has_body) {
            let usual = call(&kit, &route).await;
            let schema =
                &document["paths"][&route.path][&route.method]["requestBody"]["content"]["application/json"]["schema"];
            let mut found = Vec::new();
            texts(&document, schema, &[], &mut found);
            for text in found {
                let send = |value: &str| usual.clone().json(&text.body(value)).with("if-match", "*");
                let name = text.place.last().unwrap().as_str();
                let code = if name == "key" { "key-too-long" } else { "text-too-long" };
                let reply = send(&"é".repeat(text.max / 2 + 1)).await;
                assert_eq!(reply.fails(422, code)["errors"][0]["pointer"], text.pointer(), "{route:?}");
                count += 1;
                if ["key", "request", "after"].contains(&name) {
                    continue;
                }
                for wrapped in wrapped(&key).iter().filter(|wrapped| wrapped.len() <= text.max) {
                    let reply = send(wrapped).await;
                    let refused = reply.fails(422, "key-in-text");
                    assert_eq!(refused["errors"][0]["pointer"], text.pointer(), "{route:?} {wrapped}");
                }
            }
        }
        assert!(count > 100, "{count}");
        // A text that was made to be searched for long.
        let reply = kit.post("/licenses", json!({ "offer": "pro-annual", "notes": "K".repeat(2_001) })).await;
        reply.fails(422, "text-too-long");
        kit.post("/licenses", json!({ "offer": "pro-annual", "notes": "K".repeat(2_000) })).await.is(201);
        let digests = |count: usize| {
            let digest = "0123456789abcdef".repeat(8);
            let metadata = json!({ "digests": vec![digest; count] });
            kit.post("/licenses", json!({ "offer": "pro-annual", "metadata": metadata }))
        };
        digests(16).await.is(201);
        digests(17).await.fails(422, "text-too-long");
        let fields: serde_json::Map<String, Value> = (0..2_600).map(|number| (number.to_string(), json!(""))).collect();
        kit.post("/licenses", json!({ "offer": "pro-annual", "unknown": fields })).await.fails(422, "text-too-long");
        // Names and values of the vendor's own.
        for metadata in [json!({ "a": [{ "b": wrapped(&key)[3] }] }), json!({ wrapped(&key)[3].as_str(): 1 })] {
            let reply = kit.post("/licenses", json!({ "offer": "pro-annual", "metadata": metadata })).await;
            assert_eq!(reply.fails(422, "key-in-text")["errors"][0]["pointer"], "/metadata");
        }
        kit
    });
}

#[test]
fn names_and_ids_of_machines_that_look_alike_are_refused() {
    on_sqlite(async |kit: Kit| {
        let key = kit.sold(json!({ "activation_limit": 10 })).await["key"].clone();
        let activate = |machine: &str, name: &str| {
            kit.post("/activate", json!({ "key": key, "machine": machine, "name": name })).no_token()
        };
        activate("m1", "Grace's laptop").await.is(201);
        for machine in [" m1", "m1 ", "m\u{200B}1", "\u{FF4D}1", "\u{3000}m1", "\u{202E}1m", "\u{E0041}m1", "m\u{AD}1"]
        {
            let reply = activate(machine, "Grace's laptop").await;
            assert_eq!(reply.fails(422, "invalid-machine")["errors"][0]["pointer"], "/machine", "{machine:?}");
        }
        for name in ["", "   ", " x", "x ", "\u{202E}gpj.exe", "\u{200B}", "\u{E0041}", "a\nb"] {
            let reply = activate("m2", name).await;
            assert_eq!(reply.fails(422, "invalid-value")["errors"][0]["pointer"], "/name", "{name:?}");
        }
        assert_eq!(kit.get("/activations").await.is(200)["data"].as_array().unwrap().len(), 1);
        kit
    });
}
