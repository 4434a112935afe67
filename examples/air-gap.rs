//! A product on a machine without a network: signed files are carried to it, and it remembers what it has seen.
//!
//! `cargo run --example air-gap` tells its story. To embed it, take the module `product`, which docs/vendors.md explains;
//! the rest of this file is the vendor, who makes what is carried.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program with its own numbers"
)]

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Edition, Issuer, Kind, LicenseDigest, LicenseKey, SigningKey, claims};
use keyward_verifier::files::{
    DelegatedKey, Delegation, KeyState, LicenseFile, Payload, Purpose, Reason, RevocationList, RootSet, StateFile,
    StateId, Status, TimePurpose, TimeStatement, TrustBundle,
};
use keyward_verifier::{MachineComponents, TrustedKey};

use product::{BuiltIn, PRODUCT, Site, start};

mod product {
    use std::fs::{self, File};
    use std::io::Read;
    use std::path::{Path, PathBuf};

    use anyhow::Result;
    use chrono::{DateTime, TimeDelta, Utc};
    use getrandom::SysRng;
    use keyward_verifier::files::{
        Envelope, FileError, FileKind, Payload, PersistentState, RevocationList, RootSet, Roots, StateError, StateFile,
        StateId, StateOrigin, Trust, TrustBundle, Verified,
    };
    use keyward_verifier::{
        ClockEvidence, Day, Fingerprint, License, LicenseDigest, LicenseKey, Product, ReminderDays, Verifier,
        VerifyError, combine,
    };

    pub const PRODUCT: Product = Product(3);
    /// An older revocation list is remarked. What it withdraws is refused however old it is.
    const REMARKED_AFTER: TimeDelta = TimeDelta::days(180);

    /// Constants of the product.
    pub struct BuiltIn {
        /// `include_bytes!("roots.json")`: the first root set, which its own keys have signed.
        pub roots: Vec<u8>,
        /// `include_bytes!("trust.json")`: the trust bundle of the day of the release.
        pub bundle: Vec<u8>,
        pub built: DateTime<Utc>,
        pub released: Day,
    }

    /// Where the product runs.
    pub struct Site {
        pub machine: Fingerprint,
        /// The customer puts files here, under whatever names, and leaves them.
        pub carried: PathBuf,
        /// The product remembers here.
        pub state: PathBuf,
    }

    /// Whether the product may run, and what its user is told.
    pub struct Start {
        pub may_run: bool,
        pub said: Vec<String>,
    }

    pub fn start(built_in: &BuiltIn, site: &Site, clock: DateTime<Utc>) -> Result<Start> {
        let new_id = StateId::generate_from_rng(&mut SysRng)?;
        let (mut file, found) = StateFile::open(&site.state, Some(site.machine), new_id)?;

        let carried = Carried::read(&site.carried)?;
        let mut state = file.state().clone();
        let mut said = Vec::new();
        let trusted = built_in.trusted(&carried, &mut state, &mut said);
        let may_run = trusted.and_then(|bundle| {
            let verifier = Verifier::with_bundle(&bundle, PRODUCT).machine(site.machine).released(built_in.released);
            let evidence = ClockEvidence::new(clock).built(built_in.built);
            licensed(&bundle, verifier, evidence, &carried, &mut state, &mut said)
        });
        match (&may_run, found) {
            (Err(refusal), _) => said.push(about_a_file(refusal)),
            (_, StateOrigin::Refused(error)) => {
                said.push(format!("Please call us: {error}. Until then this product remembers nothing new."));
            }
            _ => {
                *file.state_mut() = state;
                file.save()?;
            }
        }
        Ok(Start { may_run: may_run.unwrap_or(false), said })
    }

