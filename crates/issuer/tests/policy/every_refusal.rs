//! For each code of a refusal: an order that is permitted, and one change that causes the refusal.

use std::collections::BTreeSet;

use keyward_catalog::Catalog;
use keyward_issuer::order::{Approval, MachineLock, Order, OrderRef, Subject, Subscription};
use keyward_issuer::policy::Refusal;
use keyward_issuer::{End, Environment, Fingerprint, Kind};
use keyward_verifier::files::{Reason, Status};

use crate::common::{
    MORE, Shop, after, approval, approved, day, edition, limit, offer, quantity, reissue, renewal, serial,
    shop_with_a_paid_year, stopgap, through,
};
use crate::locked::{locked, machine, shop_with_machines, shop_with_short_keys};
use crate::temporary_keys::shop_with_two_stopgaps;

struct Row {
    code: &'static str,
    shop: Shop,
    permitted: Order,
    refused: Order,
}

fn row(code: &'static str, shop: Shop, permitted: Order, change: impl FnOnce(&mut Order)) -> Row {
    let mut refused = permitted.clone();
    change(&mut refused);
    Row { code, shop, permitted, refused }
}

/// The changed order.
fn with(mut order: Order, change: impl FnOnce(&mut Order)) -> Order {
    change(&mut order);
    order
}

#[test]
fn one_change_of_a_permitted_order_causes_each_refusal() {
    let rows: Vec<Row> =
        [codes(), on_record(), contents(), days(), stopgaps(), texts_and_machine()].into_iter().flatten().collect();
    for Row { code, shop, permitted, refused } in &rows {
        assert!(shop.decide(permitted).is_ok(), "{code}: {}", shop.says(permitted));
        assert_eq!(shop.codes(refused), [*code]);
    }
    let caused: BTreeSet<&str> = rows.iter().map(|row| row.code).collect();
    // `not-genuine` needs a record: `a_forged_record_is_no_ground_for_a_license`.
    let all: BTreeSet<&str> = Refusal::CODES.iter().copied().filter(|code| *code != "not-genuine").collect();
    assert_eq!(caused, all);
    assert_eq!((rows.len(), caused.len()), (all.len(), all.len()), "each code once");
}

#[test]
fn an_approval_lifts_the_refusals_that_say_so_and_no_other() {
    let rows = [codes(), on_record(), contents(), days(), stopgaps(), texts_and_machine()];
    let (mut lifted, mut kept) = (0, 0);
    for Row { code, shop, refused, .. } in rows.iter().flatten() {
        let refusals = shop.decide(refused).unwrap_err();
        let named: Vec<String> = refusals.named_by_approval().iter().map(ToString::to_string).collect();
        let by_person =
            Approval { by: "Ada".to_owned(), reason: format!("approved {}", named.join(" ")).trim().to_owned() };
        let approved = with(refused.clone(), |order| order.approval = Some(by_person));
        let text = refusals.to_string();
        let says_so = ["get an approval", "have it approved", "give a name and a reason"]
            .iter()
            .any(|advice| text.contains(advice));
        match shop.decide(&approved) {
            Ok(_) => {
                assert!(says_so, "{code} is lifted, and does not say so: {text}");
                lifted += 1;
            }
            Err(others) => {
                assert!(!says_so, "{code} is not lifted: {others}");
                kept += 1;
            }
        }
    }
    assert!(lifted > 10 && kept > 40, "{lifted} {kept}");
}

#[test]
fn the_table_of_refused_orders_has_every_code_once() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/refused-orders.md");
    let table = std::fs::read_to_string(path).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 3), "a code, its meaning, and the solution");
    let codes: Vec<&str> = rows.iter().map(|row| row[0].trim_end_matches('`')).collect();
    assert_eq!(codes, Refusal::CODES);
}

fn today() -> Shop {
    Shop::on("2026-11-22")
}

fn shop_that_also_issued(orders: &[Order]) -> Shop {
    let mut shop = shop_with_a_paid_year();
    for order in orders {
        shop.issue(order);
    }
    shop
}

/// Acme's license, and another one with that status.
fn shop_that_revoked(status: Status) -> Shop {
    let mut shop = shop_that_also_issued(&[Order::of_offer("pro-annual", serial(2))]);
    shop.set(2, status);
    shop
}

fn codes() -> Vec<Row> {
    let pro = || offer("pro-annual");
    let mut other = shop_that_also_issued(&[with(edition("server", "one"), |order| order.serial = serial(2))]);
    other.catalog = Catalog::parse(MORE, "catalog.toml").unwrap();
    vec![
        row("unknown-offer", today(), pro(), |order| order.subject = Subject::Offer("pro-anual".to_owned())),
        row("unknown-product", today(), edition("studio", "pro"), |order| {
            order.subject = edition("studoi", "pro").subject;
        }),
        row("unknown-edition", today(), pro(), |order| order.edition = Some("por".to_owned())),
        row("unknown-feature", today(), pro(), |order| order.features = Some(vec!["exprot".to_owned()])),
        row("unknown-limit", today(), pro(), |order| order.limits = vec![limit("project", 5)]),
        row("not-in-catalog", other, renewal(2, 9), |order| order.subject = Subject::Renewal(serial(1))),
    ]
}

