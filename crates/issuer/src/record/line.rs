use std::borrow::Cow;

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};
use keyward_catalog::Names;
use keyward_core::{Claims, KeyId, LicenseKey, Quantity, Serial};
use keyward_grace::Term;
use keyward_verifier::LicenseDigest;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::{Action, IssueDetails, IssueRecord, RecordError};
use crate::order::{Approval, OrderRef, Subscription};
use crate::terminal_safe_json;

/// The only version of lines that is written and read.
const VERSION: u32 = 1;

/// The fields of a line. An unknown field is refused: later decisions depend on records, and a rule that ignores a field
/// would decide wrongly. New fields make a new version of the line.
///
/// The fields that follow from the license key are in every line, and not in the circumstances.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    version: u32,
    action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serial: Option<Serial>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Cow<'a, str>>,
    key_id: Cow<'a, str>,
    issued_at: Cow<'a, str>,
    issued_by: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claims: Option<Cow<'a, Claims>>,
    names: Cow<'a, Names>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offer: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    term: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    activations: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<Serial>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bridges: Option<Serial>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<Cow<'a, Approval>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ticket: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subscription: Option<Cow<'a, Subscription>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<Cow<'a, OrderRef>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Cow<'a, str>>,
}

/// The field that is read first, since a later version may have other fields.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl IssueRecord {
    /// The record as one line of JSON, without the line break.
    pub fn to_line(&self) -> String {
        let digest = self.digest().to_string();
        let key = self.key.to_string();
        write(&Line {
            serial: Some(self.serial()),
            digest: Some(digest.into()),
            claims: Some(Cow::Borrowed(&self.claims)),
            key: Some(key.into()),
            ..self.line_beside_key()
        })
    }

    /// The line of the record without what follows from the license key: without `serial`, `digest`, `claims` and `key`. A
    /// database keeps it beside the license key.
    pub fn circumstances(&self) -> String {
        write(&self.line_beside_key())
    }

    fn line_beside_key(&self) -> Line<'_> {
        let details = &self.details;
        Line {
            version: VERSION,
            action: details.action,
            serial: None,
            digest: None,
            key_id: self.key_id.to_string().into(),
            issued_at: self.issued_at.to_rfc3339_opts(SecondsFormat::Secs, true).into(),
            issued_by: self.issued_by.as_str().into(),
            claims: None,
            names: Cow::Borrowed(&details.names),
            offer: details.offer.as_deref().map(Cow::Borrowed),
            term: details.term.map(|term| term.to_string().into()),
            activations: details.activations.map(|activations| activations.to_string().into()),
            replaces: details.replaces,
            bridges: details.bridges,
            approval: details.approval.as_ref().map(Cow::Borrowed),
            reason: details.reason.as_deref().map(Cow::Borrowed),
            ticket: details.ticket.as_deref().map(Cow::Borrowed),
            customer: details.customer.as_deref().map(Cow::Borrowed),
            subscription: details.subscription.as_ref().map(Cow::Borrowed),
            order: details.order.as_ref().map(Cow::Borrowed),
            key: None,
        }
    }

    /// Reads a record from its line.
    ///
    /// The serial, the digest, the key id and the claims have to agree with the license key of the line. The signature is not
    /// verified.
    ///
    /// # Errors
    ///
    /// A line that is not a record, has another version, an unknown field, or a value that contradicts its license key.
    pub fn from_line(line: &str) -> Result<IssueRecord, RecordError> {
        let line = read(line)?;
        let missing = |field| RecordError::from(serde_json::Error::missing_field(field));
        let key = line.key.as_ref().ok_or_else(|| missing("key"))?;
        let key: LicenseKey = key.parse().map_err(|_| RecordError::InvalidField { field: "key" })?;
        let serial = line.serial.ok_or_else(|| missing("serial"))?;
        let claims = line.claims.as_deref().cloned().ok_or_else(|| missing("claims"))?;
        let digest = line.digest.as_ref().ok_or_else(|| missing("digest"))?;
        for (field, agrees) in [
            ("serial", serial == claims.serial()),
            ("claims", key.unverified_claims().as_ref() == Ok(&claims)),
            ("digest", *digest == LicenseDigest::of(&key).to_string()),
        ] {
            if !agrees {
                return Err(RecordError::Contradicts { field });
            }
        }
        record(key, claims, line)
    }

    /// The record of a license key, from its [circumstances](IssueRecord::circumstances). The signature is not verified.
    ///
    /// # Errors
    ///
    /// Circumstances that no record has, or that contradict the license key; a key with claims that this version can't read.
    pub fn from_circumstances(key: LicenseKey, circumstances: &str) -> Result<IssueRecord, RecordError> {
        let line = read(circumstances)?;
        let follows = [
            ("serial", line.serial.is_some()),
            ("digest", line.digest.is_some()),
            ("claims", line.claims.is_some()),
            ("key", line.key.is_some()),
        ];
        if let Some((field, _)) = follows.into_iter().find(|(_, is_there)| *is_there) {
            return Err(RecordError::Contradicts { field });
        }
        let claims = key.unverified_claims().map_err(|_| RecordError::InvalidField { field: "key" })?;
        record(key, claims, line)
    }
}

