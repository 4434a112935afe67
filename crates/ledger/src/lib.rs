//! Every license that a vendor has sold, on record: licenses with their keys and states, customers, activations, and an audit
//! log of all changes.
//!
//! It is for programs that a vendor runs, such as the server. A pipeline, or one person without a server, keeps the record
//! file of `keyward-issuer` instead. A product never needs it: keys are verified with `keyward-verifier` alone.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Each module may use those to its left:
//     observed, state ← recipient, id, fault, scope ← metadata, contact ← details, value ← claim, table ← audit ← error ← database ← change ← ledger
//     ← approval, customer, generator, license, signed_list, token, catalog_version, request ← activation, issuing ← licenses
//     ← activations, approvals, customers, lists ← audit_log ← published
mod activation;
mod activations;
mod approval;
mod approvals;
pub mod audit;
mod audit_log;
mod catalog_version;
mod change;
mod claim;
mod contact;
mod customer;
mod customers;
mod database;
mod details;
mod error;
mod fault;
mod generator;
mod id;
mod issuing;
mod ledger;
mod license;
mod licenses;
mod lists;
mod metadata;
mod observed;
mod published;
pub mod recipient;
mod request;
mod scope;
mod signed_list;
pub mod state;
mod table;
mod token;
mod value;

pub use activation::{Activation, Machine, MachineError};
pub use activations::{Activated, CountingKey, Locked, Releaser, Seen};
pub use approval::{Approval, ApprovalAction, ApprovalReason, ApprovalReasonError, ApprovalState, Ask};
pub use audit_log::{Difference, EntryFault, EntryFilter, LoggedEntry, RowFault, Sequenced, Unproven, Verification};
pub use catalog_version::CatalogVersion;
pub use change::By;
pub use claim::Claim;
pub use contact::{Contact, ContactRole, Name, NameError};
pub use customer::Customer;
pub use customers::{CustomerName, Erased, FoundCustomer, Merge, OldCopies, WholeKeys};
pub use details::{CustomerDetails, CustomerError};
pub use error::LedgerError;
pub use fault::DatabaseFault;
pub use generator::{Generator, Signing};
pub use id::{ActivationId, ApprovalId, CustomerId, GeneratorId, IdError, LicenseId, TokenId};
pub use issuing::Issuing;
pub use ledger::Ledger;
pub use license::{KeyRow, KeyStatus, License, Role};
pub use licenses::{
    Created, Delivered, DeliveredKey, Edit, Expected, Followed, NewLicense, Ordered, Preview, Sent, Succession, Wanted,
};
pub use lists::{Page, PageSize};
pub use metadata::{Metadata, MetadataError};
pub use observed::{COMMITTED, SIGNED};
pub use published::FileTexts;
pub use request::{Claimed, RequestId};
pub use scope::{Scope, ScopeError, Scopes};
pub use signed_list::SignedList;
pub use token::{Token, TokenError, TokenText};
