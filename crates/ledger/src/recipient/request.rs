//! What is asked for: that a license goes to somebody, and on what basis.

use keyward_core::Day;
use keyward_issuer::has_letter_or_digit;

use super::address::EmailAddress;

/// A license is to be sent or shown to somebody.
#[derive(Debug, Clone, Copy)]
pub enum Request<'a> {
    /// It is sent again to its customer. No address is typed.
    Resend {
        /// Why it is sent again.
        basis: Basis<'a>,
    },
    /// It is sent to an address that was typed.
    Forward {
        /// The address, as it was typed.
        to: &'a str,
        /// Why this address is to receive it.
        basis: Basis<'a>,
    },
    /// It was just issued, and is sent to its customer or to a contact.
    Deliver {
        /// The address of a contact. Without one, the customer receives it.
        to: Option<&'a str>,
    },
    /// A user of the portal sends it to a colleague.
    Colleague {
        /// The address, as it was typed.
        to: &'a str,
        /// The address with which the user is signed in.
        user: &'a EmailAddress,
    },
}

/// Why staff send a license again, or to another person.
#[derive(Debug, Clone, Copy)]
pub enum Basis<'a> {
    /// Somebody of the vendor's own staff asked for it.
    Internal {
        /// Where the request is found, such as the number of a ticket.
        reference: &'a str,
    },
    /// The customer or one of the contacts asked for it.
    Contact {
        /// The address on record of the person who asked.
        asked_by: &'a EmailAddress,
    },
    /// Somebody else asked for it, and proved to belong to the subscription.
    Proof {
        /// Who asked.
        requester: Requester,
        /// What was recorded of the proof.
        proof: Proof<'a>,
    },
}

/// Somebody who is not linked to a license, and asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requester {
    /// A reseller. The proof then comes from the address that is to receive the license.
    Reseller,
    /// Anyone else.
    AnyoneElse,
}

/// What was recorded of a proof that somebody belongs to the subscription. Without a proof, all parts are empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Proof<'a> {
    /// The address that sent it.
    pub sender: Option<&'a EmailAddress>,
    /// The day on which it came.
    pub day: Option<Day>,
    /// Where it is found, such as the number of a ticket.
    pub reference: &'a str,
}

impl Proof<'_> {
    /// The parts that were not recorded.
    pub(super) fn missing(&self) -> Vec<ProofPart> {
        let parts = [
            (ProofPart::Sender, self.sender.is_some()),
            (ProofPart::Day, self.day.is_some()),
            (ProofPart::Reference, has_letter_or_digit(self.reference)),
        ];
        parts.into_iter().filter(|(_, is_there)| !is_there).map(|(part, _)| part).collect()
    }
}

/// A part of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProofPart {
    /// The address that sent it.
    Sender,
    /// The day on which it came.
    Day,
    /// Where it is found.
    Reference,
}

impl ProofPart {
    /// The part in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            ProofPart::Sender => "sender",
            ProofPart::Day => "day",
            ProofPart::Reference => "reference",
        }
    }
}
