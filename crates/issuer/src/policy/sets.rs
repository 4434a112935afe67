//! The records that a decision needs.

use keyward_core::Kind;

use super::base::Base;
use super::{History, Policy, bridge};
use crate::order::Order;
use crate::record::{Group, IssueRecord, RecordKey, RecordSet};

impl Policy<'_> {
    /// The sets of records that a decision on the order needs, as far as the history tells. When the history has all of
    /// them, the decision is the same as with the whole record.
    pub(crate) fn sets(&self, order: &Order, history: &History) -> Vec<RecordSet> {
        let mut sets = vec![RecordSet::Under(RecordKey::serial(order.serial))];
        sets.extend(order.reference.as_ref().map(|reference| RecordSet::Under(RecordKey::order(&reference.id))));
        sets.extend(order.named_on_record().map(RecordSet::License));
        let nothing = History::default();
        // A new license: the base of another one is on record, and refused here.
        let Ok(base) = Base::of(order, self.catalog, &nothing) else { return sets };
        let (owner, product) = (bridge::owner(order), base.product.number);
        let mut under = |group: Group| sets.extend(owner.keys(group, product).map(RecordSet::Under));
        match order.kind.unwrap_or(base.kind) {
            Kind::Standard => {}
            Kind::Trial => under(Group::Trials),
            Kind::Stopgap if order.bridges.is_some() => {}
            Kind::Stopgap => {
                under(Group::Paid);
                under(Group::Stopgaps);
                let bridged = bridge::unnamed(self, order, &base, history);
                sets.extend(bridged.map(IssueRecord::serial).map(RecordSet::License));
            }
        }
        sets
    }
}
