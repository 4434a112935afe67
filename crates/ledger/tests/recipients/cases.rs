//! The table of cases.

use super::*;

#[test]
fn h7_a_new_license_goes_to_nobody_but_its_customer_and_their_contacts() {
    let to = |to| Request::Deliver { to };
    assert_eq!(decided(&to(None), &acme()), Ok("it@acme.example".to_owned()));
    assert_eq!(decided(&to(Some("it@acme.example")), &acme()), Ok("it@acme.example".to_owned()));
    for stranger in ["new@acme.example", "it@other.example", "it+x@acme.example"] {
        assert_eq!(decided(&to(Some(stranger)), &acme()), Err("not-a-contact"), "{stranger}");
    }
}

#[test]
fn h12_the_mail_goes_to_the_customer_or_one_of_its_contacts() {
    for contact in ["grace@acme.example", "Grace@ACME.example", "ada@consultant.example"] {
        let recipient = permit(&Request::Deliver { to: Some(contact) }, &acme(), &own_domains()).unwrap();
        assert_eq!(*recipient.address(), address(contact));
    }
    // A customer without an address gets nothing by guessing.
    let nameless = Customer { email: None, ..acme() };
    assert_eq!(decided(&Request::Deliver { to: None }, &nameless), Err("no-address"));
    assert_eq!(decided(&Request::Resend { basis: internal() }, &nameless), Err("no-address"));
}

#[test]
fn h13_nobody_at_the_vendor_receives_a_license_whoever_asks() {
    let grace = address("grace@acme.example");
    let colleague = address("c@vendor.example");
    // Even an employee who is on record as the customer, as a contact, or as both.
    let staff = Customer {
        email: Some(colleague.clone()),
        domain: Some("vendor.example".parse().unwrap()),
        contacts: vec![Contact { address: colleague.clone(), trade: Trade::EndUser }],
        trade: Trade::EndUser,
    };
    for to in [
        "c@vendor.example",
        "C@Vendor.Example",
        "c@mail.vendor.example",
        "c@a.b.vendor.example",
        "c+acme@vendor.example",
        "c@vendor-mail.example",
        // Full width letters and the ideographic full stop are this domain in DNS.
        "c@ｖｅｎｄｏｒ。ｅｘａｍｐｌｅ",
    ] {
        for request in [
            Request::Forward { to, basis: internal() },
            Request::Forward { to, basis: Basis::Contact { asked_by: &grace } },
            Request::Forward { to, basis: proof(Requester::AnyoneElse, &grace) },
            Request::Deliver { to: Some(to) },
            Request::Colleague { to, user: &grace },
        ] {
            assert_eq!(decided(&request, &acme()), Err("vendor-domain"), "{to}: {request:?}");
        }
        for request in [
            Request::Resend { basis: internal() },
            Request::Deliver { to: None },
            Request::Colleague { to: "d@vendor.example", user: &colleague },
        ] {
            assert_eq!(decided(&request, &staff), Err("vendor-domain"), "{request:?}");
        }
    }
    // These only look alike.
    for to in ["c@evil-vendor.example", "c@vendor.example.org", "c@xvendor.example", "c@vendоr.example"] {
        assert!(decided(&Request::Forward { to, basis: internal() }, &acme()).is_ok(), "{to}");
    }
}

