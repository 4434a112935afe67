//! The product. It asks the server of its vendor, and believes what is signed: an answer of anybody else, of another time or for
//! another machine neither grants nor takes away.

use std::path::PathBuf;
use std::{fs, io, slice};

use anyhow::Result;
use chrono::{DateTime, Utc};
use getrandom::SysRng;
use keyward_verifier::files::{
    FileError, OpenedState, RevocationList, Roots, StateFile, StateId, Trust, TrustBundle, ValidationFile, Verified,
};
use keyward_verifier::{
    ClockEvidence, Day, Fingerprint, License, LicenseDigest, LicenseKey, Outcome, Product, ReminderDays, Verifier,
    VerifyError, combine,
};
use serde_json::{Value, json};

use crate::http::{Answer, Server};

pub const PRODUCT: Product = Product(3);

/// Constants of the product. Both files are in the folder of the server's environment.
pub struct BuiltIn {
    /// `include_bytes!("roots.json")`: the root, which has signed itself.
    pub roots: Vec<u8>,
    /// `include_bytes!("trust.json")`: the trust bundle of the day of the release.
    pub bundle: Vec<u8>,
    pub built: DateTime<Utc>,
    pub released: Day,
}

/// The machine that the product runs on.
pub struct Site {
    pub machine: Fingerprint,
    /// The customer recognises the machine by it. It may be the name of the host.
    pub name: String,
    /// The product keeps everything in this folder.
    pub folder: PathBuf,
    pub server: Server,
}

/// Whether the product may run, and the messages for its user.
pub struct Start {
    pub may_run: bool,
    pub said: Vec<String>,
}

/// Each start of the product, and each day while it runs. If the server answers, it also renews the lease of the machine.
pub fn start(built_in: &BuiltIn, site: &Site, clock: DateTime<Utc>) -> Result<Start> {
    let mut run = Run::begin(built_in, site, clock)?;
    if let Some(key) = &run.kept.key {
        run.ask("/v1/validate", &json!({ "key": key, "machine": site.machine.to_string() }));
    }
    run.decide()
}

/// "Enter license key": the machine takes one of the license's slots.
pub fn activate(built_in: &BuiltIn, site: &Site, clock: DateTime<Utc>, typed: &str) -> Result<Start> {
    let mut run = Run::begin(built_in, site, clock)?;
    let verifier = Verifier::with_bundle(&run.bundle, PRODUCT).machine(site.machine).released(built_in.released);
    match verifier.verify(typed) {
        Err(refusal) => run.said.push(about_a_license(&refusal)),
        Ok(license) => {
            run.said.extend(license.repairs().iter().map(|repair| format!("Corrected: {repair}.")));
            let key = license.key().to_string();
            run.kept.key = Some(key.clone());
            // A key that is locked to this machine has its slot already.
            if license.claims().fingerprint().is_none() {
                let (machine, request) = (site.machine.to_string(), license.activation_request(site.machine));
                run.ask("/v1/activate", &json!({ "key": key, "machine": machine, "name": site.name }));
                if !run.is_online {
                    run.said
                        .push(format!("Without a network, send us this request for a key of this machine: {request}"));
                }
            }
        }
    }
    run.decide()
}

/// "Use the license on another machine": the slot is free for it.
pub fn hand_back(built_in: &BuiltIn, site: &Site, clock: DateTime<Utc>) -> Result<Start> {
    let mut run = Run::begin(built_in, site, clock)?;
    let key = run.kept.key.clone();
    // The id of the activation is in each answer, so the product need not keep it.
    let seen = site.server.post("/v1/validate", &json!({ "key": key, "machine": site.machine.to_string() }));
    let freed = seen.and_then(|answer| {
        site.server.post("/v1/deactivate", &json!({ "key": key, "activation": answer.json()?["activation"]["id"] }))
    });
    match freed {
        Ok(answer) if answer.status == 200 => {
            (run.kept.key, run.kept.validation) = (None, None);
            run.said.push("This machine is not activated any more.".to_owned());
        }
        Ok(answer) => run.said.push(of_the_server(&answer)),
        Err(error) => run.said.push(format!("The license can't be handed back now: {error}.")),
    }
    run.decide()
}

