//! Any texts, settings and times through the C interface. Its results are those of the verifier, and it writes to no other
//! memory.
#![no_main]

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use chrono::{DateTime, TimeDelta, Utc};
use keyward::*;
use keyward_fuzz::trusted;
use keyward_verifier::{
    ClockEvidence, Day, Environment, Fingerprint, Grant, HighWaterMark, License, Product, ReminderDays, TrustedKey,
    Verifier, combine,
};
use libfuzzer_sys::fuzz_target;

static TRUSTED: LazyLock<[TrustedKey; 1]> = LazyLock::new(trusted);

/// The number of bytes for the settings; the rest of the input is texts.
const SETTINGS: usize = 192;
const BETWEEN_TEXTS: u8 = 0x1E;
const MAX_TEXTS: usize = 3;

#[derive(Arbitrary, Debug)]
struct Settings {
    now: Time,
    other_product: bool,
    environment: Option<i32>,
    refuse_damaged: bool,
    machine: Option<[u8; 16]>,
    released: Option<(i32, u32, u32)>,
    clock: Time,
    built: Option<Time>,
    issued: Option<Time>,
    running: i64,
    tolerance: i64,
    mark: Option<[u8; KW_MARK_SIZE]>,
    impossible_size: Option<usize>,
    reminders: Option<[u16; 9]>,
    reminder_count: u8,
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Time {
    /// Seconds from the middle of the year of most seeds.
    Near(i32),
    Any(i64),
}

impl Time {
    fn microseconds(self) -> i64 {
        match self {
            Time::Near(seconds) => 1_781_524_800_000_000 + i64::from(seconds) * 1_000_000,
            Time::Any(microseconds) => microseconds,
        }
    }
}

/// A struct for a call to fill, between bytes that it must not write to.
#[repr(C)]
struct Guarded<T> {
    before: [u8; 64],
    value: T,
    after: [u8; 64],
}

/// Sets all bytes to 0xFF, and then lets a call fill the struct.
fn filled<T>(call: impl FnOnce(*mut T) -> KwStatus) -> (KwStatus, T) {
    let mut place = std::mem::MaybeUninit::<Guarded<T>>::uninit();
    unsafe {
        place.as_mut_ptr().write_bytes(0xFF, 1);
        let status = call(&raw mut (*place.as_mut_ptr()).value);
        let (before, after) = ((*place.as_ptr()).before, (*place.as_ptr()).after);
        assert!(before == [0xFF; 64] && after == [0xFF; 64], "written beside the struct");
        if status != KwStatus::Ok {
            let value = (&raw const (*place.as_ptr()).value).cast::<u8>();
            let value = std::slice::from_raw_parts(value, size_of::<T>());
            assert!(value.iter().all(|byte| *byte == 0), "a call that was not made leaves zero");
        }
        (status, place.assume_init().value)
    }
}

struct Owned(*mut KwVerifier);

impl Drop for Owned {
    fn drop(&mut self) {
        unsafe { kw_verifier_free(self.0) };
    }
}

impl Owned {
    fn of(product: u32) -> Owned {
        let mut handle = null_mut();
        assert_eq!(unsafe { kw_verifier_new(product, &mut handle) }, KwStatus::Ok);
        Owned(handle)
    }