fn on_record() -> Vec<Row> {
    let trial = || Order::of_offer("pro-trial", serial(2));
    let names_1 = |order: &mut Order| order.subject = Subject::Renewal(serial(1));
    vec![
        row("not-on-record", shop_with_a_paid_year(), renewal(1, 9), |order| {
            order.subject = Subject::Renewal(serial(8))
        }),
        row("replaced", shop_that_also_issued(&[reissue(1, 2)]), renewal(2, 9), names_1),
        row("locked-key", shop_that_also_issued(&[locked(1, machine(7), 2)]), renewal(1, 9), |order| {
            order.subject = Subject::Renewal(serial(2));
        }),
        row("renewed", shop_that_also_issued(&[renewal(1, 2)]), renewal(2, 9), names_1),
        row("revoked", shop_that_revoked(Status::Revoked(Reason::Refunded)), renewal(1, 9), |order| {
            order.subject = Subject::Renewal(serial(2));
        }),
        row("on-hold", shop_that_revoked(Status::OnHold), renewal(1, 9), |order| {
            order.subject = Subject::Renewal(serial(2));
        }),
        row("nothing-to-renew", shop_that_also_issued(&[trial()]), renewal(1, 9), |order| {
            order.subject = Subject::Renewal(serial(2));
        }),
        row("serial-taken", shop_with_a_paid_year(), reissue(1, 9), |order| order.serial = serial(1)),
        row("order-differs", shop_that_also_issued(&[with_id("PO-1", 2, "1")]), with_id("PO-2", 3, "2"), |order| {
            order.reference = with_id("PO-1", 2, "2").reference;
        }),
        row("kind-changes", shop_that_also_issued(&[trial()]), reissue(2, 9), |order| {
            order.kind = Some(Kind::Standard);
        }),
        row("environment-changes", shop_with_a_paid_year(), reissue(1, 9), |order| {
            order.environment = Some(Environment::Staging);
        }),
        row(
            "edition-changes",
            shop_that_also_issued(&[with(edition("studio", "home"), |order| order.serial = serial(2))]),
            reissue(2, 9),
            |order| {
                order.edition = Some("pro".to_owned());
            },
        ),
        row("updates-change", shop_with_updates_and_a_lock(), reissue(1, 9), |order| {
            order.updates = through("2026-07-01")
        }),
        row("grace-changes", shop_with_a_paid_year(), reissue(1, 9), |order| order.grace_days = Some(15)),
        row("lock-changes", shop_with_updates_and_a_lock(), reissue(1, 9), |order| {
            order.lock = Some(MachineLock::None)
        }),
        row("renewal-begins", shop_with_a_paid_year(), renewal(1, 9), |order| order.from = Some(day("2027-01-02"))),
        row("days-change", shop_with_a_paid_year(), reissue(1, 9), |order| order.end = through("2027-01-01")),
        row("reason-missing", shop_with_a_paid_year(), reissue(1, 9), |order| order.reason = None),
        row("ticket-missing", shop_with_a_paid_year(), reissue(1, 9), |order| order.ticket = None),
        row("licensee-changes", shop_with_a_paid_year(), reissue(1, 9), |order| {
            order.licensee = Some("Zenith".to_owned());
        }),
        row("customer-changes", shop_with_a_paid_year(), reissue(1, 9), |order| {
            order.customer = Some("zenith".to_owned());
        }),
    ]
}

fn with_id(id: &str, number: u8, digest: &str) -> Order {
    let reference = OrderRef { id: id.to_owned(), digest: digest.to_owned() };
    with(Order::of_offer("pro-annual", serial(number)), |order| order.reference = Some(reference))
}

