//! A customer is erased: nothing but signed keys names them.

use std::fs;

use keyward_issuer::order::{Approval, Order, Subscription};
use keyward_ledger::recipient::Trade;
use keyward_ledger::{
    ApprovalState, Ask, Claim, Claimed, CustomerDetails, CustomerId, Expected, FoundCustomer, LedgerError, License,
    Machine, Merge, NewLicense, OldCopies, Ordered, PageSize, Releaser, RequestId,
};
use sha2::{Digest, Sha256};

use super::common::{Shop, TODAY, annual, at, long_trial, on_both, rows, serial};
use super::{agrees, contact, customer, details, found, sell, trial};

/// The customers of a ledger that has grown.
const GROWN: usize = 3_000;

/// Marks every personal value of one customer, so that a search finds it wherever it is.
fn mark(number: usize) -> String {
    format!("mark{number:05}")
}

fn of_mark(mark: &str) -> CustomerDetails {
    let mut said = details(&format!("{mark}@{mark}.example"), &format!("{mark} name"));
    said.company = Some(format!("{mark} company").parse().unwrap());
    said.domain = Some(format!("{mark}.example").parse().unwrap());
    said.contacts = vec![contact(&format!("contact@{mark}.example"), Trade::EndUser)];
    said.notes = Some(format!("{mark} notes"));
    said
}

/// A customer with a license, whose every personal value has the mark.
async fn story(shop: &Shop, mark: &str) -> (CustomerId, License) {
    let by = at(TODAY);
    let id = shop.ledger.find_or_create_customer(&of_mark(mark), &by).await.unwrap().into_customer().id;
    let mut order = annual();
    order.reason = Some(format!("{mark} reason"));
    order.approval = Some(Approval { by: format!("{mark} manager"), reason: format!("{mark} approved") });
    order.subscription = Some(Subscription { id: "sub-1".to_owned(), name: Some(format!("{mark} subscription")) });
    let mut new = NewLicense::new(order).for_customer(id);
    new.metadata = Some(format!("{{\"po\": \"{mark}\"}}").parse().unwrap());
    new.notes = Some(format!("{mark} license notes"));
    let license = shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
    let key = shop.ledger.keys(license.id).await.unwrap()[0].serial;
    let machine: Machine = "machine-1".parse().unwrap();
    let name = format!("{mark} laptop");
    let activated =
        shop.ledger.activate(key, &machine, Some(&name), &shop.vendor.catalog, &by).await.unwrap().activation().clone();
    shop.ledger.release(activated.id, Releaser::Staff, Some(&format!("{mark} release")), &by).await.unwrap();
    let reason = format!("{mark} paused");
    shop.ledger.inactivate(license.id, Some(&reason), Expected::Any, &by).await.unwrap();
    shop.ledger.reactivate(license.id, Some(&reason), Expected::Any, &by).await.unwrap();
    let mut order = long_trial();
    (order.licensee, order.reason) = (Some(format!("{mark} licensee")), Some(format!("{mark} ordered")));
    let mut new = NewLicense::new(order).for_customer(id);
    new.notes = Some(format!("{mark} trial notes"));
    shop.asked(&new, &format!("{mark} asks"), TODAY).await;
    answered(shop, mark).await;
    (id, license)
}

/// A request, told from others by its number among those of a mark.
fn request(mark: &str, number: u8) -> RequestId {
    RequestId { id: Sha256::digest(format!("{mark} {number}")).into(), body: [number; 32] }
}

async fn claim(shop: &Shop, request: &RequestId) -> Claim {
    let claimed = shop.ledger.claim(request, &at(TODAY)).await.unwrap();
    let Claimed::New(claim) = claimed else { panic!("{claimed:?}") };
    claim
}

