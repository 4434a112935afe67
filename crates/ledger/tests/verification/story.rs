//! A small ledger with rows of every kind.

use keyward_issuer::order::{Order, OrderRef, SerialSource};
use keyward_ledger::audit::Checkpoint;
use keyward_ledger::state::SuspendCause;
use keyward_ledger::{Ask, Edit, Expected, License, Machine, NewLicense, Ordered, Releaser, Scope, Signing};
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, annual, at, long_trial, on_both_altered, serial as new_serial};
use crate::log::{agrees, checkpoint};
use crate::planted;
use crate::raw::Raw;

/// Tells the story. It ends with entries that have no position yet.
pub async fn tell(shop: &Shop) -> Checkpoint {
    let (by, any) = (at(TODAY), Expected::Any);
    let raw = Raw::connect(&shop.url).await;
    let customer = planted::customer(&raw, "Acme \"Ltd\"\u{1F511}\\\n", "Notes about Acme").await;
    let erased = planted::customer(&raw, "Erasmus", "Notes about Erasmus").await;

    let mut order = annual();
    order.reference = Some(OrderRef::new("PO-1", &order, SerialSource::Drawn));
    let mut new = NewLicense::new(order).for_customer(customer);
    new.notes = Some("for the \"whole\" site".to_owned());
    new.metadata = Some("{\"crm\":17}".parse().unwrap());
    let first = shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
    shop.ledger.deliver(first.id, &shop.vendor.catalog, &by).await.unwrap();
    let serial = shop.ledger.keys(first.id).await.unwrap()[0].serial;
    for (machine, name) in [("desk 1", None), ("desk 2", Some("Grace's desk")), ("desk 3", None)] {
        let machine: Machine = machine.parse().unwrap();
        let activated = shop.ledger.activate(serial, &machine, name, &shop.vendor.catalog, &by).await.unwrap();
        if machine == "desk 3".parse().unwrap() {
            let releaser = Releaser::Customer { per_30d: None };
            shop.ledger.release(activated.activation().id, releaser, None, &by).await.unwrap();
        }
    }
    shop.ledger.suspend(first.id, SuspendCause::Payment, Some("bill 17 is open"), any, &by).await.unwrap();
    shop.ledger.resume(first.id, None, any, &by).await.unwrap();

    let json = r#"{"offer":"pro-annual","seats":3}"#;
    let generator =
        shop.ledger.create_generator(shop.vendor.issuing(), "Pool", json, Signing::AtOnce, &by).await.unwrap();
    let pool = shop.ledger.generate(shop.vendor.issuing(), generator.id, 2, &by).await.unwrap();
    let checkpoint = checkpoint(shop).await;

    let gone: License = shop.license().await;
    shop.ledger.delete(gone.id, Some("typed twice"), any, &by).await.unwrap();
    shop.ledger.revoke(pool[0], Reason::Leaked, Some("posted on a forum"), any, &by).await.unwrap();
    for _ in 0..2 {
        shop.ledger.sign_list(&shop.vendor.issuer, &by).await.unwrap();
    }
    let edit = Edit { notes: Some(Some("only one left".to_owned())), ..Edit::default() };
    shop.ledger.edit(pool[1], &edit, Some("counted"), any, &by).await.unwrap();
    let scopes = [Scope::LicensesRead, Scope::LicensesIssue].into_iter().collect();
    let end = by.at.checked_add_days(chrono::Days::new(90));
    let (token, _) = shop.ledger.create_token(&"ci".parse().unwrap(), scopes, end, &by).await.unwrap();
    shop.ledger.end_token(token.id, &by).await.unwrap();
    shop.ledger.import_catalog("[vendor]\nname = \"Acme\"\n", 0, &by).await.unwrap();
    let mut trial = long_trial();
    trial.end = Some(keyward_issuer::End::Through("2026-12-31".parse().unwrap()));
    shop.asked(&NewLicense::new(trial).for_customer(customer), "a \"large\" pilot", TODAY).await;
    let (mut later, expected) = (Order::reissue_of(serial, new_serial()), Expected::Any);
    later.end = Some(keyward_issuer::End::Perpetual);
    (later.reason, later.ticket) = (Some("promised".to_owned()), Some("DESK-1".to_owned()));
    let ask = Ask { reason: "promised".parse().unwrap(), maker: "Grace".to_owned() };
    let asked = shop.ledger.reissue_or_ask(shop.vendor.issuing(), first.id, &later, expected, &ask, &by).await.unwrap();
    let Ordered::Waiting(asked) = asked else { panic!("{asked:?}") };
    shop.ledger.withdraw_approval(asked.id, "Grace", Some(&"not yet".parse().unwrap()), &by).await.unwrap();
    planted::erase(&raw, erased).await;
    shop.ledger.sequence().await.unwrap();

    shop.ledger.suspend(first.id, SuspendCause::Abuse, Some("seen twice"), any, &by).await.unwrap();
    shop.license().await;
    checkpoint
}

#[test]
fn a_ledger_agrees_with_its_log_also_with_entries_that_have_no_position_yet() {
    on_both_altered("agrees", async |shop: Shop| {
        let checkpoint = tell(&shop).await;
        let report = agrees(&shop, std::slice::from_ref(&checkpoint)).await;
        assert_eq!((report.pending, report.erased), (2, 1), "{report:?}");
        assert_eq!(report.confirmed, checkpoint.head.size);
        assert!(report.head.size > report.confirmed);
        shop.ledger.sequence().await.unwrap();
        let later = agrees(&shop, &[checkpoint]).await;
        assert_eq!((later.pending, later.head.size), (0, report.head.size + 2));
    });
}