/// The license key, and the newest signed files. They are kept as they came, and each start verifies them again.
#[derive(Default)]
struct Kept {
    key: Option<String>,
    bundle: Option<Vec<u8>>,
    list: Option<Vec<u8>>,
    validation: Option<Vec<u8>>,
}

/// One start of the product.
struct Run<'p> {
    built_in: &'p BuiltIn,
    site: &'p Site,
    clock: DateTime<Utc>,
    /// The newest trust bundle.
    bundle: Verified<TrustBundle>,
    state: StateFile,
    kept: Kept,
    is_online: bool,
    /// The answers of the server. Nothing in them is verified yet.
    list: Option<Vec<u8>>,
    validation: Option<Vec<u8>>,
    said: Vec<String>,
}

impl<'p> Run<'p> {
    /// Opens the state, and has the newest trust bundle.
    fn begin(built_in: &'p BuiltIn, site: &'p Site, clock: DateTime<Utc>) -> Result<Run<'p>> {
        let (mut kept, mut said) = (Kept::read(site)?, Vec::new());
        let new_id = StateId::generate_from_rng(&mut SysRng)?;
        let state = match StateFile::open(&site.folder, Some(site.machine), new_id)? {
            OpenedState::New(file) | OpenedState::Stored(file) => file,
            // What this product had seen is lost. So it needs a new answer of the server, and no old one counts.
            OpenedState::Refused(refused) => {
                said.push(format!("{}: this product has to be online once.", refused.error()));
                kept.validation = None;
                refused.reset(Some(site.machine), new_id)?
            }
        };
        let asked = site.server.get("/v1/trust");
        if let Err(error) = &asked {
            said.push(format!("The server can't be reached: {error}."));
        }
        let is_online = asked.is_ok();
        let list = if is_online { signed_file(site.server.get("/v1/revocations")) } else { None };

