//! The modules of the server use each other in one direction.

#[test]
fn modules_use_only_modules_to_their_left() {
    for file in ["main.rs", "args.rs", "io.rs"] {
        keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), file);
    }
}