    impl BuiltIn {
        /// The signing keys that are trusted now: of the newest bundle that the newest roots vouch for.
        fn trusted(
            &self,
            carried: &Carried,
            state: &mut PersistentState,
            said: &mut Vec<String>,
        ) -> Result<Verified<TrustBundle>, FileError> {
            let roots = state.roots_since(&Roots::from_built_in_file(&self.roots)?)?;
            let roots = roots.follow(&carried.root_sets())?;
            let built_in = roots.trust_bundle(&self.bundle);
            let mut bundles = carried.open(FileKind::TrustBundle, said, |bytes| roots.trust_bundle(bytes));
            bundles.extend(built_in.clone());
            let newest = bundles.into_iter().max_by_key(|bundle| bundle.version);
            let bundle = newest.map_or(built_in, Ok)?;
            state.saw_roots(&roots)?;
            state.saw_bundle(&bundle)?;
            Ok(bundle)
        }
    }

    /// Whether there is a license that may be used now.
    fn licensed(
        bundle: &Verified<TrustBundle>,
        verifier: Verifier<'_>,
        evidence: ClockEvidence,
        carried: &Carried,
        state: &mut PersistentState,
        said: &mut Vec<String>,
    ) -> Result<bool, FileError> {
        let trust = Trust::Bundle(bundle);
        let lists = carried.open(FileKind::RevocationList, said, |bytes| trust.revocation_list(bytes));
        let files = carried.open(FileKind::LicenseFile, said, |bytes| trust.license_file(bytes));
        let statements = carried.open(FileKind::TimeStatement, said, |bytes| trust.time_statement(bytes));
        let list = lists.iter().max_by_key(|list| list.sequence);
        let in_files = files.iter().flat_map(|file| file.licenses.iter().cloned());
        let keys: Vec<LicenseKey> = in_files.chain(carried.keys.iter().cloned()).collect();

        if let Some(list) = list {
            state.saw_list(list, keys.iter().map(LicenseDigest::of))?;
        }
        let verifier = verifier.state(state);
        let verifier = list.map_or(verifier.clone(), |list| verifier.revocations(list));
        let mut licenses = Vec::new();
        for key in keys {
            match verifier.verify_key(key) {
                Ok(license) => licenses.push(license),
                Err(refusal) => said.push(about_a_license(&refusal)),
            }
        }

        for statement in &statements {
            match state.recover(statement) {
                Ok(()) => said.push("The time was taken back, as you agreed with us.".to_owned()),
                // Evidence alone, or a recovery that was used before and is still there.
                Err(StateError::NotARecovery | StateError::Recovery(_)) => {}
                Err(error) => said.push(format!("The recovery was not used: {error}.")),
            }
        }
        // What a key that may not tell the time has signed is no evidence of it.
        let issued = lists.iter().map(Verified::evidence_of_time).chain(files.iter().map(Verified::evidence_of_time));
        let issued = issued.chain(statements.iter().map(Verified::evidence_of_time));
        let issued = issued.chain([bundle.evidence_of_time()]).flatten();
        let evidence = issued.fold(evidence, ClockEvidence::issued);
        let reading = evidence.read(state.mark(), licenses.iter().map(License::claims));
        state.keep_mark(*reading.mark());
        if let Some(suspect) = reading.suspect() {
            let days = suspect.behind_by.num_days();
            said.push(format!(
                "The clock of this machine is {days} days behind. Please set it; if it is right, call us."
            ));
        }

        said.extend(about_the_list(list, reading.now()));
        let entitlement = combine(&licenses, reading.now(), &ReminderDays::default());
        let standing = entitlement.as_ref().map(|entitlement| entitlement.standing());
        said.push(
            standing
                .map_or("There is no license to go by.".to_owned(), |standing| format!("Your license: {standing}.")),
        );
        Ok(standing.is_some_and(|standing| standing.is_usable()))
    }

    /// What is known of withdrawals, where that is less than the customer may think.
    fn about_the_list(list: Option<&Verified<RevocationList>>, now: DateTime<Utc>) -> Option<String> {
        let Some(list) = list else {
            return Some("No revocation list was brought: it is not known what was withdrawn.".to_owned());
        };
        let (sequence, days) = (list.sequence, list.age_days(now));
        list.no_older_than(REMARKED_AFTER, now)
            .is_err()
            .then(|| format!("Revocation list {sequence} is {days} days old. Please bring the newest."))
    }

