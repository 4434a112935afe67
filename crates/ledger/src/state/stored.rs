//! What is stored of a license's state.

use super::code::codes;

/// How far a license has come in its life. Only this and the [`Hold`] are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BaseState {
    /// In the pool, without a customer.
    Available,
    /// It has a customer, and was never activated.
    Assigned,
    /// It was activated, or delivered if its product has no activation. It stays active when its last machine is released.
    Active,
    /// Final.
    Revoked,
}

codes! { BaseState, "base state":
    (BaseState::Available) => "available";
    (BaseState::Assigned) => "assigned";
    (BaseState::Active) => "active";
    (BaseState::Revoked) => "revoked";
}

/// What keeps a license from use for a time. It is stored beside the base state, which comes back when the hold ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Stopped, for this cause.
    Suspended(SuspendCause),
    /// Paused by hand.
    Inactive,
}

codes! { Hold, "hold":
    (Hold::Suspended(SuspendCause::Abuse)) => "suspended-abuse";
    (Hold::Suspended(SuspendCause::Payment)) => "suspended-payment";
    (Hold::Suspended(SuspendCause::Manual)) => "suspended-manual";
    (Hold::Inactive) => "inactive";
}

impl Hold {
    /// The cause of a suspension. A license that was paused by hand has none.
    pub const fn cause(self) -> Option<SuspendCause> {
        match self {
            Hold::Suspended(cause) => Some(cause),
            Hold::Inactive => None,
        }
    }
}

/// Why a license is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuspendCause {
    /// An abuse rule found a pattern of misuse.
    Abuse,
    /// A payment failed.
    Payment,
    /// A person decided so.
    Manual,
}

codes! { SuspendCause, "cause of a suspension":
    (SuspendCause::Abuse) => "abuse";
    (SuspendCause::Payment) => "payment";
    (SuspendCause::Manual) => "manual";
}
