//! Allocates memory for hosts of the WebAssembly module: a host copies its arguments into the module's heap.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::null_mut;

const ALIGNMENT: usize = 8;

/// Allocates `size` bytes, aligned for every struct; NULL if there is no memory for them.
#[unsafe(no_mangle)]
pub extern "C" fn kw_alloc(size: usize) -> *mut u8 {
    match Layout::from_size_align(size, ALIGNMENT) {
        // SAFETY: the layout has a size.
        Ok(layout) if size > 0 => unsafe { alloc(layout) },
        _ => null_mut(),
    }
}

/// Frees bytes of `kw_alloc`.
///
/// # Safety
///
/// `pointer` is NULL, or came from `kw_alloc` with this size and was not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kw_dealloc(pointer: *mut u8, size: usize) {
    if let (false, Ok(layout)) = (pointer.is_null(), Layout::from_size_align(size, ALIGNMENT)) {
        // SAFETY: the caller promises it.
        unsafe { dealloc(pointer, layout) };
    }
}
