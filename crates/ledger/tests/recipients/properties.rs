//! What holds for every request, customer and text.

use proptest::prelude::*;

use super::*;

/// Texts of addresses and others: few enough names that an address often meets itself again under another spelling.
fn typed() -> impl Strategy<Value = String> {
    let local = prop_oneof!["[ab]", "[aB](\\+[xy])?", "[ab][.,+ \"]?[ab]?"];
    let domain = prop_oneof![
        Just("vendor.example"),
        Just("Mail.Vendor.example"),
        Just("evil-vendor.example"),
        Just("acme.example"),
        Just("eu.acme.example"),
        Just("partner.example"),
        Just("ｐａｒｔｎｅｒ.example"),
        Just("provider.example"),
    ];
    let one = (local, domain).prop_map(|(local, domain)| format!("{local}@{domain}")).boxed();
    prop_oneof![
        20 => one.clone(),
        1 => (one.clone(), "[,; \n]", one).prop_map(|(first, between, second)| format!("{first}{between}{second}")),
        1 => any::<String>(),
    ]
}

fn any_address() -> impl Strategy<Value = EmailAddress> {
    typed().prop_filter_map("not an address", |text| text.parse().ok())
}

fn any_trade() -> impl Strategy<Value = Trade> {
    prop_oneof![3 => Just(Trade::EndUser), 1 => Just(Trade::Reseller)]
}

fn any_customer() -> impl Strategy<Value = Customer> {
    let contact = (any_address(), any_trade()).prop_map(|(address, trade)| Contact { address, trade });
    let domain = prop_oneof![Just(None), any_address().prop_map(|address| Some(address.domain().clone()))];
    (prop::option::of(any_address()), domain, prop::collection::vec(contact, 0..4), any_trade())
        .prop_map(|(email, domain, contacts, trade)| Customer { email, domain, contacts, trade })
}

/// What a request is made of: which one, the typed text, somebody's address, and a text of a reference.
#[derive(Debug)]
struct Asked {
    which: u8,
    to: String,
    who: EmailAddress,
    reference: &'static str,
}

fn asked() -> impl Strategy<Value = Asked> {
    (0..10_u8, typed(), any_address(), prop_oneof![Just("T-1"), Just(" ")])
        .prop_map(|(which, to, who, reference)| Asked { which, to, who, reference })
}

impl Asked {
    fn request(&self) -> Request<'_> {
        let proof =
            Proof { sender: Some(&self.who), day: Some("2026-11-28".parse().unwrap()), reference: self.reference };
        let basis = match self.which % 4 {
            0 => Basis::Internal { reference: self.reference },
            1 => Basis::Contact { asked_by: &self.who },
            2 => Basis::Proof { requester: Requester::Reseller, proof },
            _ => Basis::Proof { requester: Requester::AnyoneElse, proof },
        };
        match self.which {
            0..4 => Request::Forward { to: &self.to, basis },
            4..7 => Request::Resend { basis },
            7 => Request::Deliver { to: None },
            8 => Request::Deliver { to: Some(&self.to) },
            _ => Request::Colleague { to: &self.to, user: &self.who },
        }
    }
}

/// The address in lower case without a tag, by text alone.
fn mailbox(address: &EmailAddress) -> String {
    let text = address.as_str().to_lowercase();
    let (local, domain) = text.split_once('@').unwrap();
    let local = local.split_once('+').map_or(local, |(name, _)| if name.is_empty() { local } else { name });
    format!("{local}@{domain}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_no_recipient_is_at_the_vendor_or_a_reseller(asked in asked(), customer in any_customer()) {
        let own = own_domains();
        if let Ok(recipient) = permit(&asked.request(), &customer, &own) {
            let text = recipient.address().as_str().to_lowercase();
            prop_assert!(!text.ends_with("@vendor.example") && !text.ends_with(".vendor.example"), "{text}");
            for contact in &customer.contacts {
                if contact.trade == Trade::Reseller || customer.trade == Trade::Reseller {
                    prop_assert_ne!(mailbox(&contact.address), mailbox(recipient.address()));
                }
            }
            if let (Trade::Reseller, Some(email)) = (customer.trade, &customer.email) {
                prop_assert_ne!(email.as_str().rsplit_once('@').unwrap().1, text.rsplit_once('@').unwrap().1);
            }
            // One address, and nothing in it that a mail program could read as more.
            prop_assert_eq!(text.matches('@').count(), 1);
            prop_assert!(!text.contains([',', ';', '<', '>', '"', ' ', '\n', '\r', '\\', '%', '!', ':']), "{}", text);
            prop_assert!(text.is_ascii() && text.len() <= 254);
        }
    }

    #[test]
    fn whatever_is_asked_a_recipient_outside_of_the_record_has_a_reason(asked in asked(), customer in any_customer()) {
        let request = asked.request();
        let on_record = |address: &EmailAddress| {
            customer.email.as_ref() == Some(address) || customer.contacts.iter().any(|contact| contact.address == *address)
        };
        if let Ok(recipient) = permit(&request, &customer, &own_domains()) {
            match request {
                Request::Forward { basis, .. } | Request::Resend { basis } => match basis {
                    Basis::Internal { reference } => prop_assert_eq!(reference, "T-1"),
                    Basis::Contact { asked_by } => prop_assert!(on_record(asked_by)),
                    Basis::Proof { requester, proof } => {
                        prop_assert_eq!(proof.reference, "T-1");
                        let from_recipient = proof.sender == Some(recipient.address());
                        prop_assert!(from_recipient || requester == Requester::AnyoneElse);
                    }
                },
                Request::Deliver { .. } => prop_assert!(on_record(recipient.address())),
                Request::Colleague { user, .. } => {
                    prop_assert!(on_record(user));
                    prop_assert_eq!(user.domain(), recipient.address().domain());
                }
            }
        }
    }

    #[test]
    fn an_address_that_was_read_is_read_again_as_the_same(text in typed()) {
        if let Ok(read) = text.parse::<EmailAddress>() {
            let again = address(read.as_str());
            prop_assert_eq!(again.as_str(), read.as_str());
            prop_assert_eq!(read.as_str().rsplit_once('@').unwrap().1, read.domain().as_str());
        }
    }
}
