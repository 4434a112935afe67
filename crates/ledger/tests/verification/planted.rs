//! Customers, as the ledger writes them: entries are made here by the specification alone.

use keyward_ledger::CustomerId;
use sha2::{Digest, Sha256};

use crate::raw::Raw;

const SALT: [u8; 16] = [0x5A; 16];
const AT: &str = "2026-11-28T11:00:00.000Z";
const MILLIS: i64 = 1_795_863_600_000;

/// Adds a customer, with its entry.
pub async fn customer(raw: &Raw, name: &str, notes: &str) -> CustomerId {
    let id: CustomerId = format!("cus_01a2{}", &hex::encode(Sha256::digest(name))[..28]).parse().unwrap();
    let digits = digits(id);
    raw.run(&format!(
        "insert into customers (id, name, notes, reseller, version, created_at, created_by)
         values ({}, {}, {}, 0, 1, {MILLIS}, 'Grace')",
        raw.blob(&digits),
        quoted(name),
        quoted(notes)
    ))
    .await;
    let row = format!(
        "\"id\":\"{digits}\",\"name\":{},\"reseller\":0,\"notes\":{},\"version\":1,\"created_at\":{MILLIS},\"created_by\":\"Grace\"",
        commitment("name", name),
        commitment("notes", notes)
    );
    let personal = serde_json::json!({ "0": { "name": name, "notes": notes }, "salt": hex::encode(SALT) });
    entry(raw, id, "customer.created", &row, Some(personal.to_string())).await;
    id
}

/// Erases a customer: its personal values, and those beside its entries.
pub async fn erase(raw: &Raw, id: CustomerId) {
    let digits = digits(id);
    raw.run(&format!(
        "update customers set name = null, notes = null, version = 2, erased_at = {MILLIS} where id = {}",
        raw.blob(&digits)
    ))
    .await;
    raw.run(&format!("update audit_log set personal = null where subject = '{id}'")).await;
    let row = format!(
        "\"id\":\"{digits}\",\"reseller\":0,\"erased_at\":{MILLIS},\"version\":2,\"created_at\":{MILLIS},\"created_by\":\"Grace\""
    );
    entry(raw, id, "customer.erased", &row, None).await;
}

async fn entry(raw: &Raw, id: CustomerId, action: &str, row: &str, personal: Option<String>) {
    let entry = format!(
        "{{\"version\":1,\"at\":\"{AT}\",\"actor\":\"Grace\",\"action\":\"{action}\",\"subject\":\"{id}\",\
         \"rows\":[{{\"table\":\"customers\",\"row\":{{{row}}}}}],\"deleted\":[]}}"
    );
    let leaf = hex::encode(Sha256::new().chain_update([0]).chain_update(&entry).finalize());
    raw.run(&format!(
        "insert into audit_log (at, actor, action, subject, entry, leaf, personal)
         values ({MILLIS}, 'Grace', '{action}', '{id}', {}, {}, {})",
        quoted(&entry),
        raw.blob(&leaf),
        personal.map_or("null".to_owned(), |personal| quoted(&personal))
    ))
    .await;
}

fn commitment(column: &str, value: &str) -> String {
    let hash = Sha256::new().chain_update(SALT).chain_update([0; 8]).chain_update(column).chain_update([0]);
    format!("{{\"commitment\":\"{}\"}}", hex::encode(hash.chain_update(value).finalize()))
}

fn digits(id: CustomerId) -> String {
    id.to_string()[4..].to_owned()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
