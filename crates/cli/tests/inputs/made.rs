//! The signed files of these tests. Keys and times are fixed, so every run makes the same bytes.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Issuer, LicenseDigest, LicenseKey, SigningKey, TrustedKey};
use keyward_verifier::files::{
    Contact, DelegatedKey, Delegation, KeyState, LicenseFile, OpenedState, Party, Payload, ProductNames, Purpose,
    Reason, RevocationList, RootSet, StateFile, StateId, Status, TimePurpose, TimeStatement, TrustBundle,
    ValidationFile,
};
use keyward_verifier::{Claims, ClockEvidence, Day, Edition, Fingerprint, Kind, Product, Serial};

use crate::common::{fixture, fixtures};

/// The folder of the files, beside the transcript that uses them.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/air-gap.in")
}

pub const MACHINE: &str = "01112233445566778899aabbccddeeff";
/// The id of the state whose clock ran ahead.
pub const AHEAD: StateId = StateId::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]);

/// Signs with the key of the fixtures, or with a numbered key.
#[derive(Clone, Copy)]
pub enum By {
    Vendor,
    Pipeline,
    Root(u8),
    Stranger,
}

impl By {
    fn issuer(self) -> Issuer {
        let vendor: [u8; 32] = core::array::from_fn(|index| index.try_into().unwrap());
        let seed = match self {
            By::Vendor => vendor,
            By::Pipeline => [2; 32],
            By::Root(number) => [100 + number; 32],
            By::Stranger => [99; 32],
        };
        Issuer::with_key(SigningKey::from_seed(&seed))
    }

    pub fn key(self) -> TrustedKey {
        self.issuer().verifying_key().clone()
    }
}

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn signed<T: Payload>(contents: &T, signers: &[By]) -> Vec<u8> {
    let mut file = SignableFile::new(contents).unwrap();
    signers.iter().for_each(|by| file.sign(&by.issuer()).unwrap());
    file.to_string().into_bytes()
}

pub fn typical() -> LicenseKey {
    fixture("keys/typical.txt").parse().unwrap()
}

/// A license for a year, signed by a pipeline that may only sign trials.
fn by_pipeline() -> LicenseKey {
    let claims = Claims::builder()
        .serial(Serial::from_bytes([7; 8]))
        .product(Product(3))
        .edition(Edition(2))
        .seats(NonZeroU32::new(5).unwrap())
        .valid_from("2026-01-01".parse::<Day>().unwrap())
        .valid_through("2026-12-31".parse::<Day>().unwrap());
    By::Pipeline.issuer().sign(&claims.build().unwrap()).unwrap()
}

fn roots() -> RootSet {
    let keys = [1, 2, 3].map(|number| By::Root(number).key()).to_vec();
    RootSet::first(time("2026-01-01T00:00:00Z"), 2.try_into().unwrap(), keys)
}

fn next_roots() -> RootSet {
    let keys = [3, 4, 5].map(|number| By::Root(number).key()).to_vec();
    roots().next(time("2026-05-01T00:00:00Z"), 2.try_into().unwrap(), keys).unwrap()
}

pub fn bundle(version: u32, vendor: KeyState) -> TrustBundle {
    let mut licensing =
        DelegatedKey::active(By::Vendor.key(), "licensing".to_owned(), Delegation::unlimited(Purpose::ALL));
    licensing.state = vendor;
    let trials = Delegation {
        kinds: Some(vec![Kind::Trial]),
        max_term_days: 30.try_into().ok(),
        ..Delegation::unlimited([Purpose::Licenses])
    };
    let pipeline = DelegatedKey::active(By::Pipeline.key(), "pipeline".to_owned(), trials);
    let mut bundle = TrustBundle::new(version, time("2026-01-10T09:00:00Z"), vec![licensing, pipeline]).unwrap();
    let names = ProductNames {
        name: "Acme Studio".to_owned(),
        editions: BTreeMap::from([(2, "Professional".to_owned())]),
        features: BTreeMap::from([(0, "Export".to_owned()), (1, "Teamwork".to_owned())]),
        limits: BTreeMap::new(),
    };
    bundle.names.products.insert(3, names);
    bundle
}

pub fn list(sequence: u32, issued_at: &str, status: Option<Status>) -> RevocationList {
    let issued_at = time(issued_at);
    let mut list = RevocationList::new(sequence, issued_at, issued_at + TimeDelta::days(90));
    status.iter().for_each(|status| list.set(LicenseDigest::of(&typical()), *status));
    list
}

fn license_file(licenses: Vec<LicenseKey>) -> LicenseFile {
    let mut file = LicenseFile::new(time("2026-03-01T09:00:00Z"), licenses);
    file.licensee = Some(Party {
        name: "Jo Doe".to_owned(),
        company: Some("Acme Ltd".to_owned()),
        email: Some("jo@acme.example".to_owned()),
    });
    let support = Party { name: "Help desk".to_owned(), company: None, email: Some("help@vendor.example".to_owned()) };
    file.contacts.push(Contact { role: "support".to_owned(), party: support });
    file.note = Some("Thank you.\nWrite to us.".to_owned());
    file.metadata.insert("order".to_owned(), 4711.into());
    file
}