    /// A refused license, for whoever has to do something about it. The codes are stable.
    fn about_a_license(refusal: &VerifyError) -> String {
        let serial = refusal.serial().map(|serial| format!(" {serial}")).unwrap_or_default();
        let advice = match refusal.code() {
            "revoked" => "was withdrawn for good. Please ask us for another.",
            "on-hold" => "is on hold. Please call us; when that is settled, bring the newest revocation list.",
            "not-permitted" => "is signed by a key that may not. Please bring the newest trust bundle, or ask us.",
            "unknown-key" => "is not ours, or of a new key of ours. Please bring the newest trust bundle.",
            "rollback" => "can't be checked: newer files were seen here. Please put them back, or bring the newest.",
            "wrong-machine" => "is for another machine. We can move it for you.",
            "version-not-covered" => "does not cover this version. Renew it, or use an older version.",
            _ => return format!("This license can't be used: {refusal}."),
        };
        format!("License{serial} {advice}")
    }

    /// A refused file. The message of the error says what it is; here is what to do.
    fn about_a_file(refusal: &FileError) -> String {
        let advice = match refusal.code() {
            "malformed" => "Please copy it once more.",
            "needs-newer" => "Please update this product.",
            "untrusted-bundle" => "Please bring all our root sets, and the newest trust bundle.",
            "rollback" => "Please leave only the newest files in the folder.",
            _ => "Please ask us for another.",
        };
        format!("A file is refused: {refusal}. {advice}")
    }

    /// What is in the folder. Whatever is none of ours is passed over.
    #[derive(Default)]
    struct Carried {
        files: Vec<(FileKind, Vec<u8>)>,
        /// Keys that came as text.
        keys: Vec<LicenseKey>,
    }

    impl Carried {
        fn read(folder: &Path) -> Result<Carried> {
            let largest = FileKind::ALL.map(FileKind::max_bytes).into_iter().max().unwrap_or_default();
            let mut carried = Carried::default();
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_file() {
                    let mut bytes = Vec::new();
                    // One byte more than is possible, so that what is longer is refused.
                    File::open(path)?.take(u64::try_from(largest)?.saturating_add(1)).read_to_end(&mut bytes)?;
                    match Envelope::kind_of(&bytes) {
                        Some(kind) => carried.files.push((kind, bytes)),
                        None => {
                            carried.keys.extend(std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok()))
                        }
                    }
                }
            }
            Ok(carried)
        }

        fn of(&self, kind: FileKind) -> impl Iterator<Item = &[u8]> {
            self.files.iter().filter(move |(of, _)| *of == kind).map(|(_, bytes)| bytes.as_slice())
        }

        /// Those of that kind that are accepted.
        fn open<T>(
            &self,
            kind: FileKind,
            said: &mut Vec<String>,
            open: impl Fn(&[u8]) -> Result<Verified<T>, FileError>,
        ) -> Vec<Verified<T>> {
            let opened = self.of(kind).map(open);
            opened.filter_map(|opened| opened.map_err(|refusal| said.push(about_a_file(&refusal))).ok()).collect()
        }

        /// The root sets in the order of their versions, which are believed only when the set is.
        fn root_sets(&self) -> Vec<&[u8]> {
            let version = |bytes: &&[u8]| {
                let envelope = Envelope::parse(bytes, FileKind::RootSet).ok()?;
                RootSet::from_bytes(envelope.unverified_payload()).ok().map(|set| set.version)
            };
            let mut sets: Vec<_> = self.of(FileKind::RootSet).collect();
            sets.sort_by_key(version);
            sets
        }
    }
}

/// The keys of a vendor. In earnest each is on a machine of its own.
struct Vendor {
    roots: [Issuer; 4],
    /// Signs licenses, and files, lists and statements of the time.
    office: Issuer,
    /// Signs trials of this product, and nothing else.
    pipeline: Issuer,
    /// The customer's folder.
    carried: PathBuf,
}

