//! Texts that are not in the key: customers, approvals, reasons.

use keyward_issuer::order::{Approval, OrderRef, Subscription};
use keyward_issuer::policy::Refusal;

use crate::common::{approval, day, offer, reissue, renewal, serial, shop_with_a_paid_year};

#[test]
fn texts_beside_the_key_are_visible() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let subscription = |id: &str| Some(Subscription { id: id.to_owned(), name: None });
    for blank in ["", "  ", "\u{200B}\u{200F}", "\u{2060}", "\u{FEFF}\t", "\u{3164}", "\u{2800}", "\u{E0041}"] {
        let mut order = offer("pro-annual");
        order.serial = serial(2);
        (order.customer, order.subscription) = (Some(blank.to_owned()), subscription(blank));
        (order.reason, order.ticket) = (Some(blank.to_owned()), Some(blank.to_owned()));
        assert_eq!(shop.codes(&order), ["blank"; 4], "{blank:?}");
        let mut order = reissue(1, 2);
        (order.reason, order.ticket) = (Some(blank.to_owned()), Some(blank.to_owned()));
        order.approval = Some(Approval { by: blank.to_owned(), reason: blank.to_owned() });
        let expected = ["approval-incomplete", "approval-incomplete", "reason-missing", "ticket-missing"];
        assert_eq!(shop.codes(&order), expected, "{blank:?}");
    }
    let mut order = reissue(1, 2);
    order.customer = Some("acme ".to_owned());
    order.subscription = subscription("\u{FEFF}sub-1");
    order.approval = Some(Approval { by: "Ada\n".to_owned(), reason: " a pilot".to_owned() });
    (order.reason, order.ticket) = (Some(" lost".to_owned()), Some("T-1 ".to_owned()));
    assert_eq!(shop.codes(&order), ["space-around"; 6]);
    assert!(
        shop.says(&order)
            .starts_with("the customer begins or ends with white space or an invisible character: write `acme`\n")
    );
}

#[test]
fn invisible_characters_make_no_other_order() {
    let shop = shop_with_a_paid_year();
    for (id, codes) in [
        ("PO-1", &[][..]),
        ("PO-1 ", &["space-around"]),
        ("\u{200B}PO-1", &["space-around"]),
        ("PO-1\u{2060}", &["space-around"]),
        ("\u{200B}", &["blank"]),
        ("PO\u{200B}-1", &["invisible"]),
        ("PO-\u{3164}1", &["invisible"]),
        ("PO\n-1", &["invisible"]),
    ] {
        let mut order = offer("pro-annual");
        order.serial = serial(2);
        order.reference = Some(OrderRef { id: id.to_owned(), digest: String::new() });
        let refused = shop.decide(&order).map_or_else(|refusals| refusals.as_slice().to_vec(), |_| Vec::new());
        assert_eq!(refused.iter().map(Refusal::code).collect::<Vec<_>>(), codes, "{id:?}");
    }
}

#[test]
fn only_a_reason_may_have_several_lines() {
    let shop = shop_with_a_paid_year();
    let mut order = reissue(1, 2);
    order.reason = Some("asked\r\n\tfor it".to_owned());
    order.approval = approval("asked\nfor it");
    shop.permits(&order);
    order.ticket = Some("T-1\nT-2".to_owned());
    order.approval = Some(Approval { by: "Ada\nGrace".to_owned(), reason: "a\u{7}b".to_owned() });
    assert_eq!(shop.codes(&order), ["invisible"; 3]);
    assert!(shop.says(&order).contains("the ticket has the invisible character U+000A: remove it"));
}

#[test]
fn spellings_of_a_name_are_one_customer() {
    let mut shop = shop_with_a_paid_year();
    let mut order = offer("pro-annual");
    (order.serial, order.customer) = (serial(2), Some("Bäcker & Söhne".to_owned()));
    shop.issue(&order);
    let mut order = reissue(2, 3);
    for name in ["BÄCKER & SÖHNE", "Ba\u{308}cker & So\u{308}hne", "bäcker  &\u{A0}söhne"] {
        order.customer = Some(name.to_owned());
        shop.permits(&order);
    }
    order.customer = Some("Backer & Sohne".to_owned());
    assert_eq!(shop.codes(&order), ["customer-changes"]);
}

#[test]
fn customer_and_licensee_change_only_with_an_approval() {
    let shop = shop_with_a_paid_year();
    for mut order in [reissue(1, 2), renewal(1, 2)] {
        order.customer = Some("acme".to_owned());
        order.licensee = Some(" Acme Ltd".to_owned());
        shop.permits(&order);
        order.customer = Some("zenith".to_owned());
        order.licensee = Some("Zenith".to_owned());
        assert_eq!(
            shop.says(&order),
            "license 0000000000000001 has the licensee Acme Ltd, and the order names Zenith: leave the licensee out, or get \
             an approval with a name and a reason\nlicense 0000000000000001 was issued to customer acme, and the order \
             names zenith: check the serial; leave the customer out, or get an approval with a name and a reason"
        );
        order.approval = approval("Zenith bought Acme");
        assert_eq!(shop.permits(&order).licensee().unwrap().as_str(), "Zenith");
    }
}
