//! A table of the file, read setting by setting. A problem with a setting is reported, and reading goes on.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::message::{closest, quoted};
use crate::name;
use crate::problem::ProblemKind;

/// The problems so far, each with its offset in the file.
#[derive(Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<(usize, ProblemKind)>);

impl Log {
    pub(crate) fn report(&mut self, offset: usize, problem: impl Into<ProblemKind>) {
        self.0.push((offset, problem.into()));
    }
}

/// A value and its offset in the file.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) offset: usize,
}

/// Why a value is not accepted.
pub(crate) enum ValueError {
    /// It has the wrong type or is out of range. The text names the permitted values.
    Expected(String),
    /// It has the right type and another problem.
    Problem(ProblemKind),
}

impl<E: Into<ProblemKind>> From<E> for ValueError {
    fn from(error: E) -> ValueError {
        ValueError::Problem(error.into())
    }
}

pub(crate) fn expected<T>(values: impl Into<String>) -> Result<T, ValueError> {
    Err(ValueError::Expected(values.into()))
}

/// A table, and the entry of the catalogue that it describes.
#[derive(Debug)]
pub(crate) struct Section<'t> {
    /// "edition `pro`"
    pub(crate) subject: String,
    pub(crate) offset: usize,
    /// `None` if the value is not a table: that is reported, and missing settings are not.
    table: Option<&'t DeTable<'t>>,
}

/// A key of a table, and its value.
pub(crate) struct Pair<'t> {
    pub(crate) key: Located<&'t str>,
    pub(crate) value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Section<'t> {
    pub(crate) fn root(table: &'t Spanned<DeTable<'t>>) -> Section<'t> {
        Section { subject: "the catalogue".to_owned(), offset: 0, table: Some(table.get_ref()) }
    }

    /// The table in this value. Another value is reported.
    pub(crate) fn of(subject: String, pair: &Pair<'t>, example: &str, log: &mut Log) -> Section<'t> {
        let table = pair.value.get_ref().as_table();
        if table.is_none() {
            let (setting, found) = (subject.clone(), shown(pair.value.get_ref()));
            let expected = format!("a table, such as {example}");
            log.report(pair.value.span().start, ProblemKind::InvalidValue { setting, found, expected });
        }
        Section { subject, offset: pair.key.offset, table }
    }

    /// The table under this key, if there is one.
    pub(crate) fn section(&self, key: &'static str, example: &str, log: &mut Log) -> Option<Section<'t>> {
        let pair = self.pair(key)?;
        Some(Section::of(format!("`{key}`"), &pair, example, log))
    }

    /// Reports every setting that is not one of these.
    pub(crate) fn allow_only(&self, known: &'static [&'static str], log: &mut Log) {
        for Pair { key: Located { value: key, offset }, .. } in self.pairs() {
            if !known.contains(&key) {
                let suggestion = closest(key, known.iter().copied());
                let (subject, key) = (self.subject.clone(), key.to_owned());
                log.report(offset, ProblemKind::UnknownSetting { subject, key, suggestion, known });
            }
        }
    }

    /// The keys and values, in the order of the file.
    pub(crate) fn pairs(&self) -> Vec<Pair<'t>> {
        let mut pairs: Vec<Pair<'t>> = self.table.into_iter().flatten().map(|(key, value)| pair(key, value)).collect();
        pairs.sort_by_key(|pair| pair.key.offset);
        pairs
    }

    fn pair(&self, key: &str) -> Option<Pair<'t>> {
        self.table?.get_key_value(key).map(|(key, value)| pair(key, value))
    }

    /// An optional setting. `None` if it is missing, or is reported.
    pub(crate) fn optional<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'t DeValue<'t>) -> Result<T, ValueError>,
        log: &mut Log,
    ) -> Option<Located<T>> {
        let pair = self.pair(key)?;
        read_or_report(format!("`{key}`"), pair.value, read, log)
    }

    /// A required setting. `None` if it is reported as missing or for its value.
    pub(crate) fn required<T>(
        &self,
        key: &'static str,
        remedy: impl Into<String>,
        read: impl FnOnce(&'t DeValue<'t>) -> Result<T, ValueError>,
        log: &mut Log,
    ) -> Option<Located<T>> {
        if self.table.is_some() && self.pair(key).is_none() {
            self.report_missing(key, remedy, log);
        }
        self.optional(key, read, log)
    }

    pub(crate) fn report_missing(&self, key: &'static str, remedy: impl Into<String>, log: &mut Log) {
        let problem = ProblemKind::MissingSetting { subject: self.subject.clone(), key, remedy: remedy.into() };
        log.report(self.offset, problem);
    }

    /// An optional list, read item by item. `None` if it is missing, or is not a list.
    pub(crate) fn list<T>(
        &self,
        key: &'static str,
        values: &str,
        read: impl Fn(&'t DeValue<'t>) -> Result<T, ValueError>,
        log: &mut Log,
    ) -> Option<Located<Vec<Located<T>>>> {
        let items = self.optional(key, |value| value.as_array().map_or_else(|| expected(values), Ok), log)?;
        let item = |item| read_or_report(format!("an item of `{key}`"), item, &read, log);
        Some(Located { value: items.value.iter().filter_map(item).collect(), offset: items.offset })
    }
}