pub fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let machine = MachineComponents { machine_id: Some(b"b08dfa6083e7567a"), ..MachineComponents::default() };
    let site = Site {
        machine: machine.fingerprint(PRODUCT),
        carried: folder.path().join("carried"),
        state: folder.path().join("state"),
    };
    fs::create_dir(&site.carried)?;
    let vendor = Vendor::new(site.carried.clone())?;
    let [a, b, c, d] = &vendor.roots;
    let first = RootSet::first(time("2026-01-01T09:00:00Z")?, 2.try_into()?, public([a, b, c]));
    let built_in = BuiltIn {
        roots: signed(&first, [a, b])?,
        bundle: signed(&vendor.bundle(1, KeyState::Active)?, [a, b])?,
        built: time("2026-02-01T09:00:00Z")?,
        released: "2026-02-01".parse()?,
    };
    let run = |what: &str, clock: &str, expected: Run| -> Result<()> {
        let started = start(&built_in, &site, time(clock)?)?;
        println!("{what}, {clock}: {}", if started.may_run { "it runs" } else { "it stops" });
        started.said.iter().for_each(|said| println!("  {said}"));
        ensure!(started.may_run == (expected == Run::Runs), "{what}: that was not expected");
        Ok(())
    };

    run("Nothing was carried in", "2026-03-01T09:00:00Z", Run::Stops)?;
    let bought = vendor.license(&vendor.office, Kind::Standard, "2026-03-01", "2028-02-29")?;
    let file = LicenseFile::new(time("2026-03-01T09:00:00Z")?, vec![bought.clone()]);
    vendor.carry("acme.lic", &signed(&file, [&vendor.office])?)?;
    run("A license file", "2026-03-01T10:00:00Z", Run::Runs)?;

    let beyond = vendor.license(&vendor.pipeline, Kind::Standard, "2026-03-01", "2036-02-29")?;
    vendor.carry("beyond.txt", beyond.to_string().as_bytes())?;
    run("Beside it a paid license that the pipeline's key signed", "2026-03-02T09:00:00Z", Run::Runs)?;
    vendor.take_away("beyond.txt")?;

    let list = |sequence, issued_at: &str, status: Option<Status>| -> Result<Vec<u8>> {
        let issued_at = time(issued_at)?;
        let mut list = RevocationList::new(sequence, issued_at, issued_at + TimeDelta::days(90));
        if let Some(status) = status {
            list.set(LicenseDigest::of(&bought), status);
        }
        signed(&list, [&vendor.office])
    };
    let on_hold = list(1, "2026-05-01T09:00:00Z", Some(Status::OnHold))?;
    let lifted = list(2, "2026-06-01T09:00:00Z", None)?;
    vendor.carry("list.json", &on_hold)?;
    run("The license is on hold", "2026-05-02T09:00:00Z", Run::Stops)?;
    vendor.carry("list.json", &lifted)?;
    run("The hold is lifted", "2026-06-02T09:00:00Z", Run::Runs)?;
    vendor.carry("list.json", &on_hold)?;
    run("The old list is brought back", "2026-06-03T09:00:00Z", Run::Stops)?;
    vendor.carry("list.json", &lifted)?;

    let next = first.next(time("2026-09-01T09:00:00Z")?, 2.try_into()?, public([b, c, d]));
    vendor.carry("roots-2.json", &signed(&next, [b, c])?)?;
    let trial = vendor.license(&vendor.pipeline, Kind::Trial, "2026-09-01", "2026-09-30")?;
    let stolen = KeyState::Compromised { allowed: vec![LicenseDigest::of(&trial)] };
    vendor.carry("trust.json", &signed(&vendor.bundle(2, stolen)?, [c, d])?)?;
    let forged = vendor.license(&vendor.pipeline, Kind::Trial, "2026-09-01", "2026-09-30")?;
    vendor.carry("forged.txt", forged.to_string().as_bytes())?;
    run("New roots, and the pipeline's key is known as stolen", "2026-09-02T09:00:00Z", Run::Runs)?;
    vendor.take_away("forged.txt")?;

    run("The clock is set back", "2026-03-05T09:00:00Z", Run::Runs)?;
    run("For a day, the clock says 2099", "2099-01-01T09:00:00Z", Run::Stops)?;
    run("The clock is right again", "2026-10-02T09:00:00Z", Run::Stops)?;
    // The customer reads the name of the state to the support desk.
    let state = StateFile::open(&site.state, Some(site.machine), StateId::from_bytes([0; 8]))?.0.state().id();
    let recovery = TimeStatement::new(time("2026-10-02T10:00:00Z")?, TimePurpose::Recovery { state });
    vendor.carry("recovery.json", &signed(&recovery, [&vendor.office])?)?;
    run("A recovery is carried in", "2026-10-03T09:00:00Z", Run::Runs)?;

    fs::rename(site.state.join("keyward.state"), folder.path().join("kept"))?;
    run("The state is gone", "2026-10-04T09:00:00Z", Run::Runs)?;
    fs::rename(folder.path().join("kept"), site.state.join("keyward.state"))?;

    vendor.carry("list.json", &list(3, "2026-11-01T09:00:00Z", Some(Status::Revoked(Reason::Refunded)))?)?;
    run("The license is revoked", "2026-11-02T09:00:00Z", Run::Stops)?;
    vendor.take_away("list.json")?;
    run("The list is taken away", "2026-11-03T09:00:00Z", Run::Stops)
}

