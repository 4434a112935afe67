//! Who may receive a license.
//!
//! A license goes to its customer or to one of their contacts. Anyone else receives it only if there is a reason on
//! record: an internal request with its reference, the request of a contact, or a proof. Nobody at the vendor receives
//! one, and no reseller. [`permit`] decides it alone, for pages, calls and jobs alike, and a [`Recipient`] is the only
//! way to an address that mail with a key is sent to: it has exactly one address.
//!
//! ```
//! use keyward_ledger::recipient::{Basis, Contact, Customer, Domain, EmailAddress, Request, Trade, permit};
//!
//! let grace: EmailAddress = "grace@acme.example".parse()?;
//! let acme = Customer {
//!     email: Some("it@acme.example".parse()?),
//!     domain: Some("acme.example".parse()?),
//!     contacts: vec![Contact { address: grace.clone(), trade: Trade::EndUser }],
//!     trade: Trade::EndUser,
//! };
//! let own_domains = ["vendor.example".parse::<Domain>()?];
//!
//! let asked = |to| Request::Forward { to, basis: Basis::Contact { asked_by: &grace } };
//! let recipient = permit(&asked("Ada@Partner.example"), &acme, &own_domains)?;
//! assert_eq!(recipient.address().as_str(), "Ada@partner.example");
//!
//! let refusal = permit(&asked("sales@vendor.example"), &acme, &own_domains).unwrap_err();
//! assert_eq!(refusal.code(), "vendor-domain");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Each module may use those to its left:
//     domain ← address ← customer ← request ← refusal ← decision
mod address;
mod customer;
mod decision;
mod domain;
mod refusal;
mod request;

pub use address::{AddressError, EmailAddress};
pub use customer::{Contact, Customer, Trade};
pub use decision::{Recipient, permit};
pub use domain::{Domain, DomainError};
pub use refusal::{RecipientRefusal, ResellerLink};
pub use request::{Basis, Proof, ProofPart, Request, Requester};
