//! The catalogue's numbers as source code.

mod c;
mod javascript;
mod python;
mod rust;

use crate::catalog_entry::CatalogEntry;
use crate::entry_kind::EntryKind;
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
    /// A source file with every number of the catalogue under its code. A product asks a license for these numbers.
    ///
    /// In every language the constants of a product are `PRODUCT`, `EDITION_…`, `FEATURE_…`, `LIMIT_…` and
    /// `REMINDER_DAYS`. Deprecated entries are among them, since issued keys have their numbers. The same catalogue gives
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

/// The comment in the first line of every file.
const NOTICE: &str =
    "Made from the catalogue by `keyward catalog show`. Change the catalogue, and make this file anew.";

/// One constant of a product.
struct Constant {
    entry: EntryKind,
    /// In upper case: `FEATURE_EXPORT`. No language reserves such a word.
    identifier: String,
    /// The text of the comment: one line with any characters.
    comment: String,
    number: u64,
}

impl Constant {
    fn of<T: CatalogEntry>(entry: &T) -> Constant {
        let kind = T::KIND.to_string().to_ascii_uppercase();
        let identifier = match T::KIND {
            EntryKind::Product => kind,
            _ => format!("{kind}_{}", upper(entry.code())),
        };
        let comment =
            if entry.is_deprecated() { format!("{} (no longer sold)", entry.name()) } else { entry.name().to_owned() };
        Constant { entry: T::KIND, identifier, comment, number: entry.number() }
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

/// The text with a space in each `/*` and `*/`, which begin and end a comment in C and JavaScript.
fn within_comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *")
}
