//! The audit log.

use keyward_ledger::{EntryFilter, LicenseId, LoggedEntry, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;
use crate::request::{Answer, Caller, InPath, PageQuery, Query, cursor};
use crate::shapes::{ListShape, time};

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryShape {
    /// Its number.
    number: i64,
    /// Its position in the tree; null until it has one.
    position: Option<i64>,
    /// The time.
    at: String,
    /// Who made the change.
    actor: String,
    /// What was done, such as `license.revoked`.
    action: String,
    /// The id of the license or the customer.
    subject: Option<String>,
    /// Why, in words. It needs the scope `customers:read`, since it may name persons.
    reason: Option<String>,
    /// The entry as the tree has it: the complete rows after the change, with commitments in the place of personal values.
    #[schema(value_type = Object)]
    entry: Value,
}

impl EntryShape {
    fn of(entry: &LoggedEntry, caller: &Caller) -> EntryShape {
        let personal = entry.personal.as_deref().filter(|_| caller.may(Scope::CustomersRead));
        let personal: Option<Value> = personal.and_then(|personal| serde_json::from_str(personal).ok());
        let reason = personal.and_then(|personal| personal.get("reason").and_then(Value::as_str).map(str::to_owned));
        EntryShape {
            number: entry.number,
            position: entry.position,
            at: time(entry.at),
            actor: entry.actor.clone(),
            action: entry.action.clone(),
            subject: entry.subject.clone(),
            reason,
            entry: serde_json::from_str(&entry.entry).unwrap_or(Value::Null),
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// The most rows, 1 to 1,000; 50 without it. A page ends after some 2 MB, with fewer.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Those about one license or customer, by its id.
    subject: Option<String>,
    /// Those of one kind, such as `license.deleted`.
    action: Option<String>,
}

/// Read the audit log, the newest entry first
#[utoipa::path(get, path = "/audit", tag = "audit", params(Filter), security(("token" = ["audit:read"])),
    responses((status = 200, body = ListShape<EntryShape>)))]
pub(crate) async fn audit(caller: Caller, Query(filter): Query<Filter>) -> Result<Answer, Problem> {
    let page = PageQuery { limit: filter.limit, after: filter.after };
    entries(&caller, EntryFilter { subject: filter.subject, action: filter.action }, &page).await
}

/// Read what was done with a license, the newest entry first
#[utoipa::path(get, path = "/licenses/{id}/events", tag = "licenses", params(("id" = String, Path), PageQuery),
    security(("token" = ["audit:read"])), responses((status = 200, body = ListShape<EntryShape>)))]
pub(crate) async fn events(
    caller: Caller,
    InPath(id): InPath<LicenseId>,
    Query(page): Query<PageQuery>,
) -> Result<Answer, Problem> {
    // A deleted license has its entries still.
    entries(&caller, EntryFilter { subject: Some(id.to_string()), action: None }, &page).await
}

async fn entries(caller: &Caller, filter: EntryFilter, page: &PageQuery) -> Result<Answer, Problem> {
    let served = caller.served()?;
    let list = format!(
        "audit {} {}",
        filter.subject.as_deref().unwrap_or_default(),
        filter.action.as_deref().unwrap_or_default()
    );
    let after: Option<i64> = page.after(served, &list)?;
    let found = served.ledger.entries(&filter, after, page.size()?).await?;
    let data = found.rows.iter().map(|entry| EntryShape::of(entry, caller)).collect();
    Answer::ok(&ListShape { data, next: found.next.map(|number| cursor(served, &list, number)) })
}
