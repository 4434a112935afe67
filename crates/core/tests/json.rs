//! Claims in JSON: a value of the wrong type or out of range is refused, and the message says what was expected.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use keyward_core::{Claims, Features, Limits, Quantity};
use serde_json::{Value, json};

/// Claims that are good, with one of them changed.
fn with(claim: &str, value: Value) -> Result<Claims, String> {
    let mut claims = json!({
        "serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25,
        "valid_from": "2026-01-01", "valid_through": "2026-12-31"
    });
    claims[claim] = value;
    // Read from a borrowed text and from owned values.
    let lent = serde_json::from_str::<Claims>(&claims.to_string()).map_err(|error| error.to_string());
    let owned = serde_json::from_value::<Claims>(claims).map_err(|error| error.to_string());
    match (&lent, &owned) {
        (Ok(lent), Ok(owned)) => assert_eq!(lent, owned),
        (Err(lent), Err(owned)) => assert!(lent.starts_with(owned), "{lent} is not {owned} and the place"),
        _ => unreachable!("{lent:?} from a text, {owned:?} from values"),
    }
    owned
}

#[test]
fn the_message_names_the_expected_type() {
    for (claim, value, message) in [
        ("serial", json!(7), "invalid type: integer `7`, expected a serial of 16 hex digits"),
        ("valid_from", json!(20260101), r#"invalid type: integer `20260101`, expected a day such as "2026-12-31""#),
        ("valid_through", json!(true), r#"invalid type: boolean `true`, expected a day such as "2026-12-31""#),
        ("updates_through", json!([]), r#"invalid type: sequence, expected a day such as "2026-12-31""#),
        ("licensee", json!({}), "invalid type: map, expected the licensee's name, 1 to 64 bytes"),
        ("fingerprint", json!(1), "invalid type: integer `1`, expected a fingerprint of 32 hex digits"),
        ("extension", json!([7]), "invalid type: sequence, expected an extension of 1 to 64 bytes in hex"),
        (
            "features",
            json!("0, 1"),
            r#"invalid type: string "0, 1", expected a list of features, each a number from 0 to 63"#,
        ),
        ("limits", json!([50]), r#"invalid type: sequence, expected limits such as {"1": 50}, each id from 0 to 255"#),
        ("product", json!("3"), r#"invalid type: string "3", expected u32"#),
        ("seats", json!("many"), r#"invalid type: string "many", expected u32"#),
        ("kind", json!("gift"), "unknown variant `gift`, expected one of `standard`, `trial`, `stopgap`"),
        (
            "environment",
            json!("test"),
            "unknown variant `test`, expected one of `production`, `staging`, `development`",
        ),
    ] {
        assert_eq!(with(claim, value), Err(message.to_owned()), "{claim}");
    }
}

#[test]
fn the_message_names_the_range_of_a_claim() {
    for (claim, value, message) in [
        ("serial", json!("0102"), "a serial is 16 hex digits, such as 0102030405060708"),
        ("valid_from", json!("2026-02-30"), "the calendar has no such day"),
        (
            "valid_through",
            json!("9999-01-01"),
            "the day is out of range: a license key can name 2020-01-01 through 9998-12-31",
        ),
        ("seats", json!(0), "0 is not a quantity: write a number from 1, or null for unlimited"),
        ("seats", json!(-1), "invalid value: integer `-1`, expected u32"),
        ("product", json!(1_u64 << 32), "invalid value: integer `4294967296`, expected u32"),
        ("edition", json!(65536), "invalid value: integer `65536`, expected u16"),
        ("features", json!([64]), "feature 64 is out of range: 0 to 63"),
        ("features", json!([256]), "feature 256 is out of range: 0 to 63"),
        ("features", json!([1, 0, 1]), "feature 1 is named twice"),
        (
            "limits",
            json!({"1": 1_u64 << 53}),
            "limit 1 is 9007199254740992: the largest value is 9007199254740991 (2^53 − 1)",
        ),
        ("licensee", json!(""), "the licensee has 0 bytes: a name has 1 to 64 bytes of UTF-8"),
        (
            "fingerprint",
            json!("02000000000000000000000000000000"),
            "the fingerprint is of scheme 2, and this version knows scheme 1",
        ),
        ("extension", json!(""), "an extension has 1 to 64 bytes, in hex"),
        ("grace_days", json!(91), "grace_days is 91: grace lasts 0 to 90 days"),
        ("grace_days", json!(256), "invalid value: integer `256`, expected u8"),
    ] {
        assert_eq!(with(claim, value), Err(message.to_owned()), "{claim}");
    }
}

#[test]
fn a_limit_named_twice_in_a_text_is_refused() {
    let error = serde_json::from_str::<Limits>(r#"{"1": 50, "1": 60}"#).unwrap_err();
    assert!(error.to_string().starts_with("limit 1 is named twice"), "{error}");
}

#[test]
fn an_id_of_a_limit_that_is_no_number_is_refused() {
    for (id, message) in [
        ("256", "invalid value: integer `256`, expected u8"),
        ("-1", "invalid value: integer `-1`, expected u8"),
        ("projects", "invalid value: expected key to be a number in quotes"),
        ("", "invalid value: expected key to be a number in quotes"),
    ] {
        let error = serde_json::from_str::<Limits>(&json!({id: 50}).to_string()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let claims = with("limits", json!({"255": 0, "0": 50})).unwrap();
    assert_eq!(claims.limits().as_slice(), [(0, 50), (255, 0)]);
}

#[test]
fn features_are_read_in_any_order_and_written_ascending() {
    let features: Features = serde_json::from_str("[63, 0, 7]").unwrap();
    assert_eq!(features, Features::from_bits(1 << 63 | 1 << 7 | 1));
    assert_eq!(serde_json::to_string(&features).unwrap(), "[0,7,63]");
    assert_eq!(features.iter().collect::<Features>(), features);
}

#[test]
fn a_quantity_is_a_number_or_null() {
    for (quantity, json) in [("25", "25"), ("unlimited", "null")] {
        let quantity: Quantity = quantity.parse().unwrap();
        assert_eq!(serde_json::to_string(&quantity).unwrap(), json);
        assert_eq!(serde_json::from_str::<Quantity>(json).unwrap(), quantity);
    }
    let error = serde_json::from_str::<Quantity>("0").unwrap_err().to_string();
    assert!(error.starts_with("0 is not a quantity: write a number from 1, or null for unlimited"), "{error}");
}
