use std::ffi::c_char;

use keyward_verifier::{Claims, Environment, Kind, Limits};

use crate::KwDay;
use crate::text::fixed;

/// The most limits that a license carries.
pub const KW_MOST_LIMITS: usize = 8;

const _: () = assert!(KW_MOST_LIMITS == Limits::MOST);

/// What the vendor signed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwClaims {
    /// The features, feature i in bit i.
    pub features: u64,
    /// The license's unique number.
    pub serial: [u8; 8],
    /// The product's number.
    pub product: u32,
    /// How many may use it at once; 0 is unlimited.
    pub seats: u32,
    /// 0 standard, 1 trial, 2 stopgap.
    pub kind: i32,
    /// 0 production, 1 staging, 2 development.
    pub environment: i32,
    /// The first day.
    pub valid_from: KwDay,
    /// The last day; none if it is perpetual.
    pub valid_through: KwDay,
    /// Versions released through this day are covered; none: every version.
    pub updates_through: KwDay,
    /// The edition's number.
    pub edition: u16,
    /// Whether the license is locked to a machine.
    pub is_locked: bool,
    /// How many of `limits` there are.
    pub limit_count: u8,
    /// How many bytes of `extension` there are.
    pub extension_size: u8,
    /// The fingerprint of the machine, if it is locked to one.
    pub fingerprint: [u8; 16],
    /// Quotas, ids ascending.
    pub limits: [KwLimit; KW_MOST_LIMITS],
    /// Who it was sold to, in UTF-8; empty if it does not say.
    pub licensee: [c_char; 65],
    /// Signed bytes of the vendor's own.
    pub extension: [u8; 64],
}

/// A quota, such as 50 projects.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct KwLimit {
    /// How many, at most 2^53 − 1.
    pub value: u64,
    /// The limit's number.
    pub id: u8,
}

impl KwClaims {
    pub(crate) fn of(claims: &Claims) -> KwClaims {
        let mut limits = [KwLimit::default(); KW_MOST_LIMITS];
        for (place, (id, value)) in limits.iter_mut().zip(claims.limits().as_slice()) {
            *place = KwLimit { id: *id, value: *value };
        }
        let mut extension = [0; 64];
        let extension_bytes = claims.extension().map_or(&[][..], |extension| extension.as_bytes());
        for (place, byte) in extension.iter_mut().zip(extension_bytes) {
            *place = *byte;
        }
        // There are at most 8 and 64.
        let count = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        KwClaims {
            features: claims.features().bits(),
            serial: claims.serial().to_bytes(),
            product: claims.product().0,
            seats: claims.seats().map_or(0, |seats| seats.get()),
            kind: kind_number(claims.kind()),
            environment: environment_number(claims.environment()),
            valid_from: claims.valid_from().into(),
            valid_through: KwDay::or_none(claims.valid_through()),
            updates_through: KwDay::or_none(claims.updates_through()),
            edition: claims.edition().0,
            is_locked: claims.fingerprint().is_some(),
            limit_count: count(claims.limits().as_slice().len()),
            extension_size: count(extension_bytes.len()),
            fingerprint: claims.fingerprint().map_or([0; 16], |fingerprint| fingerprint.to_bytes()),
            limits,
            licensee: fixed(claims.licensee().map_or("", |licensee| licensee.as_str())),
            extension,
        }
    }
}

pub(crate) const fn kind_number(kind: Kind) -> i32 {
    match kind {
        Kind::Standard => 0,
        Kind::Trial => 1,
        Kind::Stopgap => 2,
    }
}

const fn environment_number(environment: Environment) -> i32 {
    match environment {
        Environment::Production => 0,
        Environment::Staging => 1,
        Environment::Development => 2,
    }
}

pub(crate) fn environment(number: i32) -> Option<Environment> {
    [Environment::Production, Environment::Staging, Environment::Development]
        .into_iter()
        .find(|environment| environment_number(*environment) == number)
}
