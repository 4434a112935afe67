use std::ffi::c_char;

use keyward_verifier::{Claims, Environment, Kind, Limits};

use crate::KwDay;
use crate::seats::seats_number;
use crate::text::put;

/// The largest number of limits.
pub const KW_MAX_LIMITS: usize = 8;

const _: () = assert!(KW_MAX_LIMITS == Limits::MAX);

/// The claims that the vendor signed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwClaims {
    /// The features, feature i in bit i.
    pub features: u64,
    /// The seats, or `KW_UNLIMITED_SEATS`. No license has 0.
    pub seats: u64,
    /// The license's unique number.
    pub serial: [u8; 8],
    /// The product's number.
    pub product: u32,
    /// 0 standard, 1 trial, 2 stopgap.
    pub kind: i32,
    /// 0 production, 1 staging, 2 development.
    pub environment: i32,
    /// The first day.
    pub valid_from: KwDay,
    /// The last day; no day if it is perpetual.
    pub valid_through: KwDay,
    /// Versions released through this day are covered; no day means every version.
    pub updates_through: KwDay,
    /// The edition's number.
    pub edition: u16,
    /// Whether the license is locked to a machine.
    pub is_locked: bool,
    /// The number of `limits`.
    pub limit_count: u8,
    /// The number of bytes of `extension`.
    pub extension_size: u8,
    /// The fingerprint of the machine, if it is locked to one.
    pub fingerprint: [u8; 16],
    /// Quotas, ids ascending.
    pub limits: [KwLimit; KW_MAX_LIMITS],
    /// The licensee, in UTF-8; empty if the key names none.
    pub licensee: [c_char; 65],
    /// Signed bytes of the vendor's own.
    pub extension: [u8; 64],
}

/// A quota, such as 50 projects.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KwLimit {
    /// The quota, at most 2^53 − 1.
    pub value: u64,
    /// The limit's number.
    pub id: u8,
}

impl KwClaims {
    /// Fills a struct that is all zero.
    pub(crate) fn fill(&mut self, claims: &Claims) {
        self.features = claims.features().bits();
        self.serial = claims.serial().to_bytes();
        self.product = claims.product().0;
        self.seats = seats_number(claims.seats());
        self.kind = kind_number(claims.kind());
        self.environment = environment_number(claims.environment());
        self.valid_from = claims.valid_from().into();
        self.valid_through = KwDay::or_none(claims.valid_through());
        self.updates_through = KwDay::or_none(claims.updates_through());
        self.edition = claims.edition().0;
        if let Some(fingerprint) = claims.fingerprint() {
            self.is_locked = true;
            self.fingerprint = fingerprint.to_bytes();
        }
        let limits = claims.limits().as_slice();
        self.limit_count = count(limits.len());
        for (place, (id, value)) in self.limits.iter_mut().zip(limits) {
            *place = KwLimit { id: *id, value: *value };
        }
        if let Some(licensee) = claims.licensee() {
            put(&mut self.licensee, licensee);
        }
        if let Some(extension) = claims.extension() {
            let bytes = extension.as_bytes();
            self.extension_size = count(bytes.len());
            for (place, byte) in self.extension.iter_mut().zip(bytes) {
                *place = *byte;
            }
        }
    }
}

/// At most 8 limits or 64 bytes.
fn count(count: usize) -> u8 {
    debug_assert!(count <= 64);
    u8::try_from(count).unwrap_or(u8::MAX)
}

pub(crate) const fn kind_number(kind: Kind) -> i32 {
    match kind {
        Kind::Standard => 0,
        Kind::Trial => 1,
        Kind::Stopgap => 2,
    }
}

pub(crate) const fn environment_number(environment: Environment) -> i32 {
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
