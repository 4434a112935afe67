//! The statuses on a revocation list, by what may follow a license that has them.

use keyward_verifier::files::{Reason, Status};

/// Whether another license may follow after the later status where none may after the earlier one: a license that was published
/// is issued again, and one that was refunded or is on hold is not. A list keeps the earlier status then.
pub fn permits_more(later: Status, earlier: Status) -> bool {
    rank(later) < rank(earlier)
}

const fn rank(status: Status) -> u8 {
    match status {
        Status::Revoked(Reason::Leaked) => 0,
        Status::Revoked(Reason::Superseded) => 1,
        // A later list may lift it.
        Status::OnHold => 2,
        _ => 3,
    }
}
