//! Every cell of every table is changed in turn, every row removed, and every row copied.

use keyward_ledger::audit::Checkpoint;
use keyward_ledger::{Difference, Ledger, RowFault, Signing, Verification};

use crate::common::{Shop, TODAY, at, on_both_altered, on_postgres, on_sqlite_altered};
use crate::log::{agrees, verify};
use crate::planted;
use crate::raw::{ColumnOf, Raw, Sql, other};
use crate::story::tell;

/// A table, with all its rows.
struct Table {
    name: String,
    columns: Vec<ColumnOf>,
    rows: Vec<Vec<Sql>>,
}

impl Table {
    async fn all(raw: &Raw) -> Vec<Table> {
        let mut tables = Vec::new();
        for name in raw.tables().await {
            let columns = raw.columns(&name).await;
            let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            let rows = raw.rows(&format!("select {} from {name}", names.join(", "))).await;
            tables.push(Table { name, columns, rows });
        }
        tables
    }

    /// The condition that finds a row, by its primary key.
    fn is(&self, row: &[Sql]) -> String {
        let keys = self.columns.iter().zip(row).filter(|(column, _)| column.is_key);
        keys.map(|(column, value)| format!("{} = {value}", column.name)).collect::<Vec<_>>().join(" and ")
    }

    fn insert(&self, row: &[Sql], raw: &Raw) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let overriding = if raw.is_postgres() && self.name == "audit_log" { "overriding system value " } else { "" };
        format!("insert into {} ({}) {overriding}values ({})", self.name, names.join(", "), row.join(", "))
    }

    fn with(row: &[Sql], index: usize, value: &str) -> Vec<Sql> {
        let mut row = row.to_vec();
        row[index] = value.to_owned();
        row
    }
}

fn is_unproven(table: &str, column: Option<&str>) -> bool {
    Ledger::unproven().iter().any(|unproven| (unproven.table, unproven.column) == (table, column))
}

/// Changes something, verifies, and changes it back.
async fn is_found(shop: &Shop, raw: &Raw, checkpoint: &Checkpoint, there: &str, back: &str) -> Option<Verification> {
    if raw.try_run(there).await.is_err() {
        // The engine itself does not take it.
        return None;
    }
    let report = verify(shop, std::slice::from_ref(checkpoint)).await;
    raw.run(back).await;
    Some(report)
}

/// Rows are read in pages. A table whose keys are doubled or of another type would hide those at the end of a page, or have no end.
#[test]
fn an_altered_table_hides_no_row() {
    for (name, alter) in [
        // A column of that name takes the place of SQLite's own. The forged row has the place of the last one of a page.
        ("doubled", "alter table licenses add column rowid integer"),
        ("without a number", "alter table licenses add column rowid any"),
        ("without an end", "alter table licenses add column rowid any"),
        ("null", "alter table licenses add column rowid integer"),
    ] {
        on_sqlite_altered(async |shop: Shop| {
            let order = r#"{"offer":"pro-annual"}"#;
            let issuing = shop.vendor.issuing();
            let generator =
                shop.ledger.create_generator(issuing, "Pool", order, Signing::AtOnce, &at(TODAY)).await.unwrap();
            shop.ledger.generate(issuing, generator.id, 600, &at(TODAY)).await.unwrap();
            agrees(&shop, &[]).await;
            let raw = Raw::connect(&shop.url).await;
            let columns = raw.columns("licenses").await;
            raw.run(alter).await;
            let number = "(select count(*) from licenses o where o.id <= licenses.id)";
            raw.run(&format!("update licenses set rowid = {number}")).await;
            // A license that is in no entry of the log.
            let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
            let forged = |rowid: &str| {
                let id = raw.blob("01a22c2ae8a774c4a1290b414e7c7d84");
                let values: Vec<_> = names.iter().map(|name| if *name == "id" { id.as_str() } else { name }).collect();
                let (names, values) = (names.join(", "), values.join(", "));
                format!("insert into licenses ({names}, rowid) select {values}, {rowid} from licenses where rowid = 1")
            };
            match name {
                "doubled" => raw.run(&forged("256")).await,
                "without a number" => raw.run(&forged("'x'")).await,
                "without an end" => raw.run("update licenses set rowid = '5' where rowid > 300").await,
                _ => raw.run("update licenses set rowid = null where rowid > 300").await,
            }
            let found = verify(&shop, &[]).await.differences;
            // The others were all seen, and some of them again and again: they fill the report.
            let is_unread = found.contains(&Difference::Unread { table: "licenses" });
            assert!(is_unread || name == "without an end", "{name}: {found:?}");
            assert!(found.contains(&Difference::Schema { name: "licenses".to_owned() }), "{name}: {found:?}");
        });
    }
}

