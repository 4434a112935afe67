//! Arguments that several commands share.

// Each module may use those to its left:
//     audit_key, values ← ledger
pub mod audit_key;
pub mod ledger;
mod values;
