//! Many at once, on both engines.

use std::sync::Arc;

use keyward_issuer::Environment;
use keyward_issuer::order::Order;
use keyward_ledger::{Activated, Edit, Expected, Ledger, LedgerError, Machine, NewLicense};
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, at, on_both, serial};

/// Runs them all at once, and gives their results.
pub async fn at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await.unwrap());
    }
    results
}

/// Two servers on the PostgreSQL of a shop. A file of SQLite belongs to one.
pub async fn servers(shop: &Shop) -> [Ledger; 2] {
    let first = shop.ledger.clone();
    let second = match shop.url.starts_with("sqlite:") {
        true => first.clone(),
        false => Ledger::open(&shop.url, Environment::Production, &at(TODAY)).await.unwrap(),
    };
    [first, second]
}

#[test]
fn parallel_activations_take_exactly_the_slots() {
    on_both("slots", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let edit = Edit { activation_limit: Some("7".parse().unwrap()), ..Edit::default() };
        shop.ledger.edit(license.id, &edit, None, Expected::Any, &at(TODAY)).await.unwrap();
        let key = shop.ledger.keys(license.id).await.unwrap()[0].serial;
        let servers = servers(&shop).await;
        let shop = Arc::new(shop);
        let results = at_once((0..200).map(|number| {
            let (shop, ledger) = (Arc::clone(&shop), servers[number % 2].clone());
            async move {
                // Each of 100 machines asks twice, perhaps on two servers.
                let machine: Machine = format!("machine-{}", number / 2).parse().unwrap();
                ledger.activate(key, &machine, None, &shop.vendor.catalog, &at(TODAY)).await
            }
        }))
        .await;
        let new = results.iter().filter(|result| matches!(result, Ok(Activated::New(..)))).count();
        assert_eq!(new, 7);
        for result in &results {
            assert!(matches!(result, Ok(_) | Err(LedgerError::LimitReached { in_use: 7, .. })), "{result:?}");
        }
        assert_eq!(shop.ledger.license(license.id).await.unwrap().activations, 7);
    });
}

#[test]
fn two_orders_for_a_first_trial_make_one() {
    on_both("first trial", async |shop: Shop| {
        let customer = shop.customer("it@acme.example").await;
        let servers = servers(&shop).await;
        let shop = Arc::new(shop);
        let results = at_once((0..20).map(|number| {
            let (shop, ledger) = (Arc::clone(&shop), servers[number % 2].clone());
            async move {
                let new = NewLicense::new(Order::of_offer("pro-trial", serial())).for_customer(customer);
                ledger.create(shop.vendor.issuing(), &new, &at(TODAY)).await
            }
        }))
        .await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(LedgerError::Refused(_)))), "{results:?}");
    });
}

#[test]
fn clerks_who_change_one_license_at_once_leave_one_explanation() {
    on_both("clerks", async |shop: Shop| {
        let license = shop.sold("it@acme.example").await;
        let servers = servers(&shop).await;
        let shop = Arc::new(shop);
        let results = at_once((0..50).map(|number| {
            let (shop, ledger) = (Arc::clone(&shop), servers[number % 2].clone());
            async move {
                let (by, id) = (at(TODAY), license.id);
                let mut order = Order::reissue_of(serial(), serial());
                order.seats = Some((number + 1).to_string().parse().unwrap());
                (order.reason, order.ticket) = (Some("grew".to_owned()), Some("DESK-1".to_owned()));
                let edit = Edit { notes: Some(Some(number.to_string())), ..Edit::default() };
                match number % 5 {
                    0 => ledger.reissue(shop.vendor.issuing(), id, &order, Expected::Any, &by).await.map(drop),
                    1 => ledger.renew(shop.vendor.issuing(), id, &order, Expected::Any, &by).await.map(drop),
                    2 => ledger.edit(id, &edit, None, Expected::Any, &by).await.map(drop),
                    3 => ledger.inactivate(id, None, Expected::Any, &by).await.map(drop),
                    _ if number == 49 => ledger.revoke(id, Reason::Refunded, None, Expected::Any, &by).await.map(drop),
                    _ => ledger.reactivate(id, None, Expected::Any, &by).await.map(drop),
                }
            }
        }))
        .await;
        for result in &results {
            let explained = matches!(result, Ok(()) | Err(LedgerError::Transition(_) | LedgerError::Refused(_)));
            assert!(explained, "{result:?}");
        }
        let now = shop.ledger.license(license.id).await.unwrap();
        let changes = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(now.version, license.version + i64::try_from(changes).unwrap(), "each change counts once");
    });
}
