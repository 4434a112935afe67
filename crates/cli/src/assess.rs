//! Requests about licenses and files, the evidence, and the assessment.

// Each module may use those to its left:
//     answer, evidence, license_file, state_store, trusted ← naming, request, statement
//     ← assessment
pub mod answer;
pub mod assessment;
pub mod evidence;
pub mod license_file;
pub mod naming;
pub mod request;
pub mod state_store;
pub mod statement;
pub mod trusted;
