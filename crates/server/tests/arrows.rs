//! The modules of the server use each other in one direction.

#[test]
fn modules_use_only_modules_to_their_left() {
    for file in [
        "lib.rs",
        "handlers.rs",
        "openapi.rs",
        "handlers/licenses.rs",
        "handlers/products.rs",
        "request.rs",
        "shapes.rs",
        "main.rs",
        "args.rs",
        "io.rs",
    ] {
        keyward_testing::arrows::check(env!("CARGO_MANIFEST_DIR"), file);
    }
}