/// Requests whose stored answers have the mark: one that changed the customer, and one that was refused.
async fn answered(shop: &Shop, mark: &str) {
    let id = shop.ledger.find_or_create_customer(&of_mark(mark), &at(TODAY)).await.unwrap().into_customer().id;
    let changed = claim(shop, &request(mark, 1)).await;
    let mut edit = of_mark(mark);
    edit.notes = Some(format!("{mark} notes, again"));
    let by = at(TODAY).answering(&changed);
    shop.ledger.edit_customer(id, &edit, None, Expected::Any, &by).await.unwrap();
    shop.ledger.edit_customer(id, &of_mark(mark), None, Expected::Any, &at(TODAY)).await.unwrap();
    shop.ledger.answer(&changed, 200, &format!("{{\"notes\":\"{mark} notes\"}}")).await.unwrap();
    let refused = claim(shop, &request(mark, 2)).await;
    shop.ledger.answer(&refused, 422, &format!("{mark}@{mark}.example is refused")).await.unwrap();
}

/// Where a text is: in the files of SQLite, and in the rows of either engine.
async fn places(shop: &Shop, text: &str) -> Vec<String> {
    let mut places = Vec::new();
    if let Some(path) = shop.url.strip_prefix("sqlite:") {
        for suffix in ["", "-wal", "-shm"] {
            let bytes = fs::read(format!("{path}{suffix}")).unwrap_or_default();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                places.push(format!("the file{suffix}"));
            }
        }
    }
    for (table, columns) in super::common::text_columns(&shop.url).await {
        for column in columns {
            let sql = format!("select {column} from {table} where {column} like '%{text}%'");
            if !rows(&shop.url, &sql).await.is_empty() {
                places.push(format!("{table}.{column}"));
            }
        }
    }
    places
}

#[test]
fn l85_nothing_names_a_customer_after_the_erasure() {
    on_both("l85", async |shop: Shop| {
        let by = at(TODAY);
        let (id, license) = story(&shop, "mark00001").await;
        let (other, _) = story(&shop, "mark00002").await;
        let columns = places(&shop, "mark00001").await;
        // The test sees what there is: the erasure has no effect that this could overlook.
        for column in [
            "customers.name",
            "customers.sort_name",
            "customers.company",
            "customers.email",
            "customers.email_key",
            "customers.domain",
            "customers.contacts",
            "customers.notes",
            "licenses.metadata",
            "licenses.notes",
            "licenses.subscription_name",
            "license_keys.circumstances",
            "activations.name",
            "activations.release_reason",
            "approvals.order_json",
            "approvals.reason",
            "audit_log.personal",
            "requests.answer",
        ] {
            assert!(columns.iter().any(|place| place == column), "{column} in {columns:?}");
        }

        let erased = shop.ledger.erase_customer(id, Some("asked on 28 November"), &by).await.unwrap();
        assert_eq!(places(&shop, "mark00001").await, Vec::<String>::new());
        assert_eq!((erased.customers, erased.licenses), (vec![id], vec![license.id]));
        assert!(erased.retained.is_empty() && erased.entries > 5, "{}", erased.entries);
        let expected = if shop.url.starts_with("sqlite") { OldCopies::Gone } else { OldCopies::Left };
        assert_eq!(erased.old_copies, expected);
        // A repeated request changes nothing, and its answer is made again; the other customer's is as it was.
        let repeated = shop.ledger.claim(&request("mark00001", 1), &by).await.unwrap();
        assert!(
            matches!(&repeated, Claimed::CarriedOut { subjects, .. } if *subjects == [id.to_string()]),
            "{repeated:?}"
        );
        let refused = shop.ledger.claim(&request("mark00001", 2), &by).await.unwrap();
        assert!(matches!(refused, Claimed::New(_)), "{refused:?}");
        let others = shop.ledger.claim(&request("mark00002", 1), &by).await.unwrap();
        assert!(matches!(others, Claimed::Answered { status: 200, .. }), "{others:?}");
        // The facts stay, and so does all of the other customer.
        assert!(!places(&shop, "mark00002").await.is_empty());
        assert_eq!(shop.ledger.customer(other).await.unwrap().details().unwrap(), of_mark("mark00002"));
        assert_eq!(shop.ledger.license(license.id).await.unwrap().customer, Some(id));
        assert_eq!(shop.ledger.erasures().await.unwrap(), [id]);
        let entries = rows(&shop.url, "select action from audit_log where action = 'customer.erased'").await;
        assert_eq!(entries.len(), 1);

        let again = shop.ledger.erase_customer(id, None, &by).await;
        assert!(matches!(again, Err(LedgerError::CustomerErased { .. })), "{again:?}");
        let edited = shop.ledger.edit_customer(id, &of_mark("mark00001"), None, Expected::Any, &by).await;
        assert!(matches!(edited, Err(LedgerError::CustomerErased { .. })), "{edited:?}");
        agrees(&shop).await;
    });
}

