//! Arguments that several commands share.

// Each module may use those to its left:
//     audit_key, role, settings, values ← ledger
pub mod audit_key;
pub mod ledger;
pub mod role;
pub mod settings;
mod values;
