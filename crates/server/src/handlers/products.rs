//! Calls for products. They need no token: the license key is the credential, and it is verified before the database is asked.

// Each module may use those to its left:
//     asked ← judged ← activate, deactivate, files, request ← validate
pub(crate) mod activate;
mod asked;
pub(crate) mod deactivate;
pub(crate) mod files;
mod judged;
pub(crate) mod request;
pub(crate) mod validate;
