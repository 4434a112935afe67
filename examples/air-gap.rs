//! A product on a machine without a network: its customer copies signed files to it, and it keeps a state between runs.
//!
//! `cargo run --example air-gap` tells its story. To embed it, copy the module `product`, which docs/vendors.md explains; the
//! rest of this file is the vendor, who makes the files.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a program with its own numbers"
)]

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use keyward_issuer::files::SignableFile;
use keyward_issuer::{Edition, Issuer, Kind, LicenseDigest, LicenseKey, SigningKey, claims};
use keyward_verifier::files::{
    DelegatedKey, Delegation, KeyState, LicenseFile, Payload, Purpose, ReadState, Reason, RevocationList, RootSet,
    StateFile, StateId, Status, TimePurpose, TimeStatement, TrustBundle,
};
use keyward_verifier::{MachineComponents, TrustedKey};

use product::{BuiltIn, PRODUCT, Site, start};

mod product {
    use std::fs::{self, File};
    use std::io::{self, Read};
    use std::path::{Path, PathBuf};

    use anyhow::Result;
    use chrono::{DateTime, TimeDelta, Utc};
    use getrandom::SysRng;
    use keyward_verifier::files::{
        Envelope, FileError, FileKind, OpenedState, Payload, PersistentState, ReadState, RecoverError, RevocationList,
        RootSet, Roots, StateError, StateFile, StateId, Trust, TrustBundle, Verified,
    };
    use keyward_verifier::{
        Authenticator, ClockEvidence, Day, Fingerprint, License, LicenseDigest, Outcome, Product, ReminderDays,
        Verifier, VerifyError, combine,
    };

    pub const PRODUCT: Product = Product(3);
    /// If the list is older, the product shows a remark. Licenses on a list are refused in any case.
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

    /// The machine that the product runs on, and its folders.
    pub struct Site {
        pub machine: Fingerprint,
        /// The customer puts signed files into this folder, with any names, and leaves them there.
        pub inbox: PathBuf,
        /// The product keeps its state in this folder.
        pub state: PathBuf,
    }

    /// Whether the product may run, and the messages for its user.
    pub struct Start {
        pub may_run: bool,
        pub said: Vec<String>,
    }

    pub fn start(built_in: &BuiltIn, site: &Site, clock: DateTime<Utc>) -> Result<Start> {
        let mut said = Vec::new();
        let (mut state, mut file) = site.state(&mut said)?;
        let inbox = Inbox::read(&site.inbox, &mut said)?;
        let trusted = built_in.trusted(site, &inbox, &mut state, &mut said);
        let may_run = trusted.and_then(|bundle| {
            let verifier = Verifier::with_bundle(&bundle, PRODUCT).machine(site.machine).released(built_in.released);
            let evidence = ClockEvidence::new(clock).built(built_in.built);
            let may_run = licensed(&bundle, verifier, evidence, &inbox, &mut state, file.as_mut(), &mut said)?;
            Ok((may_run, bundle))
        });
        match (&may_run, &mut file) {
            (Err(refusal), _) => said.push(about_a_file(refusal)),
            (Ok((_, bundle)), Some(file)) => {
                // The bundle first: a state that has seen it is of no use to an older version without it.
                let kept = built_in.keep_bundle(site, bundle).and_then(|()| save(Some(file), &state));
                said.extend(kept.err().map(|error| not_kept(&error)));
            }
            (Ok(_), None) => {}
        }
        Ok(Start { may_run: may_run.is_ok_and(|(may_run, _)| may_run), said })
    }

    /// A state that can't be written stops no product: it goes on with what it has read, and says so.
    fn not_kept(error: &io::Error) -> String {
        format!("This product keeps nothing new, since it can't write its state: {error}.")
    }

    /// Writes the state. Without a file, it can't be written.
    fn save(file: Option<&mut StateFile>, state: &PersistentState) -> io::Result<()> {
        let file = file.ok_or_else(|| io::Error::other("there is no file for it"))?;
        *file.state_mut() = state.clone();
        file.save()
    }

