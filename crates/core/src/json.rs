//! Claims by name, for JSON and other formats of serde. The bytes of a key do not depend on this module.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    Claims, ClaimsBuilder, Day, Edition, End, Environment, Extension, Feature, Features, Fingerprint, Kind, Licensee,
    Limits, Product, Quantity, Serial,
};

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut by_name = serializer.serialize_struct("Claims", 15)?;
        by_name.serialize_field("kind", &self.kind())?;
        by_name.serialize_field("environment", &self.environment())?;
        by_name.serialize_field("serial", &self.serial())?;
        by_name.serialize_field("product", &self.product())?;
        by_name.serialize_field("edition", &self.edition())?;
        by_name.serialize_field("seats", &self.seats())?;
        by_name.serialize_field("valid_from", &self.valid_from())?;
        by_name.serialize_field("valid_through", &self.valid_through())?;
        by_name.serialize_field("features", &self.features())?;
        if let Some(days) = self.grace_days() {
            by_name.serialize_field("grace_days", &days)?;
        }
        if !self.limits().is_empty() {
            by_name.serialize_field("limits", self.limits())?;
        }
        if let Some(licensee) = self.licensee() {
            by_name.serialize_field("licensee", licensee)?;
        }
        if let Some(day) = self.updates_through() {
            by_name.serialize_field("updates_through", &day)?;
        }
        if let Some(fingerprint) = self.fingerprint() {
            by_name.serialize_field("fingerprint", fingerprint)?;
        }
        if let Some(extension) = self.extension() {
            by_name.serialize_field("extension", extension)?;
        }
        by_name.end()
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
        ClaimsBuilder::deserialize(deserializer)?.build().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for ClaimsBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ClaimsBuilder, D::Error> {
        ClaimsByName::deserialize(deserializer)
    }
}

#[derive(Deserialize)]
#[serde(remote = "ClaimsBuilder", rename = "ClaimsBuilder", deny_unknown_fields)]
struct ClaimsByName {
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    environment: Environment,
    serial: Option<Serial>,
    product: Option<Product>,
    edition: Option<Edition>,
    #[serde(default, deserialize_with = "number_or_null")]
    seats: Option<Quantity>,
    valid_from: Option<Day>,
    #[serde(default, deserialize_with = "day_or_null", rename = "valid_through")]
    end: Option<End>,
    #[serde(default)]
    features: Features,
    grace_days: Option<u8>,
    #[serde(default)]
    limits: Limits,
    licensee: Option<Licensee>,
    updates_through: Option<Day>,
    fingerprint: Option<Fingerprint>,
    extension: Option<Extension>,
}

fn number_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Quantity>, D::Error> {
    Quantity::deserialize(deserializer).map(Some)
}

fn day_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<End>, D::Error> {
    Ok(Some(Option::<Day>::deserialize(deserializer)?.map_or(End::Perpetual, End::Through)))
}

/// A number, or `null` for unlimited.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Quantity, D::Error> {
        match Option::<u32>::deserialize(deserializer)?.map(TryInto::try_into) {
            None => Ok(Quantity::Unlimited),
            Some(Ok(number)) => Ok(Quantity::Of(number)),
            Some(Err(_)) => Err(de::Error::custom("0 is not a quantity: write a number from 1, or null for unlimited")),
        }
    }
}

impl Serialize for Features {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bits = serializer.serialize_seq(Some(self.iter().count()))?;
        for feature in self.iter() {
            bits.serialize_element(&feature.bit())?;
        }
        bits.end()
    }
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Features, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Features;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of features, each a number from 0 to 63")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut bits: A) -> Result<Features, A::Error> {
                let mut features = Features::NONE;
                while let Some(bit) = bits.next_element::<u64>()? {
                    let feature = u8::try_from(bit)
                        .ok()
                        .and_then(Feature::from_bit)
                        .ok_or_else(|| de::Error::custom(format_args!("feature {bit} is out of range: 0 to 63")))?;
                    if features.contains(feature) {
                        return Err(de::Error::custom(format_args!("feature {bit} is named twice")));
                    }
                    features = features.with(feature);
                }
                Ok(features)
            }
        }
        deserializer.deserialize_seq(Visitor)
    }
}

impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.as_slice().len()))?;
        for (id, value) in self.as_slice() {
            map.serialize_entry(id, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Limits, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Limits;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("limits such as {\"1\": 50}, each id from 0 to 255")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Limits, A::Error> {
                let mut limits = Limits::NONE;
                while let Some((id, value)) = map.next_entry()? {
                    limits = limits.with(id, value).map_err(de::Error::custom)?;
                }
                Ok(limits)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Types that serialize as text.
macro_rules! as_text {
    ($($type:ty: $expecting:literal;)*) => {
        $(
            impl Serialize for $type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                    from_text(deserializer, $expecting)
                }
            }
        )*
    };
}

as_text! {
    Serial: "a serial of 16 hex digits";
    Day: "a day such as \"2026-12-31\"";
    Licensee: "the licensee's name, 1 to 64 bytes";
    Fingerprint: "a fingerprint of 32 hex digits";
    Extension: "an extension of 1 to 64 bytes in hex";
}

/// Reads a value from a string, borrowed or owned.
fn from_text<'de, T, D>(deserializer: D, expecting: &'static str) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    struct Visitor<T>(&'static str, PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> de::Visitor<'_> for Visitor<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Visitor(expecting, PhantomData))
}
