//! What a customer is given of their data.

use keyward_ledger::recipient::Trade;
use keyward_ledger::{NewLicense, WholeKeys};

use super::common::{Shop, TODAY, at, long_trial, on_both};
use super::{agrees, contact, customer, details, sell};

#[test]
fn an_export_has_all_of_one_customer_and_nothing_of_another() {
    on_both("export", async |shop: Shop| {
        let by = at(TODAY);
        let mut said = details("it@acme.example", "Acme Ltd");
        said.contacts = vec![contact("grace@acme.example", Trade::EndUser)];
        said.notes = Some("calls on Mondays".to_owned());
        let id = shop.ledger.find_or_create_customer(&said, &by).await.unwrap().into_customer().id;
        let (left, kept) = (sell(&shop, id).await, sell(&shop, id).await);
        let delivered = shop.ledger.deliver(left.id, &shop.vendor.catalog, &by).await.unwrap();
        let asked = shop.asked(&NewLicense::new(long_trial()).for_customer(id), "a large pilot", TODAY).await;
        let other = customer(&shop, "secret@other.example").await.id;
        let of_other = NewLicense::new(long_trial()).for_customer(other);
        let of_other = shop.asked(&of_other, "secret@other.example asks", TODAY).await;
        let others = sell(&shop, other).await;

        let export = shop.ledger.export_customer(id, WholeKeys::LeftOut, None, &by).await.unwrap().to_string();
        for expected in
            ["it@acme.example", "Acme Ltd", "grace@acme.example", "calls on Mondays", "a large pilot", "33d"]
        {
            assert!(export.contains(expected), "{expected}: {export}");
        }
        assert!(export.contains(&asked.id.to_string()) && !export.contains(&of_other.id.to_string()));
        assert!(export.contains(&left.id.to_string()) && export.contains(&kept.id.to_string()));
        assert!(!export.contains("secret@") && !export.contains(&others.id.to_string()));
        assert!(!export.contains("Grace\""), "the vendor's staff are left out: {export}");

        let (serial, text) = (delivered.keys[0].serial.to_string(), delivered.keys[0].key.to_string());
        let pending = shop.ledger.keys(kept.id).await.unwrap()[0].serial;
        let pending = format!("select text from license_keys where serial = {}", blob(&shop.url, &pending.to_string()));
        let pending = super::common::rows(&shop.url, &pending).await.remove(0);
        assert!(export.contains(&serial) && !export.contains(&text));

        let whole = shop.ledger.export_customer(id, WholeKeys::Included, None, &by).await.unwrap().to_string();
        assert!(whole.contains(&text) && !whole.contains(&pending), "only what has left");
        let details = audited(&shop, "customer.exported").await;
        assert_eq!(details, [None, Some(serial)], "a look at whole keys is on record");
        agrees(&shop).await;
    });
}

/// A blob in SQL.
fn blob(url: &str, digits: &str) -> String {
    if url.starts_with("sqlite:") { format!("x'{digits}'") } else { format!("'\\x{digits}'") }
}

/// The details of all entries of that action.
async fn audited(shop: &Shop, action: &str) -> Vec<Option<String>> {
    let entries: Vec<String> = super::common::rows(&shop.url, "select entry from audit_log order by number").await;
    let entries = entries.iter().map(|entry| serde_json::from_str::<serde_json::Value>(entry).unwrap());
    let of_action = entries.filter(|entry| entry["action"] == action);
    of_action.map(|entry| entry["detail"].as_str().map(str::to_owned)).collect()
}
