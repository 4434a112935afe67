//! A table of the file, read setting by setting: what is wrong with one is noted, and reading goes on.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::nearest::{nearest, quoted};
use crate::problem::ProblemKind;

/// What was found to be wrong, each with its offset in the file.
#[derive(Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<(usize, ProblemKind)>);

impl Log {
    pub(crate) fn note(&mut self, offset: usize, problem: impl Into<ProblemKind>) {
        self.0.push((offset, problem.into()));
    }
}

/// Something, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) offset: usize,
}

/// Why a value can't be read.
pub(crate) enum Unreadable {
    /// It is of the wrong type or out of range: what it should be.
    ShouldBe(String),
    /// It is what it should be, and wrong all the same.
    Because(ProblemKind),
}

impl<E: Into<ProblemKind>> From<E> for Unreadable {
    fn from(error: E) -> Unreadable {
        Unreadable::Because(error.into())
    }
}

pub(crate) fn should_be<T>(expected: impl Into<String>) -> Result<T, Unreadable> {
    Err(Unreadable::ShouldBe(expected.into()))
}

/// A table, and what it is about.
#[derive(Debug)]
pub(crate) struct Section<'t> {
    /// "edition `pro`"
    pub(crate) subject: String,
    pub(crate) offset: usize,
    /// `None` if it is something else than a table, which was noted: it then lacks nothing more.
    table: Option<&'t DeTable<'t>>,
}

/// An entry of a table, by the name it has there.
pub(crate) struct Entry<'t> {
    pub(crate) key: At<&'t str>,
    pub(crate) value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Section<'t> {
    pub(crate) fn root(table: &'t Spanned<DeTable<'t>>) -> Section<'t> {
        Section { subject: "the catalogue".to_owned(), offset: 0, table: Some(table.get_ref()) }
    }

    /// The table that an entry is; if it is anything else, that is noted.
    pub(crate) fn of(subject: String, entry: &Entry<'t>, example: &str, log: &mut Log) -> Section<'t> {
        let table = entry.value.get_ref().as_table();
        if table.is_none() {
            let (setting, found) = (subject.clone(), found(entry.value.get_ref()));
            let expected = format!("a table, such as {example}");
            log.note(entry.value.span().start, ProblemKind::Value { setting, found, expected });
        }
        Section { subject, offset: entry.key.offset, table }
    }

    /// The table under that name; `None` if there is none.
    pub(crate) fn section(&self, key: &'static str, example: &str, log: &mut Log) -> Option<Section<'t>> {
        let entry = self.entry(key)?;
        Some(Section::of(format!("`{key}`"), &entry, example, log))
    }

    /// Notes what is none of these settings.
    pub(crate) fn knows_only(&self, known: &'static [&'static str], log: &mut Log) {
        for entry in self.entries() {
            let key = entry.key.value;
            if !known.contains(&key) {
                let suggestion = nearest(key, known.iter().copied());
                let problem = ProblemKind::UnknownSetting {
                    subject: self.subject.clone(),
                    key: key.to_owned(),
                    suggestion,
                    known,
                };
                log.note(entry.key.offset, problem);
            }
        }
    }

    /// The entries, in the order of the file.
    pub(crate) fn entries(&self) -> Vec<Entry<'t>> {
        let mut entries: Vec<Entry<'t>> =
            self.table.into_iter().flatten().map(|(key, value)| entry(key, value)).collect();
        entries.sort_by_key(|entry| entry.key.offset);
        entries
    }

    fn entry(&self, key: &str) -> Option<Entry<'t>> {
        self.table?.get_key_value(key).map(|(key, value)| entry(key, value))
    }

    /// A setting that may be left out; `None` too if it is noted as wrong.
    pub(crate) fn optional<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'t DeValue<'t>) -> Result<T, Unreadable>,
        log: &mut Log,
    ) -> Option<At<T>> {
        let entry = self.entry(key)?;
        read_or_note(format!("`{key}`"), entry.value, read, log)
    }

    /// A setting that has to be there; noted and `None` if it is not, or is wrong.
    pub(crate) fn required<T>(
        &self,
        key: &'static str,
        remedy: impl Into<String>,
        read: impl FnOnce(&'t DeValue<'t>) -> Result<T, Unreadable>,
        log: &mut Log,
    ) -> Option<At<T>> {
        if self.table.is_some() && self.entry(key).is_none() {
            self.lacks(key, remedy, log);
        }
        self.optional(key, read, log)
    }

    /// Notes that a setting is missing.
    pub(crate) fn lacks(&self, key: &'static str, remedy: impl Into<String>, log: &mut Log) {
        let problem = ProblemKind::Missing { subject: self.subject.clone(), key, remedy: remedy.into() };
        log.note(self.offset, problem);
    }

    /// A list, each item read on its own; `None` if it is left out or no list.
    pub(crate) fn list<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&'t DeValue<'t>) -> Result<T, Unreadable>,
        log: &mut Log,
    ) -> Option<At<Vec<At<T>>>> {
        let items = self.optional(key, |value| value.as_array().map_or_else(|| should_be(expected), Ok), log)?;
        let item = |item| read_or_note(format!("an item of `{key}`"), item, &read, log);
        Some(At { value: items.value.iter().filter_map(item).collect(), offset: items.offset })
    }
}

fn entry<'t>(key: &'t Spanned<Cow<'t, str>>, value: &'t Spanned<DeValue<'t>>) -> Entry<'t> {
    Entry { key: At { value: key.get_ref().as_ref(), offset: key.span().start }, value }
}

/// Reads a value, or notes why it can't be.
pub(crate) fn read_or_note<'t, T>(
    setting: String,
    value: &'t Spanned<DeValue<'t>>,
    read: impl FnOnce(&'t DeValue<'t>) -> Result<T, Unreadable>,
    log: &mut Log,
) -> Option<At<T>> {
    let offset = value.span().start;
    let problem = match read(value.get_ref()) {
        Ok(value) => return Some(At { value, offset }),
        Err(Unreadable::Because(problem)) => problem,
        Err(Unreadable::ShouldBe(expected)) => ProblemKind::Value { setting, found: found(value.get_ref()), expected },
    };
    log.note(offset, problem);
    None
}

/// The value, as a message shows it.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", quoted(text)),
        DeValue::Integer(number) => whole(number).map_or_else(|| number.as_str().to_owned(), |whole| whole.to_string()),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(answer) => answer.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A whole number in that range.
pub(crate) fn number<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<T, Unreadable> {
    move |value| {
        let number = value.as_integer().and_then(whole).and_then(|number| u64::try_from(number).ok());
        match number.filter(|number| range.contains(number)).map(T::try_from) {
            Some(Ok(number)) => Ok(number),
            _ => should_be(format!("a whole number from {} to {}", range.start(), range.end())),
        }
    }
}

/// True or false.
pub(crate) fn answer(value: &DeValue<'_>) -> Result<bool, Unreadable> {
    value.as_bool().map_or_else(|| should_be("true or false"), Ok)
}

/// Any text.
pub(crate) fn text<'t>(value: &'t DeValue<'t>) -> Result<&'t str, Unreadable> {
    value.as_str().map_or_else(|| should_be("text in quotes"), Ok)
}

/// One of these words.
pub(crate) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&DeValue<'_>) -> Result<T, Unreadable> {
    move |value| {
        let chosen = words.iter().find(|(word, _)| value.as_str() == Some(word));
        chosen.map_or_else(
            || {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                should_be(words.join(" or "))
            },
            |(_, meaning)| Ok(*meaning),
        )
    }
}
