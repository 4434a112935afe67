use std::fmt::Write;

use keyward_grace::standing;
use keyward_verifier::{AuthenticKey, Environment, Kind, LicenseKey};

use crate::assess::naming::Naming;
use crate::assess::trusted::Trusted;
use crate::io::clock::ANY_TIME;
use crate::show::claims::{UsualClaims, claims_rows, grace};
use crate::show::qr::{self, Ground};
use crate::show::rows::Rows;
use crate::show::wrap::wrap;

/// A license on paper. It is kept for years, so nothing in it depends on the day of printing.
#[derive(Debug)]
pub struct Certificate {
    pub title: &'static str,
    pub product: String,
    pub edition: String,
    /// The terms of the license, and whom to ask.
    pub terms: Rows,
    /// Serial, digest and signing key.
    pub identity: Rows,
    pub key: LicenseKey,
    /// The command that verifies the license, in parts that are not broken.
    command: Vec<String>,
    /// Instructions for the command.
    pub instructions: [String; 2],
}

/// The first terms, in this order. The others follow.
const FIRST_TERMS: [&str; 5] = ["licensee", "kind", "seats", "valid", "grace"];

impl Certificate {
    /// Only a genuine key has a certificate.
    pub fn new(license: &AuthenticKey, trusted: &Trusted, naming: Option<Naming<'_>>) -> Certificate {
        let claims = license.claims();
        let (product, edition) = match naming.map(|naming| naming.names(claims)) {
            Some(names) => (names.product, names.edition),
            None => (format!("Product {}", claims.product()), format!("Edition {}", claims.edition())),
        };
        let mut terms = claims_rows(claims, naming, UsualClaims::Shown);
        terms.retain(|(name, _)| !["product", "edition", "serial"].contains(name));
        if claims.valid_through().is_some() {
            let grace = grace(&standing(claims, ANY_TIME));
            terms.push(("grace", grace.unwrap_or_else(|| "none".to_owned())));
        }
        if let Some(vendor) = naming.and_then(Naming::vendor) {
            terms.push(("vendor", vendor.name.clone()));
            terms.extend(vendor.support.as_ref().map(|support| ("support", support.clone())));
        }
        terms.sort_by_key(|(name, _)| FIRST_TERMS.iter().position(|first| first == name).unwrap_or(FIRST_TERMS.len()));
        Certificate {
            title: match claims.kind() {
                Kind::Standard => "License certificate",
                Kind::Trial => "Trial license certificate",
                Kind::Stopgap => "Stopgap license certificate",
            },
            product,
            edition,
            terms,
            identity: vec![
                ("serial", claims.serial().to_string()),
                ("digest", license.digest().to_string()),
                ("signed by", license.key_id().to_string()),
            ],
            key: license.key().clone(),
            command: command(license, trusted),
            instructions: [
                format!(
                    "{} (key id {}). Type the key, or scan its code.",
                    match trusted {
                        Trusted::Keys(_) => "vendor.pub is the vendor's public key",
                        Trusted::Bundle { .. } => "The roots came with the product; the trust bundle names the key",
                    },
                    license.key_id()
                ),
                "The key has no I, L, O or U. The command repairs typing mistakes and shows each repair.".to_owned(),
            ],
        }
    }

    /// The heading of the key, with its number of groups.
    pub fn heading(&self) -> String {
        format!("License key, in {} groups", self.groups().len())
    }

    fn groups(&self) -> Vec<String> {
        self.key.to_string().split('-').map(str::to_owned).collect()
    }

    /// The command that verifies the license, in lines that a shell joins.
    pub fn command(&self, columns: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for part in &self.command {
            let needed = [line.as_str(), part, "  \\"].iter().map(|text| text.len()).fold(0, usize::saturating_add);
            if needed > columns && !line.is_empty() {
                lines.push(format!("{line} \\"));
                line = "   ".to_owned();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(part);
        }
        lines.push(line);
        lines
    }

    /// The rows of the key: the numbers of the groups, and the groups.
    pub fn rows(&self) -> Vec<(String, Vec<String>)> {
        let mut first = 1_usize;
        let mut rows = Vec::new();
        for row in self.groups().chunks(6) {
            let after = first.saturating_add(row.len());
            let numbers =
                if row.len() > 1 { format!("{first}–{}", after.saturating_sub(1)) } else { first.to_string() };
            rows.push((numbers, row.to_vec()));
            first = after;
        }
        rows
    }

    /// The certificate as text in 80 columns.
    pub fn text(&self, ground: Ground) -> anyhow::Result<String> {
        const NAME: usize = 17;
        let mut text = String::new();
        for line in [self.title, &self.product, &self.edition] {
            wrap(line, 80.0, columns).iter().try_for_each(|line| writeln!(text, "{line}"))?;
        }
        for rows in [&self.terms, &self.identity] {
            writeln!(text)?;
            for (name, value) in rows {
                let mut name = *name;
                for line in wrap(value, 60.0, columns) {
                    writeln!(text, "  {name:<width$}{line}", width = NAME)?;
                    name = "";
                }
            }
        }
        writeln!(text, "\n{}\n", self.heading())?;
        for (numbers, groups) in self.rows() {
            writeln!(text, "  {numbers:<8} {}", groups.join("  "))?;
        }
        writeln!(text, "\n{}", qr::code(&self.key, ground)?)?;
        writeln!(text, "To verify it\n")?;
        self.command(78).iter().try_for_each(|line| writeln!(text, "  {line}"))?;
        writeln!(text)?;
        wrap(&self.instructions.join(" "), 80.0, columns).iter().try_for_each(|line| writeln!(text, "{line}"))?;
        Ok(text)
    }
}

/// `keyward verify` with the environment and the machine of the license.
fn command(license: &AuthenticKey, trusted: &Trusted) -> Vec<String> {
    let claims = license.claims();
    let trust = match trusted {
        Trusted::Keys(_) => "--trust vendor.pub",
        Trusted::Bundle { .. } => "--roots roots.json --trust trust.json",
    };
    let mut command = vec![format!("keyward verify {trust}")];
    if claims.environment() != Environment::Production {
        command.push(format!("--environment {}", claims.environment()));
    }
    command.extend(claims.fingerprint().map(|machine| format!("--fingerprint {machine}")));
    command.push("-".to_owned());
    command
}

/// The greatest width in columns of a terminal.
fn columns(character: char) -> f64 {
    if character.is_ascii() { 1.0 } else { 2.0 }
}
