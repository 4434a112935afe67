//! The vectors of the specification: each file of `spec/vectors` but `license-keys.json`, case by case.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use ed25519_dalek::VerifyingKey;
use keyward_core::{FingerprintMatch, KeyTextError, UnsignedKey};
use keyward_grace::{Term, TermError};
use keyward_testing::by_hand::text_of;
use keyward_testing::vectors::{is_genuine, signing_key};
use keyward_verifier::{
    Claims, Day, Environment, Fingerprint, LicenseKey, MachineComponents, Product, ReminderDays, TrustedKey,
    TrustedKeyError, Verifier,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn file<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/../../spec/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn bytes<const N: usize>(digits: &str) -> [u8; N] {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).unwrap();
    bytes
}

fn code_point(name: &str) -> char {
    char::from_u32(u32::from_str_radix(name.strip_prefix("U+").unwrap(), 16).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Read {
    name: String,
    text: String,
    reads_as: Option<String>,
    error: Option<String>,
    #[cfg_attr(not(feature = "find"), expect(dead_code, reason = "nothing is searched"))]
    found: Option<String>,
}

impl Read {
    fn expected(&self) -> Result<String, String> {
        match (&self.reads_as, &self.error) {
            (Some(text), None) => Ok(text.clone()),
            (None, Some(code)) => Err(code.clone()),
            _ => panic!("{}: either it reads as a key or there is an error", self.name),
        }
    }
}

#[test]
fn texts_read_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Reading {
        cases: Vec<Read>,
        separators: Vec<String>,
        symbols: Vec<Character>,
        unreadable: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Character {
        value: usize,
        character: char,
        characters: String,
    }
    let reading: Reading = file("reading.json");
    for case in &reading.cases {
        let read = case.text.parse::<LicenseKey>().map(|key| key.to_string());
        assert_eq!(read.map_err(|error| error.code().to_owned()), case.expected(), "{}", case.name);
    }
    #[cfg(feature = "find")]
    for case in &reading.cases {
        let found = keyward_verifier::keys_in(&case.text).find_map(|found| found.key().ok().map(LicenseKey::to_string));
        assert_eq!(found, case.reads_as.clone().or_else(|| case.found.clone()), "{}", case.name);
    }
    let key = &reading.cases[0].text;
    for separator in &reading.separators {
        let text = key.replace('-', &code_point(separator).to_string());
        assert_eq!(&text.parse::<LicenseKey>().unwrap().to_string(), key, "{separator}");
    }
    let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    assert_eq!(reading.symbols.len(), 32);
    for symbol in &reading.symbols {
        assert_eq!(alphabet.chars().nth(symbol.value), Some(symbol.character));
        for character in symbol.characters.chars() {
            let text = key.replace(symbol.character, &character.to_string());
            assert_eq!(&text.parse::<LicenseKey>().unwrap().to_string(), key, "{character}");
        }
    }
    for unreadable in &reading.unreadable {
        let text = key.replacen('K', &code_point(unreadable).to_string(), 1);
        assert!(matches!(text.parse::<LicenseKey>(), Err(KeyTextError::Damaged(_))), "{unreadable}");
    }
}

#[test]
fn damaged_texts_are_repaired_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Repairs {
        verifying_key: String,
        product: u32,
        cases: Vec<Read>,
    }
    let repairs: Repairs = file("repair.json");
    let keys = [TrustedKey::from_hex(&repairs.verifying_key).unwrap()];
    let verifier = Verifier::new(&keys, Product(repairs.product));
    for case in &repairs.cases {
        let verified = verifier.verify(&case.text).map(|license| license.key().to_string());
        assert_eq!(verified.map_err(|refusal| refusal.code().to_owned()), case.expected(), "{}", case.name);
    }
}

#[test]
fn payloads_decode_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Payloads {
        verifying_key: String,
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        payload: String,
        text: String,
        claims: Option<Claims>,
        error: Option<String>,
    }
    let payloads: Payloads = file("claims.json");
    let verifying_key = VerifyingKey::from_bytes(&bytes(&payloads.verifying_key)).unwrap();
    for case in payloads.cases {
        let key: LicenseKey = case.text.parse().unwrap();
        assert!(is_genuine(&verifying_key, &key), "{}", case.name);
        assert_eq!(text_of(key.key_bytes()), case.text, "{}", case.name);
        let payload = key.signed_bytes().get(b"keyward/v1/license\0".len() + 3..).unwrap();
        assert_eq!(hex::encode(payload), case.payload, "{}", case.name);
        let expected = case.claims.ok_or_else(|| case.error.unwrap());
        assert_eq!(key.unverified_claims().map_err(|error| error.code().to_owned()), expected, "{}", case.name);
        if let Ok(claims) = expected {
            assert_eq!(UnsignedKey::new(&claims, key.hint()).signed_bytes(), key.signed_bytes(), "{}", case.name);
        }
    }
}

#[test]
fn verifiers_answer_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Settings {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        text: String,
        trusted_keys: Vec<String>,
        product: u32,
        environment: Environment,
        machine: Option<Fingerprint>,
        released: Option<Day>,
        error: Option<String>,
    }
    for case in file::<Settings>("verifier.json").cases {
        let keys: Vec<_> = case.trusted_keys.iter().map(|key| TrustedKey::from_hex(key).unwrap()).collect();
        let mut verifier = Verifier::new(&keys, Product(case.product)).environment(case.environment);
        if let Some(machine) = case.machine {
            verifier = verifier.machine(machine);
        }
        if let Some(day) = case.released {
            verifier = verifier.released(day);
        }
        let refusal = verifier.verify(&case.text).err().map(|refusal| refusal.code().to_owned());
        assert_eq!(refusal, case.error, "{}", case.name);
    }
}

