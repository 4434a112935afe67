use std::fmt;

/// A kind of entry in the catalogue. Each entry has a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A product.
    Product,
    /// An edition of a product.
    Edition,
    /// A feature of a product.
    Feature,
    /// A limit of a product.
    Limit,
    /// An offer.
    Offer,
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            EntryKind::Product => "product",
            EntryKind::Edition => "edition",
            EntryKind::Feature => "feature",
            EntryKind::Limit => "limit",
            EntryKind::Offer => "offer",
        })
    }
}
