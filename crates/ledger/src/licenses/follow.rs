//! Keys that follow another: reissues, renewals and stopgaps.

use keyward_core::{Claims, Serial};
use keyward_issuer::Signature;
use keyward_issuer::order::{Order, Subject};
use keyward_issuer::policy::{Permitted, grants_more};
use keyward_issuer::signature::Signer;
use keyward_verifier::files::Reason;

use super::common::{Expected, LicenseChange, begins_later, paid};
use super::create::{reason, unused};
use crate::change::By;
use crate::error::LedgerError;
use crate::id::LicenseId;
use crate::issuing::{Decided, Issuing, append};
use crate::ledger::{Ledger, retried};
use crate::license::{KeyRow, KeyStatus, License, Role};
use crate::state::Action;

/// A license after a new key was signed for it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Followed {
    /// The license.
    pub license: License,
    /// The serial of the new key. [`Ledger::deliver`] gives the key.
    pub serial: Serial,
    /// The keys that go onto the next revocation list, since they granted more than the new one.
    pub revoked: Vec<Serial>,
    /// The keys locked to a machine that grant more than the new key. They work on until they are replaced.
    pub locked: Vec<Serial>,
}

/// How a new key follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It replaces it.
    Reissue,
    /// It is for the next term.
    Renewal,
    /// It bridges the time until the next term.
    Stopgap,
}

/// What a new key would say, and what would happen to the keys that are out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Preview {
    /// What the new key would say.
    pub claims: Claims,
    /// Its role.
    pub role: Role,
    /// The keys that it would replace, and that stay good.
    pub superseded: Vec<Serial>,
    /// The keys that it would replace, and that would go onto the next revocation list, since they grant more.
    pub revoked: Vec<Serial>,
    /// The keys locked to a machine that grant more than it. They would work on until they are replaced.
    pub locked: Vec<Serial>,
}

impl How {
    const fn action(self) -> Action {
        match self {
            How::Reissue => Action::Reissue,
            How::Renewal => Action::Renew,
            How::Stopgap => Action::Stopgap,
        }
    }
}

