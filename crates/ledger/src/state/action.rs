//! What can be done to a license.

use super::code::codes;

/// Something that is done to a license that is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Gives it to a customer, from the pool.
    Assign,
    /// Gives a machine one of its slots.
    Activate,
    /// Sends or shows its key to the customer, the first time or again.
    Deliver,
    /// Gives it to another customer, before its first activation.
    Reassign,
    /// Changes what its key does not say.
    Edit,
    /// Signs a new key with changes in place of the present one.
    Reissue,
    /// Adds the next term.
    Renew,
    /// Adds a key of at most 30 days that bridges a late renewal.
    Stopgap,
    /// Stops it for a cause, until it is resumed.
    Suspend,
    /// Ends a suspension.
    Resume,
    /// Pauses it by hand, until it is reactivated.
    Inactivate,
    /// Ends a pause.
    Reactivate,
    /// Ends it for ever, with all its keys.
    Revoke,
    /// Removes it, with its activations.
    Delete,
}

codes! { Action, "action":
    (Action::Assign) => "assign";
    (Action::Activate) => "activate";
    (Action::Deliver) => "deliver";
    (Action::Reassign) => "reassign";
    (Action::Edit) => "edit";
    (Action::Reissue) => "reissue";
    (Action::Renew) => "renew";
    (Action::Stopgap) => "stopgap";
    (Action::Suspend) => "suspend";
    (Action::Resume) => "resume";
    (Action::Inactivate) => "inactivate";
    (Action::Reactivate) => "reactivate";
    (Action::Revoke) => "revoke";
    (Action::Delete) => "delete";
}
