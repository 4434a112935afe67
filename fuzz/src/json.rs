//! Changes JSON into other JSON, so that the code after the parser is reached.

use serde_json::{Map, Value};

use crate::Dice;

/// Interesting values: bounds, other types, the first and last times and days that can be written.
const VALUES: [&str; 44] = [
    "null",
    "true",
    "0",
    "1",
    "2",
    "7",
    "63",
    "64",
    "90",
    "91",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551615",
    "-1",
    "0.5",
    "1e3",
    "\"\"",
    "[]",
    "{}",
    "\"0102030405060708\"",
    "\"FFFFFFFFFFFFFFFF\"",
    "\"2020-01-01\"",
    "\"9998-12-31\"",
    "\"9998-12-30\"",
    "\"2024-02-29\"",
    "\"1d\"",
    "\"1m\"",
    "\"1y\"",
    "\"unlimited\"",
    "\"a\\u0000\\n\\u202E\u{FEFF}\"",
    "\"trial\"",
    "\"stopgap\"",
    "\"2026-11-22T08:00:00.5Z\"",
    "\"2026-06-30T23:59:60.999+00:00\"",
    "\"9999-12-31T23:59:59-23:59\"",
    "\"0000-01-01T00:00:00+23:59\"",
    "[0, 1, 63]",
    "{\"0\": 0, \"1\": 1}",
];

/// The JSON text with one value replaced, removed, moved or added; `None` if the text is not JSON.
pub fn changed(text: &str, dice: &mut Dice) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    for _ in 0..=dice.below(2) {
        change(&mut value, dice);
    }
    Some(value.to_string())
}

fn change(value: &mut Value, dice: &mut Dice) {
    let deeper = dice.below(4) > 0;
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let name = fields.keys().nth(dice.below(fields.len())).cloned().unwrap_or_default();
            match (deeper, fields.get_mut(&name)) {
                (true, Some(field)) => change(field, dice),
                _ => rearrange(fields, &name, dice),
            }
        }
        Value::Array(items) if !items.is_empty() && deeper => {
            let index = dice.below(items.len());
            match dice.below(4) {
                0 => drop(items.remove(index)),
                1 => items.insert(index, items[index].clone()),
                _ => change(&mut items[index], dice),
            }
        }
        Value::Number(number) if deeper => {
            let bit = 1 << dice.below(64);
            *value = number.as_u64().map_or(0, |number| number ^ bit).into();
        }
        Value::String(text) if deeper && !text.is_empty() => {
            let mut characters: Vec<char> = text.chars().collect();
            let index = dice.below(characters.len());
            let other = ['0', '1', '9', 'Z', '.', '+', 'a', '\u{e9}', '\u{0}'][dice.below(9)];
            match dice.below(3) {
                0 => drop(characters.remove(index)),
                1 => characters.insert(index, other),
                _ => characters[index] = other,
            }
            *text = characters.into_iter().collect();
        }
        _ => *value = any(dice),
    }
}

fn rearrange(fields: &mut Map<String, Value>, name: &str, dice: &mut Dice) {
    match dice.below(3) {
        0 => drop(fields.remove(name)),
        1 => drop(fields.insert(name.to_owned(), any(dice))),
        _ => {
            let other = fields.keys().nth(dice.below(fields.len())).cloned().unwrap_or_default();
            let moved = fields.get(&other).cloned().unwrap_or_default();
            fields.insert(name.to_owned(), moved);
        }
    }
}

fn any(dice: &mut Dice) -> Value {
    serde_json::from_str(VALUES[dice.below(VALUES.len())]).unwrap_or_default()
}
