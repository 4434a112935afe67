use std::collections::BTreeMap;
use std::num::NonZeroU32;

use keyward_catalog::{Catalog, Code, EditionEntry, EntryKind, Offer, ProductEntry};
use keyward_core::{Claims, Day, Edition, End, Environment, Features, Kind, Quantity, Serial, Term};
use keyward_grace::{default_grace_days, renewal_from};
use keyward_verifier::files::Reason;

use super::{History, Refusal, bridge_days};
use crate::order::{Order, Subject};
use crate::record::{Action, IssueRecord};

/// The values that an order starts from: those of an offer, of an edition, or of a license on record.
#[derive(Debug)]
pub(super) struct Base<'a> {
    pub(super) product: &'a ProductEntry,
    pub(super) edition: &'a EditionEntry,
    /// The edition of the offer or the license on record, which the order may replace by another.
    pub(super) offered_edition: Edition,
    pub(super) offer: Option<Code>,
    pub(super) kind: Kind,
    pub(super) seats: Option<Quantity>,
    /// `None`: the order gives the first day, or it is today.
    pub(super) from: Option<Day>,
    pub(super) end: Option<End>,
    pub(super) features: Features,
    pub(super) limits: BTreeMap<u8, u64>,
    pub(super) updates: Option<End>,
    /// From the catalogue or the license on record; `None` is the default of keyward-grace.
    pub(super) grace_days: Option<u8>,
    pub(super) environment: Environment,
    pub(super) origin: Origin<'a>,
    /// The key under which the license on record was sold: keys after it add nothing to the sale, and take nothing from it.
    pub(super) sold: Option<&'a Claims>,
}

/// The license on record that an order continues, if any.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin<'a> {
    New,
    /// A new stopgap, which grants the same as the paid license that it bridges.
    Bridging(&'a IssueRecord),
    Reissue(&'a IssueRecord),
    /// A key of the license for one machine, beside it.
    Locked(&'a IssueRecord),
    Renewal {
        of: &'a IssueRecord,
        begins: Day,
    },
}

impl<'a> Origin<'a> {
    pub(super) fn previous(self) -> Option<&'a IssueRecord> {
        match self {
            Origin::New | Origin::Bridging(_) => None,
            Origin::Reissue(previous) | Origin::Locked(previous) | Origin::Renewal { of: previous, .. } => {
                Some(previous)
            }
        }
    }

    /// The license on record whose values apply if the order gives none.
    pub(super) fn source(self) -> Option<&'a IssueRecord> {
        match self {
            Origin::New => None,
            Origin::Bridging(source)
            | Origin::Reissue(source)
            | Origin::Locked(source)
            | Origin::Renewal { of: source, .. } => Some(source),
        }
    }

    /// The license on record of which this is another key, for the same term.
    pub(super) const fn same_term(self) -> Option<&'a IssueRecord> {
        match self {
            Origin::Reissue(previous) | Origin::Locked(previous) => Some(previous),
            Origin::New | Origin::Bridging(_) | Origin::Renewal { .. } => None,
        }
    }

    pub(super) const fn action(self) -> Action {
        match self {
            Origin::New | Origin::Bridging(_) => Action::Issue,
            Origin::Reissue(_) => Action::Reissue,
            Origin::Locked(_) => Action::Locked,
            Origin::Renewal { .. } => Action::Renewal,
        }
    }
}

