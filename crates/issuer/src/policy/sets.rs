//! The sets of records that a decision needs.

use keyward_core::Kind;

use super::base::Base;
use super::{History, Policy, bridge, owner, temporary};
use crate::order::Order;
use crate::record::{Group, IssueRecord, RecordKey, RecordSet};

impl Policy<'_> {
    /// The sets that a decision on the order needs, as far as this history shows. With a history of all of them, the decision
    /// is the same as with the whole record.
    pub(crate) fn sets(&self, order: &Order, history: &History) -> Vec<RecordSet> {
        let mut sets = vec![RecordSet::ByKey(RecordKey::serial(order.serial))];
        sets.extend(order.reference.as_ref().map(|reference| RecordSet::ByKey(RecordKey::order(&reference.id))));
        sets.extend(order.named_on_record().map(RecordSet::License));
        // A repeated order is refused if an earlier key of its license is revoked.
        let repeated = order.reference.as_ref().and_then(|reference| history.find_order(&reference.id));
        sets.extend(repeated.filter(|_| self.revocations.is_some()).map(|record| RecordSet::License(record.serial())));
        // The base of a license on record is refused until its record is there.
        let Ok(base) = Base::of(order, self.catalog, history) else { return sets };
        let (owner, product) = (owner::of(order, &base), base.product.number);
        let kind = order.kind.unwrap_or(base.kind);
        let mut add = |group: Group| sets.extend(owner.keys(group, product).map(RecordSet::ByKey));
        let mut bridged = order.bridges;
        match kind {
            Kind::Standard => {}
            // An approval permits a second trial.
            Kind::Trial if order.approval.is_some() => {}
            Kind::Trial => add(Group::Trials),
            Kind::Stopgap if order.bridges.is_some() || base.origin.previous().is_some() => {}
            Kind::Stopgap => {
                add(Group::Paid);
                add(Group::Stopgaps);
                bridged = bridge::latest_paid(self, order, &base, history).map(IssueRecord::serial);
                sets.extend(bridged.map(RecordSet::License));
            }
        }
        let mut add_temporary = |base: &Base<'_>| {
            let Some(owner) = temporary::counted_owner(order, base, kind) else { return };
            let keys = Group::TEMPORARY.into_iter().flat_map(|group| owner.keys(group, product));
            sets.extend(keys.map(RecordSet::ByKey));
            // Each counts, and is named, by the first key of its license, which may be another owner's.
            let others = temporary::others(self, &owner, base, history);
            sets.extend(others.into_iter().filter(|serial| history.lacks_original(*serial)).map(RecordSet::License));
        };
        add_temporary(&base);
        // The license that a new stopgap bridges names its owner too.
        let bridged = bridged.filter(|_| kind == Kind::Stopgap && base.origin.source().is_none());
        if let Some(paid) = bridged.and_then(|serial| history.find(serial)) {
            add_temporary(&base.bridging(paid, order, self.today));
        }
        sets
    }
}
