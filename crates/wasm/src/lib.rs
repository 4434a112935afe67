//! The module behind the npm package `keyward`: the C interface of `keyward-capi`, and nothing else. The package's other
//! files are in `npm/`. `crates/wasm/build` builds both, and `.ci/wasm` tests them.
//!
//! Every `kw_` function is exported, with `kw_alloc` and `kw_dealloc` for what a host passes. There is no unwinding in
//! WebAssembly as it is built here: a panic is a trap, after which no instance should be used again.

// Linked for what it exports by name.
use keyward as _;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static HEAP: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