    impl Site {
        /// The state, and the file that keeps it. Without a file, the product goes on and keeps nothing new.
        fn state(&self, said: &mut Vec<String>) -> Result<(PersistentState, Option<StateFile>)> {
            let new_id = StateId::generate_from_rng(&mut SysRng)?;
            let refused = |error: StateError, said: &mut Vec<String>| {
                said.push(format!("Please call us: {error}. Until then this product keeps nothing new."));
                PersistentState::new(new_id, Some(self.machine))
            };
            Ok(match StateFile::open(&self.state, Some(self.machine), new_id) {
                Ok(OpenedState::New(file) | OpenedState::Stored(file)) => (file.state().clone(), Some(file)),
                Ok(OpenedState::Refused(error)) => (refused(error.error(), said), None),
                // The folder can't be written, or the product is running twice.
                Err(error) => {
                    said.push(not_kept(&error));
                    let state = match StateFile::read(&self.state, Some(&self.machine)) {
                        Ok(ReadState::Stored(state)) => state,
                        Ok(ReadState::None) => PersistentState::new(new_id, Some(self.machine)),
                        Ok(ReadState::Refused(error)) => refused(error, said),
                        // What was kept is not known, as if the state were gone.
                        Err(error) => {
                            said.push(format!("Please call us: the state can't be read: {error}."));
                            PersistentState::new(new_id, Some(self.machine))
                        }
                    };
                    (state, None)
                }
            })
        }
    }

    impl Site {
        /// The newest bundle that a version of the product on this machine had built in.
        fn kept_bundle(&self) -> PathBuf {
            self.state.join("trust.json")
        }
    }

    impl BuiltIn {
        /// The trusted signing keys: those of the newest bundle that the newest roots have signed.
        fn trusted(
            &self,
            site: &Site,
            inbox: &Inbox,
            state: &mut PersistentState,
            said: &mut Vec<String>,
        ) -> Result<Verified<TrustBundle>, FileError> {
            let built_in = Roots::from_built_in_file(&self.roots)?;
            let roots = state.follow_roots(&built_in, &inbox.root_sets())?;
            let of_the_release = roots.trust_bundle(&self.bundle);
            let mut bundles = inbox.open(FileKind::TrustBundle, said, |bytes| roots.trust_bundle(bytes));
            bundles.extend(of_the_release.clone());
            // A newer version of the product may have run here.
            bundles.extend(fs::read(site.kept_bundle()).ok().and_then(|bytes| roots.trust_bundle(&bytes).ok()));
            let newest = bundles.into_iter().max_by_key(|bundle| bundle.version);
            let bundle = newest.map_or(of_the_release, Ok)?;
            state.saw_bundle(&bundle)?;
            Ok(bundle)
        }

        /// Keeps the built-in bundle as a file, if it is the newest. Otherwise an older version of the product that is installed
        /// again would find nothing but older bundles, and refuse them: the state has seen this one.
        fn keep_bundle(&self, site: &Site, newest: &Verified<TrustBundle>) -> io::Result<()> {
            let built_in = Envelope::parse(&self.bundle, FileKind::TrustBundle);
            let is_newest = built_in.is_ok_and(|built_in| built_in.digest() == newest.digest());
            let kept = site.kept_bundle();
            if !is_newest || fs::read(&kept).is_ok_and(|bytes| bytes == self.bundle) {
                return Ok(());
            }
            let new = kept.with_extension("new");
            fs::write(&new, &self.bundle)?;
            fs::rename(new, kept)
        }
    }

