//! What follows from other rows: record keys from license keys, and the number of activations of a license.

use std::collections::HashMap;

use keyward_issuer::record::IssueRecord;
use sha2::{Digest, Sha256};

use super::entries::Replayed;
use super::report::{Difference, RowFault};
use crate::database::{Cells, Tx};
use crate::error::LedgerError;
use crate::id::{CustomerId, random};
use crate::value::Value;

/// For each serial, the sum of the hashes of its record keys: of those that follow from the license key, without those in the
/// table. A random salt keeps anybody from preparing other record keys with the same sum.
type Sums = HashMap<Vec<u8>, u128>;
type Salt = [u8; 16];

/// Compares the record keys with the license keys.
pub(super) async fn record_keys(tx: &mut Tx, replayed: &mut Replayed) -> Result<(), LedgerError> {
    let (mut sums, salt) = (Sums::new(), random()?);
    let sql = "select k.serial, k.text, k.circumstances, l.customer
        from license_keys k left join licenses l on l.id = k.license";
    tx.each(sql, Vec::new(), |Cells(cells)| {
        if let [Value::Blob(Some(serial)), Value::Text(Some(text)), Value::Text(Some(circumstances)), customer] =
            &cells[..]
        {
            let derived = derived(text, circumstances, customer, &salt);
            sums.insert(serial.clone(), derived.unwrap_or_default());
        }
        Ok(())
    })
    .await?;
    tx.each("select serial, record_key from record_keys", Vec::new(), |(serial, key): (Vec<u8>, Vec<u8>)| {
        let sum = sums.entry(serial).or_default();
        *sum = sum.wrapping_sub(hash(&salt, &key));
        Ok(())
    })
    .await?;
    let mut serials: Vec<_> = sums.into_iter().filter(|(_, sum)| *sum != 0).map(|(serial, _)| serial).collect();
    serials.sort_unstable();
    for serial in serials {
        let key = format!("\"{}\"", hex::encode(serial));
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
fn derived(text: &str, circumstances: &str, customer: &Value, salt: &Salt) -> Option<u128> {
    let record = IssueRecord::from_circumstances(text.parse().ok()?, circumstances).ok()?;
    let record = match customer {
        Value::Blob(Some(id)) => {
            record.with_customer(Some(CustomerId::from_bytes(id.as_slice().try_into().ok()?).to_string()))
        }
        _ => record,
    };
    Some(record.keys().iter().fold(0, |sum: u128, key| sum.wrapping_add(hash(salt, &key.to_bytes()))))
}

fn hash(salt: &Salt, key: &[u8]) -> u128 {
    let hashed = Sha256::new().chain_update(salt).chain_update(key).finalize();
    hashed.iter().take(16).fold(0, |number, byte| number.wrapping_shl(8) | u128::from(*byte))
}
