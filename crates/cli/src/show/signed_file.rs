use std::collections::BTreeMap;
use std::fmt::Display;

use chrono::{DateTime, Utc};
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{
    DelegatedKey, Delegation, FileError, FileKind, KeyState, LicenseFile, PayloadError, PublicNames, RevocationList,
    RootSet, Status, TimePurpose, TimeStatement, TrustBundle, ValidationFile,
};
use keyward_verifier::{LicenseDigest, LicenseKey, TrustedKey};
use serde::{Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::show::claims::validity;
use crate::show::inputs::{contact, party};
use crate::show::rows::Rows;
use crate::words::{away, counted, harmless, written};

/// Rows for the items of one list. `--json` shows all.
const MAX_ITEMS_SHOWN: usize = 20;

/// The contents of a signed file, whether or not its signatures are good.
pub enum Contents {
    LicenseFile(LicenseFile),
    ValidationFile(ValidationFile),
    RootSet(RootSet),
    TrustBundle(TrustBundle),
    RevocationList(RevocationList),
    TimeStatement(TimeStatement),
}

impl Contents {
    pub fn of(file: &SignableFile) -> Result<Contents, FileError> {
        match file.kind() {
            FileKind::LicenseFile => file.unverified_contents().map(Contents::LicenseFile),
            FileKind::ValidationFile => file.unverified_contents().map(Contents::ValidationFile),
            FileKind::RootSet => file.unverified_contents().map(Contents::RootSet),
            FileKind::TrustBundle => file.unverified_contents().map(Contents::TrustBundle),
            FileKind::RevocationList => file.unverified_contents().map(Contents::RevocationList),
            FileKind::TimeStatement => file.unverified_contents().map(Contents::TimeStatement),
            kind => {
                Err(FileError::Payload { kind, error: PayloadError::NeedsNewer("what this command can't".to_owned()) })
            }
        }
    }

    /// The contents in rows, harmless for a terminal.
    pub fn rows(&self, now: DateTime<Utc>) -> Rows {
        let rows = match self {
            Contents::LicenseFile(file) => license_file(file, now),
            Contents::ValidationFile(file) => validation_file(file, now),
            Contents::RootSet(roots) => root_set(roots, now),
            Contents::TrustBundle(bundle) => trust_bundle(bundle, now),
            Contents::RevocationList(list) => revocation_list(list, now),
            Contents::TimeStatement(statement) => time_statement(statement, now),
        };
        rows.into_iter().map(|(name, value)| (name, harmless(&value))).collect()
    }

    /// The time at which it was issued, by its own statement.
    pub const fn issued_at(&self) -> DateTime<Utc> {
        match self {
            Contents::LicenseFile(file) => file.issued_at,
            Contents::ValidationFile(file) => file.file.issued_at,
            Contents::RootSet(roots) => roots.issued_at,
            Contents::TrustBundle(bundle) => bundle.issued_at,
            Contents::RevocationList(list) => list.issued_at,
            Contents::TimeStatement(statement) => statement.issued_at,
        }
    }

    /// The number that is never used twice; `None` for contents without one.
    pub const fn number(&self) -> Option<u32> {
        match self {
            Contents::RootSet(roots) => Some(roots.version),
            Contents::TrustBundle(bundle) => Some(bundle.version),
            Contents::RevocationList(list) => Some(list.sequence),
            Contents::LicenseFile(_) | Contents::ValidationFile(_) | Contents::TimeStatement(_) => None,
        }
    }

    /// The place of a value in the file that these contents, which were read from it, do not show.
    pub fn unknown_part(&self, file: &SignableFile) -> Result<Option<String>, PayloadError> {
        let (place, licenses) = match self {
            Contents::LicenseFile(contents) => (file.unknown_part(contents)?, contents.licenses.as_slice()),
            Contents::ValidationFile(contents) => (file.unknown_part(contents)?, contents.file.licenses.as_slice()),
            Contents::RootSet(contents) => (file.unknown_part(contents)?, &[][..]),
            Contents::TrustBundle(contents) => (file.unknown_part(contents)?, &[][..]),
            Contents::RevocationList(contents) => (file.unknown_part(contents)?, &[][..]),
            Contents::TimeStatement(contents) => (file.unknown_part(contents)?, &[][..]),
        };
        let unreadable = licenses.iter().position(|key| key.unverified_claims().is_err());
        Ok(place.or(unreadable.map(|at| format!("/licenses/{at}"))))
    }
}

/// The contents in JSON, as in the payload. A revocation list has no JSON of its own. Nothing is copied: a list may have
/// millions of licenses.
impl Serialize for Contents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Contents::LicenseFile(file) => file.serialize(serializer),
            Contents::ValidationFile(file) => file.serialize(serializer),
            Contents::RootSet(roots) => roots.serialize(serializer),
            Contents::TrustBundle(bundle) => bundle.serialize(serializer),
            Contents::RevocationList(list) => ListInJson::of(list).serialize(serializer),
            Contents::TimeStatement(statement) => statement.serialize(serializer),
        }
    }
}