fn contents() -> Vec<Row> {
    let pro = || offer("pro-annual");
    let server = || with(edition("server", "one"), |order| order.activations = Some(quantity(10_000)));
    let eight = ["bays", "carts", "doors", "floors", "gates", "lifts", "ramps", "shelves"].map(|code| limit(code, 5));
    let depot = with(edition("depot", "one"), |order| order.limits = eight.to_vec());
    vec![
        row("deprecated-product", today(), edition("depot", "one"), |order| {
            order.subject = edition("attic", "one").subject
        }),
        row("deprecated-edition", today(), edition("studio", "pro"), |order| {
            order.subject = edition("studio", "classic").subject;
        }),
        row("deprecated-feature", today(), pro(), |order| order.features = Some(vec!["fax".to_owned()])),
        row("deprecated-limit", today(), edition("depot", "one"), |order| order.limits = vec![limit("faxes", 5)]),
        row("feature-not-for-kind", today(), offer("pro-trial"), |order| {
            order.features = Some(vec!["plug-ins".to_owned()]);
        }),
        row("free-grants-more", today(), offer("home"), |order| order.features = Some(vec!["export".to_owned()])),
        row("limit-twice", today(), with(pro(), |order| order.limits = vec![limit("projects", 5)]), |order| {
            order.limits.push(limit("projects", 5));
        }),
        row(
            "limit-out-of-range",
            today(),
            with(pro(), |order| order.limits = vec![limit("projects", 1000)]),
            |order| {
                order.limits = vec![limit("projects", 1001)];
            },
        ),
        row("too-many-limits", today(), depot, |order| order.limits.push(limit("trucks", 5))),
        row("seats-missing", today(), edition("studio", "pro"), |order| order.seats = None),
        row("seats-out-of-range", today(), with(pro(), |order| order.seats = Some(quantity(500))), |order| {
            order.seats = Some(quantity(501));
        }),
        row("activations-out-of-range", today(), server(), |order| order.activations = Some(quantity(10_001))),
        row("not-activated", today(), pro(), |order| order.activations = Some(quantity(1))),
    ]
}

fn days() -> Vec<Row> {
    let pro_through =
        |from, last| with(offer("pro-annual"), |order| (order.from, order.end) = (Some(day(from)), through(last)));
    let updates = with(offer("pro-annual"), |order| order.updates = through("2026-11-22"));
    let longest = |code, term| with(offer(code), |order| order.end = after(term));
    let later = with(stopgap(2), |order| order.from = Some(day("2026-12-06")));
    let holiday = approved(reissue(2, 9));
    vec![
        row("end-missing", today(), edition("studio", "pro"), |order| order.end = None),
        row("perpetual-not-offered", today(), offer("pro-annual"), |order| order.end = Some(End::Perpetual)),
        row("perpetual", today(), offer("pro-trial"), |order| order.end = Some(End::Perpetual)),
        row("term", Shop::on("9998-01-01"), longest("pro-annual", "12m"), |order| order.end = after("13m")),
        row("term-too-long", today(), longest("pro-annual", "5y"), |order| order.end = through("2031-11-22")),
        row("ends-before-it-begins", today(), pro_through("2026-12-01", "2026-12-01"), |order| {
            order.end = through("2026-11-30");
        }),
        row("has-ended", today(), pro_through("2026-11-01", "2026-11-22"), |order| order.end = through("2026-11-21")),
        row(
            "begins-too-late",
            today(),
            with(offer("pro-annual"), |order| order.from = Some(day("2126-11-21"))),
            |order| {
                order.from = Some(day("2126-11-22"));
            },
        ),
        row(
            "updates-too-long",
            today(),
            with(offer("pro-annual"), |order| order.updates = through("2031-11-21")),
            |order| {
                order.updates = through("2031-11-22");
            },
        ),
        row("updates-end-before-it-begins", today(), updates, |order| {
            order.updates = through("2026-11-21");
        }),
        row("trial-too-long", today(), longest("pro-trial", "30d"), |order| order.end = after("31d")),
        row("stopgap-too-long", today(), approved(longest("pro-stopgap", "14d")), |order| order.end = after("15d")),
        row("together-too-long", shop_that_also_issued_in_december(&[later]), holiday, |order| {
            order.from = Some(day("2026-12-05"));
        }),
        row("grace-on", today(), offer("pro-trial"), |order| order.grace_days = Some(0)),
        row("grace-too-long", today(), with(offer("pro-annual"), |order| order.grace_days = Some(90)), |order| {
            order.grace_days = Some(91);
        }),
    ]
}

/// Acme's license for 2026, a month before its end.
fn december() -> Shop {
    shop_that_also_issued_in_december(&[])
}

fn shop_that_also_issued_in_december(orders: &[Order]) -> Shop {
    let mut shop = shop_with_a_paid_year();
    shop.today = day("2026-12-05");
    orders.iter().for_each(|order| drop(shop.issue(order)));
    shop
}

/// Acme's license for 2026, with updates for half of it, on one machine.
fn shop_with_updates_and_a_lock() -> Shop {
    let mut shop = Shop::on("2026-01-01");
    let lock = MachineLock::To(Fingerprint::from_digests([Some([1; 3]); 5]));
    shop.issue(&with(offer("pro-annual"), |order| (order.updates, order.lock) = (through("2026-06-30"), Some(lock))));
    shop
}

fn acmes_trial(number: u8) -> Order {
    with(Order::of_offer("pro-trial", serial(number)), |order| order.customer = Some("acme".to_owned()))
}