    /// Whether the verifier accepts the settings. If not, they are tried on another verifier, which verifies nothing from
    /// then on.
    fn set_up(&self, call: impl Fn(*mut KwVerifier) -> KwStatus) -> bool {
        let other = Owned::of(3);
        let status = call(other.0);
        if status == KwStatus::Ok {
            assert_eq!(call(self.0), KwStatus::Ok);
            return true;
        }
        let asked = filled(|result: *mut KwResult| unsafe { kw_verify(other.0, null(), 0, 0, result) });
        assert_eq!(asked.0, status);
        false
    }
}

fuzz_target!(|data: &[u8]| {
    let (settings, texts) = data.split_at(data.len().min(SETTINGS));
    let Ok(settings) = Settings::arbitrary(&mut Unstructured::new(settings)) else { return };
    let texts: Vec<&[u8]> = texts.splitn(MAX_TEXTS, |byte| *byte == BETWEEN_TEXTS).collect();
    let product = 3 + u32::from(settings.other_product);

    let owned = Owned::of(product);
    let mut keys = TRUSTED.to_vec();
    for contents in TRUSTED.iter().map(|key| key.to_bytes().to_vec()).chain([texts[0].to_vec()]) {
        let is_trusted =
            owned.set_up(|verifier| unsafe { kw_verifier_trust(verifier, contents.as_ptr(), contents.len()) });
        let read = TrustedKey::from_file_contents(&contents);
        assert_eq!(is_trusted, read.is_ok());
        if contents != TRUSTED[0].to_bytes() {
            keys.extend(read);
        }
    }
    let mut direct = Verifier::new(&keys, Product(product));
    let reminders;
    unsafe {
        if let Some(number) = settings.environment {
            let environment = match number {
                0 => Some(Environment::Production),
                1 => Some(Environment::Staging),
                2 => Some(Environment::Development),
                _ => None,
            };
            let is_set = owned.set_up(|verifier| kw_verifier_set_environment(verifier, number));
            assert_eq!(is_set, environment.is_some());
            direct = environment.map_or(direct.clone(), |environment| direct.environment(environment));
        }
        if let Some(bytes) = settings.machine {
            let fingerprint = Fingerprint::from_bytes(bytes);
            assert_eq!(owned.set_up(|verifier| kw_verifier_set_machine(verifier, bytes.as_ptr())), fingerprint.is_ok());
            direct = fingerprint.map_or(direct.clone(), |fingerprint| direct.machine(fingerprint));
        }
        if let Some((year, month, number)) = settings.released {
            let day = Day::from_ymd(year, month, number);
            let is_set = owned.set_up(|verifier| kw_verifier_set_released(verifier, year, month, number));
            assert_eq!(is_set, day.is_ok());
            direct = day.map_or(direct.clone(), |day| direct.released(day));
        }
        if settings.refuse_damaged {
            assert_eq!(kw_verifier_refuse_damaged(owned.0), KwStatus::Ok);
            direct = direct.without_repair();
        }
        let days = settings.reminders.unwrap_or_default();
        let days = &days[..usize::from(settings.reminder_count) % 10];
        let is_set = owned.set_up(|verifier| kw_verifier_set_reminders(verifier, days.as_ptr(), days.len()));
        assert_eq!(is_set, ReminderDays::new(days).is_ok());
        reminders = ReminderDays::new(days).unwrap_or_default();
    }

    let now = settings.now.microseconds();
    let time = DateTime::from_timestamp_micros(now);
    let mut licenses = Vec::new();
    for (index, bytes) in texts.iter().enumerate() {
        let verify = |size| filled(|result| unsafe { kw_verify(owned.0, bytes.as_ptr().cast(), size, now, result) });
        let (status, result): (_, KwResult) = verify(bytes.len());
        assert_eq!(status, if time.is_some() { KwStatus::Ok } else { KwStatus::OutOfRange });
        assert_eq!(result.outcome == KwOutcome::None, status != KwStatus::Ok);
        if let Some(size) = settings.impossible_size.filter(|size| isize::try_from(*size).is_err()) {
            assert_eq!(verify(size).0, KwStatus::OutOfRange);
        }
        let found = direct.verify(&String::from_utf8_lossy(bytes));
        if let Some(time) = time {
            same(&result, &found, time, &reminders);
        }
        licenses.extend(found.ok().map(|license| (index, license)));
    }
    let (indices, licenses): (Vec<usize>, Vec<License>) = licenses.into_iter().unzip();

    let starts: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr().cast()).collect();
    let sizes: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    let (status, combined): (_, KwEntitlement) =
        filled(|combined| unsafe { kw_combine(owned.0, starts.as_ptr(), sizes.as_ptr(), texts.len(), now, combined) });
    assert_eq!(status == KwStatus::Ok, time.is_some());
    assert!(combined.index < texts.len());
    if let Some(time) = time {
        match combine(&licenses, time, &reminders) {
            None => assert!(combined.outcome == KwOutcome::None && !combined.is_usable && !combined.grant.is_granted),
            Some(expected) => {
                let index =
                    licenses.iter().position(|license| license == expected.license()).map(|place| indices[place]);
                assert_eq!(Some(combined.index), index);
                assert_eq!(code(combined.outcome), expected.standing().state().code());
                assert_eq!(combined.is_usable, expected.standing().is_usable());
                assert_eq!(combined.standing.has_successor, expected.standing().has_successor());
                assert_eq!(combined.grant.is_granted, expected.grant().is_some());
                assert_eq!(combined.grant.features, expected.grant().map_or(0, |grant| grant.features().bits()));
                let seats =
                    |grant: &Grant| grant.seats().number().map_or(KW_UNLIMITED_SEATS, |seats| seats.get().into());
                assert_eq!(combined.grant.seats, expected.grant().map_or(0, seats));
            }
        }
    }
    read_clock(&owned, &settings, &starts, &sizes, &licenses);
});