impl Ledger {
    /// Signs a new key for a license, with the overrides of the order; its subject and customer are those of the license. The
    /// key before is superseded. If it granted more, it is revoked.
    ///
    /// # Errors
    ///
    /// An order that breaks rules, a state that does not allow it, another version than expected, a signer that fails, and the
    /// errors of the database.
    pub async fn reissue<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        self.follow(How::Reissue, issuing, id, order, expected, by).await
    }

    /// Signs the key of the next term. It begins on the day after the paid term, and becomes the main one on that day.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::reissue`].
    pub async fn renew<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        self.follow(How::Renewal, issuing, id, order, expected, by).await
    }

    /// Signs a stopgap for a license whose renewal is late. The order names the offer of the stopgap. It begins today, or on
    /// the day after the last usable day of a license that has not ended; the paid term does not move.
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::reissue`].
    pub async fn stopgap<S: Signer<Signature> + Sync>(
        &self,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        self.follow(How::Stopgap, issuing, id, order, expected, by).await
    }

    /// What [`Ledger::reissue`], [`Ledger::renew`] or [`Ledger::stopgap`] would do with this order today. Nothing is signed or
    /// stored. What no key says changes in place: see [`Edit`](crate::Edit).
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::reissue`], and [`LedgerError::Repeated`] for an order that was carried out earlier.
    pub async fn preview<S: Signer<Signature> + Sync>(
        &self,
        how: How,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        by: &By,
    ) -> Result<Preview, LedgerError> {
        let license = self.license(id).await?;
        license.allows(how.action(), by.at)?;
        let keys = self.keys(id).await?;
        let order = self.order_for(how, &license, &keys, order, by)?;
        match issuing.decide(&self.database, &order, by).await? {
            Decided::Repeated(serial) => Err(LedgerError::Repeated { serial }),
            Decided::Permitted(permitted) => preview(how, &keys, permitted.details().follows(), permitted.claims(), by),
        }
    }

    async fn follow<S: Signer<Signature> + Sync>(
        &self,
        how: How,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        let followed = retried!(self.follow_once(how, issuing, id, order, expected, by));
        self.audited(followed, Some(id), by).await
    }

    async fn follow_once<S: Signer<Signature> + Sync>(
        &self,
        how: How,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        let license = self.license(id).await?;
        license.allows(how.action(), by.at)?;
        let order = self.order_for(how, &license, &self.keys(id).await?, order, by)?;
        let permitted = match issuing.decide(&self.database, &order, by).await? {
            Decided::Repeated(serial) => {
                return Ok(Followed { license, serial, revoked: Vec::new(), locked: Vec::new() });
            }
            Decided::Permitted(permitted) => *permitted,
        };
        self.append_following(how, issuing, id, permitted, expected, by).await
    }

    /// The order, for the key of this license that it follows.
    fn order_for(
        &self,
        how: How,
        license: &License,
        keys: &[KeyRow],
        order: &Order,
        by: &By,
    ) -> Result<Order, LedgerError> {
        if license.customer.is_none() && how != How::Reissue {
            return Err(LedgerError::Unassigned { id: license.id });
        }
        let paid = paid(keys, by)?.ok_or_else(|| license.without_key())?;
        let mut order = order.clone();
        order.customer = None;
        self.own_environment(&mut order)?;
        match how {
            How::Reissue => order.subject = Subject::Reissue(paid.serial),
            How::Renewal => order.subject = Subject::Renewal(paid.serial),
            How::Stopgap => {
                order.bridges = Some(paid.serial);
                if order.from.is_none() && !license.has_ended(by.at) {
                    order.from = license.day_after_last_usable();
                }
            }
        }
        Ok(order)
    }

    async fn append_following<S: Signer<Signature> + Sync>(
        &self,
        how: How,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        permitted: Permitted,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        let (follows, limit) = (permitted.details().follows(), permitted.details().activations);
        let sealed = issuing.sign(permitted, by)?;
        let claims = sealed.record().claims();

        let mut on = LicenseChange::begin(self, id, how.action(), expected, by).await?;
        on.is_still_for(&sealed)?;
        unused(&mut on.change, claims.serial()).await?;
        append(&mut on.change, std::slice::from_ref(&sealed)).await?;
        let mut keys = on.begun_keys(by).await?;
        let position = on.next_position(&keys, by);
        let Preview { role, revoked, locked, superseded, .. } = preview(how, &keys, follows, claims, by)?;
        for key in &mut keys {
            if revoked.contains(&key.serial) {
                (key.status, key.revoked_for) = (KeyStatus::Revoked, Some(Reason::Superseded));
            } else if superseded.contains(&key.serial) {
                key.status = if how == How::Reissue { KeyStatus::Superseded } else { KeyStatus::Past };
            } else {
                continue;
            }
            on.change.update(&*key).await?;
        }
        let new = KeyRow::new(id, role, sealed.record(), position);
        on.change.insert(&new).await?;
        keys.push(new);
        on.say(&keys)?;
        if let (How::Reissue | How::Renewal, Some(limit)) = (how, limit) {
            on.license.activation_limit = limit;
        }
        let action = match how {
            How::Reissue => "license.reissued",
            How::Renewal => "license.renewed",
            How::Stopgap => "license.bridged",
        };
        let license = on.commit(by.did(action).because(reason(&sealed))).await?;
        Ok(Followed { license, serial: sealed.record().serial(), revoked, locked })
    }
}

/// What a new key with these claims does to the keys of its license.
fn preview(
    how: How,
    keys: &[KeyRow],
    follows: Option<Serial>,
    claims: &Claims,
    by: &By,
) -> Result<Preview, LedgerError> {
    let role = role(how, keys.iter().find(|key| Some(key.serial) == follows), claims, by);
    let mut preview =
        Preview { claims: claims.clone(), role, superseded: Vec::new(), revoked: Vec::new(), locked: Vec::new() };
    for key in keys.iter().filter(|key| key.status == KeyStatus::Current) {
        let grants_more = how == How::Reissue && grants_more(&key.claims()?, claims);
        match (key.role == role, key.role == Role::Locked) {
            (true, _) if grants_more => preview.revoked.push(key.serial),
            (true, _) => preview.superseded.push(key.serial),
            (false, true) if grants_more => preview.locked.push(key.serial),
            (false, _) => {}
        }
    }
    Ok(preview)
}

/// The role of a new key.
fn role(how: How, before: Option<&KeyRow>, claims: &Claims, by: &By) -> Role {
    match how {
        How::Reissue => before.map_or(Role::Main, |before| before.role),
        How::Renewal if begins_later(claims, by) => Role::Next,
        How::Renewal => Role::Main,
        How::Stopgap => Role::Bridge,
    }
}
