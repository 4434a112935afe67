//! The vendor's catalogue: names for what license keys say in numbers, what is sold, and the policy for selling it.
//!
//! A key says product 3, edition 2, features 0 and 1. The catalogue is one file, in TOML, in which these are Acme Studio,
//! Professional, Export to PDF and Teamwork, and in which `pro-annual` is a whole order.
//!
//! # Is this the crate you want?
//!
//! - **Whoever issues licenses** (a build pipeline, a shop, a support desk) reads a [`Catalog`], makes claims of an
//!   [`Offer`], and signs them with `keyward-issuer`.
//! - **Whoever shows licenses** to people gets names from [`Catalog::describe`].
//! - **A product that checks keys never needs it.** Nothing that a product decides depends on a file that the customer
//!   lacks: the numbers are compiled into it, and [`Catalog::constants`] writes them as a source file, so that nobody
//!   types them. Use `keyward-verifier` there.
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
//! [`Catalog::EXAMPLE`] is a catalogue with everything in it, explained by comments:
//!
//! ```toml
#![doc = include_str!("../example.toml")]
//! ```
//!
//! # What is checked
//!
//! Reading reports every [`Problem`] at once, each with its line and what to do about it. What is read is sound: numbers
//! are unique and in range, whatever is referred to is there, and every offer makes a license.
//!
//! Numbers in keys mean what they mean for ever. [`Catalog::changes_against`] compares with an earlier version of the
//! file and refuses what would give keys already issued another meaning.

mod catalog;
mod changes;
mod code;
mod constants;
mod describe;
mod entry;
mod name;
mod nearest;
mod numbered;
mod offer;
mod place;
mod problem;
mod read;
mod section;
mod serialize;

pub use catalog::Catalog;
pub use changes::{Change, ChangeKind, Changes};
pub use code::{Code, CodeError, CodeFault};
pub use constants::Language;
pub use describe::Names;
pub use entry::{Activation, EditionEntry, FeatureEntry, LimitEntry, ProductEntry, Rules, SeatRange};
pub use name::NameError;
pub use nearest::{Noun, UnknownCode};
pub use offer::Offer;
pub use place::Place;
pub use problem::{Problem, ProblemKind, Problems};
