use clap::ValueEnum;
use keyward_ledger::{Scope, Scopes};

/// The roles of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Reads licenses and customers, and no whole key
    Viewer,
    /// Issues licenses within the rules, and receives their keys
    Support,
    /// All of licenses and customers
    LicenseManager,
}

impl Role {
    /// The rights that the role stands for.
    pub fn scopes(self) -> Scopes {
        match self {
            Role::Viewer => [Scope::LicensesRead, Scope::CustomersRead].into_iter().collect(),
            Role::Support => {
                let more = [Scope::LicensesIssue, Scope::LicensesActivate, Scope::KeysRead];
                more.into_iter().chain([Scope::LicensesRead, Scope::CustomersRead]).collect()
            }
            Role::LicenseManager => Scope::ALL.into_iter().collect(),
        }
    }
}
