use std::num::NonZeroU32;

use keyward_verifier::files::Delegation;
use keyward_verifier::{Day, Environment, Kind, Product};

use crate::args::values::{environment, kind};

/// The limits of a signing key.
#[derive(Debug, clap::Args)]
pub struct LimitsArgs {
    /// Only licenses for this product, by its number. May be repeated
    #[arg(long, value_name = "NUMBER")]
    product: Vec<u32>,
    /// Only licenses for this environment. May be repeated
    #[arg(long, value_name = "ENVIRONMENT", value_parser = environment())]
    environment: Vec<Environment>,
    /// Only licenses of this kind. May be repeated
    #[arg(long, value_name = "KIND", value_parser = kind())]
    kind: Vec<Kind>,
    /// Only terms of at most so many days, with at most the usual grace period
    #[arg(long, value_name = "DAYS")]
    max_term: Option<NonZeroU32>,
    /// Only licenses for at most so many seats
    #[arg(long, value_name = "N")]
    max_seats: Option<NonZeroU32>,
    /// Only licenses that begin on this day or later
    #[arg(long, value_name = "DATE")]
    begins_from: Option<Day>,
    /// Only licenses that end on this day or earlier
    #[arg(long, value_name = "DATE")]
    ends_through: Option<Day>,
}

impl LimitsArgs {
    /// The delegation with these limits. Limits that are not named stay.
    pub fn apply(&self, delegation: Delegation) -> Delegation {
        let products = self.product.iter().copied().map(Product).collect();
        Delegation {
            purposes: delegation.purposes,
            products: some(products).or(delegation.products),
            environments: some(self.environment.clone()).or(delegation.environments),
            kinds: some(self.kind.clone()).or(delegation.kinds),
            max_term_days: self.max_term.or(delegation.max_term_days),
            max_seats: self.max_seats.or(delegation.max_seats),
            begins_from: self.begins_from.or(delegation.begins_from),
            ends_through: self.ends_through.or(delegation.ends_through),
        }
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use keyward_verifier::files::Purpose;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        limits: LimitsArgs,
    }

    #[test]
    fn a_limit_replaces_the_one_of_its_name_and_keeps_the_others() {
        let before = Delegation {
            products: Some(vec![Product(3)]),
            max_seats: NonZeroU32::new(5),
            ..Delegation::unlimited([Purpose::Licenses])
        };
        let only = Only::parse_from(["test", "--max-seats", "9", "--kind", "trial", "--kind", "stopgap"]);
        let after = Delegation {
            max_seats: NonZeroU32::new(9),
            kinds: Some(vec![Kind::Trial, Kind::Stopgap]),
            ..before.clone()
        };
        assert_eq!(only.limits.apply(before), after);
    }
}
