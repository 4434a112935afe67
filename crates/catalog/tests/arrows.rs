//! Modules use only modules to their left, as `lib.rs` says.

#[test]
fn no_module_uses_one_to_its_right() {
    keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), "lib.rs");
}