        let roots = Roots::from_built_in_file(&built_in.roots)?;
        let mut bundle = roots.trust_bundle(&built_in.bundle)?;
        for bytes in [kept.bundle.take(), signed_file(asked)].into_iter().flatten() {
            match roots.trust_bundle(&bytes) {
                Ok(other) if other.version < bundle.version => {}
                Ok(other) => (bundle, kept.bundle) = (other, Some(bytes)),
                Err(refusal) => said.push(about_a_file(&refusal)),
            }
        }
        Ok(Run { built_in, site, clock, bundle, state, kept, is_online, list, validation: None, said })
    }

    /// Asks the server about the machine. Its words are shown, and only a validation file counts.
    fn ask(&mut self, path: &str, body: &Value) {
        if !self.is_online {
            return;
        }
        let answer = self.site.server.post(path, body);
        match answer.and_then(|answer| Ok((answer.json()?, answer))) {
            Ok((said, answer)) => {
                if said["usable"] != true {
                    self.said.push(of_the_server(&answer));
                }
                let file = Some(&said["validation_file"]).filter(|file| file.is_object());
                self.validation = file.map(|file| file.to_string().into_bytes());
            }
            Err(error) => self.said.push(format!("The server's answer can't be read: {error}.")),
        }
    }

    /// Decides by what is signed, and keeps it.
    fn decide(mut self) -> Result<Start> {
        let may_run = self.licensed().unwrap_or_else(|refusal| {
            self.said.push(about_a_file(&refusal));
            false
        });
        // The state comes last: it refuses every license where a file is missing that it has seen.
        self.kept.write(self.site)?;
        self.state.save()?;
        Ok(Start { may_run, said: self.said })
    }

    /// Whether there is a license that may be used on this machine now.
    fn licensed(&mut self) -> Result<bool, FileError> {
        self.state.state_mut().saw_bundle(&self.bundle)?;
        let bundle = self.bundle.clone();
        let trust = Trust::Bundle(&bundle);
        let lists = [self.kept.list.take(), self.list.take()].into_iter().flatten();
        let lists = lists.filter_map(|bytes| Some((self.opened(trust.revocation_list(&bytes))?, bytes)));
        let (list, list_bytes) = lists.max_by_key(|(list, _)| list.sequence).unzip();
        self.kept.list = list_bytes;
        let kept = self.kept.validation.as_deref().map(|bytes| trust.signed_validation_file(bytes));
        let kept = kept.and_then(|opened| self.opened(opened));
        let answer = self.validation.as_deref().map(|bytes| trust.signed_validation_file(bytes));
        let answer = answer.and_then(|opened| self.opened(opened));

        // A file has the newest keys of the license: after a renewal, nobody has to type the new one.
        let files: Vec<&Verified<ValidationFile>> = kept.iter().chain(&answer).collect();
        let mut keys: Vec<LicenseKey> = files.iter().flat_map(|file| file.file.licenses.clone()).collect();
        keys.extend(self.kept.key.iter().filter_map(|text| text.parse().ok()));
        keys.sort_by_key(ToString::to_string);
        keys.dedup();
        let licenses = self.verified(&bundle, list.as_ref(), keys)?;

        let evidence = ClockEvidence::new(self.clock).built(self.built_in.built);
        let issued = files.iter().filter_map(|file| file.evidence_of_time());
        let evidence = issued.chain(bundle.evidence_of_time()).fold(evidence, ClockEvidence::issued);
        // A file that was once stale stays stale, also if the clock is set back.
        let evidence = files.iter().fold(evidence, |evidence, file| evidence.held_until(file.stale_at()));
        let state = self.state.state_mut();
        let reading = evidence.read(state.mark(), licenses.iter().map(License::claims));
        state.keep_mark(*reading.mark());

        // The licenses that this file shows to be activated here, or that are locked to this machine; and why one is not.
        let verifier = Verifier::with_bundle(&bundle, PRODUCT).machine(self.site.machine);
        let shown_by = |file: Option<&Verified<ValidationFile>>| {
            let verifier = verifier.clone().require_validation(reading.now(), file.map_or(&[], slice::from_ref));
            let (mut activated, mut refusal) = (Vec::new(), None);
            for license in &licenses {
                match verifier.verify_key(license.key().clone()) {
                    Ok(license) => activated.push(license),
                    Err(error) => refusal = Some(about_a_license(&error)),
                }
            }
            (activated, refusal)
        };
        let (mut activated, mut refusal) = shown_by(kept.as_ref());
        if let Some(answer) = &answer {
            let is_newer = kept.as_ref().is_none_or(|kept| kept.file.issued_at <= answer.file.issued_at);
            match shown_by(Some(answer)) {
                // The kept file stays in its place: somebody in between takes nothing away.
                (shown, why) if shown.is_empty() => {
                    self.said.extend(why.map(|why| format!("The answer is of no use. {why}")))
                }
                (shown, _) if is_newer => {
                    (activated, refusal, self.kept.validation) = (shown, None, self.validation.take());
                }
                _ => {}
            }
        }
        self.said.extend(refusal.filter(|_| activated.is_empty()));

        let entitlement = combine(&activated, reading.now(), &ReminderDays::default());
        if let Some(entitlement) = &entitlement {
            self.kept.key = Some(entitlement.license().key().to_string());
        }
        let standing = entitlement.as_ref().map(|entitlement| entitlement.standing());
        self.said.push(match (standing, &self.kept.key) {
            (Some(standing), _) => format!("Your license: {standing}."),
            (None, Some(_)) => "No license can be used here now.".to_owned(),
            (None, None) => "Please enter your license key.".to_owned(),
        });
        Ok(standing.is_some_and(|standing| standing.is_usable()))
    }

    /// The licenses for this product, machine and version that are neither revoked nor on hold.
    fn verified(
        &mut self,
        bundle: &Verified<TrustBundle>,
        list: Option<&Verified<RevocationList>>,
        keys: Vec<LicenseKey>,
    ) -> Result<Vec<License>, FileError> {
        if let Some(list) = list {
            self.state.state_mut().saw_list(list, keys.iter().map(LicenseDigest::of))?;
        }
        let verifier =
            Verifier::with_bundle(bundle, PRODUCT).machine(self.site.machine).released(self.built_in.released);
        let verifier = verifier.state(self.state.state());
        let verifier = list.map_or(verifier.clone(), |list| verifier.revocations(list));
        let mut licenses = Vec::new();
        for key in keys {
            match verifier.verify_key(key) {
                Ok(license) => licenses.push(license),
                Err(refusal) => self.said.push(about_a_license(&refusal)),
            }
        }
        Ok(licenses)
    }

    /// A file that is refused is named, and not used.
    fn opened<T>(&mut self, opened: Result<Verified<T>, FileError>) -> Option<Verified<T>> {
        opened.map_err(|refusal| self.said.push(about_a_file(&refusal))).ok()
    }
}

