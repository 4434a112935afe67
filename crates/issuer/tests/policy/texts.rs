//! Texts that are not in the key: customers, approvals, reasons.

use keyward_core::is_invisible;
use keyward_issuer::order::{
    Approval, Customer, Order, OrderFormat, OrderReader, OrderRef, SerialSource, Subscription,
};
use keyward_issuer::policy::{Decision, Refusal};
use keyward_issuer::record::RecordKey;

use crate::common::{
    Shop, approval, approved, day, offer, quantity, reissue, renewal, serial, shop_with_a_paid_year, stopgap,
};

#[test]
fn texts_beside_the_key_are_visible() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let subscription = |id: &str| Some(Subscription { id: id.to_owned(), name: None });
    for blank in ["", "  ", "\u{200B}\u{200F}", "\u{2060}", "\u{FEFF}\t", "\u{3164}", "\u{2800}", "\u{E0041}"]
        .into_iter()
        // Symbols that show nothing, combining marks without a letter, private characters, and no character at all.
        .chain(["\u{1D159}", "\u{FFFC}", "\u{301}", "\u{345}", "\u{903}", "\u{13440}", "\u{E000}", "\u{F8FF}"])
        .chain(["\u{10FFFD}", "\u{FDD0}", "\u{1FFFE}", "\u{378}", "\u{301}\u{1D159}", "-", "…"])
    {
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
fn spellings_of_an_order_id_that_look_the_same_are_one_order() {
    let with_id = |number: u8, seats: u32, id: &str| {
        let mut order = offer("pro-annual");
        (order.serial, order.seats) = (serial(number), Some(quantity(seats)));
        order.reference = Some(OrderRef::new(id, &order, SerialSource::Drawn));
        order
    };
    for spellings in [
        &["PO-M\u{fc}", "PO-Mu\u{308}"][..],
        &["P 1", "P  1", "P\u{a0}1", "P\u{2003}1", "P\u{3000}1", "P \u{a0} 1"],
        &["\u{ac00}-1", "\u{1100}\u{1161}-1"],
        &["\u{212b}", "\u{c5}", "A\u{30a}"],
        &["PO-1", "PO\u{2010}1", "PO\u{2011}1", "PO\u{2013}1", "PO\u{2212}1", "PO\u{ff0d}1"],
    ] {
        for (first, other) in spellings.iter().flat_map(|first| spellings.iter().map(move |other| (first, other))) {
            assert_eq!(RecordKey::order(first), RecordKey::order(other), "{first:?} {other:?}");
            let mut shop = Shop::on("2026-11-22");
            let issued = shop.issue(&with_id(2, 5, first));
            assert_eq!(
                issued.details().order.as_ref().map(|order| order.id.as_str()),
                Some(*first),
                "as it was written"
            );
            let again = shop.policy().decide(&with_id(3, 5, other), &shop.history).unwrap();
            assert!(matches!(&again, Decision::Repeated(repeated) if **repeated == issued), "{first:?} {other:?}");
            assert_eq!(shop.codes(&with_id(3, 6, other)), ["order-differs"], "{first:?} {other:?}");
        }
    }
    // Many shops have ids of random letters: capital letters count.
    for other in ["po-1", "PO 1", "PO-1.", "P O-1"] {
        let mut shop = Shop::on("2026-11-22");
        shop.issue(&with_id(2, 5, "PO-1"));
        shop.permits(&with_id(3, 5, other));
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

#[test]
fn a_license_without_a_name_gets_one_with_an_approval_alone() {
    for (customer, licensee) in [(None, None), (Some("acme"), None), (None, Some("acme"))] {
        let mut shop = Shop::on("2026-01-01");
        let mut paid = offer("pro-annual");
        (paid.customer, paid.licensee) = (customer.map(str::to_owned), licensee.map(str::to_owned));
        shop.issue(&paid);
        let license = "license 0000000000000001";
        for (code, says, name) in [
            (
                "licensee-changes",
                format!(
                    "{license} has no licensee, and the order names Zenith: leave the licensee out, or get an approval"
                ),
                (|order: &mut Order| order.licensee = Some("Zenith".to_owned())) as fn(&mut Order),
            ),
            (
                "customer-changes",
                format!("{license} was issued to no customer, and the order names Zenith: check the serial; leave"),
                |order| order.customer = Some("Zenith".to_owned()),
            ),
        ] {
            let has_one = if code == "licensee-changes" { licensee } else { customer };
            for mut order in [reissue(1, 2), renewal(1, 2)] {
                name(&mut order);
                assert_eq!(shop.codes(&order), [code], "{customer:?} {licensee:?}");
                if has_one.is_none() {
                    assert!(shop.says(&order).starts_with(&says), "{}", shop.says(&order));
                }
                shop.permits(&approved(order));
            }
        }
        // The name on record goes into the other field as well.
        if customer.or(licensee).is_some() {
            for mut order in [reissue(1, 2), renewal(1, 2)] {
                order.customer = Some("ACME".to_owned());
                order.licensee = licensee.or(Some("Acme")).map(str::to_owned);
                shop.permits(&order);
            }
            // So does a stopgap's. It takes no other name.
            shop.today = day("2026-12-20");
            for (customer, licensee, is_permitted) in [
                (Some("acme"), Some("acme"), true),
                (Some("acme"), None, true),
                (None, Some("acme"), true),
                (Some("acme"), Some("Zenith"), false),
                (Some("Zenith"), Some("acme"), false),
            ] {
                let mut order = stopgap(2);
                (order.customer, order.licensee) = (customer.map(str::to_owned), licensee.map(str::to_owned));
                order.bridges = Some(serial(1));
                let codes = shop.decide(&order).map_or_else(|refused| refused.as_slice()[0].code(), |_| "permitted");
                assert_eq!(codes, if is_permitted { "permitted" } else { "bridges-another" }, "{order:?}");
            }
        }
    }
}

/// Every character that no text may have, and where a text can have it.
fn invisible() -> impl Iterator<Item = char> {
    ('\0'..=char::MAX).filter(|character| is_invisible(*character))
}

#[test]
fn no_text_of_an_order_has_a_character_of_the_table() {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-07-01");
    let mut count = 0;
    for character in invisible() {
        for text in [format!("PO{character}1"), format!("{character}PO-1"), format!("PO-1{character}")] {
            let mut order = reissue(1, 2);
            order.reference = Some(OrderRef { id: text.clone(), digest: String::new() });
            order.customer = Some(text.clone());
            order.subscription = Some(Subscription { id: text.clone(), name: Some(text.clone()) });
            order.approval = Some(Approval { by: text.clone(), reason: "a pilot".to_owned() });
            order.ticket = Some(text.clone());
            let refused = shop.refuses(&order);
            let fields = refused.iter().filter(|refusal| matches!(refusal.code(), "invisible" | "space-around"));
            assert_eq!(fields.count(), 6, "{text:?}: {refused:?}");
            // Reasons may have several lines.
            let mut order = reissue(1, 2);
            order.reason = Some(text.clone());
            order.approval = Some(Approval { by: "Ada".to_owned(), reason: text.clone() });
            let refused = shop.decide(&order).map_or_else(|refusals| refusals.as_slice().len(), |_| 0);
            let expected = if "\n\r\t".contains(character) && !text.starts_with(character) && !text.ends_with(character)
            {
                0
            } else {
                2
            };
            assert_eq!(refused, expected, "{text:?}");
        }
        let mut order = reissue(1, 2);
        order.licensee = Some(format!("Ac{character}me"));
        assert!(shop.codes(&order).contains(&"licensee"), "{character:?}");
        count += 1;
    }
    assert!(count > 4_000, "{count}");
}

#[test]
fn orders_in_json_and_csv_keep_the_characters_for_the_rules() {
    // Reading hides none of them from the rules: what an order says is what they see.
    for character in invisible() {
        let id = format!("PO{character}1");
        let json = serde_json::json!({ "id": id, "offer": "pro-annual" }).to_string();
        assert_eq!(Order::from_json(&json).unwrap().reference.unwrap().id, id, "{character:?}");
        let csv = format!("id,offer\n\"{id}\",pro-annual\n");
        let first = OrderReader::new(csv.as_bytes(), Some(OrderFormat::Csv)).next().unwrap().unwrap();
        match first.order {
            Ok(order) => assert_eq!(order.reference.unwrap().id, id, "{character:?}"),
            // A line break ends the order.
            Err(_) => assert!("\n\r\0".contains(character), "{character:?}"),
        }
        // Without quotes, white space around a value belongs to the form of the file, and nothing else does.
        if !character.is_whitespace() && character != '\0' {
            let csv = format!("offer,id\npro-annual,{character}PO1{character}\n");
            let first = OrderReader::new(csv.as_bytes(), Some(OrderFormat::Csv)).next().unwrap().unwrap();
            let id = first.order.unwrap().reference.unwrap().id;
            assert_eq!(id, format!("{character}PO1{character}"), "{character:?}");
        }
    }
}

#[test]
fn a_customer_in_an_older_record_is_found_under_every_spelling() {
    for character in invisible().filter(|character| !character.is_whitespace()) {
        assert_eq!(Customer::new(&format!("Ac{character}me{character}")), Customer::new("acme"), "{character:?}");
    }
    for character in ('\0'..=char::MAX).filter(|character| character.is_whitespace()) {
        let spaced = format!("{character}Acme{character}{character}Ltd{character}");
        assert_eq!(Customer::new(&spaced), Customer::new("ACME LTD"), "{character:?}");
    }
}

#[test]
fn spellings_of_a_licensee_are_one_owner() {
    let mut shop = Shop::on("2026-01-01");
    let named = |code: &str, number: u8, licensee: &str| {
        let mut order = offer(code);
        (order.serial, order.licensee) = (serial(number), Some(licensee.to_owned()));
        order
    };
    shop.issue(&named("pro-annual", 1, "Bäcker & Söhne"));
    shop.today = day("2026-12-20");
    let spellings = ["BÄCKER & SÖHNE", "Ba\u{308}cker & So\u{308}hne", "bäcker  &\u{A0}söhne", " Bäcker & Söhne "];
    for name in spellings {
        let stopgap = shop.decide(&named("pro-stopgap", 2, name)).unwrap();
        assert_eq!(stopgap.details().bridges, Some(serial(1)), "{name}");
    }
    assert_eq!(shop.codes(&named("pro-stopgap", 2, "Backer & Sohne")), ["bridges-unknown"]);
    shop.issue(&named("pro-stopgap", 2, "Bäcker & Söhne"));
    for name in spellings {
        assert_eq!(shop.codes(&named("pro-stopgap", 3, name)), ["second-stopgap"], "{name}");
    }
}
