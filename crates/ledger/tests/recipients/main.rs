//! Who may receive a license: every case of the decision, what an address is, and attacks on both.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod addresses;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod properties;
mod sending;

use keyward_ledger::recipient::{
    Basis, Contact, Customer, Domain, EmailAddress, Proof, RecipientRefusal, Request, Requester, ResellerLink, Trade,
    permit,
};

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn own_domains() -> Vec<Domain> {
    vec!["vendor.example".parse().unwrap(), "vendor-mail.example".parse().unwrap()]
}

/// Acme, an end user with two people, and a reseller who is linked to its licenses.
fn acme() -> Customer {
    let contact = |text, trade| Contact { address: address(text), trade };
    Customer {
        email: Some(address("it@acme.example")),
        domain: Some("acme.example".parse().unwrap()),
        contacts: vec![
            contact("grace@acme.example", Trade::EndUser),
            contact("ada@consultant.example", Trade::EndUser),
            contact("bob@reseller.example", Trade::Reseller),
        ],
        trade: Trade::EndUser,
    }
}

/// A customer who is a reseller, with one person.
fn reseller() -> Customer {
    Customer {
        email: Some(address("orders@partner.example")),
        domain: Some("partner.example".parse().unwrap()),
        contacts: vec![Contact { address: address("rita@elsewhere.example"), trade: Trade::EndUser }],
        trade: Trade::Reseller,
    }
}

/// The address that receives it, or the code of the refusal.
fn decided(request: &Request<'_>, customer: &Customer) -> Result<String, &'static str> {
    let recipient = permit(request, customer, &own_domains()).map_err(|refusal| refusal.code())?;
    Ok(recipient.address().as_str().to_owned())
}

fn refused(request: &Request<'_>, customer: &Customer) -> RecipientRefusal {
    permit(request, customer, &own_domains()).unwrap_err()
}

/// A proof with all its parts.
fn proof_from(sender: &EmailAddress) -> Proof<'_> {
    Proof { sender: Some(sender), day: Some("2026-11-28".parse().unwrap()), reference: "DESK-17" }
}

fn internal<'a>() -> Basis<'a> {
    Basis::Internal { reference: "INT-4" }
}

fn proof(requester: Requester, sender: &EmailAddress) -> Basis<'_> {
    Basis::Proof { requester, proof: proof_from(sender) }
}
