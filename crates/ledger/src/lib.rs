//! Every license that a vendor has sold, on record: licenses with their keys and states, customers, activations, and an audit
//! log of all changes.
//!
//! It is for programs that a vendor runs, such as the server. A pipeline, or one person without a server, keeps the record
//! file of `keyward-issuer` instead. A product never needs it: keys are verified with `keyward-verifier` alone.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Each module may use those to its left:
//     state ← recipient ← audit
pub mod audit;
pub mod recipient;
pub mod state;
