//! Events for logs and figures (`tracing`, at the level DEBUG). They name no license and no person.

/// The target of the event for each committed entry of the audit log. Its field `action` is that of the entry.
pub const COMMITTED: &str = "keyward_ledger::committed";

/// The target of the event for each signature. Its field `kind` says what was signed: `license`, `license-file`,
/// `validation-file` or `revocation-list`.
pub const SIGNED: &str = "keyward_ledger::signed";

pub(crate) fn committed(action: &'static str) {
    tracing::debug!(target: COMMITTED, action);
}

pub(crate) fn signed(kind: &'static str) {
    tracing::debug!(target: SIGNED, kind);
}
