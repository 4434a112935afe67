//! The module behind the npm package `keyward`: the C interface of `keyward-capi`, and nothing else. The package's other
//! files are in `npm/`. `crates/wasm/build` builds both, and `.ci/wasm` tests them.
//!
//! Every `kw_` function is exported, with `kw_alloc` and `kw_dealloc` for the arguments of a host. This build has no
//! unwinding: a panic is a trap, after which the instance must not be used again.

// Linked for its exported functions.
use keyward as _;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static HEAP: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
