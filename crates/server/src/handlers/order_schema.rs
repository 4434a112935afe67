//! The fields of orders, as the document of the API describes them.

use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{OneOfBuilder, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::approvals::RequestApproval;
use super::customers::NewCustomer;

/// A field of an order: its name, the types that it may have, a pattern for texts, and what it says.
type Field = (&'static str, &'static [Type], Option<&'static str>, &'static str);

const TEXT: &[Type] = &[Type::String];
const TEXT_OR_NUMBER: &[Type] = &[Type::String, Type::Integer];
const QUANTITY: &[Type] = &[Type::Integer, Type::String, Type::Null];
const CODES: &[Type] = &[Type::Array, Type::String, Type::Null];
const TEXT_OR_NULL: &[Type] = &[Type::String, Type::Null];
const DAY: Option<&str> = Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
const CODE: Option<&str> = Some(CODE_PATTERN);

/// The codes of products, editions, offers and features.
pub(crate) const CODE_PATTERN: &str = "^[a-z][a-z0-9-]*$";

/// The subject of an order for a new license.
const SUBJECT: [Field; 4] = [
    (
        "id",
        TEXT_OR_NUMBER,
        None,
        "The id of the order at the shop. An order with an id makes one license, however often it is sent.",
    ),
    ("offer", TEXT, CODE, "The code of an offer; or give `product` and `edition`."),
    ("product", TEXT, CODE, "The code of a product."),
    ("edition", TEXT, CODE, "The code of an edition."),
];

/// What an order may change of an offer, an edition or a license on record. A field that is missing has their value.
const TERMS: [Field; 11] = [
    ("kind", TEXT, Some("^(standard|trial|stopgap)$"), "`standard`, `trial` or `stopgap`."),
    ("environment", TEXT, Some("^(production|staging|development)$"), "The environment; that of the ledger."),
    ("from", TEXT, DAY, "The first day."),
    ("through", TEXT_OR_NULL, DAY, "The last day; null is perpetual."),
    (
        "term",
        TEXT_OR_NULL,
        Some("^([0-9]+[dmy]|perpetual)$"),
        "The term, such as `30d`, `12m` or `1y`; null is perpetual.",
    ),
    ("seats", QUANTITY, None, "The seats; null is unlimited."),
    ("features", CODES, None, "The codes of features, as a list or a text with spaces; null is none."),
    ("limits", &[Type::Object, Type::String], None, "Limits by their codes; null removes a limit."),
    (
        "updates_through",
        TEXT_OR_NULL,
        Some("^([0-9]{4}-[0-9]{2}-[0-9]{2}|all)$"),
        "The last day of the releases that it covers; null is all.",
    ),
    ("grace_days", TEXT_OR_NUMBER, None, "The days of grace after the last day."),
    ("activations", QUANTITY, None, "The number of machines: another name of `activation_limit`."),
];

/// What an order says for the record.
const RECORD: [Field; 5] = [
    ("licensee", TEXT, None, "The licensee, as the key shows it."),
    ("subscription", TEXT, None, "The id of the subscription that pays."),
    ("subscription_name", TEXT, None, "The name of that subscription."),
    ("reason", TEXT, None, "Why."),
    ("ticket", TEXT, None, "The ticket with the request."),
];

/// The limit of machines, as licenses show it.
const LIMIT: Field = ("activation_limit", QUANTITY, None, "The number of machines; null is unlimited.");

/// Bodies of orders. They are read by `keyward_issuer::order`.
macro_rules! bodies {
    ($($name:ident, $description:literal, $fields:expr, $more:expr;)*) => { $(
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().description(Some($description));
                let object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
                let fields: Vec<Field> = $fields;
                let more: fn(ObjectBuilder) -> ObjectBuilder = $more;
                let object = fields.into_iter().fold(object, |object, field| object.property(field.0, described(field)));
                more(object).into()
            }
        }

        impl ToSchema for $name {}
    )* };
}

bodies! {
    NewLicenseBody, "The order of a license, and what the ledger keeps with it.",
        [&SUBJECT[..], &TERMS, &RECORD, &[LIMIT]].concat(), on_record;
    OrderBody, "The order of each license of a generator, without customer, licensee and id.",
        [&SUBJECT[1..], &TERMS].concat(), |object| object;
    ReissueBody, "The fields of the order that differ from the license on record.",
        [&TERMS[..], &RECORD, &[SUBJECT[3], SUBJECT[0], LIMIT]].concat(), may_wait;
    RenewBody, "The fields of the order that differ from the license on record. Without any, the term is as long as the one before.",
        [&TERMS[..], &RECORD, &[SUBJECT[3], SUBJECT[0], LIMIT]].concat(), may_wait;
    PreviewOrder, "The body of the call.",
        [&TERMS[..], &RECORD, &[SUBJECT[1], SUBJECT[3], SUBJECT[0], LIMIT]].concat(), |object| object;
    StopgapBody, "The offer of the stopgap. Everything else is as in the license on record.",
        [&SUBJECT[..], &TERMS, &RECORD].concat(), |object| object;
}

fn described((_, types, pattern, description): Field) -> Schema {
    let kind = match types {
        [one] => SchemaType::from(one.clone()),
        several => SchemaType::from_iter(several.iter().cloned()),
    };
    ObjectBuilder::new().schema_type(kind).pattern(pattern).description(Some(description)).into()
}

/// An order that may wait for an approval.
fn may_wait(object: ObjectBuilder) -> ObjectBuilder {
    let says = "Waits for an approval instead of being refused, if a person may lift the rules that it breaks.";
    let requested = Ref::from_schema_name(RequestApproval::name());
    let null = ObjectBuilder::new().schema_type(Type::Null);
    object.property("request_approval", OneOfBuilder::new().item(null).item(requested).description(Some(says)))
}

/// What only the ledger keeps.
fn on_record(object: ObjectBuilder) -> ObjectBuilder {
    let id = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^cus_[0-9a-f]{32}$"));
    let customer = OneOfBuilder::new().item(id).item(Ref::from_schema_name(NewCustomer::name())).description(Some(
        "The customer: an id, or an object with an e-mail: the one with that address, or a new one.",
    ));
    let days = ("lease_days", &[Type::Integer, Type::Null][..], None, "The days of a lease; null is never.");
    let metadata = ("metadata", &[Type::Object, Type::Null][..], None, "For the vendor's own use, at most 10 KB.");
    let notes = ("notes", TEXT_OR_NULL, None, "Notes of the vendor's staff.");
    let object = may_wait(object).property("customer", customer);
    [days, metadata, notes].into_iter().fold(object, |object, field| object.property(field.0, described(field)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use keyward_issuer::order::FIELD_NAMES;

    use super::*;
    use crate::handlers::order::REFUSED;

    #[test]
    fn each_field_of_an_order_is_described_or_refused() {
        let described: Vec<_> = [&SUBJECT[..], &TERMS, &RECORD].concat().iter().map(|field| field.0).collect();
        for name in FIELD_NAMES {
            let is_refused = REFUSED.iter().any(|(refused, ..)| *refused == name);
            // The customer is that of the ledger, and the serial is chosen by the server.
            let is_described = described.contains(&name) || ["customer", "serial"].contains(&name);
            assert!(is_refused != is_described, "{name}");
        }
        for name in described {
            assert!(FIELD_NAMES.contains(&name), "{name}");
        }
    }
}