    /// Whether there is a license that may be used now.
    fn licensed(
        bundle: &Verified<TrustBundle>,
        verifier: Verifier<'_>,
        evidence: ClockEvidence,
        inbox: &Inbox,
        state: &mut PersistentState,
        mut file: Option<&mut StateFile>,
        said: &mut Vec<String>,
    ) -> Result<bool, FileError> {
        let trust = Trust::Bundle(bundle);
        let lists = inbox.open(FileKind::RevocationList, said, |bytes| trust.revocation_list(bytes));
        let files = inbox.open(FileKind::LicenseFile, said, |bytes| trust.license_file(bytes));
        let statements = inbox.open(FileKind::TimeStatement, said, |bytes| trust.time_statement(bytes));
        let list = lists.iter().max_by_key(|list| list.sequence);
        let authenticator = Authenticator::with_bundle(bundle);
        let in_files = files.iter().flat_map(|file| file.licenses.iter().cloned());
        let in_files = in_files.map(|key| ("a license file", authenticator.check_signature_of(key)));
        // Keys in mails, in UTF-16 or with a mistake are found and repaired.
        let in_texts = inbox.texts.iter().map(|(name, text)| (name.as_str(), authenticator.check_signature(text)));
        let mut signed = Vec::new();
        for (name, checked) in in_files.chain(in_texts) {
            match checked {
                Ok(key) => signed.push(key),
                // Any other text is named, and never passed over.
                Err(refusal) => said.push(format!("{name}: {}", about_a_license(&refusal))),
            }
        }

        if let Some(list) = list {
            state.saw_list(list, signed.iter().map(|signed| LicenseDigest::of(signed.key())))?;
        }
        let verifier = verifier.state(state);
        let verifier = list.map_or(verifier.clone(), |list| verifier.revocations(list));
        let mut licenses = Vec::new();
        for signed in signed {
            match verifier.verify_signed(signed) {
                Ok(license) => licenses.push(license),
                Err(refusal) => said.push(about_a_license(&refusal)),
            }
        }

        // A file is evidence of the time only if its key may sign statements of the time.
        let issued = lists.iter().map(Verified::evidence_of_time).chain(files.iter().map(Verified::evidence_of_time));
        let issued = issued.chain(statements.iter().map(Verified::evidence_of_time));
        let issued = issued.chain([bundle.evidence_of_time()]).flatten();
        let evidence = issued.fold(evidence, ClockEvidence::issued);
        for statement in &statements {
            // The recovery counts only if the state that records it is on disk.
            match state.recover(statement, &evidence, |state| save(file.as_deref_mut(), state)) {
                Ok(()) => said.push("The time was taken back, as you agreed with us.".to_owned()),
                // Evidence alone, or a recovery that was used before and is still there.
                Err(RecoverError::Refused(StateError::NotARecovery | StateError::Recovery(_))) => {}
                Err(error) => said.push(format!("The recovery was not used: {error}.")),
            }
        }
        // A list that was once old stays old, also beside perpetual licenses.
        let evidence = list.map_or(evidence, |list| evidence.held_until(list.too_old_at(REMARKED_AFTER)));
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
        said.push(standing.map_or("There is no license.".to_owned(), |standing| format!("Your license: {standing}.")));
        Ok(standing.is_some_and(|standing| standing.is_usable()))
    }

    /// A remark if the product has no revocation list, or an old one.
    fn about_the_list(list: Option<&Verified<RevocationList>>, now: DateTime<Utc>) -> Option<String> {
        let Some(list) = list else {
            return Some("There is no revocation list: revoked licenses are not known here.".to_owned());
        };
        let (sequence, days) = (list.sequence, list.age_days(now));
        match list.no_older_than(REMARKED_AFTER, now).err()? {
            FileError::StaleList { .. } => {
                Some(format!("Revocation list {sequence} is {days} days old. Please bring the newest."))
            }
            ahead => Some(format!("A list can't be right: {ahead}.")),
        }
    }

