use keyward_verifier::{Day, Environment, Fingerprint, Product, ReminderDays, TrustedKey, TrustedKeyError, Verifier};

use crate::boundary::{call, reference, reference_mut, slice, zeroed};
use crate::{KwStatus, claims};

/// Verifies license keys for one product, with the trusted keys alone. Make it with `kw_verifier_new`, set it up, use it in
/// any number of threads, and free it once with `kw_verifier_free`.
///
/// After a call that sets it up has failed, it verifies nothing: `kw_verify` and the others return the same status.
///
/// A freed verifier must not be used. The library can't notice such a use.
#[derive(Debug)]
pub struct KwVerifier {
    trusted: Vec<TrustedKey>,
    product: Product,
    environment: Environment,
    machine: Option<Fingerprint>,
    released: Option<Day>,
    repairs: bool,
    pub(crate) reminders: ReminderDays,
    /// The first error of the calls that set it up.
    flaw: Option<KwStatus>,
}

impl KwVerifier {
    /// The verifier, or the first error of the calls that set it up: without its release day, for example, it would accept
    /// licenses that don't cover this version.
    pub(crate) fn verifier(&self) -> Result<Verifier<'_>, KwStatus> {
        if let Some(status) = self.flaw {
            return Err(status);
        }
        let mut verifier = Verifier::new(&self.trusted, self.product).environment(self.environment);
        if let Some(machine) = self.machine {
            verifier = verifier.machine(machine);
        }
        if let Some(released) = self.released {
            verifier = verifier.released(released);
        }
        Ok(if self.repairs { verifier } else { verifier.without_repair() })
    }

    /// Runs a call that sets it up. An error is kept: a program that ignores it gets it again when it verifies.
    fn set_up(&mut self, body: impl FnOnce(&mut KwVerifier) -> Result<(), KwStatus>) -> Result<(), KwStatus> {
        let done = body(self);
        self.flaw = self.flaw.or(done.err());
        done
    }
}

/// Makes a verifier for that product in production, which trusts no key yet and repairs mistakes.
///
/// # Safety
///
/// `verifier` is NULL, or points to a pointer that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_new(product: u32, verifier: *mut *mut KwVerifier) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let place = unsafe { zeroed(verifier) }?;
        *place = Box::into_raw(Box::new(KwVerifier {
            trusted: Vec::new(),
            product: Product(product),
            environment: Environment::Production,
            machine: None,
            released: None,
            repairs: true,
            reminders: ReminderDays::default(),
            flaw: None,
        }));
        Ok(())
    })
}

/// Frees a verifier. NULL is allowed.
///
/// # Safety
///
/// `verifier` is NULL, or came from `kw_verifier_new`, was not freed, and is not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_free(verifier: *mut KwVerifier) {
    if !verifier.is_null() {
        // SAFETY: it came from a `Box`, and the caller promises that nothing else uses it.
        drop(unsafe { Box::from_raw(verifier) });
    }
}

/// Adds a trusted key: the bytes of a public key's file, in PEM, hex digits, DER or 32 raw bytes.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing else uses during the call; `contents` is NULL or points to `size` bytes.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_trust(verifier: *mut KwVerifier, contents: *const u8, size: usize) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference_mut(verifier) }?;
        verifier.set_up(|verifier| {
            // SAFETY: the caller promises it.
            let contents = unsafe { slice(contents, size) }?;
            let key = TrustedKey::from_file_contents(contents).map_err(|error| match error {
                TrustedKeyError::SecretKey => KwStatus::SecretKey,
                _ => KwStatus::NotAPublicKey,
            })?;
            verifier.trusted.try_reserve(1).map_err(|_| KwStatus::OutOfMemory)?;
            verifier.trusted.push(key);
            Ok(())
        })
    })
}

/// Sets the environment: 0 production, 1 staging, 2 development.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_set_environment(verifier: *mut KwVerifier, environment: i32) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference_mut(verifier) }?;
        verifier.set_up(|verifier| {
            verifier.environment = claims::environment(environment).ok_or(KwStatus::OutOfRange)?;
            Ok(())
        })
    })
}

/// Sets the machine that the product runs on: the 16 bytes of `kw_fingerprint`. Without this call, a license that is locked to
/// a machine is refused.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing else uses during the call; `fingerprint` is NULL or points to 16 bytes.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_set_machine(verifier: *mut KwVerifier, fingerprint: *const u8) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference_mut(verifier) }?;
        verifier.set_up(|verifier| {
            // SAFETY: the caller promises it.
            let bytes = unsafe { reference(fingerprint.cast::<[u8; 16]>()) }?;
            verifier.machine = Some(Fingerprint::from_bytes(*bytes).map_err(|_| KwStatus::OutOfRange)?);
            Ok(())
        })
    })
}

/// Sets the day on which the running version was released: a year, a month from 1 to 12 and a day from 1 to 31. Without this
/// call, every version is covered.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_set_released(
    verifier: *mut KwVerifier,
    year: i32,
    month: u32,
    day: u32,
) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference_mut(verifier) }?;
        verifier.set_up(|verifier| {
            verifier.released = Some(Day::from_ymd(year, month, day).map_err(|_| KwStatus::NoSuchDay)?);
            Ok(())
        })
    })
}

/// Sets the reminder days: numbers of days before the last day, in any order, at most 8. Without this call they are 30, 14 and
/// 7.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing else uses during the call; `days` is NULL or points to `count` numbers.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_set_reminders(
    verifier: *mut KwVerifier,
    days: *const u16,
    count: usize,
) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        let verifier = unsafe { reference_mut(verifier) }?;
        verifier.set_up(|verifier| {
            // SAFETY: the caller promises it.
            let days = unsafe { slice(days, count) }?;
            verifier.reminders = ReminderDays::new(days).map_err(|_| KwStatus::BadReminders)?;
            Ok(())
        })
    })
}

/// Makes the verifier refuse damaged text instead of repairing it: for keys that no person has typed.
///
/// # Safety
///
/// `verifier` is NULL or a verifier that nothing else uses during the call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_verifier_refuse_damaged(verifier: *mut KwVerifier) -> KwStatus {
    call(|| {
        // SAFETY: the caller promises it.
        unsafe { reference_mut(verifier) }?.repairs = false;
        Ok(())
    })
}
