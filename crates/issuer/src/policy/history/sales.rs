//! The licenses of owners, by the keys under which an owner finds them.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use keyward_core::{Day, Edition, Environment, Fingerprint, Serial, Term};

use crate::record::{Group, IssueRecord, RecordKey, group_of, owner_keys};

/// The paid licenses, the trials, and the stopgaps, by owner and product.
#[derive(Debug, Clone, Default)]
pub(super) struct Sales {
    paid: HashMap<RecordKey, Paid>,
    others: HashMap<RecordKey, Recent>,
}

/// What a paid license has to be: `None` is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::policy) struct Wanted {
    pub(in crate::policy) environment: Option<Environment>,
    /// The machine to which it is locked, or no lock.
    pub(in crate::policy) lock: Option<Option<Fingerprint>>,
}

/// A record with its position in the store.
type Sale = (u64, Arc<IssueRecord>);

impl Sales {
    /// Adds a license, with the serial of its original.
    pub(super) fn add(&mut self, position: u64, record: &Arc<IssueRecord>, original: Serial) {
        let (claims, details) = (record.claims(), record.details());
        let Some(group) = group_of(claims, details) else { return };
        for key in owner_keys(claims, details, group) {
            match group {
                Group::Paid => self.paid.entry(key).or_default().add(position, record),
                Group::Trials | Group::Stopgaps | Group::Bridges => {
                    self.others.entry(key).or_default().add(position, record, original);
                }
            }
        }
    }

    /// Takes another serial for the original of a license.
    pub(super) fn set_original(&mut self, position: u64, record: &IssueRecord, original: Serial) {
        let (claims, details) = (record.claims(), record.details());
        let Some(group) = group_of(claims, details).filter(|group| !matches!(group, Group::Paid)) else { return };
        for key in owner_keys(claims, details, group) {
            self.others.entry(key).or_default().set_original(position, record.serial(), original);
        }
    }

    /// The latest paid license under these keys, of an edition and with a machine that are wanted. One that has begun by that day
    /// comes before one that has not.
    pub(super) fn latest_paid(
        &self,
        keys: impl Iterator<Item = RecordKey>,
        today: Day,
        editions: impl Fn(Edition) -> bool,
        wanted: Wanted,
    ) -> Option<&IssueRecord> {
        let (mut begun, mut latest): (Option<&Sale>, Option<&Sale>) = (None, None);
        for paid in keys.filter_map(|key| self.paid.get(&key)) {
            let classes = paid.editions.iter().filter(|edition| editions(**edition)).map(|edition| (*edition, wanted));
            for days in classes.filter_map(|class| paid.latest.get(&class)) {
                begun = later(begun, days.begun_by(today));
                latest = later(latest, days.latest());
            }
        }
        begun.or(latest).map(|(_, record)| record.as_ref())
    }

    /// The latest license under these keys that was issued or began within a time, and that does not have that original.
    pub(super) fn latest_recent(
        &self,
        keys: impl Iterator<Item = RecordKey>,
        within: Within,
        except: Option<Serial>,
    ) -> Option<&IssueRecord> {
        let found =
            keys.filter_map(|key| self.others.get(&key)?.recent(within, except).next().map(|begun| &begun.sale));
        found.fold(None, |latest, sale| later(latest, Some(sale))).map(|(_, record)| record.as_ref())
    }

    /// The originals of the licenses under these keys that were issued or began within a time, the latest first, without that one.
    /// A license and its reissues count once.
    pub(super) fn recent_originals(
        &self,
        keys: impl Iterator<Item = RecordKey>,
        within: Within,
        except: Option<Serial>,
        most: usize,
    ) -> Vec<Serial> {
        let mut latest: Vec<(u64, Serial)> = Vec::new();
        for recent in keys.filter_map(|key| self.others.get(&key)) {
            let mut found: Vec<(u64, Serial)> = Vec::new();
            for begun in recent.recent(within, except) {
                if found.len() >= most {
                    break;
                }
                if !found.iter().any(|(_, original)| *original == begun.original) {
                    found.push((begun.sale.0, begun.original));
                }
            }
            latest.extend(found);
        }
        latest.sort_unstable_by(|one, other| other.cmp(one));
        let mut originals: Vec<Serial> = Vec::new();
        for (_, original) in latest {
            if originals.len() < most && !originals.contains(&original) {
                originals.push(original);
            }
        }
        originals
    }
}

/// The time before a day in which licenses count.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct Within {
    today: Day,
    term: Term,
}

impl Within {
    /// Less than twelve months before that day.
    pub(in crate::policy) const fn twelve_months(today: Day) -> Within {
        Within { today, term: Term::Months(NonZeroU32::MIN.saturating_add(11)) }
    }

