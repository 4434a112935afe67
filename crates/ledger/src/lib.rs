//! Every license that a vendor has sold, on record: licenses with their keys and states, customers, activations, and an audit
//! log of all changes.
//!
//! It is for programs that a vendor runs, such as the server. A pipeline, or one person without a server, keeps the record
//! file of `keyward-issuer` instead. A product never needs it: keys are verified with `keyward-verifier` alone.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Each module may use those to its left:
//     state ← recipient, id ← metadata, contact ← details, value ← table ← audit ← error ← database ← change ← ledger
//     ← customer, generator, license, signed_list ← activation, issuing ← licenses ← activations, customers, audit_log ← published
mod activation;
mod activations;
pub mod audit;
mod audit_log;
mod change;
mod contact;
mod customer;
mod customers;
mod database;
mod details;
mod error;
mod generator;
mod id;
mod issuing;
mod ledger;
mod license;
mod licenses;
mod metadata;
mod published;
pub mod recipient;
mod signed_list;
pub mod state;
mod table;
mod value;

pub use activation::{Activation, Machine, MachineError};
pub use activations::{Activated, Locked, Releaser, Seen};
pub use audit_log::{Difference, EntryFault, RowFault, Sequenced, Unproven, Verification};
pub use change::By;
pub use contact::{Contact, ContactRole, Name, NameError};
pub use customer::Customer;
pub use customers::{Erased, FoundCustomer, Merge, OldCopies, Page, PageSize, WholeKeys};
pub use details::{CustomerDetails, CustomerError};
pub use error::LedgerError;
pub use generator::{Generator, Signing};
pub use id::{ActivationId, CustomerId, GeneratorId, IdError, LicenseId};
pub use issuing::Issuing;
pub use ledger::Ledger;
pub use license::{KeyRow, KeyStatus, License, Role};
pub use licenses::{Created, Delivered, DeliveredKey, Edit, Expected, Followed, NewLicense, Preview, Succession};
pub use metadata::{Metadata, MetadataError};
pub use published::FileTexts;
pub use signed_list::SignedList;