/// Rows move between pages while a ledger grows, and SQLite leaves copies of them behind, also with `secure_delete`.
#[test]
fn no_file_of_a_grown_ledger_has_the_erased_values() {
    on_both("grown", async |shop: Shop| {
        let Some(path) = shop.url.strip_prefix("sqlite:") else { return };
        let by = at(TODAY);
        // New addresses go anywhere into the index, so that its pages are split.
        let of = |number: usize, notes: usize| {
            let mut said = of_mark(&mark(number));
            let spread = number.wrapping_mul(2_654_435_761) % 0x1_0000_0000;
            said.email = Some(format!("{spread:08x}{}@acme.example", mark(number)).parse().unwrap());
            said.notes = Some(format!("{} ", mark(number)).repeat(notes));
            said
        };
        let mut ids = Vec::new();
        for number in 0..GROWN {
            let said = of(number, 1 + number * 7 % 40);
            ids.push(shop.ledger.find_or_create_customer(&said, &by).await.unwrap().into_customer().id);
            // One who was there before has more to say.
            let earlier = (number.wrapping_mul(2_654_435_761) >> 7) % (number + 1);
            let said = of(earlier, 1 + number * 11 % 90);
            shop.ledger.edit_customer(ids[earlier], &said, None, Expected::Any, &by).await.unwrap();
        }
        let erased: Vec<usize> = (0..GROWN).filter(|number| number * 13 % 5 == 0).collect();
        let of_erased: Vec<_> = erased.iter().map(|number| ids[*number]).collect();
        shop.ledger.repeat_erasures(&of_erased, &by).await.unwrap();

        let mut seen = vec![false; GROWN];
        for suffix in ["", "-wal", "-shm"] {
            let bytes = fs::read(format!("{path}{suffix}")).unwrap_or_default();
            for window in bytes.windows(9).filter(|window| window.starts_with(b"mark")) {
                let number = std::str::from_utf8(&window[4..]).ok().and_then(|digits| digits.parse::<usize>().ok());
                if let Some(seen) = number.and_then(|number| seen.get_mut(number)) {
                    *seen = true;
                }
            }
        }
        let left: Vec<_> = erased.iter().filter(|number| seen[**number]).collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(seen.iter().filter(|seen| **seen).count(), GROWN - erased.len(), "the others are there");
        agrees(&shop).await;
    });
}

#[test]
fn those_who_were_merged_are_erased_with_the_one_who_is_left() {
    on_both("erase merged", async |shop: Shop| {
        let by = at(TODAY);
        let (first, _) = story(&shop, "mark00001").await;
        let (second, _) = story(&shop, "mark00002").await;
        let (last, _) = story(&shop, "mark00003").await;
        shop.ledger.merge_customers(Merge { from: first, into: second }, Some("mark00001 twice"), &by).await.unwrap();
        shop.ledger.merge_customers(Merge { from: second, into: last }, None, &by).await.unwrap();
        let refused = shop.ledger.erase_customer(first, None, &by).await;
        assert!(matches!(refused, Err(LedgerError::CustomerMerged { .. })), "{refused:?}");
        let mut erased = shop.ledger.erase_customer(last, None, &by).await.unwrap();
        erased.customers.sort_unstable();
        let mut all = vec![first, second, last];
        all.sort_unstable();
        assert_eq!(erased.customers, all);
        for mark in ["mark00001", "mark00002", "mark00003"] {
            assert_eq!(places(&shop, mark).await, Vec::<String>::new(), "{mark}");
        }
        assert_eq!(shop.ledger.erasures().await.unwrap(), all);
        agrees(&shop).await;
    });
}

