//! Signs license keys.
