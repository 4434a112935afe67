//! Two servers at once never sign two contents under one number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use keyward_issuer::signature::{self, Signer};
use keyward_issuer::{Environment, Issuer, Signature, SigningKey};
use keyward_ledger::Ledger;
use keyward_verifier::files::{Payload, Reason, RevocationList};

use crate::common::{Shop, TODAY, at, on_both};
use crate::product::{ANY, sold};
use crate::raw::Raw;

/// A signer that remembers what it has signed.
#[derive(Clone)]
struct Remembering {
    key: Arc<SigningKey>,
    signed: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Signer<Signature> for Remembering {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        self.signed.lock().unwrap().push(message.to_vec());
        // Others come meanwhile.
        std::thread::sleep(std::time::Duration::from_millis(2));
        self.key.try_sign(message)
    }
}

impl Remembering {
    fn new() -> Remembering {
        Remembering { key: Arc::new(SigningKey::generate().unwrap()), signed: Arc::default() }
    }

    fn issuer(&self) -> Issuer<Remembering> {
        Issuer::new(self.clone(), self.key.verifying_key().clone())
    }

    /// The lists that it has signed, by number. The payload is the end of the signed bytes.
    fn lists(&self) -> BTreeMap<u32, Vec<RevocationList>> {
        let mut lists: BTreeMap<u32, Vec<RevocationList>> = BTreeMap::new();
        for bytes in self.signed.lock().unwrap().iter() {
            // "DSSEv1", the length of the type, the type and the length of the payload, with a space after each.
            let payload = bytes.splitn(5, |byte| *byte == b' ').last().unwrap();
            let list = RevocationList::from_bytes(payload).unwrap();
            lists.entry(list.sequence).or_default().push(list);
        }
        lists
    }
}

/// The ledger as two servers have it. A file of SQLite belongs to one.
async fn servers(shop: &Shop) -> [Arc<Ledger>; 2] {
    let open = async || Ledger::open(&shop.url, Environment::Production, &at(TODAY)).await.unwrap();
    if shop.url.starts_with("sqlite:") {
        let ledger = Arc::new(shop.ledger.clone());
        [Arc::clone(&ledger), ledger]
    } else {
        [Arc::new(open().await), Arc::new(open().await)]
    }
}

#[test]
fn many_lists_at_once_have_many_numbers() {
    on_both("lists at once", async |shop: Shop| {
        let (servers, signer) = (servers(&shop).await, Remembering::new());
        let mut licenses = Vec::new();
        for _ in 0..8 {
            licenses.push(sold(&shop).await.0.id);
        }
        let mut tasks = Vec::new();
        for (index, license) in licenses.into_iter().enumerate() {
            let (ledger, issuer) = (Arc::clone(&servers[index % 2]), signer.issuer());
            // Each list has other contents: one more license is revoked.
            tasks.push(tokio::spawn(async move {
                ledger.revoke(license, Reason::Leaked, None, ANY, &at(TODAY)).await.unwrap();
                ledger.sign_list(&issuer, &at(TODAY)).await.unwrap()
            }));
        }
        let mut numbers = Vec::new();
        for task in tasks {
            numbers.push(task.await.unwrap().number);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
        let signed = signer.lists();
        assert!(signed.values().all(|lists| lists.len() == 1), "one number, one contents: {:?}", signed.keys());
        assert!(signed.keys().copied().eq(1..=8));
        // A license that was on a list is on each later one.
        let lists: Vec<_> = signed.values().flatten().collect();
        for pair in lists.windows(2) {
            assert!(pair[0].iter().all(|(license, status)| pair[1].status_of(&license) == Some(status)));
        }
        assert_eq!(lists.last().unwrap().len(), 8);
        let newest = shop.ledger.newest_list().await.unwrap().unwrap();
        assert_eq!((newest.number, newest.signing_key), (8, signer.key.verifying_key().id()));
    });
}

#[test]
fn of_many_servers_that_find_a_list_due_one_signs_it() {
    on_both("due at once", async |shop: Shop| {
        let (servers, signer) = (servers(&shop).await, Remembering::new());
        for (minute, expected) in [("2026-11-28T12:00:00Z", 1), ("2026-11-29T12:00:00Z", 2)] {
            let sign = |index: usize| {
                let (ledger, issuer) = (Arc::clone(&servers[index % 2]), signer.issuer());
                tokio::spawn(async move { ledger.sign_list_if_due(&issuer, &at(minute)).await.unwrap() })
            };
            let tasks: Vec<_> = (0..16).map(sign).collect();
            let mut signed = Vec::new();
            for task in tasks {
                signed.extend(task.await.unwrap());
            }
            assert_eq!(signed.iter().map(|list| list.number).collect::<Vec<_>>(), [expected]);
        }
        assert_eq!(signer.lists().len(), 2);
        let log = Raw::connect(&shop.url).await.rows("select action from audit_log where action like 'list.%'").await;
        assert_eq!(log.len(), 4, "two lists, each numbered and signed");
    });
}
