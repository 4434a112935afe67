//! Entries get their positions once, whoever gives them.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use keyward_issuer::Environment;
use keyward_ledger::{Expected, Ledger, Sequenced};
use keyward_testing::postgres::Schema;
use keyward_verifier::files::Reason;

use crate::common::{Shop, TODAY, Vendor, annual, at, on_both_altered};
use crate::log::{agrees, checkpoint};

/// The environment variable with the URL of the ledger of a process that is killed.
const CHILD: &str = "KEYWARD_TEST_SEQUENCER";

#[test]
fn positions_follow_the_commits_and_are_given_once() {
    on_both_altered("positions", async |shop: Shop| {
        let Sequenced::All(first) = shop.ledger.sequence().await.unwrap() else { panic!("nobody else is here") };
        assert_eq!(first.size, 1, "the ledger itself");
        assert_eq!(shop.ledger.sequence().await.unwrap(), Sequenced::All(first), "there is nothing to do");
        let license = shop.license().await;
        shop.ledger.revoke(license.id, Reason::Leaked, None, Expected::Any, &at(TODAY)).await.unwrap();
        let Sequenced::All(head) = shop.ledger.sequence().await.unwrap() else { panic!("nobody else is here") };
        assert_eq!(head.size, 3);
        assert_eq!(agrees(&shop, &[]).await.head, head);
    });
}

#[test]
fn a_checkpoint_covers_all_entries_and_is_signed_once() {
    on_both_altered("checkpoints", async |shop: Shop| {
        shop.license().await;
        let first = checkpoint(&shop).await;
        assert_eq!(first.head.size, 2);
        assert_eq!(checkpoint(&shop).await, first);
        shop.license().await;
        let second = checkpoint(&shop).await;
        assert_eq!(second.head.size, 3);
        assert_eq!(agrees(&shop, &[second, first]).await.confirmed, 3);
    });
}

#[test]
fn more_entries_than_one_transaction_takes_are_sequenced() {
    on_both_altered("batches", async |shop: Shop| {
        let json = r#"{"offer":"pro-annual","seats":3}"#;
        let signing = keyward_ledger::Signing::OnAssignment;
        let by = at(TODAY);
        let generator = shop.ledger.create_generator(shop.vendor.issuing(), "Pool", json, signing, &by).await.unwrap();
        for _ in 0..5 {
            shop.ledger.generate(shop.vendor.issuing(), generator.id, 500, &by).await.unwrap();
        }
        let turns: Vec<_> = (0..8)
            .map(|_| shop.ledger.clone())
            .map(|ledger| tokio::spawn(async move { ledger.sequence().await }))
            .collect();
        for turn in turns {
            turn.await.unwrap().unwrap();
        }
        assert_eq!(checkpoint(&shop).await.head.size, 2_502);
        agrees(&shop, &[]).await;
    });
}

/// Two processes write and sequence in one PostgreSQL, and are killed over and over.
#[test]
fn a_sequencer_that_was_killed_leaves_no_gap_and_no_double() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Ok(url) = std::env::var(CHILD) {
        return runtime.block_on(write_and_sequence(&url));
    }
    let Some(schema) = Schema::create("a_sequencer_that_was_killed_leaves_no_gap_and_no_double") else { return };
    runtime.block_on(async {
        let shop = crate::common::open(schema.url.clone(), None).await;
        let mut children = [child(&schema.url), child(&schema.url)];
        let mut kept = Vec::new();
        for round in 0..8 {
            tokio::time::sleep(Duration::from_millis(400 + 37 * round)).await;
            kept.push(checkpoint(&shop).await);
            let victim = &mut children[usize::try_from(round % 2).unwrap()];
            victim.kill().unwrap();
            victim.wait().unwrap();
            *victim = child(&schema.url);
        }
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let last = checkpoint(&shop).await;
        assert!(last.head.size > 50, "{last:?}");
        assert!(kept.windows(2).all(|pair| pair[0].head.size <= pair[1].head.size));
        kept.push(last.clone());
        let report = agrees(&shop, &kept).await;
        assert_eq!((report.head, report.confirmed), (last.head, last.head.size));
        println!("{} entries, {} at the first checkpoint", last.head.size, kept[0].head.size);
        shop.ledger.close().await;
    });
}

fn child(url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["sequencing::a_sequencer_that_was_killed_leaves_no_gap_and_no_double", "--exact"])
        .env(CHILD, url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Until it is killed.
async fn write_and_sequence(url: &str) {
    let ledger = Ledger::open(url, Environment::Production, &at(TODAY)).await.unwrap();
    let sequencer = ledger.clone();
    tokio::spawn(async move {
        loop {
            sequencer.sequence().await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    let vendor = Vendor::new();
    loop {
        let new = keyward_ledger::NewLicense::new(annual());
        let license = ledger.create(vendor.issuing(), &new, &at(TODAY)).await.unwrap().into_license();
        ledger.revoke(license.id, Reason::Leaked, Some("posted"), Expected::Any, &at(TODAY)).await.unwrap();
    }
}
