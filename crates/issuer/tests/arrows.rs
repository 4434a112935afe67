//! The modules of this crate use each other as the comments above them say.

#[test]
fn modules_use_only_modules_to_their_left() {
    for file in ["lib.rs", "order.rs", "record.rs", "policy.rs", "batch.rs"] {
        keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), file);
    }
}