#[test]
fn what_a_license_says_of_an_earlier_customer_is_erased_with_them() {
    on_both("erase earlier", async |shop: Shop| {
        let by = at(TODAY);
        let id = shop.ledger.find_or_create_customer(&of_mark("mark00001"), &by).await.unwrap().into_customer().id;
        let other = shop.ledger.find_or_create_customer(&of_mark("mark00002"), &by).await.unwrap().into_customer().id;
        let mut order = annual();
        order.reason = Some("mark00001 ordered by phone".to_owned());
        let new = NewLicense::new(order).for_customer(id);
        let license = shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
        let hold = |reason: &'static str| {
            let (shop, by) = (&shop, &by);
            async move {
                shop.ledger.inactivate(license.id, Some(reason), Expected::Any, by).await.unwrap();
                shop.ledger.reactivate(license.id, None, Expected::Any, by).await.unwrap();
            }
        };
        hold("mark00001 was ill").await;
        let mut order = annual();
        order.reason = Some("mark00001 has left".to_owned());
        let issuing = shop.vendor.issuing();
        shop.ledger.reassign(issuing, license.id, other, &order, Expected::Any, &by).await.unwrap();
        hold("mark00002 was ill").await;

        shop.ledger.erase_customer(id, None, &by).await.unwrap();
        assert_eq!(places(&shop, "mark00001").await, Vec::<String>::new());
        let kept = rows(&shop.url, "select personal from audit_log where personal like '%mark00002 was ill%'").await;
        assert_eq!(kept.len(), 1, "the other customer's entries stay");
        agrees(&shop).await;
    });
}

#[test]
fn what_an_approval_says_of_a_customer_is_erased_with_them() {
    on_both("erase approvals", async |shop: Shop| {
        let by = at(TODAY);
        let id = shop.ledger.find_or_create_customer(&of_mark("mark00001"), &by).await.unwrap().into_customer().id;
        let mut order = annual();
        order.licensee = Some("mark00001 licensee".to_owned());
        let new = NewLicense::new(order).for_customer(id);
        let license = shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
        let mut renamed = Order::reissue_of(serial(), serial());
        renamed.licensee = Some("mark00001 other".to_owned());
        (renamed.reason, renamed.ticket) = (Some("mark00001 renamed".to_owned()), Some("DESK-1".to_owned()));
        let ask = Ask { reason: "mark00001 renamed".parse().unwrap(), maker: "Grace".to_owned() };
        let mut asked = Vec::new();
        for withdrawn in [true, false] {
            let issuing = shop.vendor.issuing();
            let ordered = shop.ledger.reissue_or_ask(issuing, license.id, &renamed, Expected::Any, &ask, &by).await;
            let Ok(Ordered::Waiting(approval)) = ordered else { panic!("{ordered:?}") };
            if withdrawn {
                shop.ledger
                    .withdraw_approval(approval.id, "Grace", Some(&"mark00001 twice".parse().unwrap()), &by)
                    .await
                    .unwrap();
            }
            asked.push(approval);
        }
        let seen = places(&shop, "mark00001").await;
        assert!(seen.contains(&"approvals.refusals".to_owned()), "a rule repeats the licensee: {seen:?}");

        shop.ledger.erase_customer(id, None, &by).await.unwrap();
        assert_eq!(places(&shop, "mark00001").await, Vec::<String>::new());
        // Its digest would tell which of a few texts it was.
        let digest = hex::encode(asked[0].order_digest.as_ref().unwrap());
        assert_eq!(places(&shop, &digest).await, Vec::<String>::new());
        for before in asked {
            let after = shop.ledger.approval(before.id).await.unwrap();
            assert_eq!((after.state, after.order_json), (ApprovalState::Withdrawn, None));
            assert_eq!((after.action, after.customer, after.valid_from), (before.action, Some(id), before.valid_from));
        }
        agrees(&shop).await;
    });
}