fn write(line: &Line<'_>) -> String {
    // Most lines are shorter.
    let mut text = Vec::with_capacity(1536);
    let written = serde_json::to_writer(&mut text, line);
    debug_assert!(written.is_ok(), "every record is JSON");
    String::from_utf8(text).map(terminal_safe_json).unwrap_or_default()
}

fn read(text: &str) -> Result<Line<'_>, RecordError> {
    let Version { version } = serde_json::from_str(text)?;
    if version != VERSION {
        return Err(RecordError::Version { found: version });
    }
    Ok(serde_json::from_str(text)?)
}

/// The record of a license key with these claims.
fn record(key: LicenseKey, claims: Claims, line: Line<'_>) -> Result<IssueRecord, RecordError> {
    let key_id = key_id(&line.key_id).ok_or(RecordError::InvalidField { field: "key_id" })?;
    let issued_at = time(&line.issued_at).ok_or(RecordError::InvalidField { field: "issued_at" })?;
    let term = line.term.as_deref().map(str::parse::<Term>).transpose();
    let activations = line.activations.as_deref().map(str::parse::<Quantity>).transpose();
    let details = IssueDetails {
        action: line.action,
        names: line.names.into_owned(),
        offer: line.offer.map(Cow::into_owned),
        term: term.map_err(|_| RecordError::InvalidField { field: "term" })?,
        activations: activations.map_err(|_| RecordError::InvalidField { field: "activations" })?,
        replaces: line.replaces,
        bridges: line.bridges,
        approval: line.approval.map(Cow::into_owned),
        reason: line.reason.map(Cow::into_owned),
        ticket: line.ticket.map(Cow::into_owned),
        customer: line.customer.map(Cow::into_owned),
        subscription: line.subscription.map(Cow::into_owned),
        order: line.order.map(Cow::into_owned),
    };
    for (field, agrees) in
        [("key_id", key_id.hint() == key.hint()), ("term", details.term.is_none_or(|term| lasts(&claims, term)))]
    {
        if !agrees {
            return Err(RecordError::Contradicts { field });
        }
    }
    Ok(IssueRecord { key, claims, key_id, issued_at, issued_by: line.issued_by.into_owned(), details })
}

/// Whether the license ends on the last day of the term.
fn lasts(claims: &Claims, term: Term) -> bool {
    claims.valid_through().is_some_and(|through| term.last_day(claims.valid_from()) == Ok(through))
}

/// A time in whole seconds, in UTC, of a year with four digits.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc).trunc_subsecs(0);
    (0..=9999).contains(&time.year()).then_some(time)
}

fn key_id(text: &str) -> Option<KeyId> {
    let mut bytes = [0; 8];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(KeyId::from_bytes(bytes))
}
