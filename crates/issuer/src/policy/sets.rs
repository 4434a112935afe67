//! The records that a decision needs.

use super::{History, Policy, bridge};
use crate::order::Order;
use crate::record::{IssueRecord, RecordKey, RecordSet};

impl Policy<'_> {
    /// The sets of records that a decision on the order needs, as far as the history tells. When the history has all of
    /// them, the decision is the same as with the whole record.
    pub(crate) fn sets(&self, order: &Order, history: &History) -> Vec<RecordSet> {
        let mut sets = vec![RecordSet::Under(RecordKey::serial(order.serial))];
        sets.extend(order.reference.as_ref().map(|reference| RecordSet::Under(RecordKey::order(&reference.id))));
        sets.extend(order.named_on_record().map(RecordSet::License));
        if let Some(scope) = bridge::scope_of_unnamed(self, order) {
            sets.extend(scope.paid_keys().chain(scope.stopgap_keys()).map(RecordSet::Under));
            sets.extend(history.latest_paid(&scope).map(IssueRecord::serial).map(RecordSet::License));
        }
        sets
    }
}
