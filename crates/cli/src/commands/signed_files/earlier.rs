use std::path::Path;

use anyhow::bail;
use keyward_issuer::files::{SignableFile, SignedNumbers};
use keyward_issuer::policy::permits_more;
use keyward_verifier::files::{DelegatedKey, FileKind, KeyState, RevocationList, Status, TrustBundle};

use crate::commands::signed_files::read_path;
use crate::io::streams::Streams;
use crate::show::signed_file::Contents;
use crate::words::{counted, few, harmless, shown};

/// A new list or bundle beside the newest one that was signed in the folder.
#[derive(Debug, PartialEq, Eq)]
pub struct Earlier {
    kind: FileKind,
    /// The number of the newest one.
    newest: u32,
    /// The number of the one with which the new one was compared; `None` if its contents are gone.
    compared: Option<u32>,
    /// What was revoked or compromised there and is not so here, in words.
    taken_back: Vec<String>,
    /// The licenses that were on hold there and are good here.
    released: Vec<String>,
}

/// Whether the new file may take back what the earlier one says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeBack {
    Refused,
    Allowed,
}

impl Earlier {
    /// `None` if nothing of the kind was signed in the folder, or just these contents.
    pub fn of(
        numbers: &SignedNumbers,
        contents: &Contents,
        file: &SignableFile,
        output: Option<&Path>,
    ) -> Option<Earlier> {
        let kind = file.kind();
        let newest = numbers.newest(kind);
        let is_compared = SignedNumbers::copy_name(kind).is_some();
        if newest == 0 || !is_compared || numbers.number_of(kind, file.digest()).is_some() {
            return None;
        }
        // A folder in which an earlier version of the command signed has no copy, and perhaps the signed file itself.
        let copy = numbers.copy(kind);
        let found = copy.filter(|(number, _)| *number == newest).or_else(|| {
            let signed = read_path(output?, &[kind]).ok()?;
            (numbers.number_of(kind, signed.digest()) == Some(newest)).then_some((newest, signed))
        });
        let (compared, earlier) = found.or_else(|| numbers.copy(kind)).unzip();
        let (mut taken_back, mut released) = (Vec::new(), Vec::new());
        match (contents, earlier) {
            (Contents::RevocationList(list), Some(earlier)) => {
                if let Ok(earlier) = earlier.unverified_contents::<RevocationList>() {
                    taken_back = licenses_taken_back(list, &earlier);
                    let is_released = |status: Status| status == Status::OnHold;
                    released = earlier
                        .iter()
                        .filter(|(license, status)| is_released(*status) && list.status_of(license).is_none())
                        .map(|(license, _)| license.to_string())
                        .collect();
                }
            }
            (Contents::TrustBundle(bundle), Some(earlier)) => {
                if let Ok(earlier) = earlier.unverified_contents::<TrustBundle>() {
                    taken_back = keys_taken_back(bundle, &earlier);
                }
            }
            _ => {}
        }
        Some(Earlier { kind, newest, compared, taken_back, released })
    }

    /// Refuses what takes something back, unless that is meant, and says what changes for products.
    pub fn check(&self, name: &Path, take_back: TakeBack, streams: &mut Streams<'_>) -> anyhow::Result<()> {
        let (name, newest) = (shown(name), self.newest);
        let (word, says) = match self.kind {
            FileKind::TrustBundle => ("version", "names as compromised"),
            _ => ("list", "revokes"),
        };
        if self.compared != Some(newest) {
            writeln!(
                streams.messages,
                "{word} {newest} was signed in this folder, and its contents are not here any more: check yourself that {name} has \
                 everything that it {says}."
            )?;
        }
        let Some(compared) = self.compared else { return Ok(()) };
        if !self.released.is_empty() {
            writeln!(
                streams.messages,
                "Released from hold since list {compared}: {}.",
                few(self.released.iter().cloned())
            )?;
        }
        if self.taken_back.is_empty() {
            return Ok(());
        }
        let what = few(self.taken_back.iter().cloned());
        let (products, trust) = match self.kind {
            FileKind::TrustBundle => (
                "Products".to_owned(),
                "trust what a thief signed with these keys, now or once a later version names them again",
            ),
            _ => (format!("Products that have not seen {word} {compared}"), "accept these licenses"),
        };
        if take_back == TakeBack::Refused {
            let copy = SignedNumbers::copy_name(self.kind).unwrap_or_default();
            bail!(
                "{name} was not signed: {word} {compared}, which was signed in this folder, {says} what this one does not: \
                 {what}. {products} would {trust}. Copy {copy} over {name}, and make your \
                 change again; or add --allow-taken-back if this is meant"
            );
        }
        writeln!(
            streams.messages,
            "Warning: {word} {compared} {says} what this one does not: {what}. {products} would {trust}."
        )?;
        Ok(())
    }
}

/// The licenses that the earlier list has revoked, and the new one has not, or with a reason after which they are issued again.
fn licenses_taken_back(list: &RevocationList, earlier: &RevocationList) -> Vec<String> {
    let in_words = |status: Option<Status>| match status {
        None => "not on the list".to_owned(),
        Some(Status::Revoked(reason)) => format!("revoked ({reason})"),
        Some(_) => "on hold".to_owned(),
    };
    let taken_back = |status: Option<Status>, before: Status| match (status, before) {
        (Some(status @ Status::Revoked(_)), _) => permits_more(status, before),
        _ => true,
    };
    earlier
        .iter()
        .filter(|(_, before)| matches!(before, Status::Revoked(_)))
        .map(|(license, before)| (license, before, list.status_of(&license)))
        .filter(|(_, before, status)| taken_back(*status, *before))
        .map(|(license, before, status)| format!("{license} {}, here {}", in_words(Some(before)), in_words(status)))
        .collect()
}

/// The keys that the earlier bundle names as compromised, and the new one trusts or does not name: products and this folder
/// know of the newest bundle alone, and a later one could trust a key that is left out. A key that stays compromised is taken back
/// for the licenses that are added to its allow-list: a thief may have signed them, and products refused them before.
fn keys_taken_back(bundle: &TrustBundle, earlier: &TrustBundle) -> Vec<String> {
    let here = |key: &DelegatedKey| {
        let KeyState::Compromised { allowed: before } = &key.state else { return None };
        match bundle.key(&key.key.to_bytes()).map(|now| &now.state) {
            Some(KeyState::Compromised { allowed }) => {
                let added: Vec<_> = allowed.iter().filter(|license| before.binary_search(license).is_err()).collect();
                let licenses = few(added.iter().map(ToString::to_string));
                (!added.is_empty())
                    .then(|| format!("with {} more allowed: {licenses}", counted(added.len(), "license")))
            }
            Some(KeyState::Active) => Some("active".to_owned()),
            Some(_) => Some("retired".to_owned()),
            None => Some("not in the bundle".to_owned()),
        }
    };
    let key_here = |key| here(key).map(|here| format!("{} ({}), here {here}", harmless(&key.name), key.key.id()));
    earlier.delegated().iter().filter_map(key_here).collect()
}