#[test]
fn h14_no_reseller_receives_a_license_also_not_on_their_own_request() {
    let (bob, grace) = (address("bob@reseller.example"), address("grace@acme.example"));
    for to in [
        "bob@reseller.example",
        "BOB@reseller.example",
        "bob+acme@reseller.example",
        "boss@reseller.example",
        "boss@sales.reseller.example",
    ] {
        for request in [
            Request::Forward { to, basis: internal() },
            Request::Forward { to, basis: Basis::Contact { asked_by: &bob } },
            Request::Forward { to, basis: Basis::Contact { asked_by: &grace } },
            Request::Forward { to, basis: proof(Requester::Reseller, &bob) },
            Request::Forward { to, basis: proof(Requester::AnyoneElse, &bob) },
            Request::Deliver { to: Some(to) },
            Request::Colleague { to, user: &bob },
        ] {
            assert_eq!(decided(&request, &acme()), Err("reseller"), "{to}: {request:?}");
        }
    }
    // The customer is a reseller: neither they nor any of their contacts nor their colleagues receive one.
    assert_eq!(decided(&Request::Resend { basis: internal() }, &reseller()), Err("reseller"));
    assert_eq!(decided(&Request::Deliver { to: None }, &reseller()), Err("reseller"));
    for to in ["orders@partner.example", "orders+x@partner.example", "rita@elsewhere.example", "x@partner.example"] {
        assert_eq!(decided(&Request::Forward { to, basis: internal() }, &reseller()), Err("reseller"), "{to}");
    }
    let unknown_domain = Customer { domain: None, ..reseller() };
    let colleague = Request::Forward { to: "x@partner.example", basis: internal() };
    assert_eq!(decided(&colleague, &unknown_domain), Err("reseller"));
    // So is a colleague in either domain of a reseller who has two.
    let with_two = Customer { domain: Some("partner-group.example".parse().unwrap()), ..reseller() };
    for to in ["x@partner.example", "x@partner-group.example", "x@eu.partner-group.example", "x@eu.partner.example"] {
        assert_eq!(decided(&Request::Forward { to, basis: internal() }, &with_two), Err("reseller"), "{to}");
    }
    // The end user does.
    let end_user = Request::Forward { to: "it@enduser.example", basis: internal() };
    assert_eq!(decided(&end_user, &reseller()), Ok("it@enduser.example".to_owned()));
}

#[test]
fn h14_an_end_user_in_the_domain_of_a_reseller_is_on_record() {
    // Both have addresses at one mail provider.
    let mut customer = acme();
    customer.contacts[2].address = address("bob@mail-provider.example");
    let to_eve = Request::Forward { to: "eve@mail-provider.example", basis: internal() };
    assert_eq!(decided(&to_eve, &customer), Err("reseller"));
    customer.contacts.push(Contact { address: address("eve@mail-provider.example"), trade: Trade::EndUser });
    assert!(decided(&to_eve, &customer).is_ok());
    // The same address under a tag is no way around the mark, and of two entries the mark counts.
    customer.contacts.push(Contact { address: address("bob+2@mail-provider.example"), trade: Trade::EndUser });
    customer.contacts.push(Contact { address: address("Bob@mail-provider.example"), trade: Trade::EndUser });
    for to in ["bob+2@mail-provider.example", "bob@mail-provider.example"] {
        assert_eq!(decided(&Request::Forward { to, basis: internal() }, &customer), Err("reseller"), "{to}");
    }
    // The domain above that of a reseller is the reseller's too.
    let mut below = acme();
    below.contacts[2].address = address("bob@sales.reseller.example");
    assert_eq!(decided(&Request::Forward { to: "boss@reseller.example", basis: internal() }, &below), Err("reseller"));
    // Another name before the tag, or another domain, is another mailbox.
    customer.contacts.push(Contact { address: address("+1@mail-provider.example"), trade: Trade::Reseller });
    customer.contacts.push(Contact { address: address("+2@mail-provider.example"), trade: Trade::EndUser });
    for to in ["+2@mail-provider.example", "bob@enduser.example"] {
        assert!(decided(&Request::Forward { to, basis: internal() }, &customer).is_ok(), "{to}");
    }
    // A reseller with an address in the customer's own domain makes no reseller of the customer.
    let mut inside = acme();
    inside.contacts[2].address = address("bob@acme.example");
    assert!(decided(&Request::Forward { to: "new@acme.example", basis: internal() }, &inside).is_ok());
    assert_eq!(decided(&Request::Forward { to: "bob@acme.example", basis: internal() }, &inside), Err("reseller"));
}

