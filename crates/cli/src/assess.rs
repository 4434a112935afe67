//! What is asked about licenses and files, the evidence, and what came of it.

pub mod evidence;
pub mod examination;
pub mod memory;
pub mod naming;
pub mod question;
