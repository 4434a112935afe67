//! What people type beside the license: customers, order ids, tickets, reasons.

use super::{Order, Refusal, What};

/// Whether two names mean the same customer: space around them and capitals tell nobody apart.
pub(crate) fn same_customer(one: &str, other: &str) -> bool {
    comparable_customer(one) == comparable_customer(other)
}

/// A name as it is compared.
pub(crate) fn comparable_customer(name: &str) -> String {
    trimmed(name).to_lowercase()
}

pub(super) fn customer_and_subscription(order: &Order, log: &mut Vec<Refusal>) {
    readable("customer", order.customer.as_deref(), log);
    // Else one order would be two that look the same.
    readable("order's id", order.placed.as_ref().map(|placed| placed.id.as_str()), log);
    if let Some(subscription) = &order.subscription {
        readable("subscription", Some(&subscription.id), log);
        readable("subscription's name", subscription.name.as_deref(), log);
    }
}

pub(super) fn paperwork(order: &Order, log: &mut Vec<Refusal>) {
    if let Some(approval) = &order.approval {
        for (what, missing, text) in [("approver", "by whom", &approval.by), ("approval", "why", &approval.reason)] {
            match trimmed(text) {
                "" => log.push(Refusal::ApprovalIncomplete { missing }),
                _ => readable(what, Some(text), log),
            }
        }
    }
    let needed = matches!(order.what, What::Reissue(_));
    let texts = [
        ("reason", order.reason.as_deref(), Refusal::ReasonMissing),
        ("ticket", order.ticket.as_deref(), Refusal::TicketMissing),
    ];
    for (what, text, missing) in texts {
        match text.map(trimmed) {
            None | Some("") if needed => log.push(missing),
            _ => readable(what, text, log),
        }
    }
}

fn readable(what: &'static str, text: Option<&str>, log: &mut Vec<Refusal>) {
    let Some(text) = text else { return };
    match trimmed(text) {
        "" => log.push(Refusal::Blank { what }),
        nearest if nearest != text => log.push(Refusal::SpaceAround { what, nearest: nearest.to_owned() }),
        _ => {}
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

/// White space, control characters, and those that have no width.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}
