//! The inputs beside the keys, for people.

use std::io::{self, Write};

use keyward_verifier::KeyId;
use keyward_verifier::files::{Contact, Party, RevocationList, StateError};

use crate::assess::assessment::{Assessment, Strictness};
use crate::assess::license_file::AnyLicenseFile;
use crate::assess::state_store::{StateStore, Use};
use crate::assess::statement::{Moved, Recovery};
use crate::assess::trusted::{RootsNamedBy, Trusted};
use crate::io::clock;
use crate::show::rows::Rows;
use crate::words::{away, counted, harmless, written};

/// Rows on the trust bundle, revocations, the license file, the time and the state.
pub fn rows(assessment: &Assessment) -> Rows {
    let mut rows = Rows::new();
    if let Trusted::Bundle { bundle, roots, named_by } = &assessment.request.trusted {
        let by_whom = match named_by {
            RootsNamedBy::Options => "",
            RootsNamedBy::State => ", named by the state alone",
        };
        rows.push((
            "trusted by",
            format!("trust bundle {}, signed by root set {}{by_whom}", bundle.version, roots.version()),
        ));
    }
    rows.push(("revocations", revocations(assessment)));
    rows.extend(rows_of_a_refusal(assessment));
    rows
}

/// The rows that are shown without a license too.
pub fn rows_of_a_refusal(assessment: &Assessment) -> Rows {
    let mut rows = Rows::new();
    if let Some(license_file) = &assessment.license_file {
        rows.extend(file_rows(assessment, license_file));
    }
    if let Some(statement) = &assessment.statement {
        rows.push(("time", format!("no earlier than {}, by a statement", written(statement.statement.issued_at))));
    }
    if let Some(suspicion) = assessment.suspicion() {
        rows.push(("clock", format!("suspect: {suspicion}")));
    }
    if let Some(store) = &assessment.store {
        let named = store.state().map(|state| format!(" as {}", state.id())).unwrap_or_default();
        rows.push(("state", format!("{}{named}, {}", store.code(), use_of(store))));
    }
    rows
}

/// "not revoked as of list 14, 41 days old".
pub fn revocations(assessment: &Assessment) -> String {
    let Some(list) = &assessment.request.list else {
        let seen = assessment.request.remembered.as_ref().map_or(0, |state| state.list_sequence());
        let seen = if seen > 0 { format!(" (list {seen} was seen before)") } else { String::new() };
        return format!("not checked: no list was given{seen}");
    };
    format!("not revoked as of {}", list_and_age(assessment, list))
}

/// "list 14, 41 days old", and whether a newer one was due; or that it is dated ahead.
pub fn list_and_age(assessment: &Assessment, list: &RevocationList) -> String {
    let at = assessment.request.at;
    if list.is_ahead(at) {
        let (sequence, issued_at) = (list.sequence, written(list.issued_at));
        return match assessment.clock {
            Some(_) => format!("list {sequence}, dated ahead: at {issued_at}, {}", away(list.issued_at, at)),
            None => format!("list {sequence}, issued at {issued_at}, after the time of the request"),
        };
    }
    let overdue = if list.next_update < at {
        format!("; a newer one was due on {}", list.next_update.date_naive())
    } else {
        String::new()
    };
    let days = counted(list.age_days(at), "day");
    format!("list {}, {days} old{overdue}", list.sequence)
}

fn file_rows(assessment: &Assessment, license_file: &AnyLicenseFile) -> Rows {
    let file = license_file.file();
    let signed_by = match license_file {
        AnyLicenseFile::License(file) => file.signed_by(),
        AnyLicenseFile::Validation(file) => file.signed_by(),
    };
    let signed_by: Vec<String> = signed_by.iter().map(|key| signer(assessment, *key)).collect();
    let kind = license_file.kind().to_string();
    let mut rows =
        vec![("came in", format!("{kind}, issued at {}, signed by {}", written(file.issued_at), signed_by.join(", ")))];
    if let AnyLicenseFile::Validation(validation) = license_file {
        rows.push(("good until", written(validation.expires_at)));
    }
    rows.extend(file.licensee.as_ref().map(|licensee| ("sold to", party(licensee))));
    rows.extend(file.contacts.iter().map(|contact| ("contact", self::contact(contact))));
    if let Some(note) = &file.note {
        rows.extend(note.lines().map(|line| ("note", harmless(line))));
    }
    if !file.metadata.is_empty() {
        let metadata = serde_json::to_string(&file.metadata).unwrap_or_default();
        rows.push(("metadata", harmless(&metadata)));
    }
    rows
}

