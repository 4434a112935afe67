//! The inputs beside the keys, for `--json`.

use keyward_verifier::files::{Contact, Party};
use keyward_verifier::{ClockReading, KeyId};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::assess::assessment::{Assessment, Conclusion};
use crate::assess::license_file::AnyLicenseFile;
use crate::assess::state_store::{StateStore, Use};
use crate::assess::statement::{Recovery, StatementUse};
use crate::assess::trusted::{RootsNamedBy, Trusted};
use crate::words::written;

/// Each field is `null` without its input.
#[derive(Serialize)]
pub struct InputsJson<'a> {
    trust: Option<TrustJson<'a>>,
    revocations: Option<RevocationsJson>,
    clock: Option<ClockJson>,
    state: Option<StateJson>,
    time: Option<TimeJson>,
    file: Option<FileJson<'a>>,
}

impl<'a> InputsJson<'a> {
    pub fn of(assessment: &'a Assessment, conclusion: &Conclusion<'_>) -> InputsJson<'a> {
        InputsJson {
            trust: TrustJson::of(assessment, conclusion),
            revocations: RevocationsJson::of(assessment),
            clock: assessment.clock.as_ref().map(ClockJson::of),
            state: assessment.store.as_ref().map(StateJson::of),
            time: assessment.statement.as_ref().map(TimeJson::of),
            file: assessment.license_file.as_ref().map(FileJson::of),
        }
    }
}

/// The trust bundle.
#[derive(Serialize)]
struct TrustJson<'a> {
    bundle: u32,
    roots: u32,
    /// The source of the roots: `options`, or `state`, which proves nothing.
    roots_named_by: &'static str,
    /// The name in the bundle of the key that signed the license; `null` without a verified license.
    signed_by: Option<&'a str>,
}

impl<'a> TrustJson<'a> {
    fn of(assessment: &'a Assessment, conclusion: &Conclusion<'_>) -> Option<TrustJson<'a>> {
        let Trusted::Bundle { bundle, roots, named_by } = &assessment.request.trusted else { return None };
        let roots_named_by = match named_by {
            RootsNamedBy::Options => "options",
            RootsNamedBy::State => "state",
        };
        let signer = conclusion.entitlement().map(|entitlement| entitlement.license().key_id());
        let signed_by = signer.and_then(|key| assessment.request.name_of(key));
        Some(TrustJson { bundle: bundle.version, roots: roots.version(), roots_named_by, signed_by })
    }
}

#[derive(Serialize)]
struct RevocationsJson {
    list: u32,
    issued_at: String,
    next_update: String,
    /// 0 before its issue.
    age_days: u32,
    /// Whether it is dated more than a day ahead.
    dated_ahead: bool,
}

impl RevocationsJson {
    fn of(assessment: &Assessment) -> Option<RevocationsJson> {
        let list = assessment.request.list.as_ref()?;
        Some(RevocationsJson {
            list: list.sequence,
            issued_at: written(list.issued_at),
            next_update: written(list.next_update),
            age_days: list.age_days(assessment.request.at),
            dated_ahead: list.is_ahead(assessment.request.at),
        })
    }
}

#[derive(Serialize)]
struct ClockJson {
    suspect: bool,
    /// 0 if it is not suspect.
    behind_by_seconds: i64,
    backward_steps: u32,
    largest_step_seconds: i64,
}

impl ClockJson {
    fn of(reading: &ClockReading) -> ClockJson {
        ClockJson {
            suspect: reading.suspect().is_some(),
            behind_by_seconds: reading.suspect().map_or(0, |suspect| suspect.behind_by.num_seconds()),
            backward_steps: reading.mark().backward_steps(),
            largest_step_seconds: reading.mark().largest_step().num_seconds(),
        }
    }
}

#[derive(Serialize)]
struct StateJson {
    /// `begun`, `kept`, or the reason why it is not used, such as `altered` or `unreadable`.
    found: &'static str,
    /// The id of the state; `null` if it is not used.
    id: Option<String>,
    saved: bool,
    /// For people, if it is not used or can't be written; otherwise `null`.
    message: Option<String>,
}

impl StateJson {
    fn of(store: &StateStore) -> StateJson {
        StateJson {
            found: store.code(),
            id: store.state().map(|state| state.id().to_string()),
            saved: matches!(store.use_of, Use::Saved),
            message: match (store.unused(), &store.use_of) {
                (Some(unused), _) => Some(unused.to_string()),
                (None, Use::NotSaved(error)) => Some(error.to_string()),
                (None, _) => None,
            },
        }
    }
}

#[derive(Serialize)]
struct TimeJson {
    issued_at: String,
    /// `applied`, `no-state`, or the reason why the recovery was not applied; `null` for a plain statement.
    recovery: Option<&'static str>,
}

impl TimeJson {
    fn of(used: &StatementUse) -> TimeJson {
        let recovery = used.recovery.map(|recovery| match recovery {
            Recovery::Applied(_) => "applied",
            Recovery::NoState => "no-state",
            Recovery::NotSaved => "not-saved",
            Recovery::Refused(error) => error.code(),
        });
        TimeJson { issued_at: written(used.statement.issued_at), recovery }
    }
}

#[derive(Serialize)]
struct FileJson<'a> {
    kind: &'static str,
    issued_at: String,
    /// For a validation file.
    expires_at: Option<String>,
    machine: Option<String>,
    signed_by: Vec<String>,
    licensee: Option<&'a Party>,
    contacts: &'a [Contact],
    note: Option<&'a str>,
    metadata: &'a Map<String, Value>,
}

impl FileJson<'_> {
    fn of(license_file: &AnyLicenseFile) -> FileJson<'_> {
        let file = license_file.file();
        let (kind, expires_at, machine, signed_by) = match license_file {
            AnyLicenseFile::License(file) => ("license-file", None, None, file.signed_by()),
            AnyLicenseFile::Validation(file) => {
                let machine = file.machine.as_ref().map(ToString::to_string);
                ("validation-file", Some(written(file.expires_at)), machine, file.signed_by())
            }
        };
        FileJson {
            kind,
            issued_at: written(file.issued_at),
            expires_at,
            machine,
            signed_by: signed_by.iter().map(KeyId::to_string).collect(),
            licensee: file.licensee.as_ref(),
            contacts: &file.contacts,
            note: file.note.as_deref(),
            metadata: &file.metadata,
        }
    }
}
