//! The modules use each other in one direction only.

#[test]
fn modules_use_only_modules_to_their_left() {
    for file in ["lib.rs", "audit.rs", "audit_log.rs", "recipient.rs", "state.rs"] {
        keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), file);
    }
}
