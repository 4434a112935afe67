//! The customers of the demonstration. All of them are fictitious, and their domains are under `.example` (RFC 2606).

use keyward_ledger::recipient::{EmailAddress, Trade};
use keyward_ledger::{Contact, ContactRole, CustomerDetails, Name};

const FIRST: [&str; 16] = [
    "Alder", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Kestrel", "Lumen",
    "Meadow", "Nimbus", "Orchard", "Pebble",
];

const SECOND: [&str; 10] =
    ["Animation", "Bakery", "Ceramics", "Dairy", "Engineering", "Films", "Glass", "Logistics", "Optics", "Robotics"];

const LEGAL: [&str; 6] = ["Ltd", "GmbH", "Inc", "SA", "AB", "BV"];

const PEOPLE: [&str; 12] = [
    "Ada Moreno",
    "Ben Okafor",
    "Chiara Lind",
    "Daniel Kaur",
    "Elif Novak",
    "Farid Haas",
    "Gita Olsen",
    "Hugo Brandt",
    "Ines Tanaka",
    "Jonas Weber",
    "Kemal Rossi",
    "Lena Dubois",
];

/// The number of customers.
pub const CUSTOMERS: usize = FIRST.len().saturating_mul(SECOND.len());

/// The customer with that number.
pub fn company(number: usize) -> anyhow::Result<CustomerDetails> {
    let (first, second) = (pick(&FIRST, number), pick(&SECOND, number.checked_div(FIRST.len()).unwrap_or_default()));
    let name: Name = format!("{first} {second} {}", pick(&LEGAL, number)).parse()?;
    let domain = format!("{first}-{second}.example").to_lowercase();
    let contact = |nth: usize, role| {
        let person = pick(&PEOPLE, nth);
        let email = format!("{}@{domain}", person.to_lowercase().replace(' ', "."));
        Ok::<_, anyhow::Error>(Contact {
            name: Some(person.parse()?),
            email: email.parse::<EmailAddress>()?,
            role,
            trade: Trade::EndUser,
        })
    };
    let mut contacts = vec![contact(number, ContactRole::General)?];
    if number.is_multiple_of(3) {
        contacts.push(contact(number.saturating_add(5), ContactRole::Renewal)?);
    }
    if number.is_multiple_of(8) {
        let person: Name = "Resa Reyes".parse()?;
        let email = "resa.reyes@keys-and-more.example".parse()?;
        contacts.push(Contact { name: Some(person), email, role: ContactRole::Billing, trade: Trade::Reseller });
    }
    Ok(CustomerDetails {
        company: Some(name.clone()),
        domain: Some(domain.parse()?),
        contacts,
        notes: number.is_multiple_of(20).then(|| "Asks for invoices by post.".to_owned()),
        ..CustomerDetails::of_email(format!("licenses@{domain}").parse()?).named(name)
    })
}

/// The reseller, who has customers and receives no license.
pub fn reseller() -> anyhow::Result<CustomerDetails> {
    let details = CustomerDetails::of_email("orders@keys-and-more.example".parse()?);
    Ok(CustomerDetails { trade: Trade::Reseller, ..details.named("Keys and More Ltd".parse()?) })
}

/// The name of a person's machine.
pub fn machine_name(number: usize) -> String {
    let person = pick(&PEOPLE, number).split(' ').next().unwrap_or_default();
    format!("{person}'s {}", pick(&["laptop", "workstation", "desk"], number))
}

/// The element with that number, counted in a circle.
fn pick(of: &[&'static str], number: usize) -> &'static str {
    number.checked_rem(of.len()).and_then(|index| of.get(index)).copied().unwrap_or_default()
}
