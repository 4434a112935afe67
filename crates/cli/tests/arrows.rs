//! The modules of the command use each other in one direction.

#[test]
fn modules_use_only_modules_to_their_left() {
    for file in ["main.rs", "args.rs", "assess.rs", "commands.rs", "io.rs", "show.rs"] {
        keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), file);
    }
}
