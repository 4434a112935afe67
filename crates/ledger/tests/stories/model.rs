//! Random histories of a vendor's licenses and customers, against a simple model in memory.
//!
//! The model knows states, slots, keys, and whose a license is, and nothing of storage. After each step, the ledger has to be as the
//! model is, or to have refused the step for a reason that the model has too. 200 histories on each engine, 1,000 with `KEYWARD_LONG`,
//! and as many as `KEYWARD_HISTORIES` says.

mod customers;
mod licenses;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use keyward_issuer::Day;
use keyward_ledger::{By, Generator, Signing};
use keyward_testing::extent;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::common::{Shop, TODAY, at, on_postgres, on_sqlite};
use customers::{CustomerModel, CustomerStep};
use licenses::{LicenseModel, LicenseStep};

/// A step of a history.
#[derive(Debug, Clone)]
enum Step {
    Wait(u16),
    /// Of the license with that number; of those that there are.
    License(u8, LicenseStep),
    Customer(CustomerStep),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..200_u16).prop_map(Step::Wait),
        30 => (any::<u8>(), licenses::step()).prop_map(|(number, step)| Step::License(number, step)),
        12 => customers::step().prop_map(Step::Customer),
    ];
    prop::collection::vec(step, 1..35)
}

/// What the model knows.
struct World {
    history: usize,
    licenses: Vec<LicenseModel>,
    customers: Vec<CustomerModel>,
    /// The address with that number leads to the customer with that number.
    addresses: BTreeMap<u8, usize>,
    generators: [Generator; 2],
}

impl World {
    /// The customer who is left of that one after all merges.
    fn left(&self, mut customer: usize) -> usize {
        while let Some(into) = self.customers[customer].merged_into {
            customer = into;
        }
        customer
    }
}

fn number(by: &By) -> i64 {
    // A day ends at UTC−12.
    let date = (by.at - TimeDelta::hours(12)).date_naive();
    date.signed_duration_since(Day::FIRST.date()).num_days()
}

#[test]
fn a_ledger_is_as_a_simple_model_of_it_says_on_sqlite() {
    on_sqlite(histories);
}

#[test]
fn a_ledger_is_as_a_simple_model_of_it_says_on_postgresql() {
    on_postgres("a_ledger_is_as_a_simple_model_of_it_says_on_postgresql", histories);
}

async fn histories(shop: Shop) {
    let number = std::env::var("KEYWARD_HISTORIES");
    let number = number.map_or_else(|_| extent(200, 1_000), |number| number.parse().unwrap());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[14; 32]));
    let json = r#"{"offer":"pro-annual","seats":25}"#;
    let generator = async |signing| {
        shop.ledger.create_generator(shop.vendor.issuing(), "Pool", json, signing, &at(TODAY)).await.unwrap()
    };
    let generators = [generator(Signing::AtOnce).await, generator(Signing::OnAssignment).await];
    for history in 0..number {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        one(&shop, history, generators.clone(), &steps).await;
    }
}

async fn one(shop: &Shop, history: usize, generators: [Generator; 2], steps: &[Step]) {
    let mut by = at(TODAY);
    let mut world =
        World { history, licenses: Vec::new(), customers: Vec::new(), addresses: BTreeMap::new(), generators };
    for address in 0..2 {
        customers::take(shop, &mut world, &CustomerStep::Find(address), &by).await;
    }
    customers::take(shop, &mut world, &CustomerStep::Sell(0), &by).await;
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Wait(days) => by.at += TimeDelta::days((*days).into()),
            Step::License(license, step) => {
                let license = usize::from(*license) % world.licenses.len();
                licenses::take(shop, &mut world, license, step, &by).await;
            }
            Step::Customer(step) => customers::take(shop, &mut world, step, &by).await,
        }
        let place = format!("history {history}, step {number}, of {steps:?}");
        for license in &world.licenses {
            licenses::compare(shop, &world, license, &by, &place).await;
        }
        customers::compare(shop, &world, &place).await;
    }
}
