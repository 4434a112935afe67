//! Explains keys and license files without a trusted key.

use keyward_catalog::Catalog;
use keyward_issuer::files::SignableFile;
use keyward_verifier::files::{FileKind, LicenseFile, ValidationFile};
use keyward_verifier::{LicenseKey, Outcome, VerifyError};

use super::{Explanation, of_claims};
use crate::args::key_argument::Input;
use crate::assess::naming::Naming;
use crate::exit::Exit;
use crate::show::checks::{Check, CheckResult};
use crate::show::claims::validity;
use crate::show::inputs::party;
use crate::words::written;

/// The explanation of unverified contents. The exit code says only whether they can be read.
pub fn explain(input: &Input, catalog: Option<&Catalog>) -> anyhow::Result<(Explanation, Exit)> {
    let mut said = vec!["Nothing was verified, since --trust is missing. Its own claims:".to_owned()];
    let texts = match input {
        Input::Keys(texts) => texts.clone(),
        Input::File(kind, contents) => {
            let file = license_file(*kind, contents)?;
            let licensee =
                file.licensee.as_ref().map(|licensee| format!(", for {}", party(licensee))).unwrap_or_default();
            said.push(format!("{kind} issued at {}{licensee}.", written(file.issued_at)));
            file.licenses.iter().map(ToString::to_string).collect()
        }
    };
    let mut unreadable: Option<Outcome> = None;
    for text in &texts {
        let key = text.parse::<LicenseKey>().map_err(|error| (error.outcome(), VerifyError::from(error).to_string()));
        match key.and_then(|key| key.unverified_claims().map_err(|error| (error.outcome(), error.to_string()))) {
            Ok(claims) => {
                said.extend(of_claims(&claims, catalog.map(Naming::Catalog)));
                said.push(format!("Valid {}.", validity(&claims)));
            }
            Err((outcome, message)) => {
                said.push(format!("A key that can't be read ({outcome}): {message}."));
                unreadable.get_or_insert(outcome);
            }
        }
    }
    let unknown = "whether a vendor signed it: anyone can make a key with these claims";
    let mut next: Vec<String> = Vec::new();
    next.extend(unreadable.and_then(Outcome::advice).map(|advice| format!("First {advice}.")));
    next.push("Take the public key from the product, or ask the vendor for it, and name it with --trust.".to_owned());
    let explanation = Explanation {
        what_it_is: said,
        checks: vec![Check {
            about: "signature",
            result: CheckResult::NotMade { unknown: unknown.to_owned(), option: "--trust KEY" },
        }],
        next,
    };
    Ok((explanation, unreadable.map_or(Exit::SUCCESS, Exit::from)))
}

fn license_file(kind: FileKind, contents: &[u8]) -> anyhow::Result<LicenseFile> {
    let file = SignableFile::read(contents, kind)?;
    Ok(match kind {
        FileKind::ValidationFile => file.unverified_contents::<ValidationFile>()?.file,
        _ => file.unverified_contents()?,
    })
}
