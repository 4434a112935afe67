//! Customers are found by e-mail, or made, and edited.

use keyward_ledger::recipient::Trade;
use keyward_ledger::{CustomerDetails, CustomerError, Expected, FoundCustomer, LedgerError, Name};

use super::common::{Shop, TODAY, at, on_both};
use super::{address, agrees, codes, contact, customer, details, found, trial};

#[test]
fn fifty_calls_at_once_make_one_customer() {
    on_both("fifty customers", async |shop: Shop| {
        let calls: Vec<_> = (0..50)
            .map(|number| {
                let ledger = shop.ledger.clone();
                // Each in its own case.
                let email = if number % 2 == 0 { "it@acme.example" } else { "IT@Acme.Example" };
                tokio::spawn(async move {
                    ledger.find_or_create_customer(&details(email, "Acme Ltd"), &at(TODAY)).await.unwrap()
                })
            })
            .collect();
        let (mut new, mut ids) = (0, Vec::new());
        for call in calls {
            let found = call.await.unwrap();
            new += usize::from(matches!(found, FoundCustomer::New(_)));
            ids.push(found.into_customer().id);
        }
        ids.dedup();
        assert_eq!((new, ids.len()), (1, 1));
        agrees(&shop).await;
    });
}

#[test]
fn an_address_leads_to_one_customer_however_it_is_written() {
    on_both("one address", async |shop: Shop| {
        let known = customer(&shop, "it@müller.example").await;
        for other in ["IT@MÜLLER.example", "it@mu\u{308}ller.example", "it@xn--mller-kva.example"] {
            assert_eq!(found(&shop, other).await, FoundCustomer::Known(known.clone()), "{other}");
        }
        for other in ["it@muller.example", "it2@müller.example", "it+1@müller.example"] {
            assert!(matches!(found(&shop, other).await, FoundCustomer::New(_)), "{other}");
        }
        agrees(&shop).await;
    });
}

#[test]
fn h29_no_second_trial_by_another_spelling_of_the_address_or_another_name() {
    on_both("h29", async |shop: Shop| {
        let id = customer(&shop, "it@acme.example").await.id;
        trial(&shop, id).await.unwrap();

        let again = customer(&shop, "It@ACME.example").await.id;
        assert_eq!(codes(trial(&shop, again).await), ["second-trial"]);

        let renamed = details("it@acme.example", "Another Ltd");
        shop.ledger.edit_customer(id, &renamed, None, Expected::Any, &at(TODAY)).await.unwrap();
        assert_eq!(codes(trial(&shop, id).await), ["second-trial"]);
        agrees(&shop).await;
    });
}

#[test]
fn what_people_say_of_a_customer_comes_back() {
    on_both("details", async |shop: Shop| {
        let mut said = details("it@acme.example", "Ärzte  Ltd");
        said.company = Some("Acme Ltd".parse().unwrap());
        said.domain = Some("acme.example".parse().unwrap());
        said.contacts = vec![contact("grace@acme.example", Trade::EndUser), contact("b@shop.example", Trade::Reseller)];
        said.notes = Some("first line\nsecond line".to_owned());
        let made = shop.ledger.find_or_create_customer(&said, &at(TODAY)).await.unwrap().into_customer();
        let stored = shop.ledger.customer(made.id).await.unwrap();
        assert_eq!(stored, made);
        assert_eq!(stored.details().unwrap(), said);
        assert_eq!(stored.sort_name.as_deref(), Some("arzte ltd"));

        let recipient = stored.recipient().unwrap();
        assert_eq!(recipient.email, said.email);
        assert_eq!(recipient.contacts[1].trade, Trade::Reseller);
        let debug = format!("{said:?} {stored:?}");
        assert!(!debug.contains("acme") && !debug.contains("Acme") && !debug.contains("line"), "{debug}");
        agrees(&shop).await;
    });
}

#[test]
fn an_edit_names_the_version_that_it_was_made_to() {
    on_both("edit", async |shop: Shop| {
        let before = customer(&shop, "it@acme.example").await;
        let by = at(TODAY);
        let edit = |details: CustomerDetails, expected| {
            let (ledger, by) = (shop.ledger.clone(), by.clone());
            async move { ledger.edit_customer(before.id, &details, Some("asked by mail"), expected, &by).await }
        };
        let edited = edit(details("admin@acme.example", "Acme"), Expected::Version(1)).await.unwrap();
        assert_eq!((edited.version, edited.email.as_deref()), (2, Some("admin@acme.example")));
        let second = edit(details("it@acme.example", "Acme"), Expected::Version(1)).await;
        assert!(matches!(second, Err(LedgerError::ChangedMeanwhile { expected: 1, current: 2 })), "{second:?}");
        let same = edit(details("admin@acme.example", "Acme"), Expected::Version(2)).await.unwrap();
        assert_eq!(same.version, 2, "an edit that changes nothing is none");

        let other = customer(&shop, "ada@other.example").await;
        let taken = edit(details("ADA@other.example", "Acme"), Expected::Any).await;
        assert!(matches!(taken, Err(LedgerError::EmailTaken { customer }) if customer == other.id), "{taken:?}");
        agrees(&shop).await;
    });
}

#[test]
fn details_that_no_customer_may_have_are_refused() {
    on_both("refused details", async |shop: Shop| {
        let known = details("it@acme.example", "Acme");
        let with = |change: &dyn Fn(&mut CustomerDetails)| {
            let mut details = known.clone();
            change(&mut details);
            details
        };
        let many =
            |number: usize| (0..number).map(|n| contact(&format!("a{n}@acme.example"), Trade::EndUser)).collect();
        let cases = [
            (with(&|details| (details.name, details.email) = (None, None)), CustomerError::Unnamed),
            (with(&|details| details.contacts = many(101)), CustomerError::TooManyContacts { contacts: 101 }),
            (
                with(&|details| {
                    details.contacts =
                        vec![contact("a@acme.example", Trade::EndUser), contact("A@acme.example", Trade::Reseller)];
                }),
                CustomerError::SameContact { number: 2 },
            ),
            (with(&|details| details.notes = Some("x".repeat(10_241))), CustomerError::NotesTooLong { bytes: 10_241 }),
        ];
        for (details, expected) in cases {
            match shop.ledger.find_or_create_customer(&details, &at(TODAY)).await {
                Err(LedgerError::CustomerDetails(error)) => assert_eq!(error, expected),
                other => panic!("{expected:?}: {other:?}"),
            }
        }
        assert_eq!(shop.ledger.customer_by_email(&address("it@acme.example")).await.unwrap(), None);
        let largest = with(&|details| (details.contacts, details.notes) = (many(100), Some("x".repeat(10_240))));
        shop.ledger.find_or_create_customer(&largest, &at(TODAY)).await.unwrap();
        agrees(&shop).await;
    });
}

#[test]
fn a_name_is_one_line_that_can_be_seen() {
    for name in ["", " ", " Acme", "Acme ", "Ac\u{200b}me", "Acme\nLtd", "Acme\u{202e}", &"x".repeat(201)] {
        assert!(name.parse::<Name>().is_err(), "{name:?}");
    }
    for name in ["Acme", "O'Neill & Søn", &"x".repeat(200)] {
        assert!(name.parse::<Name>().is_ok(), "{name:?}");
    }
}
