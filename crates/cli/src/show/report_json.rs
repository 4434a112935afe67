//! The report of `verify --json`.

use chrono::NaiveDate;
use keyward_verifier::{Claims, Day, Entitlement, Grant, Kind, License, Quantity, Repair, Standing};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::assess::assessment::{Assessment, Conclusion};
use crate::assess::evidence::Evidence;
use crate::assess::naming::{ClaimNames, Naming};
use crate::show::inputs_json::InputsJson;
use crate::words::written;

/// The object of `--json`. It always has all of its fields.
#[derive(Serialize)]
pub struct Report<'a> {
    outcome: &'static str,
    usable: bool,
    /// For people, in English.
    message: String,
    /// The time of the request.
    at: String,
    /// `null` if it is refused.
    license: Option<LicenseJson<'a>>,
    standing: Option<StandingJson>,
    /// The entitlement of all licenses in the input; `null` if none is usable.
    grant: Option<GrantJson>,
    repairs: Vec<RepairJson>,
    /// The facts behind a refusal; else empty.
    evidence: EvidenceJson<'a>,
    /// The position of the reported key in the input, from 1.
    key: usize,
    others: Vec<OtherJson>,
    #[serde(flatten)]
    inputs: InputsJson<'a>,
}

pub fn report<'a>(assessment: &'a Assessment, conclusion: &'a Conclusion<'a>) -> Report<'a> {
    let (answer, at) = (&assessment.answer, assessment.request.at);
    let entitlement = conclusion.entitlement();
    let others = conclusion.verdict.as_ref().map(|verdict| answer.others(at, verdict)).unwrap_or_default();
    Report {
        outcome: conclusion.outcome.code(),
        usable: conclusion.outcome.is_usable(),
        message: conclusion.message.clone(),
        at: written(at),
        license: entitlement.map(|entitlement| LicenseJson::of(entitlement.license(), assessment.naming())),
        standing: entitlement.map(|entitlement| StandingJson::of(entitlement.standing())),
        grant: entitlement.filter(|_| conclusion.outcome.is_usable()).and_then(Entitlement::grant).map(GrantJson::of),
        repairs: entitlement
            .map(|entitlement| entitlement.license().repairs().iter().map(RepairJson::of).collect())
            .unwrap_or_default(),
        evidence: EvidenceJson(&conclusion.evidence),
        key: conclusion.verdict.as_ref().and_then(|verdict| answer.position(verdict)).unwrap_or(1),
        others: others
            .into_iter()
            .map(|other| OtherJson { key: other.position, outcome: other.outcome.code(), message: other.message })
            .collect(),
        inputs: InputsJson::of(assessment, conclusion),
    }
}

#[derive(Serialize)]
struct LicenseJson<'a> {
    serial: String,
    digest: String,
    key_id: String,
    claims: &'a Claims,
    /// Left out without a catalogue, a trust bundle or a license file that has names.
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<ClaimNames>,
}

impl<'a> LicenseJson<'a> {
    fn of(license: &'a License, naming: Option<Naming<'_>>) -> LicenseJson<'a> {
        LicenseJson {
            serial: license.claims().serial().to_string(),
            digest: license.digest().to_string(),
            key_id: license.key_id().to_string(),
            claims: license.claims(),
            names: naming.map(|naming| naming.names(license.claims())),
        }
    }
}

#[derive(Serialize)]
struct StandingJson {
    state: &'static str,
    kind: Kind,
    notice: Option<&'static str>,
    valid_from: Day,
    valid_through: Option<Day>,
    days_left: Option<u32>,
    grace_days: u8,
    grace_through: Option<String>,
    opens_at: String,
    closes_at: Option<String>,
    grace_closes_at: Option<String>,
    next_reminder: Option<Day>,
    has_successor: bool,
}

impl StandingJson {
    fn of(standing: &Standing) -> StandingJson {
        StandingJson {
            state: standing.code(),
            kind: standing.kind(),
            notice: standing.notice(),
            valid_from: standing.valid_from(),
            valid_through: standing.valid_through(),
            days_left: standing.days_left(),
            grace_days: standing.grace_days(),
            grace_through: standing.grace_through().as_ref().map(NaiveDate::to_string),
            opens_at: written(standing.opens_at()),
            closes_at: standing.closes_at().map(written),
            grace_closes_at: standing.grace_closes_at().map(written),
            next_reminder: standing.next_reminder(),
            has_successor: standing.has_successor(),
        }
    }
}

#[derive(Serialize)]
struct GrantJson {
    features: Vec<u8>,
    seats: Quantity,
}

impl GrantJson {
    fn of(grant: &Grant) -> GrantJson {
        GrantJson { features: grant.features().iter().map(|feature| feature.bit()).collect(), seats: grant.seats() }
    }
}

#[derive(Serialize)]
struct RepairJson {
    /// The position of the key in the input, from 1.
    group: u8,
    typed: String,
    expected: String,
}

impl RepairJson {
    fn of(repair: &Repair) -> RepairJson {
        RepairJson { group: repair.group(), typed: repair.typed().to_string(), expected: repair.expected().to_string() }
    }
}

struct EvidenceJson<'a>(&'a Evidence);

impl Serialize for EvidenceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct OtherJson {
    key: usize,
    outcome: &'static str,
    message: String,
}