/// The time; if it is ahead, also by how much.
fn dated(time: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if time > now { format!("{}, {}", written(time), away(time, now)) } else { written(time) }
}

fn license_file(file: &LicenseFile, now: DateTime<Utc>) -> Rows {
    let mut rows = vec![("issued", dated(file.issued_at, now))];
    rows.extend(file.licensee.as_ref().map(|licensee| ("licensee", party(licensee))));
    rows.extend(file.contacts.iter().map(|of| ("contact", contact(of))));
    rows.extend(file.licenses.iter().map(|key| ("license", license(key, &file.names))));
    rows.extend(names(&file.names));
    for line in file.note.iter().flat_map(|note| note.lines()) {
        rows.push(("note", line.to_owned()));
    }
    if !file.metadata.is_empty() {
        rows.push(("metadata", Value::from(file.metadata.clone()).to_string()));
    }
    rows
}

fn validation_file(file: &ValidationFile, now: DateTime<Utc>) -> Rows {
    let mut rows = vec![("good until", written(file.expires_at))];
    rows.extend(file.machine.map(|machine| ("machine", format!("for {machine} alone"))));
    rows.extend(license_file(&file.file, now));
    rows
}

/// A license key in one line, by the names in the file.
fn license(key: &LicenseKey, names: &PublicNames) -> String {
    let digest = LicenseDigest::of(key);
    let Ok(claims) = key.unverified_claims() else {
        return format!("digest {digest}, with claims that this version can't read");
    };
    let named = names.product(claims.product());
    let edition = named.and_then(|names| names.editions.get(&claims.edition().0));
    let product = match (named, edition) {
        (Some(product), Some(edition)) => format!("{} {edition}", product.name),
        (Some(product), None) => format!("{}, edition {}", product.name, claims.edition()),
        (None, _) => format!("product {}, edition {}", claims.product(), claims.edition()),
    };
    format!("{}, {product}, {}, digest {digest}", claims.serial(), validity(&claims))
}

fn root_set(roots: &RootSet, now: DateTime<Utc>) -> Rows {
    let keys = counted(roots.keys.len(), "key");
    let mut rows = vec![
        ("version", roots.version.to_string()),
        ("made", dated(roots.issued_at, now)),
        ("threshold", format!("{} of {keys} must sign", roots.threshold)),
    ];
    rows.extend(roots.keys.iter().map(|key| ("root key", public_key(key))));
    rows
}

/// A public key in full, so that people can compare it.
fn public_key(key: &TrustedKey) -> String {
    format!("{}, in hex {}", key.id(), hex::encode(key.to_bytes()))
}

fn trust_bundle(bundle: &TrustBundle, now: DateTime<Utc>) -> Rows {
    let mut rows = vec![("version", bundle.version.to_string()), ("made", dated(bundle.issued_at, now))];
    for delegated in bundle.delegated() {
        rows.push(("key", format!("{}: {}", delegated.name, public_key(&delegated.key))));
        rows.push(("", key_state(delegated)));
        if let KeyState::Compromised { allowed } = &delegated.state {
            rows.extend(first_items(allowed.iter().map(|digest| format!("except {digest}"))));
        }
        rows.push(("", may_sign(&delegated.may_sign)));
    }
    if bundle.delegated().is_empty() {
        rows.push(("key", "none".to_owned()));
    }
    rows.extend(names(&bundle.names));
    rows
}

fn key_state(DelegatedKey { state, .. }: &DelegatedKey) -> String {
    match state {
        KeyState::Active => "active".to_owned(),
        KeyState::Retired => "retired: it signs nothing new, and its licenses still verify".to_owned(),
        KeyState::Compromised { allowed } => {
            format!("compromised: nothing that it signed verifies, except {}", counted(allowed.len(), "listed license"))
        }
        _ => "in a state that this version does not know".to_owned(),
    }
}

