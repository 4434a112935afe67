//! Modules use only modules to their left, as the files that declare them say.

#[test]
fn no_module_uses_one_to_its_right() {
    for file in ["lib.rs", "files.rs"] {
        keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), file);
    }
}
