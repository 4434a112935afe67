//! Reports for people and for programs.

pub mod brought;
pub mod brought_json;
pub mod catalog_report;
pub mod certificate;
pub mod checks;
pub mod page;
pub mod qr;
pub mod report;
pub mod report_json;
pub mod wrap;