/// "signs licenses; licenses only of product 3, with terms of 30 days at most".
pub fn may_sign(delegation: &Delegation) -> String {
    let purposes = match delegation.purposes.as_slice() {
        [] => "signs nothing".to_owned(),
        purposes => format!("signs {}", joined(purposes, ", ")),
    };
    let limits = [
        delegation.products.as_ref().map(|products| format!("of product {}", joined(products, " or "))),
        delegation.environments.as_ref().map(|environments| format!("for {}", joined(environments, " or "))),
        delegation.kinds.as_ref().map(|kinds| format!("of the kind {}", joined(kinds, " or "))),
        delegation.max_term_days.map(|days| format!("with terms of {days} days at most")),
        delegation.max_seats.map(|seats| format!("with {seats} seats at most")),
        delegation.begins_from.map(|day| format!("that begin on {day} or later")),
        delegation.ends_through.map(|day| format!("that end on {day} or earlier")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    match limits.is_empty() {
        true => format!("{purposes}, without limits"),
        false => format!("{purposes}; licenses only {}", limits.join(", ")),
    }
}

fn joined<T: ToString>(items: &[T], between: &str) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(between)
}

fn revocation_list(list: &RevocationList, now: DateTime<Utc>) -> Rows {
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for (_, status) in list.iter() {
        let count = counts.entry(status).or_default();
        *count = count.saturating_add(1);
    }
    let counts: Vec<String> =
        counts.into_iter().map(|(status, count)| format!("{count} {}", status_in_words(status))).collect();
    let licenses = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    let mut rows = vec![
        ("list", list.sequence.to_string()),
        ("issued", format!("{}, {}", written(list.issued_at), away(list.issued_at, now))),
        ("next list", written(list.next_update)),
        ("licenses", licenses),
    ];
    rows.extend(first_items(list.iter().map(|(digest, status)| format!("{digest} {}", status_in_words(status)))));
    rows
}

/// The first items in rows, and the count and the digest of the others. The digest is SHA-256 over their lines.
fn first_items(items: impl Iterator<Item = String>) -> Rows {
    let (mut rows, mut others, mut digest) = (Rows::new(), 0_usize, Sha256::new());
    for item in items {
        if rows.len() < MAX_ITEMS_SHOWN {
            rows.push(("", item));
        } else {
            others = others.saturating_add(1);
            digest.update(harmless(&item));
            digest.update("\n");
        }
    }
    if others > 0 {
        let digest = hex::encode(digest.finalize());
        rows.push(("", format!("and {others} more, which --json shows; SHA-256 of their lines: {digest}")));
    }
    rows
}

/// The names that customers see.
fn names(names: &PublicNames) -> Rows {
    let mut items = Vec::new();
    for (number, product) in &names.products {
        items.push(format!("product {number} {}", product.name));
        items.extend(numbered("editions", &product.editions));
        items.extend(numbered("features", &product.features));
        items.extend(numbered("limits", &product.limits));
    }
    let mut rows = first_items(items.into_iter());
    if let Some((name, _)) = rows.first_mut() {
        *name = "names";
    }
    rows
}

/// "editions 1 Home, 2 Professional", a few names on each line.
fn numbered<N: Display>(what: &str, names: &BTreeMap<N, String>) -> Vec<String> {
    const NAMES_IN_A_LINE: usize = 8;
    let names: Vec<String> = names.iter().map(|(number, name)| format!("{number} {name}")).collect();
    names.chunks(NAMES_IN_A_LINE).map(|names| format!("{what} {}", names.join(", "))).collect()
}

/// "revoked (leaked)".
fn status_in_words(status: Status) -> String {
    match status {
        Status::Revoked(reason) => format!("revoked ({reason})"),
        Status::OnHold => "on hold".to_owned(),
        status => status.code().to_owned(),
    }
}

#[derive(Serialize)]
struct ListInJson<'a> {
    sequence: u32,
    issued_at: String,
    next_update: String,
    licenses: Licenses<'a>,
}

impl ListInJson<'_> {
    fn of(list: &RevocationList) -> ListInJson<'_> {
        ListInJson {
            sequence: list.sequence,
            issued_at: written(list.issued_at),
            next_update: written(list.next_update),
            licenses: Licenses(list),
        }
    }
}

struct Licenses<'a>(&'a RevocationList);

impl Serialize for Licenses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(digest, status)| LicenseInJson {
            digest: digest.to_string(),
            status: status.code(),
            reason: match status {
                Status::Revoked(reason) => Some(reason.code()),
                _ => None,
            },
        }))
    }
}

#[derive(Serialize)]
struct LicenseInJson {
    digest: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

fn time_statement(statement: &TimeStatement, now: DateTime<Utc>) -> Rows {
    let purpose = match statement.purpose {
        TimePurpose::Evidence => "evidence that the time is no earlier".to_owned(),
        TimePurpose::Recovery { state } => format!("recovery of the state {state} alone"),
        _ => "an unknown purpose".to_owned(),
    };
    vec![("time", dated(statement.issued_at, now)), ("for", purpose)]
}
