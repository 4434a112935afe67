//! Names the shared library as Linux looks for it, with the version of its interface: `libkeyward.so.1`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        // `KW_ABI_VERSION`, as a test in tests/c.rs holds it to.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libkeyward.so.1");
    }
}
