use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use chrono::{DateTime, Utc};
use ed25519_dalek::Signature;
use ed25519_dalek::ed25519::signature::Signer;

use crate::SignError;
use crate::issuance::Issuance;
use crate::policy::Permitted;
use crate::record::Sealed;

/// Licenses to be signed, with the numbers of their orders.
pub(super) type Work = Vec<(u64, Box<Permitted>, DateTime<Utc>)>;
/// The signed licenses.
pub(super) type Done = Vec<(u64, Result<Sealed, SignError>)>;

/// The workers' input and output. Licenses come out in any order.
pub(super) struct Workers {
    pub(super) work: Sender<Work>,
    pub(super) done: Receiver<Done>,
    pub(super) threads: NonZeroUsize,
    stop: Arc<AtomicBool>,
}

/// Stops the workers. Work that they have not begun is dropped.
impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Reports a license as failed if the signer panics. Otherwise the job would wait for it for ever.
struct PanicReport<'a> {
    number: u64,
    finished: &'a Sender<Done>,
    stop: &'a AtomicBool,
}

impl Drop for PanicReport<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.stop.store(true, Ordering::Relaxed);
            let _ = self.finished.send(vec![(self.number, Err(SignError::Signer))]);
        }
    }
}

/// Starts threads that sign until the sender of the work is dropped.
pub(super) fn start<'scope, S: Signer<Signature> + Sync>(
    scope: &'scope Scope<'scope, '_>,
    issuance: &'scope Issuance<'_, S>,
    threads: NonZeroUsize,
) -> Workers {
    let (work, to_do) = channel::<Work>();
    let (finished, done) = channel();
    let to_do = Arc::new(Mutex::new(to_do));
    let stop = Arc::new(AtomicBool::new(false));
    for _ in 0..threads.get() {
        let (to_do, finished, stop) = (to_do.clone(), finished.clone(), stop.clone());
        scope.spawn(move || {
            loop {
                // The lock is not held while signing.
                let next = to_do.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(work) = next else { return };
                let mut signed = Vec::with_capacity(work.len());
                for (number, permitted, at) in work {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let report = PanicReport { number, finished: &finished, stop: &stop };
                    let license = issuance.sign(*permitted, at);
                    drop(report);
                    let failed = license.is_err();
                    signed.push((number, license));
                    if failed {
                        // Each further attempt of a failed signer may take long.
                        stop.store(true, Ordering::Relaxed);
                        break;
                    }
                }
                if finished.send(signed).is_err() {
                    return;
                }
            }
        });
    }
    Workers { work, done, threads, stop }
}
