mod baseline;
mod biscuit;
mod fallow;
mod jwt;
mod keygen;
mod keyward;
mod licenz;
mod minisign;
mod offline_license;
mod paseto;
mod rust_license_key;

use anyhow::Result;

pub use keyward::Keyward;

use crate::peer::Peer;

/// All peers, Keyward first.
pub fn all() -> Result<Vec<Box<dyn Peer>>> {
    Ok(vec![
        Box::new(Keyward::with_numbers()?),
        Box::new(Keyward::with_words()?),
        Box::new(baseline::Baseline::with_words()),
        Box::new(baseline::Baseline::with_numbers()),
        Box::new(minisign::Minisign::new()?),
        Box::new(paseto::Paseto::new()?),
        Box::new(jwt::Jwt::new()?),
        Box::new(biscuit::Biscuit::new()?),
        Box::new(rust_license_key::RustLicenseKey::new()?),
        Box::new(licenz::Licenz::new()?),
        Box::new(fallow::Fallow::new()?),
        Box::new(keygen::Keygen::new()),
        Box::new(offline_license::OfflineLicense::new()?),
    ])
}
