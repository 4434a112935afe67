mod advice;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use keyward_catalog::Catalog;
use keyward_verifier::files::{FileError, TrustBundle, Verified};
use keyward_verifier::{ClockReading, Entitlement, Outcome};
use serde_json::json;

use crate::assess::answer::{Answer, Refused, Verdict};
use crate::assess::evidence::{self, Evidence};
use crate::assess::license_file::AnyLicenseFile;
use crate::assess::naming::Naming;
use crate::assess::request::Request;
use crate::assess::state_store::{StateStore, Unused};
use crate::assess::statement::StatementUse;
use crate::assess::trusted::Trusted;
use crate::words::{backward, harmless, in_days};

/// Everything that was checked, with the results.
#[derive(Debug)]
pub struct Assessment {
    pub request: Request,
    /// Empty if a file was refused before the keys.
    pub answer: Answer,
    /// The refusal of a file.
    pub refusal: Option<FileRefusal>,
    /// The refusal of the revocation list for its age.
    pub stale_list: Option<FileRefusal>,
    /// The license file that the keys come from, if any.
    pub license_file: Option<AnyLicenseFile>,
    pub statement: Option<StatementUse>,
    /// `None` with `--at`.
    pub clock: Option<ClockReading>,
    /// The time of the clock.
    pub clock_says: DateTime<Utc>,
    /// Whether the clock is behind the files alone, without the state: then no recovery helps.
    pub is_ahead_by_files: bool,
    pub strictness: Strictness,
    pub max_staleness: Option<u32>,
    pub built: Option<DateTime<Utc>>,
    pub store: Option<StateStore>,
    pub catalog: Option<Catalog>,
}

/// Whether a suspect clock refuses a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    Strict,
    Lenient,
}

/// The refusal of a file.
#[derive(Debug)]
pub struct FileRefusal {
    /// The name of the file's source.
    pub source: String,
    pub error: FileError,
}

impl FileRefusal {
    /// The refusal in an error. Any other error is returned.
    pub fn of(error: anyhow::Error) -> anyhow::Result<FileRefusal> {
        let source = error.to_string();
        error.downcast().map(|error: FileError| FileRefusal { source, error })
    }
}

/// The assessment in one outcome.
#[derive(Debug)]
pub struct Conclusion<'a> {
    pub outcome: Outcome,
    /// For people.
    pub message: String,
    /// What to do about it; `None` if nothing needs to be done.
    pub advice: Option<Cow<'static, str>>,
    pub evidence: Evidence,
    /// The result for the keys; `None` if a file was refused before them.
    pub verdict: Option<Verdict<'a>>,
}

impl Conclusion<'_> {
    /// The verified license, if any.
    pub const fn entitlement(&self) -> Option<&Entitlement<'_>> {
        match &self.verdict {
            Some(Verdict::Licensed(entitlement)) => Some(entitlement),
            _ => None,
        }
    }
}

impl Assessment {
    /// The first of these: a file is refused, the key is refused, the list is stale, the clock is suspect; else the
    /// standing.
    pub fn conclusion(&self) -> Conclusion<'_> {
        let verdict = self.answer.verdict(self.request.at);
        if let Some(refusal) = &self.refusal {
            return self.of_file(refusal, verdict);
        }
        if let Some(Verdict::Refused(refused)) = verdict {
            return self.of_key(refused);
        }
        if let Some(stale) = &self.stale_list {
            return self.of_file(stale, verdict);
        }
        if let Some((message, advice)) = self.distrusted_clock() {
            let evidence = self.clock_evidence();
            return Conclusion { outcome: Outcome::ClockSuspect, message, advice, evidence, verdict };
        }
        let (outcome, message) = match &verdict {
            Some(Verdict::Licensed(entitlement)) => {
                (entitlement.standing().outcome(), entitlement.standing().to_string())
            }
            _ => (Outcome::Malformed, "there is no license key".to_owned()),
        };
        Conclusion { outcome, message, advice: self.advice(outcome, None), evidence: Evidence::new(), verdict }
    }

    fn of_file<'a>(&'a self, refusal: &FileRefusal, verdict: Option<Verdict<'a>>) -> Conclusion<'a> {
        let mut evidence = vec![("file", json!(refusal.source))];
        evidence.extend(evidence::of_file(&refusal.error));
        let outcome = refusal.error.outcome();
        Conclusion {
            outcome,
            message: refusal.error.to_string(),
            advice: self.advice(outcome, Some(&refusal.error)),
            evidence,
            verdict,
        }
    }

    fn of_key<'a>(&'a self, refused: &'a Refused) -> Conclusion<'a> {
        let evidence = evidence::evidence(&refused.error, &self.request.trusted.key_ids());
        let (outcome, verdict) = (refused.error.outcome(), Some(Verdict::Refused(refused)));
        let advice = match outcome {
            Outcome::Malformed => evidence::advice_on_key(&refused.error).map(Cow::Borrowed),
            _ => self.advice(outcome, None),
        };
        Conclusion { outcome, message: refused.error.to_string(), advice, evidence, verdict }
    }

    /// The reason why `--strict-clock` refuses, with advice.
    fn distrusted_clock(&self) -> Option<(String, Option<Cow<'static, str>>)> {
        if self.strictness == Strictness::Lenient {
            return None;
        }
        if let Some(reason) = self.unused_state() {
            let folder = self.store.as_ref().map(|store| harmless(&store.folder().display().to_string()));
            let to_do = reason.to_do(&folder.unwrap_or_default());
            return Some((format!("the evidence of the time can't be used: {reason}"), Some(to_do.into())));
        }
        self.suspicion().map(|suspicion| (suspicion, self.advice(Outcome::ClockSuspect, None)))
    }

    /// The reason why the state is not used, if that is so.
    pub fn unused_state(&self) -> Option<&Unused> {
        self.store.as_ref().and_then(StateStore::unused)
    }

    /// The time by which the clock is behind, in words.
    pub fn suspicion(&self) -> Option<String> {
        let clock = self.clock.as_ref()?;
        let behind_by = in_days(clock.suspect()?.behind_by);
        let steps = backward(clock.mark()).map(|how| format!("; it went backward {how}")).unwrap_or_default();
        Some(format!("the clock is {behind_by} behind the evidence of the time{steps}"))
    }

    fn clock_evidence(&self) -> Evidence {
        let suspect = self.clock.as_ref().and_then(|clock| clock.suspect());
        let mut evidence: Evidence = self.store.iter().map(|store| ("state", json!(store.code()))).collect();
        evidence.extend(suspect.map(|suspect| ("behind_by_seconds", json!(suspect.behind_by.num_seconds()))));
        evidence
    }

    /// The names of numbers in keys.
    pub fn naming(&self) -> Option<Naming<'_>> {
        let file = self.license_file.as_ref().map(AnyLicenseFile::file);
        Naming::first_of(self.catalog.as_ref(), &self.request.trusted, file)
    }

    pub fn bundle(&self) -> Option<&Verified<TrustBundle>> {
        match &self.request.trusted {
            Trusted::Bundle { bundle, .. } => Some(bundle),
            Trusted::Keys(_) => None,
        }
    }
}
