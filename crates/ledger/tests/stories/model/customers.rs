//! Customers and the pool in the model.

use keyward_issuer::order::Order;
use keyward_ledger::{By, CustomerDetails, CustomerId, Expected, FoundCustomer, LedgerError, Merge, NewLicense};
use proptest::prelude::*;

use super::licenses::LicenseModel;
use super::{World, number};
use crate::common::{Shop, annual, serial};

/// A step of customers, or of the pool.
#[derive(Debug, Clone)]
pub(super) enum CustomerStep {
    /// A person orders under the address with that number.
    Find(u8),
    Rename(u8, u8),
    Merge(u8, u8),
    Erase(u8),
    Sell(u8),
    Trial(u8),
    /// Two licenses for the pool, signed at once or on assignment.
    Generate(bool),
}

pub(super) fn step() -> impl Strategy<Value = CustomerStep> {
    prop_oneof![
        3 => (0..4_u8).prop_map(CustomerStep::Find),
        3 => (any::<u8>(), 0..3_u8).prop_map(|(customer, name)| CustomerStep::Rename(customer, name)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(from, into)| CustomerStep::Merge(from, into)),
        1 => any::<u8>().prop_map(CustomerStep::Erase),
        1 => any::<u8>().prop_map(CustomerStep::Sell),
        4 => any::<u8>().prop_map(CustomerStep::Trial),
        2 => any::<bool>().prop_map(CustomerStep::Generate),
    ]
}

/// What the model knows of a customer.
#[derive(Debug, Clone)]
pub(super) struct CustomerModel {
    pub(super) id: CustomerId,
    pub(super) merged_into: Option<usize>,
    name: Option<String>,
    is_erased: bool,
    version: i64,
}

impl CustomerModel {
    pub(super) fn is_live(&self) -> bool {
        self.merged_into.is_none() && !self.is_erased
    }
}

/// The most licenses and customers of a history.
const MAX: usize = 6;

/// Takes a step in the ledger, and in the model if the ledger took it.
pub(super) async fn take(shop: &Shop, world: &mut World, step: &CustomerStep, by: &By) {
    let customers = world.customers.len();
    let of = |number: &u8| usize::from(*number) % customers;
    match step {
        CustomerStep::Find(address) if customers < MAX => find(shop, world, *address, by).await,
        CustomerStep::Find(_) => {}
        CustomerStep::Rename(customer, name) => rename(shop, world, of(customer), *name, by).await,
        CustomerStep::Merge(from, into) => merge(shop, world, of(from), of(into), by).await,
        CustomerStep::Erase(customer) => erase(shop, world, of(customer), by).await,
        CustomerStep::Sell(customer) if world.licenses.len() < MAX => {
            sell(shop, world, of(customer), annual(), by).await;
        }
        CustomerStep::Trial(customer) if world.licenses.len() < MAX => {
            sell(shop, world, of(customer), Order::of_offer("pro-trial", serial()), by).await;
        }
        CustomerStep::Generate(at_once) if world.licenses.len() < MAX => {
            let generator = &world.generators[usize::from(!*at_once)];
            let made = shop.ledger.generate(shop.vendor.issuing(), generator.id, 2, by).await.unwrap();
            for id in made {
                let license = shop.ledger.license(id).await.unwrap();
                world.licenses.push(LicenseModel::new(&license, None));
            }
        }
        CustomerStep::Sell(_) | CustomerStep::Trial(_) | CustomerStep::Generate(_) => {}
    }
}

async fn find(shop: &Shop, world: &mut World, address: u8, by: &By) {
    let email = format!("it-{address}@customer-{}.example", world.history);
    let details = CustomerDetails::of_email(email.parse().unwrap());
    let known = world.addresses.get(&address).map(|customer| world.customers[world.left(*customer)].id);
    match shop.ledger.find_or_create_customer(&details, by).await.unwrap() {
        FoundCustomer::Known(customer) => assert_eq!(Some(customer.id), known),
        FoundCustomer::New(customer) => {
            assert_eq!(known, None);
            world.addresses.insert(address, world.customers.len());
            let (id, merged_into, name, is_erased, version) = (customer.id, None, None, false, 1);
            world.customers.push(CustomerModel { id, merged_into, name, is_erased, version });
        }
    }
}

async fn rename(shop: &Shop, world: &mut World, customer: usize, name: u8, by: &By) {
    let model = &mut world.customers[customer];
    let name = format!("Acme {name}");
    let details = shop.ledger.customer(model.id).await.unwrap().details().unwrap();
    let details = CustomerDetails { name: Some(name.parse().unwrap()), ..details };
    match shop.ledger.edit_customer(model.id, &details, None, Expected::Any, by).await {
        Ok(_) => {
            assert!(model.is_live());
            // The same name again is no change.
            if model.name.as_ref() != Some(&name) {
                (model.name, model.version) = (Some(name), model.version + 1);
            }
        }
        Err(LedgerError::CustomerMerged { .. }) => assert!(model.merged_into.is_some()),
        Err(LedgerError::CustomerErased { .. }) => assert!(model.is_erased),
        Err(error) => panic!("{error:?}"),
    }
}

