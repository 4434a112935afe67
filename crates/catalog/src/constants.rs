//! The catalogue's numbers as source code, so that nobody types them.

mod c;
mod javascript;
mod python;
mod rust;

use crate::nearest::Noun;
use crate::numbered::Numbered;
use crate::{Catalog, Code, ProductEntry};

/// A language in which constants are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// A module for each product, with the types of `keyward-verifier`.
    Rust,
    /// A header of macros.
    C,
    /// A class for each product.
    Python,
    /// An ECMAScript module with an object for each product.
    JavaScript,
}

impl Catalog {
    /// A source file with every number of the catalogue under its code: what a product asks a license for.
    ///
    /// In every language the constants of a product are `PRODUCT`, `EDITION_…`, `FEATURE_…`, `LIMIT_…` and
    /// `REMINDER_DAYS`; what is deprecated is among them, since keys in the field still say it. The same catalogue gives
    /// the same bytes.
    ///
    /// ```
    /// use keyward_catalog::{Catalog, Language};
    ///
    /// let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml")?;
    /// let rust = catalog.constants(Language::Rust);
    /// assert!(rust.contains("pub const FEATURE_PLUG_INS: Feature = Feature::new(2);"));
    /// let c = catalog.constants(Language::C);
    /// assert!(c.contains("#define STUDIO_FEATURE_PLUG_INS 2u"));
    /// # Ok::<(), keyward_catalog::Problems>(())
    /// ```
    pub fn constants(&self, language: Language) -> String {
        match language {
            Language::Rust => rust::constants(self),
            Language::C => c::constants(self),
            Language::Python => python::constants(self),
            Language::JavaScript => javascript::constants(self),
        }
    }
}

/// The first line of every file, after what begins a comment.
const NOTICE: &str =
    "Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.";

/// One constant of a product.
struct Constant {
    noun: Noun,
    /// Upper-case words: `FEATURE_EXPORT`. Such a word is reserved in no language.
    identifier: String,
    /// What it is, for a comment: one line, in which anything may stand.
    comment: String,
    number: u64,
}

impl Constant {
    fn of<T: Numbered>(entry: &T) -> Constant {
        let noun = T::NOUN.to_string().to_ascii_uppercase();
        let identifier = match T::NOUN {
            Noun::Product => noun,
            _ => format!("{noun}_{}", upper(entry.code())),
        };
        let comment =
            if entry.is_deprecated() { format!("{} (no longer sold)", entry.name()) } else { entry.name().to_owned() };
        Constant { noun: T::NOUN, identifier, comment, number: entry.number() }
    }
}

fn constants_of(product: &ProductEntry) -> Vec<Constant> {
    let mut constants = vec![Constant::of(product)];
    constants.extend(product.editions.iter().map(Constant::of));
    constants.extend(product.features.iter().map(Constant::of));
    constants.extend(product.limits.iter().map(Constant::of));
    constants
}

const REMINDER_DAYS: &str = "Days before the last day on which to remind of a license's end";

fn reminder_days(product: &ProductEntry) -> Vec<String> {
    product.reminder_days.iter().map(|days| days.to_string()).collect()
}

/// `plug-ins` as `PLUG_INS`.
fn upper(code: &Code) -> String {
    code.as_str().replace('-', "_").to_ascii_uppercase()
}

/// A text that neither ends nor begins a comment of C or JavaScript.
fn within_comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *")
}
