//! License files: the current keys of a license, for its customer.

use chrono::SubsecRound;
use keyward_catalog::Catalog;
use keyward_core::{LicenseKey, Product};
use keyward_issuer::files::{SignableFile, public_names};
use keyward_issuer::signature::Signer;
use keyward_issuer::{Issuer, Signature};
use keyward_verifier::files::{Contact, LicenseFile, Party};

use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::ledger::{Ledger, retried};
use crate::license::{License, Role};

/// What a license file says beside the license keys.
#[derive(Clone, Default, PartialEq)]
pub struct FileTexts {
    /// The licensee.
    pub licensee: Option<Party>,
    /// Contacts for questions.
    pub contacts: Vec<Contact>,
    /// A note to the customer.
    pub note: Option<String>,
}

/// Without the texts, which name persons.
impl std::fmt::Debug for FileTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileTexts").field("contacts", &self.contacts.len()).finish_non_exhaustive()
    }
}

impl Ledger {
    /// A signed license file with the current keys of a license: the main one, that of the next term, and the stopgap. This
    /// delivers the license, as [`Ledger::deliver`] does. A key that is locked to a machine is in no such file.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::deliver`], texts that no file can have, and a signer that fails.
    pub async fn license_file<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        id: LicenseId,
        texts: &FileTexts,
        catalog: &Catalog,
        by: &By,
    ) -> Result<SignableFile, LedgerError> {
        retried!(self.license_file_once(issuer, id, texts, catalog, by))
    }

    async fn license_file_once<S: Signer<Signature> + Sync>(
        &self,
        issuer: &Issuer<S>,
        id: LicenseId,
        texts: &FileTexts,
        catalog: &Catalog,
        by: &By,
    ) -> Result<SignableFile, LedgerError> {
        let leaving = self.leaving(id, |key| key.role != Role::Locked, by).await?;
        let mut contents = with_names(&leaving.license, leaving.license_keys()?, catalog, by);
        contents.licensee.clone_from(&texts.licensee);
        contents.contacts.clone_from(&texts.contacts);
        contents.note.clone_from(&texts.note);
        let mut file = SignableFile::new(&contents)?;
        file.sign(issuer)?;
        crate::observed::signed("license-file");
        self.leave(leaving, catalog, "license-file", by).await?;
        Ok(file)
    }
}

/// A file with these keys and the public names of their product, and nothing else.
pub(super) fn with_names(license: &License, keys: Vec<LicenseKey>, catalog: &Catalog, by: &By) -> LicenseFile {
    let mut contents = LicenseFile::new(by.at.trunc_subsecs(0), keys);
    contents.names = public_names(catalog);
    contents.names.products.retain(|number, _| Product(*number) == Product(license.product));
    contents
}
