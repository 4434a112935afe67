//! The JSON of values from other crates.

use keyward_core::{Feature, Term};
use keyward_grace::ReminderDays;
use serde::Serializer;

use crate::message::written_hours;

pub(crate) fn reminder_days<S: Serializer>(days: &ReminderDays, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter())
}

pub(crate) fn term<S: Serializer>(term: &Option<Term>, serializer: S) -> Result<S::Ok, S::Error> {
    match term {
        Some(term) => serializer.collect_str(term),
        None => serializer.serialize_none(),
    }
}

pub(crate) fn some_term<S: Serializer>(term: &Term, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(term)
}

pub(crate) fn bit<S: Serializer>(bit: &Feature, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(bit.bit())
}

pub(crate) fn hours<S: Serializer>(hours: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&written_hours(*hours))
}

pub(crate) fn some_days<S: Serializer>(days: &Option<u16>, serializer: S) -> Result<S::Ok, S::Error> {
    match days {
        Some(days) => serializer.collect_str(&format_args!("{days}d")),
        None => serializer.serialize_none(),
    }
}
