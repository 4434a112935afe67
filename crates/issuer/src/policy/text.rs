//! Text beside the license: customer, order id, subscription, approval, reason, ticket.

use super::Refusal;
use crate::order::text::{Lines, TextFault, check};
use crate::order::{Order, Subject};

pub(super) fn customer_and_subscription(order: &Order, log: &mut Vec<Refusal>) {
    readable("customer", order.customer.as_deref(), Lines::One, log);
    readable("order's id", order.reference.as_ref().map(|reference| reference.id.as_str()), Lines::One, log);
    if let Some(subscription) = &order.subscription {
        readable("subscription", Some(&subscription.id), Lines::One, log);
        readable("subscription's name", subscription.name.as_deref(), Lines::One, log);
    }
}

pub(super) fn paperwork(order: &Order, log: &mut Vec<Refusal>) {
    if let Some(approval) = &order.approval {
        let by = ("approver", "by whom", &approval.by, Lines::One);
        let reason = ("approval", "why", &approval.reason, Lines::Many);
        for (what, missing, text, lines) in [by, reason] {
            match check(text, lines) {
                Err(TextFault::Blank) => log.push(Refusal::ApprovalIncomplete { missing }),
                _ => readable(what, Some(text), lines, log),
            }
        }
    }
    let needed = matches!(order.subject, Subject::Reissue(_));
    let texts = [
        ("reason", order.reason.as_deref(), Lines::Many, Refusal::ReasonMissing),
        ("ticket", order.ticket.as_deref(), Lines::One, Refusal::TicketMissing),
    ];
    for (what, text, lines, missing) in texts {
        match text.map(|text| check(text, lines)) {
            None | Some(Err(TextFault::Blank)) if needed => log.push(missing),
            _ => readable(what, text, lines, log),
        }
    }
}

fn readable(what: &'static str, text: Option<&str>, lines: Lines, log: &mut Vec<Refusal>) {
    match text.map_or(Ok(()), |text| check(text, lines)) {
        Ok(()) => {}
        Err(TextFault::Blank) => log.push(Refusal::Blank { what }),
        Err(TextFault::SpaceAround(nearest)) => log.push(Refusal::SpaceAround { what, nearest: nearest.to_owned() }),
        Err(TextFault::Invisible(character)) => log.push(Refusal::Invisible { what, character }),
    }
}
