//! A license is sent, and the audit log keeps to whom and why.

use keyward_ledger::{CustomerDetails, CustomerId, LedgerError, LicenseId};
use serde_json::Value;

use super::common::{Shop, TODAY, at, on_both, rows};
use super::*;

/// Acme with its contacts, as they are on record, and a license of theirs.
async fn acmes_license(shop: &Shop) -> (CustomerId, LicenseId) {
    let acme = acme();
    let contact = |contact: &Contact| keyward_ledger::Contact {
        name: None,
        email: contact.address.clone(),
        role: keyward_ledger::ContactRole::Renewal,
        trade: contact.trade,
    };
    let mut details = CustomerDetails::of_email(acme.email.clone().unwrap());
    details.domain = acme.domain.clone();
    details.contacts = acme.contacts.iter().map(contact).collect();
    let customer = shop.ledger.find_or_create_customer(&details, &at(TODAY)).await.unwrap().into_customer().id;
    (customer, shop.sold("it@acme.example").await.id)
}

async fn send(shop: &Shop, license: LicenseId, request: &Request<'_>) -> Result<String, LedgerError> {
    let sent = shop.ledger.send(license, request, &own_domains(), &shop.vendor.catalog, &at(TODAY)).await?;
    assert_eq!(sent.delivered.keys.len(), 1);
    Ok(sent.recipient.address().as_str().to_owned())
}

/// The entries about deliveries, with what stands beside them, the oldest first.
async fn deliveries(shop: &Shop) -> Vec<(Value, Option<Value>)> {
    let of = "from audit_log where action like 'deliver%' or action = 'license.delivered' order by number";
    let entries = rows(&shop.url, &format!("select entry {of}")).await;
    let personal = rows(&shop.url, &format!("select coalesce(personal, 'null') {of}")).await;
    let read = |text: &String| serde_json::from_str::<Value>(text).unwrap();
    let facts = |personal: &String| {
        let reason = read(personal)["reason"].as_str().map(str::to_owned)?;
        Some(read(&reason))
    };
    entries.iter().map(read).zip(personal.iter().map(facts)).collect()
}

#[test]
fn h21_the_audit_log_keeps_basis_proof_and_recipient_of_what_was_sent() {
    on_both("h21", async |shop: Shop| {
        let (_, license) = acmes_license(&shop).await;
        let (grace, ada) = (address("grace@acme.example"), address("ada@new.example"));
        let forwarded = Request::Forward { to: "ada@new.example", basis: proof(Requester::AnyoneElse, &ada) };
        assert_eq!(send(&shop, license, &forwarded).await.unwrap(), "ada@new.example");
        let resent = Request::Resend { basis: Basis::Contact { asked_by: &grace } };
        assert_eq!(send(&shop, license, &resent).await.unwrap(), "it@acme.example");
        let internal = Request::Forward { to: "boss@new.example", basis: internal() };
        assert_eq!(send(&shop, license, &internal).await.unwrap(), "boss@new.example");

        let kept = deliveries(&shop).await;
        let expected = [
            (
                "forward proof",
                r#"{"day":"2026-11-28","recipient":"ada@new.example","reference":"DESK-17","requester":"anyone-else","sender":"ada@new.example"}"#,
            ),
            ("resend contact", r#"{"asked_by":"grace@acme.example","recipient":"it@acme.example"}"#),
            ("forward internal", r#"{"recipient":"boss@new.example","reference":"INT-4"}"#),
        ];
        assert_eq!(kept.len(), expected.len());
        for ((entry, facts), (detail, expected)) in kept.iter().zip(expected) {
            assert_eq!(
                (&entry["action"], &entry["subject"]),
                (&"license.delivered".into(), &license.to_string().into())
            );
            assert_eq!((&entry["detail"], &entry["actor"]), (&detail.into(), &"Grace".into()));
            assert!(entry["reason"]["commitment"].is_string() && !entry.to_string().contains('@'), "{entry}");
            assert_eq!(facts.as_ref().unwrap().to_string(), expected);
        }
    });
}

#[test]
fn h19_h13_h14_what_is_refused_leaves_no_key_and_an_entry_with_the_code() {
    on_both("h19", async |shop: Shop| {
        let (_, license) = acmes_license(&shop).await;
        let bob = address("bob@reseller.example");
        let stranger = Basis::Proof { requester: Requester::AnyoneElse, proof: Proof::default() };
        let refused = [
            (Request::Forward { to: "ada@new.example", basis: stranger }, "proof-missing"),
            (Request::Forward { to: "c@vendor.example", basis: internal() }, "vendor-domain"),
            (Request::Forward { to: "bob@reseller.example", basis: Basis::Contact { asked_by: &bob } }, "reseller"),
            (Request::Forward { to: "a@new.example, b@new.example", basis: internal() }, "not-one-address"),
            (Request::Deliver { to: Some("ada@new.example") }, "not-a-contact"),
        ];
        for (request, code) in &refused {
            let error = send(&shop, license, request).await.unwrap_err();
            let LedgerError::Recipient(refusal) = &error else { panic!("{error:?}") };
            assert_eq!(refusal.code(), *code);
            assert!(!error.to_string().contains('@'), "{error}");
        }
        let kept = deliveries(&shop).await;
        let codes: Vec<_> = kept.iter().map(|(entry, _)| entry["detail"].as_str().unwrap()).collect();
        assert_eq!(codes, refused.map(|(_, code)| code));
        assert!(kept.iter().all(|(entry, facts)| entry["action"] == "delivery.refused" && facts.is_none()), "{kept:?}");
        assert_eq!(shop.ledger.keys(license).await.unwrap()[0].delivered_at, None);
    });
}

#[test]
fn an_erasure_removes_the_recipients_of_what_was_sent() {
    on_both("erased recipients", async |shop: Shop| {
        let (customer, license) = acmes_license(&shop).await;
        let forwarded = Request::Forward { to: "ada@new.example", basis: internal() };
        send(&shop, license, &forwarded).await.unwrap();
        shop.ledger.erase_customer(customer, None, &at(TODAY)).await.unwrap();
        let kept = deliveries(&shop).await;
        assert_eq!((kept.len(), &kept[0].0["detail"], &kept[0].1), (1, &"forward internal".into(), &None));
        for column in ["entry", "coalesce(personal, '')"] {
            let all = rows(&shop.url, &format!("select {column} from audit_log")).await;
            assert!(all.iter().all(|text| !text.contains("new.example")), "{column}");
        }
        // The license has no customer whom anyone could ask for.
        let again = send(&shop, license, &forwarded).await;
        assert!(matches!(again, Err(LedgerError::CustomerErased { .. })), "{again:?}");
    });
}

#[test]
fn a_license_of_the_pool_is_sent_to_nobody() {
    on_both("pool sent", async |shop: Shop| {
        let license = shop.license().await;
        let refused = send(&shop, license.id, &Request::Forward { to: "ada@new.example", basis: internal() }).await;
        assert!(matches!(refused, Err(LedgerError::Transition(_))), "{refused:?}");
    });
}
