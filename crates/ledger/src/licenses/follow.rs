//! Keys that follow another: reissues, renewals and stopgaps.

use std::collections::BTreeMap;

use keyward_core::{Claims, Serial};
use keyward_issuer::Signature;
use keyward_issuer::order::{Order, Subject, Subscription};
use keyward_issuer::policy::{Permitted, grants_more, takes_for_good};
use keyward_issuer::record::Action as IssueAction;
use keyward_issuer::signature::Signer;
use keyward_verifier::files::Reason;
use serde_json::json;

use super::common::{Expected, LicenseChange, begins_later, paid};
use super::create::reason;
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
pub enum Succession {
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
    /// Whether a key that it would replace has something that only an approval gives back: [`takes_for_good`].
    takes_for_good: bool,
    /// The keys that it would replace, and that stay good.
    pub superseded: Vec<Serial>,
    /// The keys that it would replace, and that would go onto the next revocation list, since they grant more.
    pub revoked: Vec<Serial>,
    /// The keys locked to a machine that grant more than it. They would work on until they are replaced.
    pub locked: Vec<Serial>,
}

impl Succession {
    const fn action(self) -> Action {
        match self {
            Succession::Reissue => Action::Reissue,
            Succession::Renewal => Action::Renew,
            Succession::Stopgap => Action::Stopgap,
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
        self.follow(Succession::Reissue, issuing, id, order, expected, by).await
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
        self.follow(Succession::Renewal, issuing, id, order, expected, by).await
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
        self.follow(Succession::Stopgap, issuing, id, order, expected, by).await
    }

    /// What [`Ledger::reissue`], [`Ledger::renew`] or [`Ledger::stopgap`] would do with this order today. Nothing is signed or
    /// stored. What no key says changes in place: see [`Edit`](crate::Edit).
    ///
    /// # Errors
    ///
    /// The errors of [`Ledger::reissue`], and [`LedgerError::Repeated`] for an order that was carried out earlier.
    pub async fn preview<S: Signer<Signature> + Sync>(
        &self,
        succession: Succession,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        by: &By,
    ) -> Result<Preview, LedgerError> {
        let license = self.license(id).await?;
        license.allows(succession.action(), by.at)?;
        let keys = self.keys(id).await?;
        let order = self.order_for(succession, &license, &keys, order, by)?;
        match issuing.decide(&self.database, &order, by).await? {
            Decided::Repeated(serial) => Err(LedgerError::Repeated { serial }),
            Decided::Permitted(permitted) => {
                preview(succession, &keys, permitted.details().follows(), permitted.claims(), by)
            }
        }
    }

    async fn follow<S: Signer<Signature> + Sync>(
        &self,
        succession: Succession,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        let followed = retried!(self.follow_once(succession, issuing, id, order, expected, by));
        self.audited(followed, Some(id), by).await
    }

    pub(super) async fn follow_once<S: Signer<Signature> + Sync>(
        &self,
        succession: Succession,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        order: &Order,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        let license = self.license(id).await?;
        license.allows(succession.action(), by.at)?;
        let order = self.order_for(succession, &license, &self.keys(id).await?, order, by)?;
        let permitted = match issuing.decide(&self.database, &order, by).await? {
            Decided::Repeated(serial) => {
                self.is_of(serial, id).await?;
                return followed_by(license, &self.keys(id).await?, serial);
            }
            Decided::Permitted(permitted) => *permitted,
        };
        self.append_following(succession, issuing, id, permitted, expected, by).await
    }

    /// What the newest reissue, renewal or stopgap of a license did; none if its first key is the newest.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NoLicense`], and the errors of the database.
    pub async fn followed(&self, id: LicenseId) -> Result<Option<Followed>, LedgerError> {
        let (license, keys) = (self.license(id).await?, self.keys(id).await?);
        let newest = keys.iter().rfind(|key| key.role != Role::Locked);
        let Some(newest) = newest else { return Ok(None) };
        match newest.details()?.follows() {
            Some(_) => followed_by(license, &keys, newest.serial).map(Some),
            None => Ok(None),
        }
    }

    /// The order, for the key of this license that it follows.
    pub(super) fn order_for(
        &self,
        succession: Succession,
        license: &License,
        keys: &[KeyRow],
        order: &Order,
        by: &By,
    ) -> Result<Order, LedgerError> {
        // A stopgap is for the work of a customer. A license of the pool that has ended is renewed, to be sold.
        if license.customer.is_none() && succession == Succession::Stopgap {
            return Err(LedgerError::Unassigned { id: license.id });
        }
        let paid = paid(keys, by)?.ok_or_else(|| license.without_key())?;
        let mut order = order.clone();
        order.customer = None;
        // The id of a renewal does not answer a reissue.
        let action = BTreeMap::from([("action", json!(succession.action().code()))]);
        order.reference = order.reference.map(|reference| reference.beside(action));
        self.own_environment(&mut order)?;
        match succession {
            Succession::Reissue => order.subject = Subject::Reissue(paid.serial),
            Succession::Renewal => order.subject = Subject::Renewal(paid.serial),
            // The policy says when it begins.
            Succession::Stopgap => order.bridges = Some(paid.serial),
        }
        Ok(order)
    }

    async fn append_following<S: Signer<Signature> + Sync>(
        &self,
        succession: Succession,
        issuing: Issuing<'_, S>,
        id: LicenseId,
        permitted: Permitted,
        expected: Expected,
        by: &By,
    ) -> Result<Followed, LedgerError> {
        let details = permitted.details();
        let (follows, limit, subscription) = (details.follows(), details.activations, details.subscription.clone());
        let sealed = issuing.sign(permitted, by)?;
        let claims = sealed.record().claims();

        let mut on = LicenseChange::begin(self, id, succession.action(), expected, by).await?;
        on.is_still_for(&sealed)?;
        append(&mut on.change, std::slice::from_ref(&sealed)).await?;
        let mut keys = on.begun_keys(by).await?;
        let position = on.next_position(&keys, by);
        let Preview { role, revoked, locked, superseded, takes_for_good, .. } =
            preview(succession, &keys, follows, claims, by)?;
        if takes_for_good && !by.takes_for_good {
            return Err(LedgerError::TakesForGood);
        }
        for key in &mut keys {
            if revoked.contains(&key.serial) {
                (key.status, key.revoked_for) = (KeyStatus::Revoked, Some(Reason::Superseded));
            } else if superseded.contains(&key.serial) {
                key.status = if succession == Succession::Reissue { KeyStatus::Superseded } else { KeyStatus::Past };
            } else {
                continue;
            }
            on.change.update(&*key).await?;
        }
        let new = KeyRow::new(id, role, sealed.record(), position);
        on.change.insert(&new).await?;
        keys.push(new);
        on.say(&keys)?;
        if let (Succession::Reissue | Succession::Renewal, Some(limit)) = (succession, limit) {
            on.license.activation_limit = limit;
        }
        // A stopgap is paid by none.
        if let Some(Subscription { id, name }) = subscription.filter(|_| succession != Succession::Stopgap) {
            (on.license.subscription_id, on.license.subscription_name) = (Some(id), name);
        }
        let action = match succession {
            Succession::Reissue => "license.reissued",
            Succession::Renewal => "license.renewed",
            Succession::Stopgap => "license.bridged",
        };
        let license = on.commit(by.did(action).because(reason(&sealed))).await?;
        Ok(Followed { license, serial: sealed.record().serial(), revoked, locked })
    }
}

/// What the key with that serial did when it was signed. Of the locked keys that grant more, those are listed that still work on.
fn followed_by(license: License, keys: &[KeyRow], serial: Serial) -> Result<Followed, LedgerError> {
    let new = keys.iter().find(|key| key.serial == serial).ok_or(LedgerError::NotOnRecord { serial })?;
    let (details, claims) = (new.details()?, new.claims()?);
    let (mut revoked, mut locked) = (Vec::new(), Vec::new());
    for key in keys.iter().filter(|key| key.position < new.position) {
        let was_replaced = Some(key.serial) == details.follows() && key.role == new.role;
        if was_replaced && key.revoked_for == Some(Reason::Superseded) {
            revoked.push(key.serial);
        }
        let works_on = key.role == Role::Locked && key.status == KeyStatus::Current;
        if details.action == IssueAction::Reissue && works_on && grants_more(&key.claims()?, &claims) {
            locked.push(key.serial);
        }
    }
    Ok(Followed { license, serial, revoked, locked })
}

/// What a new key with these claims does to the keys of its license.
fn preview(
    succession: Succession,
    keys: &[KeyRow],
    follows: Option<Serial>,
    claims: &Claims,
    by: &By,
) -> Result<Preview, LedgerError> {
    let role = role(succession, keys.iter().find(|key| Some(key.serial) == follows), claims, by);
    let mut preview = Preview {
        claims: claims.clone(),
        role,
        takes_for_good: false,
        superseded: Vec::new(),
        revoked: Vec::new(),
        locked: Vec::new(),
    };
    for key in keys.iter().filter(|key| key.status == KeyStatus::Current) {
        let before = key.claims()?;
        let is_replaced = succession == Succession::Reissue && key.role == role;
        preview.takes_for_good |= is_replaced && takes_for_good(&before, claims);
        let grants_more = succession == Succession::Reissue && grants_more(&before, claims);
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
fn role(succession: Succession, before: Option<&KeyRow>, claims: &Claims, by: &By) -> Role {
    match succession {
        Succession::Reissue => before.map_or(Role::Main, |before| before.role),
        Succession::Renewal if begins_later(claims, by) => Role::Next,
        Succession::Renewal => Role::Main,
        Succession::Stopgap => Role::Bridge,
    }
}