#[test]
fn whatever_is_added_to_the_schema_or_taken_away_is_found() {
    on_sqlite_altered(async |shop: Shop| {
        shop.license().await;
        agrees(&shop, &[]).await;
        let raw = Raw::connect(&shop.url).await;
        for (there, back, name) in [
            (
                "create trigger more after insert on licenses begin update licenses set seats = 9; end",
                "drop trigger more",
                "more",
            ),
            ("create view licenses_2 as select * from licenses", "drop view licenses_2", "licenses_2"),
            ("create table notes (text)", "drop table notes", "notes"),
            (
                // SQLite takes a name that it reserves for itself, if it is there already.
                "create index xx on licenses (seats);
                 pragma writable_schema = on;
                 update sqlite_schema set name = 'sqlite_xx', sql = replace(sql, 'xx', 'sqlite_xx') where name = 'xx';
                 pragma writable_schema = off",
                "pragma writable_schema = on;
                 update sqlite_schema set name = 'xx', sql = replace(sql, 'sqlite_xx', 'xx') where name = 'sqlite_xx';
                 pragma writable_schema = reset; drop index xx",
                "sqlite_xx",
            ),
            ("drop index license_keys_current", "", "license_keys_current"),
        ] {
            raw.run(there).await;
            let found = verify(&shop, &[]).await.differences;
            assert_eq!(found, [Difference::Schema { name: name.to_owned() }]);
            if !back.is_empty() {
                raw.run(back).await;
                agrees(&shop, &[]).await;
            }
        }
    });
}

/// The ledger would read other rows than its verification, or change rows beside it.
#[test]
fn a_view_a_trigger_or_a_rule_of_postgresql_is_found() {
    on_postgres("views", async |shop: Shop| {
        shop.sold("it@acme.example").await;
        agrees(&shop, &[]).await;
        let raw = Raw::connect(&shop.url).await;
        raw.run("create function more() returns trigger language plpgsql as 'begin new.seats := 9; return new; end'")
            .await;
        for (there, back, name) in [
            (
                "alter table licenses rename to licenses_1; create view licenses as select * from licenses_1",
                "drop view licenses; alter table licenses_1 rename to licenses",
                "licenses",
            ),
            (
                "create trigger larger before update on licenses for each row execute function more()",
                "drop trigger larger on licenses",
                "larger",
            ),
            (
                "create rule kept as on delete to license_keys do instead nothing",
                "drop rule kept on license_keys",
                "kept",
            ),
            ("create policy few on tokens using (false)", "drop policy few on tokens", "few"),
            ("create table more_tokens () inherits (tokens)", "drop table more_tokens", "more_tokens"),
        ] {
            raw.run(there).await;
            assert_eq!(verify(&shop, &[]).await.differences, [Difference::Schema { name: name.to_owned() }]);
            raw.run(back).await;
            agrees(&shop, &[]).await;
        }
    });
}

/// Who reads by an index would find another row than who reads the table: the rights of another token, for example.
#[test]
fn an_index_that_says_something_else_than_its_table_is_found() {
    on_sqlite_altered(async |shop: Shop| {
        shop.sold("it@acme.example").await;
        agrees(&shop, &[]).await;
        let raw = Raw::connect(&shop.url).await;
        // The index is taken out of the schema while its table is changed.
        raw.run("create table kept (type, name, tbl_name, rootpage, sql)").await;
        raw.run(
            "insert into kept select type, name, tbl_name, rootpage, sql from sqlite_schema where name = 'license_keys_by_license';
             pragma writable_schema = on;
             delete from sqlite_schema where name = 'license_keys_by_license';
             pragma writable_schema = reset;
             update license_keys set license = x'00000000000000000000000000000000';
             pragma writable_schema = on;
             insert into sqlite_schema select type, name, tbl_name, rootpage, sql from kept;
             pragma writable_schema = reset;
             drop table kept",
        )
        .await;
        let found = verify(&shop, &[]).await.differences;
        let is_named = |difference: &Difference| matches!(difference, Difference::File { says } if says.contains("license_keys_by_license"));
        assert!(found.iter().any(is_named), "{found:?}");
    });
}

