//! The texts of an order that are not in the key: customer, order id, subscription, approval, reason, ticket.

use super::Refusal;
use crate::order::text::{LineBreaks, TextFault, check};
use crate::order::{Order, Subject};

pub(super) fn customer_and_subscription(order: &Order, refusals: &mut Vec<Refusal>) {
    let id = order.reference.as_ref().map(|reference| reference.id.as_str());
    check_visible("customer", order.customer.as_deref(), LineBreaks::Refused, refusals);
    check_visible("order id", id, LineBreaks::Refused, refusals);
    if let Some(subscription) = &order.subscription {
        check_visible("subscription", Some(&subscription.id), LineBreaks::Refused, refusals);
        check_visible("subscription name", subscription.name.as_deref(), LineBreaks::Refused, refusals);
    }
}

pub(super) fn approval_reason_and_ticket(order: &Order, refusals: &mut Vec<Refusal>) {
    if let Some(approval) = &order.approval {
        let by = ("approver", "name", &approval.by, LineBreaks::Refused);
        let reason = ("reason of the approval", "reason", &approval.reason, LineBreaks::Allowed);
        for (field, missing, text, breaks) in [by, reason] {
            match check(text, breaks) {
                Err(TextFault::Blank) => refusals.push(Refusal::ApprovalIncomplete { missing }),
                _ => check_visible(field, Some(text), breaks, refusals),
            }
        }
    }
    let needed = matches!(order.subject, Subject::Reissue(_));
    let texts = [
        ("reason", order.reason.as_deref(), LineBreaks::Allowed, Refusal::ReasonMissing),
        ("ticket", order.ticket.as_deref(), LineBreaks::Refused, Refusal::TicketMissing),
    ];
    for (field, text, breaks, missing) in texts {
        match text.map(|text| check(text, breaks)) {
            None | Some(Err(TextFault::Blank)) if needed => refusals.push(missing),
            _ => check_visible(field, text, breaks, refusals),
        }
    }
}

fn check_visible(field: &'static str, text: Option<&str>, breaks: LineBreaks, refusals: &mut Vec<Refusal>) {
    match text.map_or(Ok(()), |text| check(text, breaks)) {
        Ok(()) => {}
        Err(TextFault::Blank) => refusals.push(Refusal::Blank { field }),
        Err(TextFault::SpaceAround(nearest)) => {
            refusals.push(Refusal::SpaceAround { field, nearest: nearest.to_owned() });
        }
        Err(TextFault::Invisible(character)) => refusals.push(Refusal::Invisible { field, character }),
    }
}