impl<'a> Base<'a> {
    pub(super) fn of(order: &Order, catalog: &'a Catalog, history: &'a History) -> Result<Base<'a>, Refusal> {
        let mut base = match &order.subject {
            Subject::Offer(code) => Base::of_offer(catalog.offer(code)?, catalog, order.serial)?,
            Subject::Edition { product, edition } => {
                let product = catalog.product(product)?;
                Base::of_edition(product, product.edition(edition)?)
            }
            Subject::Reissue(serial) => {
                let previous = history.unreplaced(*serial)?;
                // A license that was published is issued again; one that was not paid for, or has a successor, is not.
                history.may_be_followed(*serial, |reason| reason != Reason::Leaked)?;
                history.has_no_other_renewal(*serial)?;
                Base::of_reissue(previous, catalog)?
            }
            Subject::Locked(serial) => {
                let license = history.lockable(*serial)?;
                history.has_no_other_renewal(license.serial())?;
                Base { origin: Origin::Locked(license), ..Base::of_reissue(license, catalog)? }
            }
            Subject::Renewal(serial) => Base::of_renewal(history.unreplaced(*serial)?, catalog, history)?,
        };
        if let Some(code) = &order.edition {
            let edition = base.product.edition(code)?;
            if edition.number != base.edition.number && !base.has_own_grace() {
                base.grace_days = edition.grace_days;
            }
            base.edition = edition;
        }
        base.sold =
            base.origin.previous().map(|previous| history.sold(previous).map_or(previous, |sold| sold).claims());
        Ok(base)
    }

    /// Whether a reissued license has other days of grace than its edition: they stay in another edition.
    fn has_own_grace(&self) -> bool {
        let Origin::Reissue(previous) = self.origin else { return false };
        let claims = previous.claims();
        let default = claims.term_days().map_or(0, default_grace_days);
        claims.grace_days().unwrap_or(default) != self.edition.grace_days.unwrap_or(default)
    }

    /// The base of a stopgap for that paid license, without the features that a stopgap may not grant. It begins when the license
    /// can't be used any more.
    pub(super) fn bridging(self, paid: &'a IssueRecord, order: &Order, today: Day) -> Base<'a> {
        let claims = paid.claims();
        let allowed = self.product.rules(Kind::Stopgap).map_or(Features::NONE, |rules| rules.features);
        let sold = self.product.edition_by_number(claims.edition());
        Base {
            edition: sold.filter(|_| order.edition.is_none()).unwrap_or(self.edition),
            from: bridge_days::after(claims).map(|day| day.max(today)),
            seats: Some(claims.seats()),
            features: claims.features().intersection(allowed),
            limits: claims.limits().as_slice().iter().copied().collect(),
            updates: claims.updates_through().map(End::Through),
            environment: claims.environment(),
            origin: Origin::Bridging(paid),
            ..self
        }
    }

    fn of_edition(product: &'a ProductEntry, edition: &'a EditionEntry) -> Base<'a> {
        Base {
            product,
            edition,
            offered_edition: edition.number,
            offer: None,
            kind: Kind::Standard,
            seats: None,
            from: None,
            end: None,
            features: Features::NONE,
            limits: BTreeMap::new(),
            updates: None,
            grace_days: edition.grace_days,
            environment: Environment::Production,
            origin: Origin::New,
            sold: None,
        }
    }

    fn of_offer(offer: &Offer, catalog: &'a Catalog, serial: Serial) -> Result<Base<'a>, Refusal> {
        let (product, edition) = entries(catalog, serial, offer.product.0, offer.edition.0)?;
        Ok(Base {
            offer: Some(offer.code.clone()),
            kind: offer.kind,
            seats: Some(offer.seats),
            end: Some(offer.term.map_or(End::Perpetual, End::After)),
            features: offer.features,
            limits: offer.limits.as_slice().iter().copied().collect(),
            updates: offer.updates.map(End::After),
            grace_days: offer.grace_days.or(edition.grace_days),
            ..Base::of_edition(product, edition)
        })
    }

    fn of_previous(previous: &'a IssueRecord, catalog: &'a Catalog) -> Result<Base<'a>, Refusal> {
        let claims = previous.claims();
        let serial = claims.serial();
        let (product, edition) = entries(catalog, serial, claims.product().0, claims.edition().0)?;
        let unknown = |entry, number| Refusal::NotInCatalog { serial, entry, number };
        if let Some(bit) = claims.features().iter().find(|bit| product.feature_by_bit(*bit).is_none()) {
            return Err(unknown(EntryKind::Feature, bit.bit().into()));
        }
        let limits = claims.limits().as_slice();
        if let Some((id, _)) = limits.iter().find(|(id, _)| product.limit_by_id(*id).is_none()) {
            return Err(unknown(EntryKind::Limit, (*id).into()));
        }
        Ok(Base {
            offer: previous.details.offer.as_deref().and_then(|offer| offer.parse().ok()),
            kind: claims.kind(),
            seats: Some(claims.seats()),
            features: claims.features(),
            limits: limits.iter().copied().collect(),
            environment: claims.environment(),
            ..Base::of_edition(product, edition)
        })
    }

    fn of_reissue(previous: &'a IssueRecord, catalog: &'a Catalog) -> Result<Base<'a>, Refusal> {
        let claims = previous.claims();
        Ok(Base {
            from: Some(claims.valid_from()),
            end: Some(claims.valid_through().map_or(End::Perpetual, End::Through)),
            updates: claims.updates_through().map(End::Through),
            grace_days: claims.grace_days(),
            origin: Origin::Reissue(previous),
            ..Base::of_previous(previous, catalog)?
        })
    }

    fn of_renewal(named: &'a IssueRecord, catalog: &'a Catalog, history: &'a History) -> Result<Base<'a>, Refusal> {
        // An order may name the stopgap. The license that it bridges is renewed.
        let paid = match named.details.bridges {
            Some(bridged) => history.unreplaced(history.latest_reissue(bridged))?,
            None => named,
        };
        history.may_be_followed(paid.serial(), |_| true)?;
        history.has_no_other_renewal(paid.serial())?;
        if let Some(by) = history.renewal_of(paid.serial()) {
            return Err(Refusal::Renewed { serial: paid.serial(), by: by.serial() });
        }
        let claims = paid.claims();
        let base = Base::of_previous(paid, catalog)?;
        let offered = base.offer.as_ref().and_then(|code| catalog.offer(code.as_str()).ok());
        let offered = offered.filter(|offer| (offer.product, offer.edition) == (claims.product(), claims.edition()));
        let catalog_grace = offered.and_then(|offer| offer.grace_days).or(base.edition.grace_days);
        let Some(begins) = renewal_from(claims) else {
            return Err(Refusal::NothingToRenew { serial: paid.serial(), kind: kind_in_words(claims) });
        };
        Ok(Base {
            from: Some(begins),
            end: Some(End::After(term_of(paid))),
            updates: updates_of(claims),
            // The key has days of grace only if they are not the default, or fewer since it was sold after its first day.
            grace_days: claims.grace_days().filter(|days| earned_late(paid, history) != Some(*days)).or(catalog_grace),
            origin: Origin::Renewal { of: paid, begins },
            ..base
        })
    }
}