/// "Jo Doe, Acme Ltd, <jo@acme.example>".
pub fn party(party: &Party) -> String {
    let mut words = vec![harmless(&party.name)];
    words.extend(party.company.as_deref().map(harmless));
    words.extend(party.email.as_deref().map(|email| format!("<{}>", harmless(email))));
    words.join(", ")
}

pub fn contact(contact: &Contact) -> String {
    format!("{}: {}", harmless(&contact.role), party(&contact.party))
}

const fn use_of(store: &StateStore) -> &'static str {
    match (store.unused(), &store.use_of) {
        (Some(_), _) => "not used",
        (None, Use::Saved) => "saved",
        (None, Use::Read) => "not changed",
        (None, Use::NotSaved(_)) => "read, and can't be written",
    }
}

/// Remarks on the clock and the state, with advice.
pub fn remarks(assessment: &Assessment, to: &mut dyn Write) -> io::Result<()> {
    let is_impossible = assessment.clock.is_some() && clock::is_impossible(assessment.clock_says);
    let today = assessment.clock_says.date_naive();
    match (assessment.suspicion(), assessment.strictness) {
        (Some(suspicion), Strictness::Lenient) => {
            let at = written(assessment.request.at);
            let to_do = match is_impossible {
                true => format!("This machine's clock says {today}; set it"),
                false => format!("Set the clock; if it is right, {}", assessment.recovery()),
            };
            writeln!(to, "Remark: {suspicion}. The report uses {at}. {to_do}.\n")?;
        }
        (None, _) if is_impossible => writeln!(to, "Remark: this machine's clock says {today}; set it.\n")?,
        _ => {}
    }
    let list = assessment.request.list.as_ref().filter(|list| list.is_ahead(assessment.request.at));
    // A product that sets an age refuses such a list. In a request about another time, no clock is wrong.
    if let (Some(list), None, Some(_)) = (list, assessment.max_staleness, &assessment.clock) {
        let to_do = match is_impossible {
            true => "set the clock".to_owned(),
            false => format!(
                "this machine's clock says {today}; if that is not today, set it; if it is, ask the vendor for another list"
            ),
        };
        let (sequence, issued_at) = (list.sequence, written(list.issued_at));
        writeln!(
            to,
            "Remark: revocation list {sequence} is dated ahead, at {issued_at}: its age is not known. To do: {to_do}.\n"
        )?;
    }
    if let Some(recovery) = assessment.statement.as_ref().and_then(|statement| statement.recovery) {
        match recovery {
            Recovery::Applied(Moved::Back) => {
                writeln!(to, "The recovery was applied to the state: its time was set back.\n")?;
            }
            Recovery::Applied(Moved::Forward) => {
                writeln!(to, "The recovery was applied to the state: its time was not ahead.\n")?;
            }
            Recovery::NotSaved => writeln!(
                to,
                "Remark: the recovery was not applied, since the state can't be written. Make its folder writable, and give the \
                 recovery again.\n"
            )?,
            Recovery::NoState => writeln!(to, "Remark: there is no state to apply the recovery to.\n")?,
            // The recovery was applied earlier, and its file is still given.
            Recovery::Refused(StateError::Recovery(_)) if assessment.suspicion().is_none() => {}
            Recovery::Refused(error) => writeln!(to, "Remark: the recovery was not applied: {error}.\n")?,
        }
    }
    let Some(store) = &assessment.store else { return Ok(()) };
    if store.state().is_some() && assessment.request.machine.is_some_and(|machine| machine.present() == 0) {
        writeln!(to, "Remark: the fingerprint has no component of this machine: the state is tied to no machine.\n")?;
    }
    let folder = harmless(&store.folder().display().to_string());
    match (store.unused(), &store.use_of) {
        (Some(reason), _) => writeln!(
            to,
            "Remark: the state in {folder} is not used, and was not changed: {}. To do: {}\n",
            harmless(&reason.to_string()),
            reason.to_do(&folder)
        ),
        (None, Use::NotSaved(error)) => writeln!(
            to,
            "Remark: the state in {folder} was read, and can't be written ({}): this run is not kept in it. A clock that is \
             set back to the time before this run is not noticed.\n",
            harmless(&error.to_string())
        ),
        (None, _) if assessment.clock.is_none() => {
            writeln!(to, "The request is about another time: the state in {folder} was read, and not changed.\n")
        }
        (None, _) => Ok(()),
    }
}

/// A signing key, by its name in the trust bundle if it has one.
pub fn signer(assessment: &Assessment, key: KeyId) -> String {
    match assessment.request.name_of(key) {
        Some(name) => format!("{} ({key})", harmless(name)),
        None => key.to_string(),
    }
}
