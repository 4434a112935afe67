//! Texts that mean something to another program, such as a database or a shell, are texts here.

use serde_json::{Value, json};

use crate::kit::{Kit, on_both};

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
