//! The canonical bytes of claims: postcard's encoding, field by field. Flags at the beginning announce the optional fields.

use core::num::NonZeroU32;

use super::wire::{EncodedClaims, Rest};
use super::{
    Claims, DecodeError, Edition, Environment, Extension, Features, Fingerprint, InvalidClaims, Kind, Licensee,
    LicenseeError, Limits, LimitsError, NewerClaim, Product, Serial,
};
use crate::{Day, Quantity};

const KIND: u16 = 0b11;
const ENVIRONMENT: u16 = 0b11 << ENVIRONMENT_SHIFT;
const ENVIRONMENT_SHIFT: u32 = 2;
const GRACE: u16 = 1 << 4;
const LIMITS: u16 = 1 << 5;
const LICENSEE: u16 = 1 << 6;
const UPDATES: u16 = 1 << 7;
const FINGERPRINT: u16 = 1 << 8;
const EXTENSION: u16 = 1 << 9;
/// Flags from this one on are unknown.
const KNOWN_FLAGS: u8 = 10;

impl Claims {
    /// The canonical bytes of the claims. Not inlined: the decoder encodes again to compare, and an inlined copy would move
    /// the claims field by field.
    #[inline(never)]
    pub(crate) fn encode(&self) -> EncodedClaims {
        let mut bytes = EncodedClaims::new();
        bytes.put_varint(self.flags());
        bytes.put_array(&self.serial.to_bytes());
        bytes.put_varint(self.product.0);
        bytes.put_varint(self.edition.0);
        bytes.put_varint(self.seats.to_wire());
        bytes.put_varint(self.valid_from.number());
        bytes.put_varint(self.term_days().map_or(0, NonZeroU32::get));
        bytes.put_varint(self.features.bits());
        if let Some(days) = self.grace_days {
            bytes.put_varint(days);
        }
        if !self.limits.is_empty() {
            let limits = self.limits.as_slice();
            bytes.put_varint(limits.len() as u64);
            for (id, value) in limits {
                bytes.put_byte(*id);
                bytes.put_varint(*value);
            }
        }
        if let Some(licensee) = &self.licensee {
            bytes.put_bytes(licensee.as_bytes());
        }
        if let Some(day) = self.updates_through {
            bytes.put_varint(day.number());
        }
        if let Some(fingerprint) = &self.fingerprint {
            bytes.put_array(&fingerprint.to_bytes());
        }
        if let Some(extension) = &self.extension {
            bytes.put_bytes(extension.as_bytes());
        }
        bytes
    }

    fn flags(&self) -> u16 {
        let kind = match self.kind {
            Kind::Standard => 0,
            Kind::Trial => 1,
            Kind::Stopgap => 2,
        };
        let environment = match self.environment {
            Environment::Production => 0,
            Environment::Staging => 1,
            Environment::Development => 2,
        };
        let optional = [
            (GRACE, self.grace_days.is_some()),
            (LIMITS, !self.limits.is_empty()),
            (LICENSEE, self.licensee.is_some()),
            (UPDATES, self.updates_through.is_some()),
            (FINGERPRINT, self.fingerprint.is_some()),
            (EXTENSION, self.extension.is_some()),
        ];
        let announced = optional.iter().filter(|(_, present)| *present).fold(0, |flags, (flag, _)| flags | flag);
        kind | environment << ENVIRONMENT_SHIFT | announced
    }

