//! The commands, one by one.

pub mod batch;
pub mod carried;
pub mod catalog;
pub mod claims_file;
pub mod demo;
pub mod desk;
pub mod documents;
pub mod explain;
pub mod file;
pub mod inspect;
pub mod issue;
pub mod keygen;
pub mod on_record;
pub mod print;
pub mod reissue;
pub mod renew;
pub mod revocations;
pub mod sign;
pub mod state;
pub mod time;
pub mod trust;
pub mod verify;
