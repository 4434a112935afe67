//! The work of a shop that is disturbed: orders with ids, activations, licenses for the pool. Each result is noted once the call
//! has returned, and no sooner.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use keyward_issuer::order::{Order, OrderRef, SerialSource};
use keyward_issuer::{Environment, Issuer, Serial, SigningKey};
use keyward_ledger::{
    Activated, ActivationId, Created, CustomerDetails, Generator, GeneratorId, Ledger, LedgerError, License, LicenseId,
    Machine, NewLicense, Signing,
};

use crate::common::{Shop, TODAY, Vendor, annual, at, rows};

/// The licenses that are made for the pool at once.
pub const POOL: usize = 10;

/// A vendor whose processes all sign with one key.
pub fn vendor() -> Vendor {
    Vendor { issuer: Issuer::with_key(SigningKey::from_seed(&[14; 32])), ..Vendor::new() }
}

pub async fn open(url: &str) -> Shop {
    let ledger = Ledger::open(url, Environment::Production, &at(TODAY)).await.unwrap();
    Shop { ledger, vendor: vendor(), url: url.to_owned(), folder: None }
}

/// What the ledger has acknowledged, a line each.
pub struct Notes(File);

impl Notes {
    /// The notes in that file, which are continued.
    pub fn continued(path: &Path) -> Notes {
        Notes(OpenOptions::new().create(true).append(true).open(path).unwrap())
    }

    fn note(&mut self, line: &str) {
        self.0.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// The order of that id.
fn order(id: &str) -> Order {
    let mut order = annual();
    order.reference = Some(OrderRef::new(id, &order, SerialSource::Drawn));
    order
}

/// Carries out the order of that id, for one of five customers.
pub async fn buy(shop: &Shop, id: &str) -> Result<Created, LedgerError> {
    let number = id.bytes().map(u32::from).sum::<u32>() % 5;
    let address = format!("it@customer-{number}.example");
    let details = CustomerDetails::of_email(address.parse().unwrap());
    let customer = shop.ledger.find_or_create_customer(&details, &at(TODAY)).await?.into_customer().id;
    let new = NewLicense::new(order(id)).for_customer(customer);
    shop.ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await
}

pub async fn generator(shop: &Shop) -> Result<Generator, LedgerError> {
    let json = r#"{"offer":"pro-annual","seats":3}"#;
    shop.ledger.create_generator(shop.vendor.issuing(), "Pool", json, Signing::AtOnce, &at(TODAY)).await
}

/// One piece of work. It ends with the first error.
pub async fn work(shop: &Shop, notes: &mut Notes, generator: GeneratorId, id: &str) -> Result<(), LedgerError> {
    notes.note(&format!("order {id}"));
    let license = buy(shop, id).await?.into_license();
    let serial = shop.ledger.keys(license.id).await?[0].serial;
    notes.note(&format!("license {id} {} {serial}", license.id));
    for name in ["desk", "lap"] {
        let machine: Machine = format!("{name} of {id}").parse().unwrap();
        let activated = shop.ledger.activate(serial, &machine, None, &shop.vendor.catalog, &at(TODAY)).await?;
        notes.note(&format!("activation {id} {name} {}", activated.activation().id));
    }
    for key in shop.ledger.deliver(license.id, &shop.vendor.catalog, &at(TODAY)).await?.keys {
        notes.note(&format!("delivered {}", key.serial));
    }
    for license in shop.ledger.generate(shop.vendor.issuing(), generator, POOL, &at(TODAY)).await? {
        notes.note(&format!("pool {license}"));
    }
    shop.ledger.sequence().await?;
    Ok(())
}

/// What was noted.
#[derive(Debug, Default)]
pub struct Noted {
    /// The ids of orders that were begun.
    orders: Vec<String>,
    licenses: BTreeMap<String, (LicenseId, Serial)>,
    activations: BTreeMap<(String, String), ActivationId>,
    delivered: Vec<Serial>,
    pool: Vec<LicenseId>,
}

impl Noted {
    pub fn read(path: &Path) -> Noted {
        let mut noted = Noted::default();
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // A process that was killed may have written a part of its last line.
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["order", id] => noted.orders.push(id.to_owned()),
                ["license", id, license, serial] => {
                    let made = (license.parse().unwrap(), serial.parse().unwrap());
                    let before = noted.licenses.insert(id.to_owned(), made);
                    assert!(before.is_none_or(|before| before == made), "the order {id} made two licenses");
                }
                ["activation", id, machine, activation] => {
                    let key = (id.to_owned(), machine.to_owned());
                    noted.activations.insert(key, activation.parse().unwrap());
                }
                ["delivered", serial] => noted.delivered.push(serial.parse().unwrap()),
                ["pool", license] => noted.pool.push(license.parse().unwrap()),
                _ => panic!("{line}"),
            }
        }
        noted
    }

    /// The number of acknowledged results.
    pub fn len(&self) -> usize {
        self.licenses.len() + self.activations.len() + self.delivered.len() + self.pool.len()
    }

    /// Checks that all of it is on record, once, and that a repeated order has the answer that it had.
    pub async fn check(&self, shop: &Shop) {
        for id in &self.orders {
            let again = buy(shop, id).await.unwrap();
            if let Some((license, _)) = self.licenses.get(id) {
                assert!(matches!(&again, Created::Repeated(found) if found.id == *license), "{id}: {again:?}");
            }
            let again = again.into_license();
            let third = buy(shop, id).await.unwrap();
            assert!(matches!(&third, Created::Repeated(found) if found.id == again.id), "{id}: {third:?}");
        }
        for (license, serial) in self.licenses.values() {
            assert_eq!(shop.ledger.license_of(*serial).await.unwrap().id, *license);
        }
        for ((id, name), activation) in &self.activations {
            let machine: Machine = format!("{name} of {id}").parse().unwrap();
            let serial = self.licenses[id].1;
            let again = shop.ledger.activate(serial, &machine, None, &shop.vendor.catalog, &at(TODAY)).await.unwrap();
            assert!(matches!(&again, Activated::Same(_, found) if found.id == *activation), "{id} {name}: {again:?}");
        }
        for serial in &self.delivered {
            let license = shop.ledger.license_of(*serial).await.unwrap().id;
            let keys = shop.ledger.keys(license).await.unwrap();
            assert!(keys.iter().any(|key| key.serial == *serial && key.delivered_at.is_some()), "{serial} has left");
        }
        for license in &self.pool {
            let _: License = shop.ledger.license(*license).await.unwrap();
        }
        nothing_is_doubled(&shop.url).await;
    }
}

/// Looks beside the ledger.
async fn nothing_is_doubled(url: &str) {
    let machines = "select machine from activations group by license, machine having count(*) > 1";
    assert!(rows(url, machines).await.is_empty(), "a machine has one activation");
    let halves = format!(
        "select name from generators g where (select count(*) from licenses where generator = g.id) % {POOL} <> 0"
    );
    assert!(rows(url, &halves).await.is_empty(), "licenses are generated together or not at all");
    let keyless =
        "select created_by from licenses l where not exists (select 1 from license_keys where license = l.id)";
    assert!(rows(url, keyless).await.is_empty(), "each license has its key");
}

/// Fails unless the audit log explains the whole ledger.
pub async fn verifies(shop: &Shop) {
    shop.ledger.sequence().await.unwrap();
    let found = shop.ledger.verify(&[], &[]).await.unwrap();
    assert!(found.agrees() && found.pending == 0, "{:#?}", found.differences);
}
