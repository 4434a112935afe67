//! What a request says: who asks, for what, under which conditions.

// Each module may use those to its left:
//     caller, condition, path, place, query, strict ← answer, texts ← json
mod answer;
mod caller;
mod condition;
mod json;
mod path;
mod place;
mod query;
mod strict;
mod texts;

pub(crate) use answer::{Answer, KeyOf, Stored};
pub(crate) use caller::{Base, Caller};
pub(crate) use condition::IfMatch;
pub(crate) use json::{Json, NoFields, from_value, unreadable};
pub(crate) use path::InPath;
pub(crate) use query::{PageQuery, Query, cursor};
pub(crate) use texts::max_bytes;
