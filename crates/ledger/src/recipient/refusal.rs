//! The reasons for which a license is not sent to a recipient.

use std::fmt;

use super::address::{AddressError, EmailAddress};
use super::domain::Domain;
use super::request::{ProofPart, Requester};

/// A license does not go to the person for whom it was asked.
///
/// The message says what is wrong and what to do. It shows no e-mail address: the addresses are in the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipientRefusal {
    /// What was typed is not exactly one address.
    NotOneAddress(AddressError),
    /// The customer has no address on record.
    NoAddress,
    /// The recipient is in one of the vendor's own domains.
    VendorDomain {
        /// The recipient.
        recipient: EmailAddress,
        /// The vendor's domain.
        domain: Domain,
    },
    /// The recipient is a reseller, or the user of the portal is one.
    Reseller {
        /// The reseller's address.
        address: EmailAddress,
        /// How it is known to be one.
        link: ResellerLink,
    },
    /// The customer has no such contact: the recipient of a new license, the person who asked, or the user of the portal.
    NotAContact {
        /// The address that is not on record.
        address: EmailAddress,
    },
    /// An internal request without a reference.
    ReferenceMissing,
    /// A proof is needed, and parts of it were not recorded.
    ProofMissing {
        /// Who has to prove to belong to the subscription.
        requester: Requester,
        /// What was not recorded.
        missing: Vec<ProofPart>,
    },
    /// The proof came from the vendor itself.
    ProofFromVendor {
        /// The sender of the proof.
        sender: EmailAddress,
        /// The vendor's domain.
        domain: Domain,
    },
    /// A reseller asked, and the proof did not come from the recipient.
    ProofNotFromRecipient {
        /// The sender of the proof.
        sender: EmailAddress,
        /// The recipient.
        recipient: EmailAddress,
    },
    /// A user of the portal sends the license out of their company's domain.
    OtherDomain {
        /// The recipient.
        recipient: EmailAddress,
        /// The domain of the user.
        domain: Domain,
    },
}

/// How somebody is known to be a reseller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResellerLink {
    /// The customer is marked as a reseller.
    Customer,
    /// A contact with this mailbox is marked as a reseller, or belongs to a customer who is.
    Contact,
    /// The domain is that of a reseller, and the address is not on record as that of an end user.
    Domain,
}

impl RecipientRefusal {
    /// Every code.
    pub const CODES: [&'static str; 10] = [
        "not-one-address",
        "no-address",
        "vendor-domain",
        "reseller",
        "not-a-contact",
        "reference-missing",
        "proof-missing",
        "proof-from-vendor",
        "proof-not-from-recipient",
        "other-domain",
    ];

    /// The code. It never changes; `docs/recipients.md` lists all of them.
    pub const fn code(&self) -> &'static str {
        match self {
            RecipientRefusal::NotOneAddress(_) => "not-one-address",
            RecipientRefusal::NoAddress => "no-address",
            RecipientRefusal::VendorDomain { .. } => "vendor-domain",
            RecipientRefusal::Reseller { .. } => "reseller",
            RecipientRefusal::NotAContact { .. } => "not-a-contact",
            RecipientRefusal::ReferenceMissing => "reference-missing",
            RecipientRefusal::ProofMissing { .. } => "proof-missing",
            RecipientRefusal::ProofFromVendor { .. } => "proof-from-vendor",
            RecipientRefusal::ProofNotFromRecipient { .. } => "proof-not-from-recipient",
            RecipientRefusal::OtherDomain { .. } => "other-domain",
        }
    }

    /// What to do.
    pub const fn remedy(&self) -> &'static str {
        match self {
            RecipientRefusal::NotOneAddress(_) => "give exactly one address",
            RecipientRefusal::NoAddress => "add the customer's address, or forward the license to a contact",
            RecipientRefusal::VendorDomain { .. } => "give the address of the end user",
            RecipientRefusal::Reseller { link: ResellerLink::Domain, .. } => {
                "give the address of the end user; an end user in this domain has to be a contact of the customer"
            }
            RecipientRefusal::Reseller { .. } => "give the address of the end user",
            RecipientRefusal::NotAContact { .. } => {
                "choose the customer or a contact, or forward the license with a proof"
            }
            RecipientRefusal::ReferenceMissing => "give the reference of the internal request, such as a ticket",
            RecipientRefusal::ProofMissing { requester: Requester::Reseller, .. } => {
                "ask for a proof from the address that is to receive the license, and record its sender, day and reference"
            }
            RecipientRefusal::ProofMissing { .. } => {
                "ask for a proof of belonging to the subscription, and record its sender, day and reference"
            }
            RecipientRefusal::ProofFromVendor { .. } => {
                "record a proof from outside, or an internal request with its reference"
            }
            RecipientRefusal::ProofNotFromRecipient { .. } => {
                "ask the recipient for a proof from their own address, or give the address that sent this one"
            }
            RecipientRefusal::OtherDomain { .. } => "give an address of a colleague, or ask the vendor's support",
        }
    }
}

impl fmt::Display for RecipientRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // This message has its own advice.
            RecipientRefusal::NotOneAddress(error) => return error.fmt(f),
            RecipientRefusal::NoAddress => f.write_str("the customer has no address on record")?,
            RecipientRefusal::VendorDomain { domain, .. } => {
                write!(f, "the recipient is in the vendor's own domain {}", domain.as_str())?;
            }
            RecipientRefusal::Reseller { link, .. } => f.write_str(match link {
                ResellerLink::Customer => "the customer is a reseller, and a reseller receives no license",
                ResellerLink::Contact => "the contact is a reseller, and a reseller receives no license",
                ResellerLink::Domain => "the recipient is in a reseller's domain, and a reseller receives no license",
            })?,
            RecipientRefusal::NotAContact { .. } => f.write_str("the address is not the customer's or a contact's")?,
            RecipientRefusal::ReferenceMissing => f.write_str("the internal request has no reference")?,
            RecipientRefusal::ProofMissing { requester, missing } => {
                let who = match requester {
                    Requester::Reseller => "a reseller asked",
                    Requester::AnyoneElse => "the person who asked is not a contact",
                };
                let parts: Vec<&str> = missing.iter().map(|part| part.words()).collect();
                write!(f, "{who}, and the proof lacks {}", parts.join(", "))?;
            }
            RecipientRefusal::ProofFromVendor { domain, .. } => {
                write!(f, "the proof came from the vendor's own domain {}", domain.as_str())?;
            }
            RecipientRefusal::ProofNotFromRecipient { .. } => {
                f.write_str("a reseller asked, and the proof came from another address than the recipient's")?;
            }
            RecipientRefusal::OtherDomain { domain, .. } => {
                write!(f, "the recipient is not in {}, or this domain is not the customer's own", domain.as_str())?;
            }
        }
        write!(f, ": {}", self.remedy())
    }
}

impl std::error::Error for RecipientRefusal {}

impl From<AddressError> for RecipientRefusal {
    fn from(error: AddressError) -> RecipientRefusal {
        RecipientRefusal::NotOneAddress(error)
    }
}