/// What a start is expected to come to.
#[derive(PartialEq)]
enum Run {
    Runs,
    Stops,
}

impl Vendor {
    fn new(carried: PathBuf) -> Result<Vendor> {
        let key = || anyhow::Ok(Issuer::with_key(SigningKey::generate()?));
        Ok(Vendor { roots: [key()?, key()?, key()?, key()?], office: key()?, pipeline: key()?, carried })
    }

    fn bundle(&self, version: u32, of_the_pipeline: KeyState) -> Result<TrustBundle> {
        let office = Delegation::unlimited(Purpose::ALL);
        let trials = Delegation {
            products: Some(vec![PRODUCT]),
            kinds: Some(vec![Kind::Trial]),
            max_term_days: Some(30.try_into()?),
            ..Delegation::unlimited([Purpose::Licenses])
        };
        let office = DelegatedKey::active(self.office.verifying_key().clone(), "office".to_owned(), office);
        let mut pipeline = DelegatedKey::active(self.pipeline.verifying_key().clone(), "pipeline".to_owned(), trials);
        pipeline.state = of_the_pipeline;
        Ok(TrustBundle::new(version, time("2026-02-01T09:00:00Z")?, vec![office, pipeline])?)
    }

    fn license(&self, signer: &Issuer, kind: Kind, from: &str, through: &str) -> Result<LicenseKey> {
        let claims = claims()?.product(PRODUCT).edition(Edition(2)).unlimited_seats();
        let claims = claims.valid_from(from.parse()?).valid_through(through.parse()?);
        let claims = if kind == Kind::Trial { claims.trial() } else { claims };
        Ok(signer.sign(&claims.build()?)?)
    }

    fn carry(&self, name: &str, contents: &[u8]) -> Result<()> {
        Ok(fs::write(self.carried.join(name), contents)?)
    }

    fn take_away(&self, name: &str) -> Result<()> {
        Ok(fs::remove_file(self.carried.join(name))?)
    }
}

/// Signed by one after the other.
fn signed<'i>(contents: &impl Payload, signers: impl IntoIterator<Item = &'i Issuer>) -> Result<Vec<u8>> {
    let mut file = SignableFile::new(contents)?;
    for signer in signers {
        file.sign(signer)?;
    }
    Ok(file.to_string().into_bytes())
}

fn public<const N: usize>(issuers: [&Issuer; N]) -> Vec<TrustedKey> {
    issuers.map(|issuer| issuer.verifying_key().clone()).to_vec()
}

fn time(text: &str) -> Result<DateTime<Utc>> {
    Ok(text.parse()?)
}