/// Checks that the result for a text is that of the verifier.
fn same(
    result: &KwResult,
    found: &Result<License, keyward_verifier::VerifyError>,
    now: DateTime<Utc>,
    reminders: &ReminderDays,
) {
    match found {
        Ok(license) => {
            let standing = license.standing_with_reminders(now, reminders);
            assert_eq!(code(result.outcome), standing.state().code());
            assert_eq!(result.is_usable, standing.is_usable());
            assert_eq!(text(&result.standing.text), standing.to_string());
            assert_eq!(text(&result.standing.notice), standing.notice().unwrap_or_default());
            assert_eq!(result.standing.days_left, standing.days_left().map_or(-1, |days| days as i32));
            assert_eq!(text(&result.key), license.key().to_string());
            assert_eq!(text(&result.message), "");
            assert_eq!(result.digest, license.digest().to_bytes());
            assert_eq!(result.claims.serial, license.claims().serial().to_bytes());
            assert_eq!(text(&result.claims.licensee), license.claims().licensee().map_or("", |name| name.as_str()));
            let repairs: Vec<_> =
                license.repairs().iter().map(|repair| (repair.group(), repair.typed().to_string())).collect();
            let told: Vec<_> = result.repairs[..usize::from(result.repair_count)]
                .iter()
                .map(|repair| (repair.group, text(&repair.typed)))
                .collect();
            assert_eq!(told, repairs);
        }
        Err(refusal) => {
            assert_eq!(code(result.outcome), refusal.code());
            assert_eq!(text(&result.message), refusal.to_string());
            assert!(!result.is_usable && result.standing.state == KwOutcome::None);
            assert_eq!(result.evidence.has_serial, refusal.serial().is_some());
            assert_eq!((text(&result.key), result.repair_count), (String::new(), 0));
        }
    }
}

fn read_clock(owned: &Owned, settings: &Settings, starts: &[*const c_char], sizes: &[usize], licenses: &[License]) {
    let or_none = |time: Option<Time>| time.map_or(KW_NO_TIME, Time::microseconds);
    let clock = KwClock {
        clock: settings.clock.microseconds(),
        built: or_none(settings.built),
        issued: or_none(settings.issued),
        running: settings.running,
        tolerance: settings.tolerance,
    };
    let before =
        settings.mark.unwrap_or_else(|| filled(|mark: *mut [u8; KW_MARK_SIZE]| unsafe { kw_mark_new(mark.cast()) }).1);
    let mut mark = before;
    let (status, reading): (_, KwReading) = filled(|reading| unsafe {
        kw_read_clock(owned.0, starts.as_ptr(), sizes.as_ptr(), sizes.len(), &clock, mark.as_mut_ptr(), reading)
    });
    let time = |microseconds| DateTime::from_timestamp_micros(microseconds);
    let known = |microseconds| if microseconds == KW_NO_TIME { Some(None) } else { time(microseconds).map(Some) };
    let evidence =
        time(clock.clock).filter(|_| clock.running >= 0).zip(known(clock.built)).zip(known(clock.issued)).map(
            |((clock, built), issued)| {
                let evidence = ClockEvidence::new(clock).running(TimeDelta::microseconds(settings.running));
                let evidence = built.map_or(evidence, |at| evidence.built(at));
                let evidence = issued.map_or(evidence, |at| evidence.issued(at));
                if settings.tolerance < 0 {
                    evidence
                } else {
                    evidence.tolerance(TimeDelta::microseconds(settings.tolerance))
                }
            },
        );
    match (HighWaterMark::from_bytes(&before), evidence) {
        (Ok(kept), Some(evidence)) => {
            assert_eq!(status, KwStatus::Ok);
            let expected = evidence.read(&kept, licenses.iter().map(License::claims));
            assert_eq!(reading.now, expected.now().timestamp_micros());
            assert_eq!(reading.is_suspect, expected.suspect().is_some());
            assert_eq!(mark, expected.mark().to_bytes());
        }
        (kept, _) => {
            assert_eq!(status, if kept.is_err() { KwStatus::BadMark } else { KwStatus::OutOfRange });
            assert_eq!(mark, before);
        }
    }
    let mark_before = mark;
    let recovered = unsafe { kw_mark_recover(mark.as_mut_ptr(), clock.clock) };
    assert!(recovered == KwStatus::Ok || mark == mark_before);
    assert!(
        recovered != KwStatus::Ok || unsafe { kw_mark_recover(mark.as_mut_ptr(), clock.clock) } == KwStatus::NotNewer
    );
}

/// The text up to the zero byte. Checks that there is one, and that only zeros follow it.
fn text(characters: &[c_char]) -> String {
    let bytes: Vec<u8> = characters.iter().map(|character| *character as u8).collect();
    let text = CStr::from_bytes_until_nul(&bytes).expect("a zero byte").to_str().expect("UTF-8").to_owned();
    assert!(bytes[text.len()..].iter().all(|byte| *byte == 0));
    text
}

fn code(outcome: KwOutcome) -> &'static str {
    unsafe { CStr::from_ptr(kw_code(outcome as i32)) }.to_str().expect("ASCII")
}