#[test]
fn public_keys_are_trusted_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Keys {
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        public_key: String,
        key_id: Option<String>,
        refused: Option<String>,
    }
    for case in file::<Keys>("public-keys.json").cases {
        let found =
            TrustedKey::from_hex(&case.public_key).map(|key| key.id().to_string()).map_err(|error| match error {
                TrustedKeyError::NotAPoint => "not-a-point".to_owned(),
                TrustedKeyError::NotCanonical => "not-canonical".to_owned(),
                TrustedKeyError::SmallOrder => "small-order".to_owned(),
                TrustedKeyError::MixedOrder => "mixed-order".to_owned(),
                other => other.to_string(),
            });
        assert_eq!(found, case.key_id.ok_or_else(|| case.refused.unwrap()), "{}", case.name);
    }
}

#[test]
fn signatures_are_good_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Signatures {
        verifying_key: String,
        message: String,
        cases: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        signature: String,
        valid: bool,
    }
    let signatures: Signatures = file("signatures.json");
    let key = TrustedKey::from_hex(&signatures.verifying_key).unwrap();
    let message = hex::decode(&signatures.message).unwrap();
    for case in &signatures.cases {
        assert_eq!(key.verifies(&message, &bytes(&case.signature)), case.valid, "{}", case.name);
    }
}

#[test]
fn fingerprints_are_made_and_matched_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Fingerprints {
        digests: Vec<Made>,
        placeholders: Vec<Placeholder>,
        matches: Vec<Matched>,
    }
    #[derive(Deserialize)]
    struct Made {
        name: String,
        product: u32,
        components: [Option<String>; 5],
        fingerprint: Fingerprint,
    }
    #[derive(Deserialize)]
    struct Placeholder {
        name: String,
        value: String,
        absent: bool,
    }
    #[derive(Deserialize)]
    struct Matched {
        name: String,
        key: Fingerprint,
        machine: Fingerprint,
        same_machine: bool,
    }
    let fingerprints: Fingerprints = file("fingerprints.json");
    for made in &fingerprints.digests {
        let values = made.components.clone().map(|value| value.map(|digits| hex::decode(digits).unwrap()));
        let [machine_id, board_id, system_disk, network_card, vendors_own] = values.each_ref().map(Option::as_deref);
        let machine = MachineComponents { machine_id, board_id, system_disk, network_card, vendors_own };
        assert_eq!(machine.fingerprint(Product(made.product)), made.fingerprint, "{}", made.name);
    }
    for case in &fingerprints.placeholders {
        let value = hex::decode(&case.value).unwrap();
        for slot in 0..Fingerprint::COMPONENTS {
            let mut values = [None; Fingerprint::COMPONENTS];
            values[slot] = Some(&value[..]);
            let [machine_id, board_id, system_disk, network_card, vendors_own] = values;
            let machine = MachineComponents { machine_id, board_id, system_disk, network_card, vendors_own };
            let present = machine.fingerprint(Product(3)).present();
            assert_eq!(present, u8::from(!case.absent), "{} in slot {slot}", case.name);
        }
    }
    for matched in &fingerprints.matches {
        let found: FingerprintMatch = matched.key.compare(&matched.machine);
        assert_eq!(found.is_same_machine(), matched.same_machine, "{}", matched.name);
    }
}

#[test]
fn licenses_stand_as_the_specification_says() {
    #[derive(Deserialize)]
    struct Standings {
        cases: Vec<Case>,
        terms: Vec<TermCase>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        claims: Claims,
        now: DateTime<Utc>,
        reminder_days: Vec<u16>,
        state: String,
        usable: bool,
        days_left: Option<u32>,
        grace_days: u8,
        next_reminder: Option<Day>,
    }
    #[derive(Deserialize)]
    struct TermCase {
        term: String,
        valid_from: Day,
        valid_through: Option<Day>,
    }
    let standings: Standings = file("standing.json");
    for case in &standings.cases {
        let reminders = ReminderDays::new(&case.reminder_days).unwrap();
        // Through a key and a verifier, as a product does.
        let key = keyward_testing::vectors::sign(&case.claims);
        let keys = [TrustedKey::from_bytes(&signing_key().verifying_key().to_bytes()).unwrap()];
        let verifier = Verifier::new(&keys, case.claims.product()).environment(case.claims.environment());
        let standing = verifier.verify_key(key).unwrap().standing_with_reminders(case.now, &reminders);
        assert_eq!(standing.code(), case.state, "{}", case.name);
        assert_eq!(standing.is_usable(), case.usable, "{}", case.name);
        assert_eq!(standing.days_left(), case.days_left, "{}", case.name);
        assert_eq!(standing.grace_days(), case.grace_days, "{}", case.name);
        assert_eq!(standing.next_reminder(), case.next_reminder, "{}", case.name);
    }
    for case in &standings.terms {
        let term: Term = case.term.parse().unwrap();
        match (term.last_day(case.valid_from), case.valid_through) {
            (Ok(day), expected) => assert_eq!(Some(day), expected, "{} from {}", case.term, case.valid_from),
            (Err(TermError::EndsAfterTheLastDay { .. }), None) => {}
            (Err(error), _) => panic!("{} from {}: {error}", case.term, case.valid_from),
        }
    }
}