    /// The 90 days of which that day is the last.
    pub(in crate::policy) const fn ninety_days(today: Day) -> Within {
        Within { today, term: Term::Days(NonZeroU32::MIN.saturating_add(89)) }
    }

    /// Whether a day is in it, or still to come.
    fn has(self, day: Day) -> bool {
        self.term.last_day(day).map_or(true, |last| last >= self.today)
    }
}

fn later<'a>(one: Option<&'a Sale>, other: Option<&'a Sale>) -> Option<&'a Sale> {
    match (one, other) {
        (Some(first), Some(second)) if second.0 > first.0 => other,
        (None, _) => other,
        _ => one,
    }
}

/// The paid licenses under one key.
#[derive(Debug, Clone, Default)]
struct Paid {
    editions: Vec<Edition>,
    /// Each license is here with its environment and machine, and with any of each.
    latest: HashMap<(Edition, Wanted), LatestByDay>,
}

impl Paid {
    fn add(&mut self, position: u64, record: &Arc<IssueRecord>) {
        let claims = record.claims();
        let edition = claims.edition();
        if let Err(index) = self.editions.binary_search(&edition) {
            self.editions.insert(index, edition);
        }
        for environment in [None, Some(claims.environment())] {
            for lock in [None, Some(claims.fingerprint().copied())] {
                let latest = self.latest.entry((edition, Wanted { environment, lock })).or_default();
                latest.add(claims.valid_from(), (position, Arc::clone(record)));
            }
        }
    }
}

/// The latest of the licenses that have begun, for each day. Licenses with an earlier position that begin on the same day or later
/// are left out: they are the latest on no day.
#[derive(Debug, Clone, Default)]
struct LatestByDay(Vec<(Day, Sale)>);

impl LatestByDay {
    fn add(&mut self, from: Day, sale: Sale) {
        let is_older = |other: &Sale| other.0 <= sale.0;
        let before = self.0.partition_point(|(day, _)| *day <= from);
        if before.checked_sub(1).and_then(|last| self.0.get(last)).is_some_and(|(_, last)| !is_older(last)) {
            return;
        }
        let first = self.0.partition_point(|(day, _)| *day < from);
        let replaced = self.0.iter().skip(first).take_while(|(_, other)| is_older(other)).count();
        self.0.splice(first..first.saturating_add(replaced), [(from, sale)]);
    }

    fn begun_by(&self, day: Day) -> Option<&Sale> {
        let begun = self.0.partition_point(|(from, _)| *from <= day);
        self.0.get(begun.checked_sub(1)?).map(|(_, sale)| sale)
    }

    fn latest(&self) -> Option<&Sale> {
        self.0.last().map(|(_, sale)| sale)
    }
}

/// The trials or stopgaps under one key, the oldest first.
#[derive(Debug, Clone, Default)]
struct Recent(Vec<Begun>);

#[derive(Debug, Clone)]
struct Begun {
    sale: Sale,
    original: Serial,
    /// The day on which it was issued or began.
    began: Day,
    /// The latest such day, of this one and all before it.
    latest: Day,
}

impl Recent {
    fn add(&mut self, position: u64, record: &Arc<IssueRecord>, original: Serial) {
        let issued = Day::from_date(record.issued_at().date_naive()).unwrap_or(Day::FIRST);
        let began = issued.max(record.claims().valid_from());
        let index = self.0.partition_point(|other| other.sale.0 <= position);
        self.0.insert(index, Begun { sale: (position, Arc::clone(record)), original, began, latest: began });
        let mut latest = index.checked_sub(1).and_then(|before| self.0.get(before)).map_or(began, |other| other.latest);
        for begun in self.0.iter_mut().skip(index) {
            latest = latest.max(begun.began);
            begun.latest = latest;
        }
    }

    fn set_original(&mut self, position: u64, serial: Serial, original: Serial) {
        let index = self.0.partition_point(|other| other.sale.0 < position);
        let same = self.0.iter_mut().skip(index).take_while(|other| other.sale.0 == position);
        same.filter(|other| other.sale.1.serial() == serial).for_each(|other| other.original = original);
    }

    /// Those that were issued or began within a time, and that do not have that original, the latest first.
    fn recent(&self, within: Within, except: Option<Serial>) -> impl Iterator<Item = &Begun> {
        // Most are either all recent, or none of them is. So the search ends soon.
        let may_be_recent = self.0.iter().rev().take_while(move |begun| within.has(begun.latest));
        may_be_recent.filter(move |begun| Some(begun.original) != except && within.has(begun.began))
    }
}
