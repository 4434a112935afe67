//! Claims and terms in rows and in one line.

use keyward_verifier::{Claims, Environment, Features, Kind, Product, Standing};

use crate::assess::naming::Naming;
use crate::show::rows::Rows;
use crate::words::{harmless, list};

/// Whether the usual kind (standard) and environment (production) are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsualClaims {
    LeftOut,
    Shown,
}

/// The claims in rows, without those that the standing shows better.
///
/// Numbers that have a name are shown by name.
pub fn claims_rows<'n, N: Into<Naming<'n>>>(claims: &Claims, naming: Option<N>, usual: UsualClaims) -> Rows {
    let naming = naming.map(Into::into);
    let names = naming.map(|naming: Naming<'_>| naming.names(claims));
    let (mut product, mut edition) = (claims.product().to_string(), claims.edition().to_string());
    let mut limits = list(claims.limits().as_slice().iter().map(|(id, value)| format!("{id}: {value}")));
    if let Some(names) = names {
        (product, edition) = (harmless(&names.product), harmless(&names.edition));
        limits = list(names.limits.iter().map(|(name, value)| format!("{}: {value}", harmless(name))));
    }
    let mut rows = vec![
        ("serial", claims.serial().to_string()),
        ("product", product),
        ("edition", edition),
        ("seats", claims.seats().to_string()),
    ];
    if claims.kind() != Kind::Standard || usual == UsualClaims::Shown {
        rows.push(("kind", claims.kind().to_string()));
    }
    if claims.environment() != Environment::Production || usual == UsualClaims::Shown {
        rows.push(("environment", claims.environment().to_string()));
    }
    rows.push(("valid", validity(claims)));
    rows.push(("features", features(claims.product(), claims.features(), naming)));
    if !claims.limits().is_empty() {
        rows.push(("limits", limits));
    }
    rows.extend(claims.licensee().map(|licensee| ("licensee", licensee.to_string())));
    rows.extend(claims.updates_through().map(|day| ("updates", format!("versions released through {day}"))));
    rows.extend(claims.fingerprint().map(|fingerprint| ("machine", format!("locked to {fingerprint}"))));
    rows.extend(claims.extension().map(|extension| ("extension", extension.to_string())));
    rows
}

/// The grace period, if there is one.
pub fn grace(standing: &Standing) -> Option<String> {
    standing.grace_through().map(|last| format!("{} days, through {last}", standing.grace_days()))
}

/// A license in one line: "license 0102030405060708, product 3, 2026-01-01 through 2026-12-31".
pub fn in_one_line(claims: &Claims) -> String {
    format!("license {}, product {}, {}", claims.serial(), claims.product(), validity(claims))
}

/// The first and the last day.
pub fn validity(claims: &Claims) -> String {
    match claims.valid_through() {
        Some(last) => format!("{} through {last}", claims.valid_from()),
        None => format!("from {}, perpetual", claims.valid_from()),
    }
}

/// The features, by name if they have one.
pub fn features(product: Product, features: Features, naming: Option<Naming<'_>>) -> String {
    match naming {
        Some(naming) => list(naming.features(product, features).iter().map(|name| harmless(name))),
        None => list(features.iter().map(|feature| feature.bit())),
    }
}