#[test]
fn signed_keys_that_name_a_licensee_are_listed() {
    on_both("retained", async |shop: Shop| {
        let by = at(TODAY);
        let id = customer(&shop, "it@acme.example").await.id;
        sell(&shop, id).await;
        let mut order = annual();
        order.licensee = Some("Acme Ltd".to_owned());
        let new = NewLicense::new(order).for_customer(id);
        let named = shop.ledger.create(shop.vendor.issuing(), &new, &by).await.unwrap().into_license();
        let serial = shop.ledger.keys(named.id).await.unwrap()[0].serial;
        assert_eq!(shop.ledger.erase_customer(id, None, &by).await.unwrap().retained, [serial]);
        agrees(&shop).await;
    });
}

#[test]
fn licenses_of_an_erased_customer_work_on() {
    on_both("after erasure", async |shop: Shop| {
        let by = at(TODAY);
        let (id, license) = story(&shop, "mark00001").await;
        trial(&shop, id).await.unwrap();
        shop.ledger.erase_customer(id, None, &by).await.unwrap();

        let mut order = Order::reissue_of(serial(), serial());
        (order.seats, order.reason, order.ticket) =
            (Some("30".parse().unwrap()), Some("more seats".into()), Some("DESK-1".into()));
        shop.ledger.reissue(shop.vendor.issuing(), license.id, &order, Expected::Any, &by).await.unwrap();
        assert_eq!(shop.ledger.licenses_of(id, None, PageSize::MAX).await.unwrap().rows.len(), 2);

        // Their address is free: whoever comes back under it is new, and so is their trial. The documentation says so.
        let FoundCustomer::New(back) = found(&shop, "mark00001@mark00001.example").await else {
            panic!("nothing leads to an erased customer")
        };
        trial(&shop, back.id).await.unwrap();
        let refused = trial(&shop, id).await;
        assert!(matches!(refused, Err(LedgerError::Refused(_) | LedgerError::CustomerErased { .. })), "{refused:?}");
        agrees(&shop).await;
    });
}

#[test]
fn erasures_are_repeated_after_a_backup_was_restored() {
    on_both("restored", async |shop: Shop| {
        // A backup from before a merge and an erasure: both customers are there, and apart.
        let by = at(TODAY);
        let (first, _) = story(&shop, "mark00001").await;
        let (last, _) = story(&shop, "mark00002").await;
        let (kept, _) = story(&shop, "mark00003").await;
        let unknown: CustomerId = "cus_0193a1b2c3d4e5f60718293a4b5c6d7e".parse().unwrap();
        let repeated = shop.ledger.repeat_erasures(&[first, last, unknown], &by).await.unwrap();
        assert_eq!(repeated.len(), 2);
        for mark in ["mark00001", "mark00002"] {
            assert_eq!(places(&shop, mark).await, Vec::<String>::new(), "{mark}");
        }
        assert!(shop.ledger.customer(kept).await.unwrap().erased_at.is_none());
        let again = shop.ledger.repeat_erasures(&[first, last, unknown], &by).await.unwrap();
        assert!(again.is_empty(), "{again:?}");
        agrees(&shop).await;
    });
}

#[test]
fn an_answer_on_its_way_is_not_stored_after_the_erasure() {
    on_both("erase-answer", async |shop: Shop| {
        let by = at(TODAY);
        let (id, _) = story(&shop, "mark00001").await;
        let late = claim(&shop, &request("mark00001", 3)).await;
        let mut edit = of_mark("mark00001");
        edit.notes = None;
        shop.ledger.edit_customer(id, &edit, None, Expected::Any, &by.answering(&late)).await.unwrap();
        shop.ledger.erase_customer(id, None, &by).await.unwrap();
        shop.ledger.answer(&late, 200, "mark00001 name").await.unwrap();
        assert_eq!(places(&shop, "mark00001").await, Vec::<String>::new());
    });
}
