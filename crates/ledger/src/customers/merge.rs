//! Two customers turn out to be one.

use crate::approval::{Approval, ApprovalState};
use crate::change::{By, Change};
use crate::contact::{Contact, ContactRole};
use crate::customer::Customer;
use crate::details::CustomerDetails;
use crate::error::LedgerError;
use crate::id::CustomerId;
use crate::issuing::rekey;
use crate::ledger::{Ledger, retried};
use crate::license::{License, keys_of};
use crate::recipient::Trade;
use crate::table::select;
use crate::value::Field;

/// A merge of two customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The customer whose licenses move. The id stays, and leads to the other.
    pub from: CustomerId,
    /// The customer who is left.
    pub into: CustomerId,
}

impl Ledger {
    /// Merges a customer into another, and gives the one who is left. The approvals move too. The licenses move, and count as the other's from then on,
    /// also those before: a trial of either is a trial of both. The address and the contacts become contacts of the other;
    /// details that the other does not have are taken over.
    ///
    /// # Errors
    ///
    /// A customer and themselves; one who is not on record, was merged, or was erased; too many contacts; and the errors of the
    /// database.
    pub async fn merge_customers(&self, merge: Merge, reason: Option<&str>, by: &By) -> Result<Customer, LedgerError> {
        if merge.from == merge.into {
            return Err(LedgerError::SameCustomer);
        }
        retried!(self.merge_once(merge, reason, by))
    }

    async fn merge_once(&self, merge: Merge, reason: Option<&str>, by: &By) -> Result<Customer, LedgerError> {
        let mut change = Change::begin(&self.database).await?;
        // In the order of their ids, so that two merges of the same customers don't wait for each other.
        let (mut from, mut into);
        if merge.from < merge.into {
            from = Customer::for_change(&mut change, merge.from).await?;
            into = Customer::for_change(&mut change, merge.into).await?;
        } else {
            into = Customer::for_change(&mut change, merge.into).await?;
            from = Customer::for_change(&mut change, merge.from).await?;
        }

        into.take(&together(&from.details()?, into.details()?))?;
        if into.email_key == from.email_key {
            from.email_key = None;
        }
        from.merged_into = Some(into.id);
        from.version = from.version.saturating_add(1);
        into.version = into.version.saturating_add(1);
        change.update(&from).await?;
        change.entry(by.did("customer.merged").to(from.id).with(into.id.to_string()).because(reason))?;

        move_approvals(&mut change, from.id, into.id, reason, by).await?;
        for mut license in licenses_for_change(&mut change, from.id).await? {
            let keys = change.tx().all(keys_of(), vec![license.id.value()]).await?;
            rekey(&mut change, &keys, Some(from.id), Some(into.id)).await?;
            license.customer = Some(into.id);
            license.version = license.version.saturating_add(1);
            change.update(&license).await?;
        }
        change.update(&into).await?;
        change.commit(by.did("customer.took-over").to(into.id).with(from.id.to_string()).because(reason)).await?;
        Ok(into)
    }
}

/// The details of both: those of the one who is left, then those that only the other has. What belongs to a reseller stays
/// marked as such.
fn together(from: &CustomerDetails, into: CustomerDetails) -> CustomerDetails {
    let from_reseller = from.trade == Trade::Reseller;
    let takes_over = into.trade == from.trade || !from_reseller;
    let email = into.email.clone().or_else(|| from.email.clone().filter(|_| takes_over));
    let domain = into.domain.or_else(|| from.domain.clone().filter(|_| takes_over));

    let own = from.email.clone().map(|email| {
        let (name, role, trade) = (from.name.clone(), ContactRole::General, from.trade);
        Contact { name, email, role, trade }
    });
    let others = from
        .contacts
        .iter()
        .cloned()
        .map(|contact| Contact { trade: if from_reseller { Trade::Reseller } else { contact.trade }, ..contact });
    let mut contacts = into.contacts;
    for contact in own.into_iter().chain(others) {
        let is_known =
            email.as_ref() == Some(&contact.email) || contacts.iter().any(|known| known.email == contact.email);
        if !is_known {
            contacts.push(contact);
        }
    }
    CustomerDetails {
        name: into.name.or_else(|| from.name.clone()),
        company: into.company.or_else(|| from.company.clone()),
        email,
        domain,
        contacts,
        trade: into.trade,
        notes: into.notes.or_else(|| from.notes.clone()),
    }
}

/// Moves the approvals of a customer to another. Their orders are others then, and the person who approves looks again. Of two that are the
/// same then, one waits.
async fn move_approvals(
    change: &mut Change,
    from: CustomerId,
    into: CustomerId,
    reason: Option<&str>,
    by: &By,
) -> Result<(), LedgerError> {
    let others = approvals_for_change(change, into).await?;
    let others = others.iter().filter(|other| other.state == ApprovalState::Waiting);
    let digests: Vec<_> = others.filter_map(|other| other.order_digest.clone()).collect();
    let mut moved = approvals_for_change(change, from).await?;
    for approval in &mut moved {
        approval.customer = Some(into);
        approval.digest_order();
    }
    let is_double = |approval: &Approval| {
        let waits = approval.state == ApprovalState::Waiting;
        waits && approval.order_digest.as_ref().is_some_and(|digest| digests.contains(digest))
    };
    let (doubles, moved): (Vec<_>, Vec<_>) = moved.into_iter().partition(is_double);
    for mut approval in doubles {
        approval.state = ApprovalState::Withdrawn;
        change.update(&approval).await?;
        change.entry(by.did("approval.withdrawn").to(approval.id).because(reason))?;
    }
    for approval in moved {
        change.update(&approval).await?;
    }
    Ok(())
}

/// The approvals of a customer, which no other change touches until this one ends.
pub(super) async fn approvals_for_change(
    change: &mut Change,
    customer: CustomerId,
) -> Result<Vec<Approval>, LedgerError> {
    let sql = select::<Approval>("where customer = $1 order by id");
    change.tx().all_for_change(sql, vec![customer.value()]).await
}

/// The licenses of a customer, which no other change touches until this one ends.
pub(super) async fn licenses_for_change(
    change: &mut Change,
    customer: CustomerId,
) -> Result<Vec<License>, LedgerError> {
    let sql = select::<License>("where customer = $1 order by id");
    change.tx().all_for_change(sql, vec![customer.value()]).await
}