#[test]
fn a_reseller_is_refused_with_the_way_in_which_they_are_known() {
    let link = |to: &str, customer: &Customer| match refused(&Request::Forward { to, basis: internal() }, customer) {
        RecipientRefusal::Reseller { link, address: found } if found == address(to) => Some(link),
        _ => None,
    };
    for (to, expected) in [
        ("bob@reseller.example", ResellerLink::Contact),
        ("Bob+x@reseller.example", ResellerLink::Contact),
        ("boss@reseller.example", ResellerLink::Domain),
    ] {
        assert_eq!(link(to, &acme()), Some(expected), "{to}");
    }
    for (to, expected) in [
        ("orders+x@partner.example", ResellerLink::Customer),
        ("rita@elsewhere.example", ResellerLink::Contact),
        ("x@partner.example", ResellerLink::Domain),
    ] {
        assert_eq!(link(to, &reseller()), Some(expected), "{to}");
    }
}

#[test]
fn h16_a_person_who_is_not_linked_to_the_subscription_can_receive_it() {
    let to = "someone@new.example";
    let grace = address("grace@acme.example");
    let someone = address(to);
    for basis in [internal(), Basis::Contact { asked_by: &grace }, proof(Requester::AnyoneElse, &someone)] {
        assert_eq!(decided(&Request::Forward { to, basis }, &acme()), Ok(to.to_owned()), "{basis:?}");
    }
}

#[test]
fn h17_an_internal_request_is_served_with_its_reference() {
    let request = |reference| Request::Forward { to: "someone@new.example", basis: Basis::Internal { reference } };
    assert!(decided(&request("INT-4"), &acme()).is_ok());
    for empty in ["", "  ", "\u{200b}", "—"] {
        assert_eq!(decided(&request(empty), &acme()), Err("reference-missing"), "{empty:?}");
        let resend = Request::Resend { basis: Basis::Internal { reference: empty } };
        assert_eq!(decided(&resend, &acme()), Err("reference-missing"), "{empty:?}");
    }
}

#[test]
fn h18_a_contact_is_served_whoever_is_to_receive_it() {
    for asked_by in ["it@acme.example", "Grace@acme.example", "ada@consultant.example"] {
        let asked_by = address(asked_by);
        let basis = Basis::Contact { asked_by: &asked_by };
        assert!(decided(&Request::Forward { to: "someone@new.example", basis }, &acme()).is_ok(), "{asked_by:?}");
        assert!(decided(&Request::Resend { basis }, &acme()).is_ok());
    }
    // A tag makes another address: only what is on record is a contact.
    for stranger in ["boss@acme.example", "grace+x@acme.example", "grace@evil-acme.example"] {
        let asked_by = address(stranger);
        let basis = Basis::Contact { asked_by: &asked_by };
        let forward = Request::Forward { to: "someone@new.example", basis };
        assert_eq!(decided(&forward, &acme()), Err("not-a-contact"), "{stranger}");
        assert_eq!(decided(&Request::Resend { basis }, &acme()), Err("not-a-contact"), "{stranger}");
    }
}

#[test]
fn h19_anyone_else_is_refused_until_the_proof_is_recorded_and_told_what_is_missing() {
    let sender = address("someone@new.example");
    let complete = proof_from(&sender);
    let basis = |proof| Basis::Proof { requester: Requester::AnyoneElse, proof };
    for (proof, missing) in [
        (Proof::default(), "sender, day, reference"),
        (Proof { sender: None, ..complete }, "sender"),
        (Proof { day: None, ..complete }, "day"),
        (Proof { reference: " ", ..complete }, "reference"),
    ] {
        for request in [
            Request::Forward { to: "someone@new.example", basis: basis(proof) },
            Request::Resend { basis: basis(proof) },
        ] {
            let refusal = refused(&request, &acme());
            assert_eq!(refusal.code(), "proof-missing");
            assert_eq!(
                refusal.to_string(),
                format!(
                    "the person who asked is not a contact, and the proof lacks {missing}: ask for a proof of \
                     belonging to the subscription, and record its sender, day and reference"
                )
            );
        }
    }
    // With it, both are served. It need not come from the recipient.
    let to = "other@new.example";
    assert!(decided(&Request::Forward { to, basis: basis(complete) }, &acme()).is_ok());
    assert!(decided(&Request::Resend { basis: basis(complete) }, &acme()).is_ok());
    // Nobody at the vendor proves to be a customer.
    let own = address("c@mail.vendor.example");
    let forward = Request::Forward { to, basis: basis(proof_from(&own)) };
    assert_eq!(decided(&forward, &acme()), Err("proof-from-vendor"));
}

