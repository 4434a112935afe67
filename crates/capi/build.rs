//! Gives the shared library the name that Linux looks for, with the version of its interface: `libkeyward.so.1`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        // The value of `KW_ABI_VERSION`. A test in tests/c.rs compares the two.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libkeyward.so.1");
    }
}
