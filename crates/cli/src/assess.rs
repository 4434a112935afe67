//! What is asked about licenses and files, the evidence, and what came of it.

pub mod assessment;
pub mod evidence;
pub mod naming;
pub mod request;
pub mod state_store;
