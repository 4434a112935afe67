//! Changes of a catalogue that keys already issued do not allow.

use std::fmt;

use crate::catalog_entry::CatalogEntry;
use crate::entry_kind::EntryKind;
use crate::{Catalog, Position, ProductEntry};

impl Catalog {
    /// Checks that keys issued under an older version of this catalogue keep their meaning.
    ///
    /// A number means the same code for ever. Products, editions, features and limits may be added and renamed. They may
    /// not disappear, change their number, or give it to another code: an entry that is no longer sold stays with
    /// `deprecated = true`. Offers and settings may change freely, since keys do not name them.
    ///
    /// ```
    /// use keyward_catalog::Catalog;
    ///
    /// let old = Catalog::parse(Catalog::EXAMPLE, "old.toml")?;
    /// let renamed = Catalog::EXAMPLE.replace("\"Professional\"", "\"Studio Pro\"");
    /// assert!(Catalog::parse(&renamed, "new.toml")?.changes_against(&old).is_ok());
    ///
    /// let renumbered = Catalog::EXAMPLE.replace("number = 2, name = \"Professional\"", "number = 9, name = \"Pro\"");
    /// let changes = Catalog::parse(&renumbered, "new.toml")?.changes_against(&old).unwrap_err();
    /// assert_eq!(
    ///     changes.to_string(),
    ///     "new.toml, line 34, column 1: edition `pro` of product `studio` has number 9 instead of 2 (old.toml, line 34): \
    ///      issued keys with 2 would lose their meaning; give it number 2 again",
    /// );
    /// # Ok::<(), keyward_catalog::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Each change that is not allowed, with its position in both files.
    pub fn changes_against(&self, old: &Catalog) -> Result<(), Changes> {
        let mut changes = Vec::new();
        compare(None, &old.products, &self.products, Position::START, &mut changes);
        for product in &self.products {
            let before = old.product_by_number(product.number).filter(|before| before.code == product.code);
            let Some(before) = before else { continue };
            let (within, heading) = (Some(product), product.position);
            compare(within, &before.editions, &product.editions, heading, &mut changes);
            compare(within, &before.features, &product.features, heading, &mut changes);
            compare(within, &before.limits, &product.limits, heading, &mut changes);
        }
        if changes.is_empty() {
            return Ok(());
        }
        changes.sort_by_key(|change| (change.position, change.old_position));
        Err(Changes { file: self.file.clone(), old_file: old.file.clone(), changes })
    }
}

fn compare<T: CatalogEntry>(
    product: Option<&ProductEntry>,
    before: &[T],
    now: &[T],
    heading: Position,
    changes: &mut Vec<Change>,
) {
    for old in before {
        let same_number = now.iter().find(|new| new.number() == old.number());
        let same_code = now.iter().find(|new| new.code() == old.code());
        let (position, kind) = match (same_number, same_code) {
            (Some(new), _) if new.code() == old.code() => continue,
            (Some(new), _) => (new.position(), ChangeKind::Reused { by: new.code().to_string() }),
            (None, Some(new)) => (new.position(), ChangeKind::Renumbered { number: new.number() }),
            (None, None) => (heading, ChangeKind::Removed),
        };
        changes.push(Change {
            position,
            old_position: old.position(),
            entry: T::KIND,
            code: old.code().to_string(),
            number: old.number(),
            product: product.map(|product| product.code.to_string()),
            kind,
        });
    }
}

/// The changes that would give issued keys another meaning. There is at least one.
///
/// Displayed, each change is a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    file: String,
    old_file: String,
    changes: Vec<Change>,
}

impl Changes {
    /// The changes, in the order of the new file's lines.
    pub fn as_slice(&self) -> &[Change] {
        &self.changes
    }
}

/// A change that would give issued keys another meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The entry's position in the new file; for a removed entry, the position of the heading above it.
    pub position: Position,
    /// The entry's position in the old file.
    pub old_position: Position,
    /// The kind of the entry that has changed.
    pub entry: EntryKind,
    /// Its code in the old file.
    pub code: String,
    /// Its number in the old file, and in keys.
    pub number: u64,
    /// The code of its product; `None` for a product.
    pub product: Option<String>,
    /// The change.
    pub kind: ChangeKind,
}

/// A kind of change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Another code has the number now.
    Reused {
        /// The other code.
        by: String,
    },
    /// The code has another number now.
    Renumbered {
        /// The new number.
        number: u64,
    },
    /// The new file has neither the number nor the code.
    Removed,
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}, {}: ", self.file, change.position)?;
            let Change { entry, code, number, .. } = change;
            let of = change.product.as_ref().map_or_else(String::new, |product| format!(" of product `{product}`"));
            let before = format!("({}, line {})", self.old_file, change.old_position.line);
            match &change.kind {
                ChangeKind::Reused { by } => write!(
                    f,
                    "{entry} `{by}`{of} has number {number}, the number of `{code}` {before}: issued keys with {number} \
                     would change their meaning; give `{by}` a number that was never used, and keep `{code}`"
                ),
                ChangeKind::Renumbered { number: new } => write!(
                    f,
                    "{entry} `{code}`{of} has number {new} instead of {number} {before}: issued keys with {number} would \
                     lose their meaning; give it number {number} again"
                ),
                ChangeKind::Removed => write!(
                    f,
                    "{entry} `{code}`{of}, number {number}, is missing {before}: issued keys with {number} would lose \
                     their meaning; keep it with `deprecated = true`"
                ),
            }?;
        }
        Ok(())
    }
}

impl std::error::Error for Changes {}
