//! Reports for people and for programs.

// Each module may use those to its left:
//     catalog, inputs_json, qr, rows, wrap ← claims, inputs, report_json
//     ← certificate, checks, report, signed_file ← page
pub mod catalog;
pub mod certificate;
pub mod checks;
pub mod claims;
pub mod inputs;
pub mod inputs_json;
pub mod page;
pub mod qr;
pub mod report;
pub mod report_json;
pub mod rows;
pub mod signed_file;
pub mod wrap;
