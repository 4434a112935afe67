//! What a new version of a catalogue may not change: the meaning of keys already issued.

use std::fmt;

use crate::nearest::Noun;
use crate::numbered::Numbered;
use crate::{Catalog, Place, ProductEntry};

impl Catalog {
    /// Refuses what would change the meaning of keys issued by an older version of this catalogue.
    ///
    /// A number means what its code says, for ever: products, editions, features and limits may be added and renamed, but
    /// none may disappear, change its number, or give its number to another. What is no longer sold stays and says
    /// `deprecated = true`. Offers and settings may change at will, since keys don't name them.
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
    ///     "new.toml, line 29, column 1: edition `pro` of product `studio` has number 9, and had 2 (old.toml, line 29): \
    ///      keys with 2 would lose their meaning; give it 2 again, and new numbers only to new codes",
    /// );
    /// # Ok::<(), keyward_catalog::Problems>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Each change that would, with its place in both files.
    pub fn changes_against(&self, old: &Catalog) -> Result<(), Changes> {
        let mut changes = Vec::new();
        let beginning = Place { line: 1, column: 1 };
        compare(None, &old.products, &self.products, beginning, &mut changes);
        for product in &self.products {
            let Some(before) = old.product_numbered(product.number).filter(|before| before.code == product.code) else {
                continue;
            };
            let (within, heading) = (Some(product), product.place);
            compare(within, &before.editions, &product.editions, heading, &mut changes);
            compare(within, &before.features, &product.features, heading, &mut changes);
            compare(within, &before.limits, &product.limits, heading, &mut changes);
        }
        if changes.is_empty() {
            return Ok(());
        }
        changes.sort_by_key(|change| (change.place, change.old_place));
        Err(Changes { file: self.file.clone(), old_file: old.file.clone(), changes })
    }
}

fn compare<T: Numbered>(
    product: Option<&ProductEntry>,
    before: &[T],
    now: &[T],
    heading: Place,
    changes: &mut Vec<Change>,
) {
    for old in before {
        let same_number = now.iter().find(|new| new.number() == old.number());
        let same_code = now.iter().find(|new| new.code() == old.code());
        let (place, kind) = match (same_number, same_code) {
            (Some(new), _) if new.code() == old.code() => continue,
            (Some(new), _) => (new.place(), ChangeKind::Reused { by: new.code().to_string() }),
            (None, Some(new)) => (new.place(), ChangeKind::Renumbered { number: new.number() }),
            (None, None) => (heading, ChangeKind::Removed),
        };
        changes.push(Change {
            place,
            old_place: old.place(),
            noun: T::NOUN,
            code: old.code().to_string(),
            number: old.number(),
            product: product.map(|product| product.code.to_string()),
            kind,
        });
    }
}

/// Everything in a catalogue that would change the meaning of keys already issued: never empty.
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

/// One change that would give keys already issued another meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Where it is in the new file; for what was removed, the heading under which it was.
    pub place: Place,
    /// Where it was in the old file.
    pub old_place: Place,
    /// What has changed.
    pub noun: Noun,
    /// Its code in the old file.
    pub code: String,
    /// Its number in the old file, and in keys.
    pub number: u64,
    /// The product in which it is, by its code; none for a product.
    pub product: Option<String>,
    /// How it has changed.
    pub kind: ChangeKind,
}

/// How the meaning of a number changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The number is another's now.
    Reused {
        /// The code of the other.
        by: String,
    },
    /// The code has another number now.
    Renumbered {
        /// The new number.
        number: u64,
    },
    /// Neither number nor code is there any more.
    Removed,
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}, {}: ", self.file, change.place)?;
            let Change { noun, code, number, .. } = change;
            let of = change.product.as_ref().map_or_else(String::new, |product| format!(" of product `{product}`"));
            let before = format!("({}, line {})", self.old_file, change.old_place.line);
            match &change.kind {
                ChangeKind::Reused { by } => write!(
                    f,
                    "{noun} `{by}`{of} has number {number}, which was `{code}`'s {before}: keys with {number} would \
                     change their meaning; give `{by}` a number that was never used, and keep `{code}`"
                ),
                ChangeKind::Renumbered { number: new } => write!(
                    f,
                    "{noun} `{code}`{of} has number {new}, and had {number} {before}: keys with {number} would lose \
                     their meaning; give it {number} again, and new numbers only to new codes"
                ),
                ChangeKind::Removed => write!(
                    f,
                    "{noun} `{code}`{of}, number {number}, is gone {before}: keys with {number} would lose their \
                     meaning; keep it, with `deprecated = true`"
                ),
            }?;
        }
        Ok(())
    }
}

impl std::error::Error for Changes {}