    /// A refused license, in words for the customer. The outcomes are stable.
    fn about_a_license(refusal: &VerifyError) -> String {
        let serial = refusal.serial().map(|serial| format!(" {serial}")).unwrap_or_default();
        let advice = match refusal.outcome() {
            Outcome::Revoked => "was revoked for good. Please ask us for another.",
            Outcome::OnHold => "is on hold. Please call us; when that is settled, bring the newest revocation list.",
            Outcome::NotPermitted => "is signed by the wrong key. Please bring the newest trust bundle, or ask us.",
            Outcome::UnknownKey => "is not ours, or of a new key of ours. Please bring the newest trust bundle.",
            Outcome::Rollback => "can't be checked: newer files were seen here. Please bring the newest.",
            Outcome::WrongMachine => "is for another machine. We can move it for you.",
            Outcome::VersionNotCovered => "does not cover this version. Renew it, or use an older version.",
            _ => return format!("This license can't be used: {refusal}."),
        };
        format!("License{serial} {advice}")
    }

    /// A refused file. The error's message names the cause, and this function adds the next step.
    fn about_a_file(refusal: &FileError) -> String {
        let advice = match refusal.outcome() {
            Outcome::Malformed => "Please copy it once more.",
            Outcome::NeedsNewer => "Please update this product.",
            Outcome::UntrustedBundle => "Please bring all our root sets, and the newest trust bundle.",
            Outcome::Rollback => "Please bring all our root sets, and of other files only the newest.",
            _ => "Please ask us for another.",
        };
        format!("A file is refused: {refusal}. {advice}")
    }

    /// The contents of the customer's folder. Other files in it are passed over.
    #[derive(Default)]
    struct Inbox {
        files: Vec<(FileKind, Vec<u8>)>,
        /// Other files, which may have a license key in them, by their names.
        texts: Vec<(String, String)>,
    }

    impl Inbox {
        fn read(folder: &Path, said: &mut Vec<String>) -> Result<Inbox> {
            let largest = FileKind::ALL.map(FileKind::max_bytes).into_iter().max().unwrap_or_default();
            let most = u64::try_from(largest)?.saturating_add(1);
            let mut inbox = Inbox::default();
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_file() {
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    let mut bytes = Vec::new();
                    // One byte more than any file has, so that a longer one is refused.
                    match File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
                        // One file that can't be read stops no product.
                        Err(error) => said.push(format!("{name} can't be read: {error}.")),
                        Ok(_) => match Envelope::kind_of(&bytes) {
                            Some(kind) => inbox.files.push((kind, bytes)),
                            None => inbox.texts.push((name, String::from_utf8_lossy(&bytes).into_owned())),
                        },
                    }
                }
            }
            Ok(inbox)
        }

        fn of(&self, kind: FileKind) -> impl Iterator<Item = &[u8]> {
            self.files.iter().filter(move |(of, _)| *of == kind).map(|(_, bytes)| bytes.as_slice())
        }

        /// The accepted files of that kind.
        fn open<T>(
            &self,
            kind: FileKind,
            said: &mut Vec<String>,
            open: impl Fn(&[u8]) -> Result<Verified<T>, FileError>,
        ) -> Vec<Verified<T>> {
            let opened = self.of(kind).map(open);
            opened.filter_map(|opened| opened.map_err(|refusal| said.push(about_a_file(&refusal))).ok()).collect()
        }

        /// The root sets in the order of the versions that they claim.
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

/// The keys of a vendor. In production each is on a machine of its own.
struct Vendor {
    roots: [Issuer; 4],
    /// Signs licenses, and files, lists and statements of the time.
    office: Issuer,
    /// Signs trials of this product, and nothing else.
    pipeline: Issuer,
    /// The customer's folder.
    inbox: PathBuf,
}