async fn merge(shop: &Shop, world: &mut World, from: usize, into: usize, by: &By) {
    let are_live = world.customers[from].is_live() && world.customers[into].is_live();
    let merge = Merge { from: world.customers[from].id, into: world.customers[into].id };
    match shop.ledger.merge_customers(merge, None, by).await {
        Ok(left) => {
            assert!(are_live && from != into && left.id == merge.into);
            let name = world.customers[from].name.clone();
            world.customers[from].merged_into = Some(into);
            world.customers[from].version += 1;
            let into_model = &mut world.customers[into];
            into_model.name = into_model.name.take().or(name);
            into_model.version += 1;
            for license in world.licenses.iter_mut().filter(|license| license.customer == Some(from)) {
                if !license.is_deleted {
                    license.version += 1;
                }
                license.customer = Some(into);
            }
        }
        Err(LedgerError::SameCustomer) => assert_eq!(from, into),
        Err(LedgerError::CustomerMerged { .. } | LedgerError::CustomerErased { .. }) => assert!(!are_live),
        Err(error) => panic!("{error:?}"),
    }
}

async fn erase(shop: &Shop, world: &mut World, customer: usize, by: &By) {
    let id = world.customers[customer].id;
    match shop.ledger.erase_customer(id, None, by).await {
        Ok(erased) => {
            assert!(world.customers[customer].is_live());
            let all: Vec<usize> = (0..world.customers.len()).filter(|one| world.left(*one) == customer).collect();
            let mut ids: Vec<CustomerId> = all.iter().map(|one| world.customers[*one].id).collect();
            let mut found = erased.customers;
            ids.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, ids, "with all who were merged into them");
            world.addresses.retain(|_, owner| !all.contains(owner));
            for one in all {
                let model = &mut world.customers[one];
                (model.is_erased, model.name, model.version) = (true, None, model.version + 1);
            }
            let mut licenses = Vec::new();
            for license in world.licenses.iter_mut().filter(|license| license.customer == Some(customer)) {
                if !license.is_deleted {
                    license.version += 1;
                    licenses.push(license.id);
                }
            }
            licenses.sort_unstable();
            assert_eq!(erased.licenses, licenses);
        }
        Err(LedgerError::CustomerMerged { .. }) => assert!(world.customers[customer].merged_into.is_some()),
        Err(LedgerError::CustomerErased { .. }) => assert!(world.customers[customer].is_erased),
        Err(error) => panic!("{error:?}"),
    }
}

async fn sell(shop: &Shop, world: &mut World, customer: usize, order: Order, by: &By) {
    let is_trial = order.subject == Order::of_offer("pro-trial", order.serial).subject;
    let new = NewLicense::new(order).for_customer(world.customers[customer].id);
    let sold = shop.ledger.create(shop.vendor.issuing(), &new, by).await;
    // The newest trial of the customer, with all who were merged into them.
    let trials = world.licenses.iter().filter(|license| license.customer == Some(customer) && !license.is_deleted);
    let newest = trials.filter_map(|license| license.trial_of).max();
    match sold {
        Ok(sold) => {
            assert!(world.customers[customer].is_live());
            let mut model = LicenseModel::new(&sold.into_license(), Some(customer));
            if is_trial {
                assert!(newest.is_none_or(|newest| number(by) > newest + 364), "a second trial within a year");
                model.trial_of = Some(number(by));
            }
            world.licenses.push(model);
        }
        Err(LedgerError::CustomerMerged { .. } | LedgerError::CustomerErased { .. }) => {
            assert!(!world.customers[customer].is_live());
        }
        Err(LedgerError::Refused(_)) => {
            let is_second = newest.is_some_and(|newest| number(by) < newest + 367);
            assert!(is_trial && (is_second || !world.customers[customer].is_live()));
        }
        Err(error) => panic!("{error:?}"),
    }
}

/// The ledger is as the model is.
pub(super) async fn compare(shop: &Shop, world: &World, place: &str) {
    for model in &world.customers {
        let found = shop.ledger.customer(model.id).await.unwrap();
        assert_eq!(found.merged_into, model.merged_into.map(|into| world.customers[into].id), "{place}");
        assert_eq!((found.erased_at.is_some(), found.version), (model.is_erased, model.version), "{place}");
        assert_eq!(found.name, model.name, "{place}");
        assert_eq!(found.email.is_some(), !model.is_erased, "{place}");
    }
}