fn zenith_is_the_customer(order: &mut Order) {
    order.customer = Some("zenith".to_owned());
}

fn stopgaps() -> Vec<Row> {
    let bridging = || with(stopgap(9), |order| order.bridges = Some(serial(1)));
    let zenith = with(approved(stopgap(9)), |order| order.customer = Some("zenith".to_owned()));
    let trial = Order::of_offer("pro-trial", serial(2));
    let mut unpaid = today();
    unpaid.issue(&approved(stopgap(2)));
    let pro = with(offer("pro-annual"), |order| order.serial = serial(9));
    let next_year = with(offer("pro-annual"), |order| {
        (order.serial, order.customer) = (serial(2), Some("acme".to_owned()));
    });
    vec![
        row("second-stopgap", shop_that_also_issued_in_december(&[stopgap(2)]), zenith, |order| {
            order.customer = Some("acme".to_owned());
        }),
        row("third-temporary-key", shop_with_two_stopgaps(), with(acmes_trial(9), zenith_is_the_customer), |order| {
            order.customer = Some("acme".to_owned());
        }),
        row("no-trial", today(), offer("pro-trial"), |order| {
            (order.edition, order.seats) = (Some("home".to_owned()), Some(quantity(1)));
            order.limits = vec![limit("projects", 1000)];
        }),
        row(
            "second-trial",
            shop_that_also_issued(&[acmes_trial(2)]),
            with(acmes_trial(9), zenith_is_the_customer),
            |order| {
                order.customer = Some("acme".to_owned());
            },
        ),
        row("bridges-unknown", today(), approved(stopgap(9)), |order| order.approval = None),
        row("stopgap-grows", unpaid, reissue(2, 9), |order| order.seats = Some(quantity(6))),
        row("grants-more", december(), stopgap(9), |order| order.seats = Some(quantity(6))),
        row("bridge-changes", shop_that_also_issued_in_december(&[stopgap(2)]), reissue(2, 9), |order| {
            order.bridges = Some(serial(2))
        }),
        row("bridges-nothing", shop_with_a_paid_year(), pro, |order| order.bridges = Some(serial(1))),
        row("bridges-unpaid", shop_that_also_issued_in_december(&[trial]), bridging(), |order| {
            order.bridges = Some(serial(2))
        }),
        row("bridges-early", shop_that_also_issued_in_december(&[next_year]), bridging(), |order| {
            order.bridges = Some(serial(2))
        }),
        row("stopgap-begins", december(), stopgap(9), |order| order.from = Some(day("2026-11-30"))),
        row("bridges-another", december(), bridging(), |order| {
            order.environment = Some(Environment::Staging);
        }),
    ]
}

fn texts_and_machine() -> Vec<Row> {
    let pro = || offer("pro-annual");
    let one_component = Fingerprint::from_digests([Some([1; 3]), None, None, None, None]);
    let long_trial = with(offer("pro-trial"), |order| {
        (order.end, order.approval) = (after("33d"), approval("a pilot"));
    });
    let mut shop_with_a_full_machine = shop_with_machines(1);
    shop_with_a_full_machine.issue(&locked(1, machine(7), 2));
    let customer = |name: &str| {
        let name = name.to_owned();
        |order: &mut Order| order.customer = Some(name)
    };
    vec![
        row("fits-no-machine", today(), with(pro(), |order| order.lock = Some(MachineLock::To(machine(7)))), |order| {
            order.lock = Some(MachineLock::To(Fingerprint::from_digests([None; 5])));
        }),
        row("too-few-components", shop_with_a_paid_year(), locked(1, machine(7), 2), |order| {
            order.lock = Some(MachineLock::To(one_component));
        }),
        row("locked-differs", shop_with_a_paid_year(), locked(1, machine(7), 2), |order| {
            order.seats = Some(quantity(6));
        }),
        row(
            "locked-too-long",
            shop_with_short_keys(),
            with(locked(1, machine(7), 2), |order| order.end = through("2026-03-31")),
            |order| order.end = through("2026-04-01"),
        ),
        row("no-machine-left", shop_with_a_full_machine, approved(locked(1, machine(8), 3)), |order| {
            order.approval = None;
        }),
        row("licensee", today(), with(pro(), |order| order.licensee = Some("x".repeat(64))), |order| {
            order.licensee = Some("x".repeat(65));
        }),
        row("subscription-on", today(), offer("pro-trial"), |order| {
            order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: None });
        }),
        row("blank", today(), with(pro(), customer("acme")), customer(" ")),
        row("space-around", today(), with(pro(), customer("acme")), customer("acme ")),
        row("invisible", today(), with(pro(), customer("ac me")), customer("ac\u{200B}me")),
        row("approval-incomplete", today(), long_trial, |order| {
            order.approval = Some(Approval { by: "Ada".to_owned(), reason: String::new() });
        }),
    ]
}
