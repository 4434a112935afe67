//! What a token may do.

use std::fmt;
use std::str::FromStr;

/// One right of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read licenses, activations, the catalogue and generators. License keys are shown in short.
    LicensesRead,
    /// Issue licenses: new ones, reissues, renewals and stopgaps.
    LicensesIssue,
    /// Change licenses: assign, edit, hold, revoke and delete them, and manage generators.
    LicensesManage,
    /// Activate machines for a customer, and release them.
    LicensesActivate,
    /// Receive whole license keys.
    KeysRead,
    /// Read customers.
    CustomersRead,
    /// Create, change, merge, export and erase customers.
    CustomersManage,
    /// Report payments.
    SubscriptionsWrite,
    /// Read the audit log.
    AuditRead,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Scope; 9] = [
        Scope::LicensesRead,
        Scope::LicensesIssue,
        Scope::LicensesManage,
        Scope::LicensesActivate,
        Scope::KeysRead,
        Scope::CustomersRead,
        Scope::CustomersManage,
        Scope::SubscriptionsWrite,
        Scope::AuditRead,
    ];

    /// Its name, such as `licenses:read`.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::LicensesRead => "licenses:read",
            Scope::LicensesIssue => "licenses:issue",
            Scope::LicensesManage => "licenses:manage",
            Scope::LicensesActivate => "licenses:activate",
            Scope::KeysRead => "keys:read",
            Scope::CustomersRead => "customers:read",
            Scope::CustomersManage => "customers:manage",
            Scope::SubscriptionsWrite => "subscriptions:write",
            Scope::AuditRead => "audit:read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text is not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a scope, one of {}", Scope::ALL.map(Scope::name).join(", "))]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Scope, ScopeError> {
        Scope::ALL.into_iter().find(|scope| scope.name() == text).ok_or(ScopeError)
    }
}

/// The rights of a token, each once, in the order of [`Scope::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Whether it has that right.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The scopes.
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Scopes {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Scopes(scopes)
    }
}

/// The names, with a space between them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Scopes, ScopeError> {
        text.split(' ').filter(|name| !name.is_empty()).map(str::parse).collect()
    }
}
