//! The vendor's catalogue: names for the numbers in license keys, the offers that are sold, and the policy for selling them.
//!
//! A key has numbers: product 3, edition 2, features 0 and 1. The catalogue is a TOML file that gives them names: Acme
//! Studio, Professional, Export to PDF and Teamwork. In it, `pro-annual` is a complete order.
//!
//! # Is this the crate you want?
//!
//! - **A program that issues licenses** (a build pipeline, a shop, a support desk) reads a [`Catalog`] and issues its
//!   [`Offer`]s with `keyward-issuer`.
//! - **A program that shows licenses** takes names from [`Catalog::describe`].
//! - **A product that checks keys never needs it.** A product's decisions depend on no file that the customer lacks: the
//!   numbers are compiled into the product, and [`Catalog::constants`] writes them as a source file. Use `keyward-verifier`
//!   there.
//!
//! ```
//! use keyward_catalog::Catalog;
//! use keyward_core::{Edition, Product};
//!
//! let catalog = Catalog::parse(
//!     r#"
//!     [products.studio]
//!     number = 3
//!     name = "Acme Studio"
//!
//!     [products.studio.editions]
//!     home = { number = 1, name = "Home", free = true }
//!     pro  = { number = 2, name = "Professional" }
//!
//!     [products.studio.features]
//!     export = { bit = 0, name = "Export to PDF" }
//!
//!     [offers.pro-annual]
//!     product = "studio"
//!     edition = "pro"
//!     term = "1y"
//!     seats = 5
//!     features = ["export"]
//!     "#,
//!     "catalog.toml",
//! )?;
//!
//! let offer = catalog.offer("pro-annual")?;
//! assert_eq!((offer.product, offer.edition), (Product(3), Edition(2)));
//! assert_eq!(catalog.product("studio")?.edition("pro")?.name, "Professional");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! [`Catalog::EXAMPLE`] is a catalogue with every setting, explained by comments:
//!
//! ```toml
#![doc = include_str!("../example.toml")]
//! ```
//!
//! # Checks
//!
//! [`Catalog::parse`] reports every [`Problem`] at once, each with its position and its solution. In a [`Catalog`], numbers
//! are unique and in range, every code that is referred to is known, and every offer makes a license.
//!
//! A number in keys keeps its meaning for ever. [`Catalog::changes_against`] compares the file with an earlier version, and
//! refuses changes that would give issued keys another meaning.

// Each module may use those to its left. tests/arrows.rs reads these lines.
//
//     entry_kind, name, position, secret ← message ← code, serialize, unknown_code ← entry, offer ← problem, catalog ← section,
//     catalog_entry, describe ← changes, constants ← read
mod catalog;
mod catalog_entry;
mod changes;
mod code;
mod constants;
mod describe;
mod entry;
mod entry_kind;
mod message;
mod name;
mod offer;
mod position;
mod problem;
mod read;
pub mod secret;
mod section;
mod serialize;
mod unknown_code;

pub use catalog::{Catalog, Vendor};
pub use changes::{Change, ChangeKind, Changes};
pub use code::{Code, CodeError, CodeFault};
pub use constants::Language;
pub use describe::Names;
pub use entry::{Activation, EditionEntry, FeatureEntry, KindRules, LimitEntry, ProductEntry, SeatRange};
pub use entry_kind::EntryKind;
pub use message::closest;
pub use name::NameError;
pub use offer::Offer;
pub use position::Position;
pub use problem::{Problem, ProblemKind, Problems};
pub use unknown_code::UnknownCode;