/// The days of grace of a license that was sold after its first day, if it is no renewal: they are those of the days since its
/// sale.
fn earned_late(paid: &IssueRecord, history: &History) -> Option<u8> {
    let days =
        history.days_of_use(paid).filter(|days| Some(*days) != paid.claims().term_days().map(NonZeroU32::get))?;
    (!history.is_renewal(paid.serial())).then(|| NonZeroU32::new(days).map(default_grace_days))?
}

fn entries(
    catalog: &Catalog,
    serial: Serial,
    product: u32,
    edition: u16,
) -> Result<(&ProductEntry, &EditionEntry), Refusal> {
    let found = catalog.product_by_number(keyward_core::Product(product));
    let product = found.ok_or(Refusal::NotInCatalog { serial, entry: EntryKind::Product, number: product.into() })?;
    let found = product.edition_by_number(keyward_core::Edition(edition));
    let edition = found.ok_or(Refusal::NotInCatalog { serial, entry: EntryKind::Edition, number: edition.into() })?;
    Ok((product, edition))
}

/// The term of a license: the ordered one, or else the one between its days.
fn term_of(paid: &IssueRecord) -> Term {
    let claims = paid.claims();
    let through = claims.valid_through().unwrap_or(claims.valid_from());
    paid.details.term.unwrap_or_else(|| term_between(claims.valid_from(), through))
}

/// Updates as long as those of the earlier term. Updates that ended before the license began have no length: their last day
/// stays, and the policy refuses it.
fn updates_of(claims: &Claims) -> Option<End> {
    let through = claims.updates_through()?;
    let term = || End::After(term_between(claims.valid_from(), through));
    Some(if through < claims.valid_from() { End::Through(through) } else { term() })
}

/// The term from one day through another: in whole years or months if possible, so that a leap year moves no renewal; else
/// in days.
fn term_between(from: Day, through: Day) -> Term {
    let days = NonZeroU32::MIN.saturating_add(through.number().saturating_sub(from.number()));
    let min = (days.get() / 31).max(1);
    let max = (days.get() / 28).saturating_add(1);
    let months = (min..=max).filter_map(NonZeroU32::new);
    let whole = |months: &NonZeroU32| Term::Months(*months).last_day(from) == Ok(through);
    match months.into_iter().find(whole) {
        Some(months) if months.get() % 12 == 0 => {
            NonZeroU32::new(months.get() / 12).map_or(Term::Days(days), Term::Years)
        }
        Some(months) => Term::Months(months),
        None => Term::Days(days),
    }
}

pub(super) fn kind_in_words(claims: &Claims) -> &'static str {
    match claims.kind() {
        Kind::Standard => "perpetual",
        Kind::Trial => "a trial",
        Kind::Stopgap => "a stopgap",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_renewal_keeps_limited_updates_limited() {
        let updates = |through: Option<&str>| {
            let claims = Claims::builder()
                .serial(Serial::from_bytes([1; 8]))
                .product(keyward_core::Product(3))
                .edition(keyward_core::Edition(2))
                .seats(NonZeroU32::MIN)
                .valid_from("2026-01-01".parse().unwrap())
                .valid_through("2026-12-31".parse().unwrap());
            let claims = match through {
                Some(day) => claims.updates_through(day.parse().unwrap()),
                None => claims,
            };
            updates_of(&claims.build().unwrap())
        };
        assert_eq!(updates(None), None);
        assert_eq!(updates(Some("2026-06-30")), Some(End::After("6m".parse().unwrap())));
        assert_eq!(updates(Some("2025-06-30")), Some(End::Through("2025-06-30".parse().unwrap())));
    }
}
