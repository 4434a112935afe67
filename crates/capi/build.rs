//! Names the shared library as Linux looks for it: `libkeyward.so.0`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        let soname = concat!("libkeyward.so.", env!("CARGO_PKG_VERSION_MAJOR"));
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{soname}");
    }
}