fn pair<'t>(key: &'t Spanned<Cow<'t, str>>, value: &'t Spanned<DeValue<'t>>) -> Pair<'t> {
    Pair { key: Located { value: key.get_ref().as_ref(), offset: key.span().start }, value }
}

/// Reads a value, or reports its problem.
pub(crate) fn read_or_report<'t, T>(
    setting: String,
    value: &'t Spanned<DeValue<'t>>,
    read: impl FnOnce(&'t DeValue<'t>) -> Result<T, ValueError>,
    log: &mut Log,
) -> Option<Located<T>> {
    let offset = value.span().start;
    let problem = match read(value.get_ref()) {
        Ok(value) => return Some(Located { value, offset }),
        Err(ValueError::Problem(problem)) => problem,
        Err(ValueError::Expected(expected)) => {
            ProblemKind::InvalidValue { setting, found: shown(value.get_ref()), expected }
        }
    };
    log.report(offset, problem);
    None
}

/// The value, as a message shows it.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", quoted(text)),
        DeValue::Integer(number) => whole(number).map_or_else(|| number.as_str().to_owned(), |whole| whole.to_string()),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A whole number in that range.
pub(crate) fn number<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Result<T, ValueError> {
    move |value| {
        let number = value.as_integer().and_then(whole).and_then(|number| u64::try_from(number).ok());
        match number.filter(|number| range.contains(number)).map(T::try_from) {
            Some(Ok(number)) => Ok(number),
            _ => expected(format!("a whole number from {} to {}", range.start(), range.end())),
        }
    }
}

/// True or false.
pub(crate) fn boolean(value: &DeValue<'_>) -> Result<bool, ValueError> {
    value.as_bool().map_or_else(|| expected("true or false"), Ok)
}

/// Any text.
pub(crate) fn text<'t>(value: &'t DeValue<'t>) -> Result<&'t str, ValueError> {
    value.as_str().map_or_else(|| expected("text in quotes"), Ok)
}

/// A name, which people read.
pub(crate) fn visible_name<'t>(value: &'t DeValue<'t>) -> Result<&'t str, ValueError> {
    let name = text(value)?;
    name::check(name)?;
    Ok(name)
}

/// One of these words.
pub(crate) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&DeValue<'_>) -> Result<T, ValueError> {
    move |value| match words.iter().find(|(word, _)| value.as_str() == Some(word)) {
        Some((_, meaning)) => Ok(*meaning),
        None => {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            expected(words.join(" or "))
        }
    }
}
