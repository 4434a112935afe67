//! What follows from other rows: record keys from license keys, and the number of activations of a license.

use std::collections::HashMap;

use keyward_issuer::record::IssueRecord;
use sha2::{Digest, Sha256};

use super::entries::Replayed;
use super::report::{Difference, RowFault};
use crate::database::{Bytes, Texts, Tx, text};
use crate::error::LedgerError;
use crate::id::{CustomerId, random};
use crate::value::Kind;

/// For each serial in hex, the sum of the hashes of its record keys: of those that follow from the license key, without those in the
/// table. A random salt keeps anybody from preparing other record keys with the same sum.
type Sums = HashMap<Vec<u8>, u128>;
type Salt = [u8; 16];

/// Compares the record keys with the license keys.
pub(super) async fn record_keys(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    let (mut sums, salt) = (Sums::new(), random()?);
    let fields = [tx.hex_of("t.serial"), "t.text".to_owned(), "t.circumstances".to_owned(), tx.hex_of("l.customer")];
    let texts = Texts {
        fields: &fields,
        table: "license_keys",
        join: "left join licenses l on l.id = t.license",
        condition: "true",
        large: &["text", "circumstances"],
        order: &[],
    };
    let read = tx
        .each_text(&texts, |fields| {
            if let [Some(serial), Some(key), Some(circumstances), customer] = *fields {
                let derived = derived(&text(key), &text(circumstances), customer, &salt);
                sums.insert(serial.to_vec(), derived.unwrap_or_default());
            }
        })
        .await?;
    replayed.report.read("license_keys", read);
    let fields = [tx.hex_of("t.serial"), tx.hex_of("t.record_key")];
    let texts = Texts {
        fields: &fields,
        table: "record_keys",
        join: "",
        condition: "true",
        large: &[],
        order: &[("record_key", Kind::Blob), ("serial", Kind::Blob)],
    };
    let read = tx
        .each_text(&texts, |fields| {
            if let [Some(serial), Some(key)] = *fields {
                let sum = sums.entry(serial.to_vec()).or_default();
                *sum = sum.wrapping_sub(hash(&salt, key));
            }
        })
        .await?;
    replayed.report.read("record_keys", read);
    let mut serials: Vec<_> = sums.into_iter().filter(|(_, sum)| *sum != 0).map(|(serial, _)| serial).collect();
    serials.sort_unstable();
    for serial in serials {
        let key = format!("\"{}\"", text(&serial));
        replayed.report.add(Difference::Row { table: "record_keys", key, fault: RowFault::NotDerived });
    }
    Ok(())
}

/// Compares the number of activations of each license with their rows. The log has both: here a mistake of the ledger itself
/// shows.
pub(super) async fn activations(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    let sql = "select l.id from licenses l where l.activations <> (
            select count(*) from activations a
            where a.license = l.id and (a.released_at is null or a.counted_through is not null)
        ) order by l.id";
    tx.each(sql, Vec::new(), |(id,): (Vec<u8>,)| {
        let key = format!("\"{}\"", hex::encode(id));
        replayed.report.add(Difference::Row { table: "licenses", key, fault: RowFault::Activations });
        Ok(())
    })
    .await
}

/// The sum of the hashes of the record keys of a license key; `None` for a row that no version writes.
fn derived(key: &str, circumstances: &str, customer: Bytes<'_>, salt: &Salt) -> Option<u128> {
    let record = IssueRecord::from_circumstances(key.parse().ok()?, circumstances).ok()?;
    let record = match customer {
        Some(id) => {
            record.with_customer(Some(CustomerId::from_bytes(hex::decode(id).ok()?.try_into().ok()?).to_string()))
        }
        None => record,
    };
    let keys = record.keys();
    Some(keys.iter().fold(0, |sum: u128, key| sum.wrapping_add(hash(salt, hex::encode(key.to_bytes()).as_bytes()))))
}

fn hash(salt: &Salt, key: &[u8]) -> u128 {
    let hashed = Sha256::new().chain_update(salt).chain_update(key).finalize();
    hashed.iter().take(16).fold(0, |number, byte| number.wrapping_shl(8) | u128::from(*byte))
}
