//! Somebody with access to the database changes the log together with everything that shows it. A checkpoint that was kept
//! elsewhere shows it still.

use keyward_ledger::audit::{Frontier, LeafHash, ReplayError};
use keyward_ledger::{Difference, EntryFault, Expected, LedgerError, NewLicense, RowFault};
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, annual, at, on_both_altered};
use crate::log::{agrees, checkpoint, verify};
use crate::raw::Raw;
use crate::story::tell;

/// Writes all leaf hashes and the tree anew, and removes the checkpoints in the database.
async fn cover_up(raw: &Raw) {
    let mut frontier = Frontier::new();
    for row in raw.rows("select number, entry from audit_log where position is not null order by position").await {
        let leaf = LeafHash::of(row[1].trim_matches('\'').replace("''", "'").as_bytes());
        frontier.push(leaf);
        let leaf = raw.blob(&hex::encode(leaf.to_bytes()));
        raw.run(&format!("update audit_log set leaf = {leaf} where number = {}", row[0])).await;
    }
    let (size, bytes) = (frontier.size(), raw.blob(&hex::encode(frontier.to_bytes())));
    raw.run(&format!("update audit_tree set size = {size}, frontier = {bytes}")).await;
    raw.run("delete from checkpoints").await;
}

#[test]
fn a_rewritten_entry_is_found_by_a_checkpoint_that_was_kept_elsewhere() {
    on_both_altered("rewritten", async |shop: Shop| {
        let kept = tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        raw.run(
            "update audit_log set actor = 'Mallory', entry = replace(entry, '\"actor\":\"Grace\"', '\"actor\":\"Mallory\"')
             where action = 'license.suspended' and position is not null",
        )
        .await;
        cover_up(&raw).await;
        agrees(&shop, &[]).await;
        let size = kept.head.size;
        let found = verify(&shop, &[kept]).await.differences;
        assert_eq!(found, [Difference::Checkpoint(ReplayError::Altered { confirmed: 0, size })]);
    });
}

#[test]
fn a_cut_off_end_is_found_by_a_checkpoint_that_was_kept_elsewhere() {
    on_both_altered("cut off", async |shop: Shop| {
        tell(&shop).await;
        let mut order = annual();
        order.seats = Some("4000000".parse().unwrap());
        let refused = shop.ledger.create(shop.vendor.issuing(), &NewLicense::new(order), &at(TODAY)).await;
        assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
        let kept = checkpoint(&shop).await;

        let raw = Raw::connect(&shop.url).await;
        raw.run("delete from audit_log where action = 'order.refused'").await;
        cover_up(&raw).await;
        agrees(&shop, &[]).await;
        let size = kept.head.size;
        let found = verify(&shop, &[kept]).await.differences;
        assert_eq!(found, [Difference::Checkpoint(ReplayError::CutOff { entries: size - 1, size })]);
    });
}

#[test]
fn an_entry_that_was_taken_out_is_found_without_any_checkpoint_if_a_row_follows_from_it() {
    on_both_altered("taken out", async |shop: Shop| {
        let license = shop.license().await;
        let by = at(TODAY);
        shop.ledger.revoke(license.id, Reason::Leaked, None, Expected::Any, &by).await.unwrap();
        shop.ledger.sequence().await.unwrap();
        let raw = Raw::connect(&shop.url).await;
        raw.run("delete from audit_log where action = 'license.revoked'").await;
        cover_up(&raw).await;
        let report = verify(&shop, &[]).await;
        let found: Vec<_> = report
            .differences
            .iter()
            .map(|difference| match difference {
                Difference::Row { table, fault: RowFault::Column { column, .. }, .. } => (*table, *column),
                other => panic!("{other}"),
            })
            .collect();
        let expected = [
            ("licenses", "base_state"),
            ("licenses", "revoked_for"),
            ("licenses", "version"),
            ("license_keys", "status"),
            ("license_keys", "revoked_for"),
        ];
        assert_eq!(found, expected, "the report names what differs, and nothing else");
    });
}

#[test]
fn two_entries_that_changed_places_are_found() {
    on_both_altered("swapped", async |shop: Shop| {
        tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        let size: i64 = raw.rows("select size from audit_tree").await[0][0].parse().unwrap();
        for (one, other) in (0..size).flat_map(|one| (one + 1..size).map(move |other| (one, other))).step_by(7) {
            let swap = async || {
                for (from, to) in [(one, 1_000), (other, one), (1_000, other)] {
                    raw.run(&format!("update audit_log set position = {to} where position = {from}")).await;
                }
            };
            swap().await;
            let report = verify(&shop, &[]).await;
            assert!(report.differences.iter().any(|found| matches!(found, Difference::Tree { .. })), "{one}, {other}");
            swap().await;
        }
        agrees(&shop, &[]).await;
    });
}

#[test]
fn personal_values_that_were_removed_without_an_erasure_are_found() {
    on_both_altered("personal", async |shop: Shop| {
        tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        raw.run("update audit_log set personal = null where action = 'license.suspended'").await;
        let found = verify(&shop, &[]).await.differences;
        assert!(
            found.iter().any(|found| matches!(found, Difference::Entry { fault: EntryFault::PersonalMissing, .. })),
            "{found:?}"
        );
    });
}

#[test]
fn a_report_contains_no_personal_value_and_no_license_key() {
    on_both_altered("discreet", async |shop: Shop| {
        tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        raw.run("update customers set name = 'Someone', notes = 'SECRET' where erased_at is null").await;
        raw.run("update licenses set notes = 'SECRET'").await;
        let key = raw.rows("select text from license_keys").await.remove(0).remove(0);
        raw.run("update license_keys set text = 'SECRET', circumstances = 'SECRET'").await;
        raw.run("update audit_log set personal = 'SECRET' where number > 12").await;
        let report = verify(&shop, &[]).await;
        assert!(report.differences.len() > 10, "{report:?}");
        let said = format!("{report:?} {}", report.differences.iter().map(ToString::to_string).collect::<String>());
        for secret in ["SECRET", "Someone", "Acme", key.trim_matches('\'')] {
            assert!(!said.contains(secret), "{secret}: {said}");
        }
    });
}

#[test]
fn two_record_keys_that_change_together_are_found() {
    on_both_altered("record keys together", async |shop: Shop| {
        tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        let digits = |blob: &str| blob.split('\'').nth(1).unwrap().trim_start_matches("\\x").to_owned();
        let rows = raw.rows("select record_key, serial from record_keys order by serial, record_key").await;
        let pair = rows.windows(2).find(|pair| pair[0][1] == pair[1][1]).unwrap();
        // One is a number higher and the other one lower: together they are as before, and no order finds the license.
        for (row, change) in pair.iter().zip([1, u128::MAX]) {
            let key = u128::from_str_radix(&digits(&row[0]), 16).unwrap();
            let other = raw.blob(&format!("{:032x}", key.wrapping_add(change)));
            let (old, serial) = (raw.blob(&digits(&row[0])), raw.blob(&digits(&row[1])));
            let place = format!("record_key = {old} and serial = {serial}");
            raw.run(&format!("update record_keys set record_key = {other} where {place}")).await;
        }
        let found = verify(&shop, &[]).await.differences;
        assert!(matches!(&found[..], [Difference::Row { table: "record_keys", .. }]), "{found:?}");
    });
}
