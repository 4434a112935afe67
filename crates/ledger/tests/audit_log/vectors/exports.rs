//! Exports, compared with checkpoints.

use keyward_ledger::audit::{ExportReader, ExportedEntry, Replay, TreeHead};
use serde_json::{Value, json};

use super::{file, hex_head};
use crate::kit::{head, key, signed};

pub fn cases() -> Value {
    let entries: Vec<_> = (1..=7)
        .map(|number| ExportedEntry {
            entry: format!(r#"{{"position":{number},"customer":"salted {number} ü"}}"#),
            personal: if number == 3 { Value::Null } else { json!({ "customer": format!("Müller {number}") }) },
        })
        .collect();
    let text = |entries: &[ExportedEntry]| entries.iter().map(|entry| entry.to_line() + "\n").collect::<String>();
    let leaves: Vec<_> = entries.iter().map(|entry| entry.entry.clone()).collect();
    let at = |size: usize| signed(head(&leaves[..size]));
    let export = text(&entries);
    let changed = |change: &dyn Fn(&mut Vec<ExportedEntry>)| {
        let mut entries = entries.clone();
        change(&mut entries);
        text(&entries)
    };
    let with_line = |line: &str| format!("{}{line}\n{}", text(&entries[..3]), text(&entries[4..]));
    let (all, half) = (at(7), at(4));
    let (altered, cut_off, malformed) = (Some("altered"), Some("cut-off"), Some("malformed"));
    type Case = (&'static str, Vec<String>, Vec<u8>, Option<&'static str>);
    let cases: Vec<Case> = vec![
        ("the log as it was signed", vec![all.clone()], export.clone().into(), None),
        ("the log and an older checkpoint", vec![all.clone(), half.clone()], export.clone().into(), None),
        ("every older checkpoint", (0..=7).map(at).collect(), export.clone().into(), None),
        ("entries after the checkpoint", vec![half.clone()], export.clone().into(), None),
        ("no entries", vec![at(0)], Vec::new(), None),
        (
            "personal fields were erased",
            vec![all.clone()],
            changed(&|all| all.iter_mut().for_each(|entry| entry.personal = Value::Null)).into(),
            None,
        ),
        (
            "personal fields are left out",
            vec![all.clone()],
            with_line(&json!({ "entry": leaves[3] }).to_string()).into(),
            None,
        ),
        ("the line is spelled in another way", vec![all.clone()], with_line(&escaped(&leaves[3])).into(), None),
        ("line breaks of Windows", vec![all.clone()], export.replace('\n', "\r\n").into(), None),
        ("an entry was changed", vec![all.clone()], changed(&|all| all[3].entry.push(' ')).into(), altered),
        (
            "an entry before the older checkpoint was changed",
            vec![half.clone()],
            changed(&|all| all[3].entry = leaves[3].replace("ü", "u")).into(),
            altered,
        ),
        (
            "an entry after the older checkpoint was changed",
            vec![half.clone()],
            changed(&|all| all[4].entry.push(' ')).into(),
            None,
        ),
        ("an entry was removed", vec![all.clone(), half.clone()], changed(&|all| drop(all.remove(2))).into(), altered),
        (
            "an entry was removed, and the newest checkpoint is missing",
            vec![half.clone()],
            changed(&|all| drop(all.remove(2))).into(),
            altered,
        ),
        ("an entry was added", vec![all.clone()], changed(&|all| all.insert(2, entries[0].clone())).into(), altered),
        ("two entries were exchanged", vec![all.clone()], changed(&|all| all.swap(5, 6)).into(), altered),
        ("the end was cut off", vec![all.clone()], text(&entries[..6]).into(), cut_off),
        (
            "the end was cut off, after an older checkpoint",
            vec![half.clone(), all.clone()],
            text(&entries[..5]).into(),
            cut_off,
        ),
        ("all entries are gone", vec![all.clone()], Vec::new(), cut_off),
        ("the last line was cut off", vec![all.clone()], export[..export.len() - 5].into(), malformed),
        ("the last line break is missing", vec![all.clone()], export.trim_end().into(), malformed),
        (
            "the first checkpoint is forged",
            vec![half.replacen("\n4\n", "\n3\n", 1), all.clone()],
            export.clone().into(),
            Some("bad-signature"),
        ),
        (
            "a checkpoint of no entries with another root",
            vec![signed(TreeHead { size: 0, ..head(&leaves) })],
            export.clone().into(),
            altered,
        ),
        (
            "two checkpoints of one size",
            vec![all.clone(), signed(TreeHead { size: 7, ..head(&leaves[..4]) })],
            export.clone().into(),
            altered,
        ),
        ("a line without an entry", vec![half.clone()], with_line(r#"{"personal":null}"#).into(), malformed),
        (
            "a line with a field of unknown meaning",
            vec![half.clone()],
            with_line(r#"{"entry":"a","position":4}"#).into(),
            malformed,
        ),
        ("a line with two entries", vec![half.clone()], with_line(r#"{"entry":"a","entry":"b"}"#).into(), malformed),
        (
            "a name twice in the personal fields",
            vec![half.clone()],
            with_line(r#"{"entry":"a","personal":{"b":1,"b":2}}"#).into(),
            malformed,
        ),
        ("an entry that is no text", vec![half.clone()], with_line(r#"{"entry":{}}"#).into(), malformed),
        ("half a surrogate", vec![half.clone()], with_line(r#"{"entry":"\ud800"}"#).into(), malformed),
        ("an empty line", vec![half.clone()], with_line("").into(), malformed),
        ("no object", vec![half.clone()], with_line(r#"["entry","a"]"#).into(), malformed),
        ("a byte order mark", vec![all.clone()], format!("\u{FEFF}{export}").into(), malformed),
        ("not UTF-8", vec![half], [export.as_bytes(), b"{\"entry\":\"\xFF\"}\n"].concat(), malformed),
    ];
    let cases = cases.into_iter().map(|(name, checkpoints, export, expected)| {
        let found = compared(&checkpoints, &export);
        assert_eq!(found.as_ref().err().copied(), expected, "{name}");
        let says = found.ok().map(hex_head);
        let mut case = json!({ "name": name, "key": key().to_string(), "checkpoints": checkpoints, "error": expected, "says": says });
        case.as_object_mut().unwrap().extend([file("export", &export)]);
        case
    });
    cases.collect()
}

/// A line with the same entry, spelled with escapes and spaces.
fn escaped(entry: &str) -> String {
    let units: String = entry.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    format!(" {{ \"personal\" : [ ] , \"\\u0065ntry\" : \"{units}\" }} ")
}

pub fn compared(checkpoints: &[String], export: &[u8]) -> Result<TreeHead, &'static str> {
    let heads = checkpoints.iter().map(|note| key().open(note).map(|checkpoint| checkpoint.head));
    let heads = heads.collect::<Result<Vec<_>, _>>().map_err(|error| error.code())?;
    let mut replay = Replay::new(heads).map_err(|error| error.code())?;
    for entry in ExportReader::new(export) {
        replay.push(entry.map_err(|_| "malformed")?.leaf()).map_err(|error| error.code())?;
    }
    replay.finish().map(|frontier| frontier.head()).map_err(|error| error.code())
}
