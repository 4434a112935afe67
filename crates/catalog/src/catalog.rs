use keyward_core::Product;
use serde::Serialize;

use crate::entry_kind::EntryKind;
use crate::unknown_code::UnknownCode;
use crate::{Code, Offer, ProductEntry};

/// A vendor's catalogue, checked: every code that it refers to is known, and a license can be issued from every offer.
///
/// ```
/// use keyward_catalog::Catalog;
///
/// let catalog = Catalog::parse(Catalog::EXAMPLE, "catalog.toml")?;
/// assert_eq!(catalog.product("studio")?.edition("pro")?.name, "Professional");
///
/// let error = catalog.offer("pro-anual").unwrap_err();
/// assert_eq!(error.to_string(), "there is no offer `pro-anual`: did you mean `pro-annual`?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct Catalog {
    #[serde(skip)]
    pub(crate) file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<Vendor>,
    pub(crate) products: Vec<ProductEntry>,
    pub(crate) offers: Vec<Offer>,
}

/// The vendor, for certificates and pages that customers read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Vendor {
    /// The name of the company.
    pub name: String,
    /// The address that customers ask: an e-mail address, a page or a telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
}

impl Catalog {
    /// A catalogue to start from, explained by comments.
    pub const EXAMPLE: &str = include_str!("../example.toml");

    /// The vendor, if the catalogue names one.
    pub const fn vendor(&self) -> Option<&Vendor> {
        self.vendor.as_ref()
    }

    /// The products, by number.
    pub fn products(&self) -> &[ProductEntry] {
        &self.products
    }

    /// The offers, in the order of the file.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The product with that code.
    ///
    /// # Errors
    ///
    /// [`UnknownCode`] if there is none.
    pub fn product(&self, code: &str) -> Result<&ProductEntry, UnknownCode> {
        let found = self.products.iter().find(|product| product.code.as_str() == code);
        found.ok_or_else(|| {
            let known = self.products.iter().map(|product| product.code.as_str());
            UnknownCode::new(EntryKind::Product, code, None, known)
        })
    }

    /// The product with that number.
    pub fn product_by_number(&self, number: Product) -> Option<&ProductEntry> {
        self.products.iter().find(|product| product.number == number)
    }

    /// The offer with that code.
    ///
    /// # Errors
    ///
    /// [`UnknownCode`] if there is none.
    pub fn offer(&self, code: &str) -> Result<&Offer, UnknownCode> {
        let found = self.offers.iter().find(|offer| offer.code.as_str() == code);
        found.ok_or_else(|| {
            UnknownCode::new(
                EntryKind::Offer,
                code,
                None,
                self.offers.iter().map(|offer| &offer.code).map(Code::as_str),
            )
        })
    }
}