/// The file in an answer. The server may have none yet.
fn signed_file(answer: Result<Answer>) -> Option<Vec<u8>> {
    answer.ok().filter(|answer| answer.status == 200).map(|answer| answer.body)
}

/// What the server says, in one line. Nobody has signed it.
fn of_the_server(answer: &Answer) -> String {
    let said = answer.json().unwrap_or_default();
    let words = said["message"].as_str().or(said["detail"].as_str()).unwrap_or("nothing that can be read");
    let line: String = words.chars().filter(|character| !character.is_control()).take(300).collect();
    format!("The server says: {line}.")
}

/// A refused license, in words for the customer. The outcomes are stable.
fn about_a_license(refusal: &VerifyError) -> String {
    let license = refusal.serial().map_or("This license".to_owned(), |serial| format!("License {serial}"));
    let advice = match (refusal.outcome(), refusal) {
        (Outcome::NotActivated, VerifyError::NotActivated { why, .. }) => {
            return format!("{license} is not activated on this machine: {why}.");
        }
        (Outcome::Revoked, _) => "was revoked for good. Please ask us for another.",
        (Outcome::OnHold, _) => "is on hold. Please call us.",
        (Outcome::Rollback, _) => "can't be checked: a file is missing that was here. Please go online once.",
        (Outcome::UnknownKey, _) => "is not ours, or of a new key of ours. Please go online once.",
        (Outcome::WrongMachine, _) => "is for another machine.",
        _ => return format!("This license can't be used: {refusal}."),
    };
    format!("{license} {advice}")
}

fn about_a_file(refusal: &FileError) -> String {
    format!("A file is refused ({refusal}).")
}

impl Kept {
    const NAMES: [&str; 4] = ["license.txt", "trust.json", "revocations.json", "validation.json"];

    fn read(site: &Site) -> io::Result<Kept> {
        let read = |name: &str| match fs::read(site.folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        };
        let [key, bundle, list, validation] = Kept::NAMES.map(read);
        let key = key?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Kept { key, bundle: bundle?, list: list?, validation: validation? })
    }

    /// Each file is replaced by a whole one, or not at all.
    fn write(&self, site: &Site) -> io::Result<()> {
        let key = self.key.as_ref().map(|key| key.as_bytes().to_vec());
        let files = [&key, &self.bundle, &self.list, &self.validation];
        for (name, bytes) in Kept::NAMES.into_iter().zip(files) {
            let (file, new) = (site.folder.join(name), site.folder.join("new"));
            match bytes {
                Some(bytes) => fs::write(&new, bytes).and_then(|()| fs::rename(&new, &file))?,
                None if file.exists() => fs::remove_file(file)?,
                None => {}
            }
        }
        Ok(())
    }
}
