use std::hash::{Hash, Hasher};

use super::text::{self, Case};

/// A customer's name and its compared form: in Unicode normal form C, case-folded, without white space around it, with one
/// space for white space within, one hyphen for any hyphen or dash, and without invisible characters.
///
/// The comparison is Unicode's canonical caseless match (The Unicode Standard, section 3.13, D145). An order with an invisible
/// character in the customer's name is refused. Older records may have such names.
///
/// ```
/// use keyward_issuer::order::Customer;
///
/// assert_eq!(Customer::new(" Mu\u{308}ller  &\tSøn "), Customer::new("MÜLLER & SØN"));
/// assert_eq!(Customer::new("Straße 1"), Customer::new("STRASSE 1"));
/// assert_ne!(Customer::new("Acme"), Customer::new("Acme Ltd"));
/// ```
#[derive(Debug, Clone)]
pub struct Customer {
    name: String,
    compared: String,
}

impl Customer {
    /// The customer of that name.
    pub fn new(name: &str) -> Customer {
        Customer { name: name.to_owned(), compared: text::compared(name, Case::Folded) }
    }

    /// The given name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The compared form.
    pub fn compared(&self) -> &str {
        &self.compared
    }
}

impl PartialEq for Customer {
    fn eq(&self, other: &Customer) -> bool {
        self.compared == other.compared
    }
}

impl Eq for Customer {}

impl Hash for Customer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared.hash(state);
    }
}
