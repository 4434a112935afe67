use keyward_ledger::audit::{ExportError, ExportLineError, ExportReader, ExportedEntry};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(export: &[u8]) -> Result<Vec<ExportedEntry>, ExportError> {
    ExportReader::new(export).collect()
}

fn entry(text: &str) -> ExportedEntry {
    ExportedEntry { entry: text.to_owned(), personal: Value::Null }
}

#[test]
fn a_line_is_an_entry_with_its_personal_fields() {
    let export = "{\"entry\":\"a\"}\n { \"personal\" : {\"name\":[\"x\"]}, \"entry\" : \"\\u00fc\" } \r\n";
    let second = ExportedEntry { entry: "ü".to_owned(), personal: json!({ "name": ["x"] }) };
    assert_eq!(read(export.as_bytes()).unwrap(), [entry("a"), second]);
    assert_eq!(read(b"").unwrap(), []);
}

#[test]
fn every_other_line_is_refused_with_its_number() {
    type IsExpected = fn(&ExportLineError) -> bool;
    let cases: [(&[u8], IsExpected); 14] = [
        (b"{\"entry\":\"b\"}", |error| matches!(error, ExportLineError::NoLineEnd)),
        (b"{\"entry\":\"b", |error| matches!(error, ExportLineError::NoLineEnd)),
        (b"\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"[\"entry\",\"b\"]\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"{\"entry\":\"b\"} {\"entry\":\"c\"}\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"{\"entry\":\"b\",\"entry\":\"c\"}\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"{\"entry\":\"b\",\"\\u0065ntry\":\"c\"}\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"{\"entry\":\"b\",\"personal\":{\"x\":1,\"x\":2}}\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"{\"entry\":\"\\ud800\"}\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"\xEF\xBB\xBF{\"entry\":\"b\"}\n", |error| matches!(error, ExportLineError::Json(_))),
        (b"{\"entry\":\"\xFF\"}\n", |error| matches!(error, ExportLineError::NotUtf8)),
        (b"{\"entry\":1}\n", |error| matches!(error, ExportLineError::NoEntry)),
        (b"{\"personal\":null}\n", |error| matches!(error, ExportLineError::NoEntry)),
        (b"{\"entry\":\"b\",\"Entry\":\"c\"}\n", |error| matches!(error, ExportLineError::UnknownField)),
    ];
    for (line, is_expected) in cases {
        let export = [b"{\"entry\":\"a\"}\n", line].concat();
        let mut reader = ExportReader::new(&export[..]);
        assert_eq!(reader.next().unwrap().unwrap(), entry("a"));
        let found = reader.next().unwrap().unwrap_err();
        assert!(found.line == 2 && is_expected(&found.error), "{}: {found}", String::from_utf8_lossy(line));
        assert!(reader.next().is_none(), "nothing is read after an error");
    }
}

#[test]
fn a_file_without_line_breaks_is_not_read_to_its_end() {
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let found = ExportReader::new(endless).next().unwrap().unwrap_err();
    assert!(matches!(found, ExportError { line: 1, error: ExportLineError::TooLong }));
}

proptest! {
    #[test]
    fn what_is_written_is_read(texts in prop::collection::vec(any::<String>(), 0..5), personal in any::<String>()) {
        let entries: Vec<_> = texts.iter().map(|text| ExportedEntry { personal: json!({ "name": personal }), ..entry(text) }).collect();
        let export: String = entries.iter().map(|entry| entry.to_line() + "\n").collect();
        prop_assert_eq!(export.lines().count(), entries.len());
        prop_assert_eq!(read(export.as_bytes()).unwrap(), entries);
    }
}