#[test]
fn h20_for_a_reseller_the_proof_comes_from_the_recipient() {
    let (recipient, other) = (address("IT@enduser.example"), address("boss@enduser.example"));
    let bob = address("bob@reseller.example");
    fn forward(basis: Basis<'_>) -> Request<'_> {
        Request::Forward { to: "it@enduser.example", basis }
    }
    assert!(decided(&forward(proof(Requester::Reseller, &recipient)), &acme()).is_ok());
    for sender in [&other, &address("it+x@enduser.example"), &bob] {
        let request = forward(proof(Requester::Reseller, sender));
        assert_eq!(decided(&request, &acme()), Err("proof-not-from-recipient"), "{}", sender.as_str());
    }
    // Who sent it counts, and not who is said to have asked.
    let request = forward(proof(Requester::AnyoneElse, &bob));
    assert_eq!(decided(&request, &acme()), Err("proof-not-from-recipient"));
    // A contact who is a reseller, and a contact of a reseller, are no contacts who may ask without a proof.
    assert_eq!(decided(&forward(Basis::Contact { asked_by: &bob }), &acme()), Err("proof-missing"));
    for asked_by in ["orders@partner.example", "rita@elsewhere.example"] {
        let asked_by = address(asked_by);
        let refusal = refused(&forward(Basis::Contact { asked_by: &asked_by }), &reseller());
        assert_eq!(
            refusal.to_string(),
            "a reseller asked, and the proof lacks sender, day, reference: ask for a proof from the \
             address that is to receive the license, and record its sender, day and reference"
        );
    }
    // The same for sending it again.
    let customer = address("it@acme.example");
    let resend = |sender| Request::Resend { basis: proof(Requester::Reseller, sender) };
    assert!(decided(&resend(&customer), &acme()).is_ok());
    assert_eq!(decided(&resend(&other), &acme()), Err("proof-not-from-recipient"));
}

#[test]
fn h23_resend_goes_to_the_address_of_the_customer() {
    let grace = address("grace@acme.example");
    for basis in [internal(), Basis::Contact { asked_by: &grace }, proof(Requester::AnyoneElse, &grace)] {
        assert_eq!(decided(&Request::Resend { basis }, &acme()), Ok("it@acme.example".to_owned()), "{basis:?}");
    }
}

#[test]
fn h24_forward_takes_exactly_one_recipient() {
    let grace = address("grace@acme.example");
    for to in [
        "",
        "a@acme.example,b@x.example",
        "a@acme.example, b@x.example",
        "a@acme.example;b@x.example",
        "a@acme.example b@x.example",
        "a@acme.example\nb@x.example",
        "a@acme.example\r\nBcc: b@x.example",
        "a@acme.example\u{2028}b@x.example",
        "\"a@acme.example,b\"@x.example",
        "\"a, b\"@x.example",
        "a(b@x.example)@acme.example",
        "Team: a@acme.example, b@x.example;",
        "Ada <ada@acme.example>",
        "<a@acme.example>",
        "mailto:a@acme.example",
        "a@acme.example?cc=b@x.example",
        "@x.example:a@acme.example",
        "a%x.example@acme.example",
        "x.example!a@acme.example",
        "a@acme.example@x.example",
    ] {
        for request in [
            Request::Forward { to, basis: internal() },
            Request::Deliver { to: Some(to) },
            Request::Colleague { to, user: &grace },
        ] {
            assert_eq!(decided(&request, &acme()), Err("not-one-address"), "{to:?}");
        }
    }
}

#[test]
fn a_user_of_the_portal_sends_it_to_a_colleague_in_their_own_domain_only() {
    let send =
        |to, user: &str, customer: &Customer| decided(&Request::Colleague { to, user: &address(user) }, customer);
    let grace = "grace@acme.example";
    assert_eq!(send("new@acme.example", grace, &acme()), Ok("new@acme.example".to_owned()));
    assert_eq!(send("New@ACME.example", "it@acme.example", &acme()), Ok("New@acme.example".to_owned()));
    for to in ["new@evil-acme.example", "new@acme.example.org", "new@sub.acme.example", "new@example.org"] {
        assert_eq!(send(to, grace, &acme()), Err("other-domain"), "{to}");
    }
    // Somebody in a subdomain of the customer's sends it within the subdomain.
    let mut european = acme();
    european.contacts[0].address = address("grace@eu.acme.example");
    assert!(send("new@eu.acme.example", "grace@eu.acme.example", &european).is_ok());
    assert_eq!(send("new@acme.example", "grace@eu.acme.example", &european), Err("other-domain"));
    // A domain that is not the customer's own: at a mail provider, a colleague would be anyone.
    assert_eq!(send("x@consultant.example", "ada@consultant.example", &acme()), Err("other-domain"));
    assert_eq!(send("new@acme.example", grace, &Customer { domain: None, ..acme() }), Err("other-domain"));
    // Who is no contact any more sends nothing, and a reseller sees no keys.
    assert_eq!(send("new@acme.example", "former@acme.example", &acme()), Err("not-a-contact"));
    assert_eq!(send("new@acme.example", "bob@reseller.example", &acme()), Err("reseller"));
    assert_eq!(send("new@enduser.example", "rita@elsewhere.example", &reseller()), Err("reseller"));
}

#[test]
fn the_guide_has_every_refusal_once_with_its_advice() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/recipients.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<&str>> =
        guide.lines().filter_map(|line| line.strip_prefix("| `")).map(|row| row.split(" | ").collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 3), "a code, its meaning, and the solution");
    let codes: Vec<&str> = rows.iter().map(|row| row[0].trim_end_matches('`')).collect();
    assert_eq!(codes, RecipientRefusal::CODES);
}