    /// Decodes the claims at the beginning of `bytes`, and returns how many bytes they take. Only canonical bytes decode:
    /// encoding the claims gives the same bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Claims, usize), DecodeError> {
        let mut rest = Rest(bytes);
        let flags = rest.u16().ok_or(unreadable("flags"))?;
        if let Some(flag) = (KNOWN_FLAGS..16).find(|flag| flags >> flag & 1 == 1) {
            return Err(DecodeError::NeedsNewer(NewerClaim::Flag { flag }));
        }
        let kind = match flags & KIND {
            0 => Kind::Standard,
            1 => Kind::Trial,
            2 => Kind::Stopgap,
            _ => return Err(DecodeError::NeedsNewer(NewerClaim::Kind)),
        };
        let environment = match (flags & ENVIRONMENT) >> ENVIRONMENT_SHIFT {
            0 => Environment::Production,
            1 => Environment::Staging,
            2 => Environment::Development,
            _ => return Err(DecodeError::NeedsNewer(NewerClaim::Environment)),
        };
        let every = EveryLicense::read(&mut rest).ok_or(unreadable("a claim that every license makes"))?;
        let valid_from = day("valid_from", every.valid_from)?;
        let valid_through = match NonZeroU32::new(every.term_days) {
            None => None,
            Some(days) => Some(day("valid_through", every.valid_from.saturating_add(days.get()).saturating_sub(1))?),
        };
        let mut claims = Claims {
            kind,
            environment,
            serial: Serial::from_bytes(every.serial),
            product: Product(every.product),
            edition: Edition(every.edition),
            seats: Quantity::from_wire(every.seats),
            valid_from,
            valid_through,
            features: Features::from_bits(every.features),
            grace_days: None,
            limits: Limits::NONE,
            licensee: None,
            updates_through: None,
            fingerprint: None,
            extension: None,
        };
        if flags & GRACE != 0 {
            claims.grace_days = Some(grace_days(&mut rest)?);
        }
        if flags & LIMITS != 0 {
            read_limits(&mut rest, &mut claims.limits)?;
        }
        if flags & LICENSEE != 0 {
            claims.licensee = Some(licensee(&mut rest)?);
        }
        if flags & UPDATES != 0 {
            let number = rest.u32().ok_or(unreadable("updates_through"))?;
            claims.updates_through = Some(day("updates_through", number)?);
        }
        if flags & FINGERPRINT != 0 {
            let bytes = rest.array().ok_or(unreadable("fingerprint"))?;
            claims.fingerprint = Some(Fingerprint::from_bytes(bytes)?);
        }
        if flags & EXTENSION != 0 {
            let bytes = rest.bytes().ok_or(unreadable("extension"))?;
            claims.extension = Some(Extension::new(bytes)?);
        }
        claims.check()?;
        let len = bytes.len().saturating_sub(rest.0.len());
        if bytes.get(..len) != Some(claims.encode().as_slice()) {
            return Err(DecodeError::Invalid(InvalidClaims::NotCanonical));
        }
        Ok((claims, len))
    }
}

fn day(claim: &'static str, number: u32) -> Result<Day, DecodeError> {
    Day::from_number(number).ok_or(DecodeError::Invalid(InvalidClaims::DayOutOfRange { claim }))
}

const fn unreadable(claim: &'static str) -> DecodeError {
    DecodeError::Invalid(InvalidClaims::Unreadable { claim })
}

/// The fields of every license, after its flags.
struct EveryLicense {
    serial: [u8; 8],
    product: u32,
    edition: u16,
    seats: u32,
    valid_from: u32,
    term_days: u32,
    features: u64,
}

impl EveryLicense {
    fn read(rest: &mut Rest<'_>) -> Option<EveryLicense> {
        Some(EveryLicense {
            serial: rest.array()?,
            product: rest.u32()?,
            edition: rest.u16()?,
            seats: rest.u32()?,
            valid_from: rest.u32()?,
            term_days: rest.u32()?,
            features: rest.u64()?,
        })
    }
}

fn grace_days(rest: &mut Rest<'_>) -> Result<u8, DecodeError> {
    // A wider integer than the claim: `Claims::check` refuses more than 90 days, by name.
    let days = rest.u16().ok_or(unreadable("grace_days"))?;
    Ok(u8::try_from(days).unwrap_or(u8::MAX))
}

fn read_limits(rest: &mut Rest<'_>, limits: &mut Limits) -> Result<(), DecodeError> {
    let count = rest.byte().ok_or(unreadable("limits"))?;
    let mut last = None;
    for _ in 0..count {
        let (id, value) = rest.byte().zip(rest.u64()).ok_or(unreadable("limits"))?;
        if last.is_some_and(|last| last > id) {
            return Err(LimitsError::OutOfOrder { id }.into());
        }
        limits.insert(id, value)?;
        last = Some(id);
    }
    if limits.is_empty() {
        return Err(DecodeError::Invalid(InvalidClaims::Empty { claim: "limits" }));
    }
    Ok(())
}

fn licensee(rest: &mut Rest<'_>) -> Result<Licensee, DecodeError> {
    let name = core::str::from_utf8(rest.bytes().ok_or(unreadable("licensee"))?).map_err(|_| LicenseeError::NotUtf8)?;
    Ok(Licensee::new(name)?)
}

/// The serial in the bytes of claims, even if the rest can't be decoded.
pub(crate) fn unverified_serial(claims: &[u8]) -> Option<Serial> {
    let mut rest = Rest(claims);
    let _flags = rest.u16()?;
    rest.array().map(Serial::from_bytes)
}