fn validation() -> ValidationFile {
    ValidationFile::new(license_file(vec![typical()]), ValidationFile::USUAL_TIME_TO_LIVE).unwrap()
}

/// Each file with its name.
pub fn files() -> Vec<(&'static str, Vec<u8>)> {
    use By::{Pipeline, Root, Stranger, Vendor};
    let stranger = RootSet::first(time("2026-01-01T00:00:00Z"), 1.try_into().unwrap(), vec![Stranger.key()]);
    let recovery = TimePurpose::Recovery { state: AHEAD };
    let statement = |at, purpose| TimeStatement::new(time(at), purpose);
    let compromised = KeyState::Compromised { allowed: Vec::new() };
    let machine: Fingerprint = MACHINE.parse().unwrap();
    let hostile = {
        let mut file = license_file(vec![typical()]);
        file.metadata.insert("title".to_owned(), "\u{1b}]0;owned\u{7}\u{202e}".into());
        file
    };
    let mut files = vec![
        ("roots.json", signed(&roots(), &[Root(1), Root(2)])),
        ("roots-of-a-stranger.json", signed(&stranger, &[Stranger])),
        ("stranger.json", signed(&bundle(1, KeyState::Active), &[Stranger])),
        ("roots-2.json", signed(&next_roots(), &[Root(1), Root(2), Root(4), Root(5)])),
        ("trust-2.json", signed(&bundle(2, KeyState::Active), &[Root(1), Root(3)])),
        ("trust.json", signed(&bundle(3, KeyState::Active), &[Root(1), Root(3)])),
        ("trust-by-one.json", signed(&bundle(9, KeyState::Active), &[Root(1)])),
        ("trust-compromised.json", signed(&bundle(4, compromised), &[Root(2), Root(3)])),
        ("trust-5.json", signed(&bundle(5, KeyState::Active), &[Root(4), Root(5)])),
        ("list-1.json", signed(&list(1, "2026-03-01T00:00:00Z", None), &[Vendor])),
        ("list-2.json", signed(&list(2, "2026-04-01T00:00:00Z", Some(Status::OnHold)), &[Vendor])),
        ("list-3.json", signed(&list(3, "2026-05-01T00:00:00Z", None), &[Vendor])),
        ("list-4.json", signed(&list(4, "2026-06-01T00:00:00Z", Some(Status::Revoked(Reason::Leaked))), &[Vendor])),
        ("list-5.json", signed(&list(5, "2026-07-01T00:00:00Z", None), &[Vendor])),
        ("list-of-a-stranger.json", signed(&list(9, "2026-06-01T00:00:00Z", None), &[Stranger])),
        ("list-of-the-pipeline.json", signed(&list(9, "2026-06-01T00:00:00Z", None), &[Pipeline])),
        ("time.json", signed(&statement("2026-06-10T09:00:00Z", TimePurpose::Evidence), &[Vendor])),
        ("recovery.json", signed(&statement("2026-06-15T09:00:00Z", recovery), &[Vendor])),
        ("acme.lic", signed(&license_file(vec![typical()]), &[Vendor])),
        ("hostile.lic", signed(&hostile, &[Vendor])),
        ("acme.validation", signed(&validation(), &[Vendor])),
        ("acme-here.validation", signed(&validation().for_machine(machine), &[Vendor])),
        ("by-pipeline.txt", format!("{:#}\n", by_pipeline()).into_bytes()),
    ];
    for (name, of) in
        [("vendor.pub", "vendor.pub"), ("typical.txt", "keys/typical.txt"), ("forged.txt", "keys/forged.txt")]
    {
        files.push((name, std::fs::read(fixtures().join(of)).unwrap()));
    }
    files.extend(state_ahead());
    files
}

/// The state of a clock that said 2099 for a moment, with the license of 2026.
fn state_ahead() -> [(&'static str, Vec<u8>); 2] {
    let folder = tempfile::tempdir().unwrap();
    let OpenedState::New(mut file) = StateFile::open(folder.path(), None, AHEAD).unwrap() else {
        unreachable!("the folder is new")
    };
    let claims = typical().unverified_claims().unwrap();
    let reading = ClockEvidence::new(time("2099-01-01T00:00:00Z")).read(file.state().mark(), [&claims]);
    file.state_mut().keep_mark(*reading.mark());
    file.save().unwrap();
    ["ahead/keyward.state", "ahead/keyward.lock"]
        .map(|name| (name, std::fs::read(folder.path().join(name.trim_start_matches("ahead/"))).unwrap()))
}
