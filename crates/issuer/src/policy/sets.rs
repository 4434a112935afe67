//! The records that a decision needs.

use super::{History, Policy, bridge};
use crate::order::Order;
use crate::record::{IssueRecord, RecordKey, RecordSet};

/// The sets of records that the rules look at, as far as the history tells. When all of them are in the history, the
/// decision on it is the decision on all that is on record.
pub(super) fn sets(policy: &Policy<'_>, order: &Order, history: &History) -> Vec<RecordSet> {
    let mut sets = vec![RecordSet::Under(RecordKey::serial(order.serial))];
    sets.extend(order.reference.as_ref().map(|reference| RecordSet::Under(RecordKey::order(&reference.id))));
    sets.extend(order.named_on_record().map(RecordSet::License));
    if let Some(scope) = bridge::scope_of_unnamed(policy, order) {
        sets.extend(scope.paid_keys().chain(scope.stopgap_keys()).map(RecordSet::Under));
        sets.extend(history.latest_paid(&scope).map(IssueRecord::serial).map(RecordSet::License));
    }
    sets
}