pub fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let machine = MachineComponents { machine_id: Some(b"b08dfa6083e7567a"), ..MachineComponents::default() };
    let site = Site {
        machine: machine.fingerprint(PRODUCT),
        inbox: folder.path().join("inbox"),
        state: folder.path().join("state"),
    };
    fs::create_dir(&site.inbox)?;
    let vendor = Vendor::new(site.inbox.clone())?;
    let [a, b, c, d] = &vendor.roots;
    let first = RootSet::first(time("2026-01-01T09:00:00Z")?, 2.try_into()?, public([a, b, c]));
    let built_in = BuiltIn {
        roots: signed(&first, [a, b])?,
        bundle: signed(&vendor.bundle(1, KeyState::Active)?, [a, b])?,
        built: time("2026-02-01T09:00:00Z")?,
        released: "2026-02-01".parse()?,
    };
    let start_and_say = |version: &BuiltIn, event: &str, clock: &str, expected: Run, says: &str| -> Result<()> {
        let started = start(version, &site, time(clock)?)?;
        println!("{event}, {clock}: {}", if started.may_run { "it runs" } else { "it stops" });
        started.said.iter().for_each(|said| println!("  {said}"));
        ensure!(started.may_run == (expected == Run::Runs), "{event}: that was not expected");
        ensure!(started.said.iter().any(|said| said.contains(says)), "{event}: it does not say {says:?}");
        Ok(())
    };
    let run_and_say =
        |event: &str, clock: &str, expected: Run, says: &str| start_and_say(&built_in, event, clock, expected, says);
    let run = |event: &str, clock: &str, expected: Run| run_and_say(event, clock, expected, "");

    run("The folder is empty", "2026-03-01T09:00:00Z", Run::Stops)?;
    let bought = vendor.license(&vendor.office, Kind::Standard, "2026-03-01", "2028-02-29")?;
    let file = LicenseFile::new(time("2026-03-01T09:00:00Z")?, vec![bought.clone()]);
    vendor.deliver("acme.lic", &signed(&file, [&vendor.office])?)?;
    let bytes = fs::read(site.inbox.join("acme.lic"))?;
    vendor.deliver("acme.lic", &bytes[..bytes.len() / 2])?;
    run_and_say("A part of a license file", "2026-03-01T10:00:00Z", Run::Stops, "acme.lic: ")?;
    vendor.take_away("acme.lic")?;
    let mail = format!("Your license key is:\r\n\r\n{bought}\r\n\r\nThank you!\r\n");
    for (event, name, text) in [
        ("A mail", "mail.txt", mail.clone().into_bytes()),
        ("A mail in UTF-16", "utf-16.txt", mail.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("A key with a mistake", "typed.txt", bought.to_string().replacen("-0", "-?", 1).into_bytes()),
    ] {
        vendor.deliver(name, &text)?;
        run(event, "2026-03-01T10:00:00Z", Run::Runs)?;
        vendor.take_away(name)?;
    }
    vendor.deliver("note.txt", b"Dear customer, where is my key?")?;
    run_and_say("A note without a key", "2026-03-01T10:00:00Z", Run::Stops, "note.txt: ")?;
    vendor.take_away("note.txt")?;
    vendor.deliver("acme.lic", &bytes)?;
    run("A license file", "2026-03-01T10:00:00Z", Run::Runs)?;

    let beyond = vendor.license(&vendor.pipeline, Kind::Standard, "2026-03-01", "2036-02-29")?;
    vendor.deliver("beyond.txt", beyond.to_string().as_bytes())?;
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
    vendor.deliver("list.json", &on_hold)?;
    run("The license is on hold", "2026-05-02T09:00:00Z", Run::Stops)?;
    vendor.deliver("list.json", &lifted)?;
    run("The hold is lifted", "2026-06-02T09:00:00Z", Run::Runs)?;
    vendor.deliver("list.json", &on_hold)?;
    run("The old list is put back", "2026-06-03T09:00:00Z", Run::Stops)?;
    vendor.deliver("list.json", &lifted)?;

    let next = first.next(time("2026-09-01T09:00:00Z")?, 2.try_into()?, public([b, c, d]))?;
    vendor.deliver("roots-2.json", &signed(&next, [b, c])?)?;
    let trial = vendor.license(&vendor.pipeline, Kind::Trial, "2026-09-01", "2026-09-30")?;
    let stolen = KeyState::Compromised { allowed: vec![LicenseDigest::of(&trial)] };
    vendor.deliver("trust.json", &signed(&vendor.bundle(2, stolen)?, [c, d])?)?;
    let forged = vendor.license(&vendor.pipeline, Kind::Trial, "2026-09-01", "2026-09-30")?;
    vendor.deliver("forged.txt", forged.to_string().as_bytes())?;
    run("New roots, and the pipeline's key is known as stolen", "2026-09-02T09:00:00Z", Run::Runs)?;
    vendor.take_away("forged.txt")?;

    run("The clock is set back", "2026-03-05T09:00:00Z", Run::Runs)?;
    run("For a day, the clock says 2099", "2099-01-01T09:00:00Z", Run::Stops)?;
    run("The clock is right again", "2026-10-02T09:00:00Z", Run::Stops)?;
    // The customer reads the name of the state to the support desk.
    let ReadState::Stored(state) = StateFile::read(&site.state, Some(&site.machine))? else {
        bail!("there is a state")
    };
    let state = state.id();
    let recovery = TimeStatement::new(time("2026-10-02T10:00:00Z")?, TimePurpose::Recovery { state });
    vendor.deliver("recovery.json", &signed(&recovery, [&vendor.office])?)?;
    run("A recovery is put into the folder", "2026-10-03T09:00:00Z", Run::Runs)?;

    fs::rename(site.state.join("keyward.state"), folder.path().join("moved"))?;
    run("The state is gone", "2026-10-04T09:00:00Z", Run::Runs)?;
    fs::rename(folder.path().join("moved"), site.state.join("keyward.state"))?;

    // The next version has newer roots and a newer bundle built in, and runs once.
    let next_version = BuiltIn {
        roots: signed(&next, [b, c])?,
        bundle: signed(&vendor.bundle(3, KeyState::Retired)?, [b, d])?,
        built: time("2026-10-05T09:00:00Z")?,
        released: "2026-10-05".parse()?,
    };
    start_and_say(&next_version, "A newer version of the product", "2026-10-06T09:00:00Z", Run::Runs, "")?;
    run("The older version is installed again", "2026-10-07T09:00:00Z", Run::Runs)?;

    // A folder has the name of the next state, so that it can't be written.
    fs::create_dir(site.state.join("keyward.state.new"))?;
    let says = "This product keeps nothing new";
    run_and_say("The state can't be written", "2026-10-08T09:00:00Z", Run::Runs, says)?;
    fs::remove_dir(site.state.join("keyward.state.new"))?;
    let other = StateFile::open(&site.state, Some(site.machine), StateId::from_bytes([2; 8]))?;
    run_and_say("The state can be read and not be opened", "2026-10-09T09:00:00Z", Run::Runs, says)?;
    drop(other);

    vendor.deliver("list.json", &list(3, "2026-11-01T09:00:00Z", Some(Status::Revoked(Reason::Refunded)))?)?;
    run("The license is revoked", "2026-11-02T09:00:00Z", Run::Stops)?;
    vendor.take_away("list.json")?;
    run("The list is taken away", "2026-11-03T09:00:00Z", Run::Stops)
}

/// The expected result of a start.
#[derive(PartialEq)]
enum Run {
    Runs,
    Stops,
}

impl Vendor {
    fn new(inbox: PathBuf) -> Result<Vendor> {
        let key = || anyhow::Ok(Issuer::with_key(SigningKey::generate()?));
        Ok(Vendor { roots: [key()?, key()?, key()?, key()?], office: key()?, pipeline: key()?, inbox })
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

    fn deliver(&self, name: &str, contents: &[u8]) -> Result<()> {
        Ok(fs::write(self.inbox.join(name), contents)?)
    }

    fn take_away(&self, name: &str) -> Result<()> {
        Ok(fs::remove_file(self.inbox.join(name))?)
    }
}

/// A file signed by these keys, one after the other.
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