#[test]
fn every_changed_cell_is_found() {
    on_both_altered("cells", async |shop: Shop| {
        let checkpoint = tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        let (mut changed, mut missed, mut refused) = (0, Vec::new(), Vec::new());
        for table in Table::all(&raw).await {
            for row in &table.rows {
                for (index, column) in table.columns.iter().enumerate() {
                    let mut values = vec![other(&raw, column, &row[index])];
                    if column.is_nullable && row[index] != "null" {
                        values.push("null".to_owned());
                    }
                    for value in values {
                        let with = Table::with(row, index, &value);
                        let set = |value: &str, row: &[Sql]| {
                            format!("update {} set {} = {value} where {}", table.name, column.name, table.is(row))
                        };
                        let (there, back) = (set(&value, row), set(&row[index], &with));
                        match is_found(&shop, &raw, &checkpoint, &there, &back).await {
                            None => refused.push(format!("{}.{}", table.name, column.name)),
                            Some(report) => {
                                changed += 1;
                                if report.agrees() && !is_unproven(&table.name, Some(&column.name)) {
                                    missed.push(there.clone());
                                }
                                if !report.agrees() && is_unproven(&table.name, Some(&column.name)) {
                                    missed.push(format!("listed, and found: {there}"));
                                }
                            }
                        }
                    }
                }
            }
        }
        refused.dedup();
        println!("{changed} cells; refused by the engine: {refused:?}");
        assert!(missed.is_empty(), "not found: {missed:#?}");
        assert!(changed > 450, "{changed}");
        agrees(&shop, &[checkpoint]).await;
    });
}

#[test]
fn every_removed_and_every_added_row_is_found() {
    on_both_altered("rows", async |shop: Shop| {
        let checkpoint = tell(&shop).await;
        let raw = Raw::connect(&shop.url).await;
        let pending = agrees(&shop, &[]).await.pending;
        let mut missed = Vec::new();
        for table in Table::all(&raw).await {
            for row in &table.rows {
                let (delete, insert) =
                    (format!("delete from {} where {}", table.name, table.is(row)), table.insert(row, &raw));
                let report = is_found(&shop, &raw, &checkpoint, &delete, &insert).await.unwrap();
                if report.agrees() && !is_unproven(&table.name, None) {
                    missed.push(delete);
                }

                // A copy with another key, and without the values that only one row may have.
                let mut copy = row.clone();
                for (index, column) in table.columns.iter().enumerate() {
                    if column.is_key && (table.name != "record_keys" || column.name == "record_key") {
                        copy[index] = other(&raw, column, &row[index]);
                    }
                    let is_unique = [("customers", "email_key"), ("approvals", "order_digest")];
                    if is_unique.contains(&(table.name.as_str(), column.name.as_str())) {
                        copy[index] = "null".to_owned();
                    }
                    if column.name == "machine" {
                        copy[index] = "'another'".to_owned();
                    }
                    if table.name == "audit_log" && column.name == "position" && row[index] != "null" {
                        copy[index] = "100000".to_owned();
                    }
                }
                let insert = table.insert(&copy, &raw);
                let delete = format!("delete from {} where {}", table.name, table.is(&copy));
                let report = is_found(&shop, &raw, &checkpoint, &insert, &delete).await;
                let report = report.unwrap_or_else(|| panic!("not tried: {insert}"));
                // Whoever may write to the log adds an entry at its end: it is seen among those without a position.
                if report.agrees() && (table.name != "audit_log" || report.pending == pending) {
                    missed.push(insert);
                }
            }
        }
        assert!(missed.is_empty(), "not found: {missed:#?}");
        agrees(&shop, &[checkpoint]).await;
    });
}

/// Both engines spell texts as the ledger does.
#[test]
fn texts_of_any_characters_agree_and_bytes_that_are_no_text_are_found() {
    on_both_altered("characters", async |shop: Shop| {
        let raw = Raw::connect(&shop.url).await;
        let others = "\"\\/'\u{7f}\u{80}\u{e9}\u{2028}\u{fffd}\u{feff}\u{1F511},\"notes\":\",";
        let controls: String = ('\u{1}'..' ').collect();
        let id = planted::customer(&raw, others, &controls).await;
        agrees(&shop, &[]).await;
        if raw.is_postgres() {
            // It takes no such bytes.
            return;
        }
        raw.run("update customers set name = cast(replace(cast(name as blob), x'efbfbd', x'ff') as text)").await;
        let fault = |difference: &Difference| match difference {
            Difference::Row { table, key, fault: RowFault::Column { column, .. } } => {
                Some((*table, key.clone(), *column))
            }
            _ => None,
        };
        let found: Vec<_> = verify(&shop, &[]).await.differences.iter().map(fault).collect();
        let key = format!("\"{}\"", &id.to_string()[4..]);
        assert_eq!(found, [Some(("customers", key, "name"))]);
    });
}