#[test]
fn no_message_shows_an_address() {
    let (bob, grace) = (address("bob@reseller.example"), address("grace@acme.example"));
    let stranger = address("stranger@new.example");
    let refusals = [
        refused(&Request::Forward { to: "bob, grace, stranger@vendor.example,", basis: internal() }, &acme()),
        refused(&Request::Forward { to: "stranger@vendor.example", basis: internal() }, &acme()),
        refused(&Request::Forward { to: "bob@reseller.example", basis: internal() }, &acme()),
        refused(&Request::Forward { to: "stranger@reseller.example", basis: internal() }, &acme()),
        refused(&Request::Resend { basis: internal() }, &reseller()),
        refused(&Request::Deliver { to: Some("stranger@acme.example") }, &acme()),
        refused(&Request::Resend { basis: Basis::Contact { asked_by: &stranger } }, &acme()),
        refused(&Request::Forward { to: "x@new.example", basis: proof(Requester::Reseller, &stranger) }, &acme()),
        refused(&Request::Resend { basis: Basis::Contact { asked_by: &bob } }, &acme()),
        refused(&Request::Colleague { to: "stranger@new.example", user: &grace }, &acme()),
    ];
    for refusal in refusals {
        for shown in [refusal.to_string(), format!("{refusal:?}")] {
            assert!(!["bob", "grace", "stranger", "orders@"].iter().any(|name| shown.contains(name)), "{shown}");
            assert!(!shown.contains('@'), "{shown}");
        }
        assert!(refusal.to_string().contains(": "), "{refusal}");
    }
    assert!(!format!("{:?}", acme()).contains('@'));
    let request = Request::Colleague { to: "new@acme.example", user: &grace };
    assert!(!format!("{:?}", permit(&request, &acme(), &own_domains())).contains('@'));
}
