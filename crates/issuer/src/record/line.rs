use std::borrow::Cow;

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};
use keyward_catalog::Names;
use keyward_core::{Claims, KeyId, LicenseKey, Quantity, Serial};
use keyward_grace::Term;
use keyward_verifier::LicenseDigest;
use serde::{Deserialize, Serialize};

use super::{Action, IssueDetails, IssueRecord, RecordError};
use crate::order::{Approval, OrderRef, Subscription};
use crate::terminal_safe_json;

/// The only version of lines that is written and read.
const VERSION: u32 = 1;

/// The fields of a line. An unknown field is refused: later decisions depend on records, and a rule that ignores a field
/// would decide wrongly. New fields make a new version of the line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    version: u32,
    action: Action,
    serial: Serial,
    digest: Cow<'a, str>,
    key_id: Cow<'a, str>,
    issued_at: Cow<'a, str>,
    issued_by: Cow<'a, str>,
    claims: Cow<'a, Claims>,
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
    key: Cow<'a, str>,
}

/// The field that is read first, since a later version may have other fields.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl IssueRecord {
    /// The record as one line of JSON, without the line break.
    pub fn to_line(&self) -> String {
        let details = &self.details;
        let line = Line {
            version: VERSION,
            action: details.action,
            serial: self.serial(),
            digest: self.digest().to_string().into(),
            key_id: self.key_id.to_string().into(),
            issued_at: self.issued_at.to_rfc3339_opts(SecondsFormat::Secs, true).into(),
            issued_by: self.issued_by.as_str().into(),
            claims: Cow::Borrowed(&self.claims),
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
            key: self.key.to_string().into(),
        };
        // Most lines are shorter.
        let mut text = Vec::with_capacity(1536);
        let written = serde_json::to_writer(&mut text, &line);
        debug_assert!(written.is_ok(), "every record is JSON");
        String::from_utf8(text).map(terminal_safe_json).unwrap_or_default()
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
        let Version { version } = serde_json::from_str(line)?;
        if version != VERSION {
            return Err(RecordError::Version { found: version });
        }
        let line: Line<'_> = serde_json::from_str(line)?;
        let key: LicenseKey = line.key.parse().map_err(|_| RecordError::InvalidField { field: "key" })?;
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
        for (field, agrees) in [
            ("serial", line.serial == line.claims.serial()),
            ("claims", key.unverified_claims().as_ref() == Ok(&*line.claims)),
            ("digest", line.digest == LicenseDigest::of(&key).to_string()),
            ("key_id", key_id.hint() == key.hint()),
            ("term", details.term.is_none_or(|term| lasts(&line.claims, term))),
        ] {
            if !agrees {
                return Err(RecordError::Contradicts { field });
            }
        }
        let (claims, issued_by) = (line.claims.into_owned(), line.issued_by.into_owned());
        Ok(IssueRecord { key, claims, key_id, issued_at, issued_by, details })
    }
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
