//! The module behind the npm package `keyward`: the C interface of `keyward-capi`, and nothing else. `npm/` is the
//! package, and `.ci/wasm` builds and tests both.
//!
//! Every `kw_` function is exported, with `kw_alloc` and `kw_dealloc` for what a host passes. There is no unwinding in
//! WebAssembly as it is built here: a panic is a trap, after which no instance should be used again.

// Linked for what it exports by name.
use keyward as _;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static HEAP: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
