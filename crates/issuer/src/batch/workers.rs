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

/// Licenses to be signed, by their numbers.
pub(super) type Work = Vec<(u64, Box<Permitted>, DateTime<Utc>)>;
/// The same, signed.
pub(super) type Done = Vec<(u64, Result<Sealed, SignError>)>;

/// Where work goes in, and comes out in any order.
pub(super) struct Workers {
    pub(super) work: Sender<Work>,
    pub(super) done: Receiver<Done>,
    pub(super) threads: NonZeroUsize,
    stop: Arc<AtomicBool>,
}

/// What they were given and did not begin is left: nobody waits for it any more.
impl Drop for Workers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Says that a license is not signed if the signer panics: the other threads wait for work then, and the job for them.
struct Alarm<'a> {
    number: u64,
    finished: &'a Sender<Done>,
    stop: &'a AtomicBool,
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.stop.store(true, Ordering::Relaxed);
            let _ = self.finished.send(vec![(self.number, Err(SignError::Signer))]);
        }
    }
}

/// Threads that sign, until nobody gives them work any more.
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
                // Not held while signing.
                let next = to_do.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(work) = next else { return };
                let mut signed = Vec::with_capacity(work.len());
                for (number, permitted, at) in work {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let alarm = Alarm { number, finished: &finished, stop: &stop };
                    let license = issuance.sign(*permitted, at);
                    drop(alarm);
                    let failed = license.is_err();
                    signed.push((number, license));
                    if failed {
                        // A signer that failed once may take long to fail again.
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
