//! Signing keys that stay in an HSM or another device with a PKCS#11 module. Needs the Cargo feature `pkcs11`.
//!
//! ```no_run
//! use keyward_issuer::Issuer;
//! use keyward_issuer::pkcs11::Pkcs11Signer;
//!
//! let uri = "pkcs11:token=acme;object=vendor?pin-source=file:/run/pin&module-path=/usr/lib/softhsm/libsofthsm2.so";
//! let signer = Pkcs11Signer::open(&uri.parse()?, None)?;
//! let verifying_key = signer.verifying_key().clone();
//! let issuer = Issuer::new(signer, verifying_key);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Pkcs11Uri`] names the key, [`Pkcs11Token::find`] finds the HSM without logging in, and a [`Pkcs11Signer`] is logged in
//! and signs.
//!
//! A module is code of the HSM's maker that runs in this process. Once loaded, it stays loaded until the process ends.

mod error;
mod key;
mod signer;
mod token;
mod uri;

pub use error::{ModuleError, Pkcs11Error};
pub use signer::Pkcs11Signer;
pub use token::Pkcs11Token;
pub use uri::{Pkcs11Uri, Pkcs11UriError};
