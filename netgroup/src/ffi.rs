//! The one foreign function, and the only unsafe code of the workspace.
#![allow(
    unsafe_code,
    reason = "a foreign function; no crate wraps it, and the standard library has none"
)]

use std::ffi::{CStr, c_char, c_int};
use std::sync::{Mutex, PoisonError};

/// The C library documents a race between callers.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

mod c {
    use super::{c_char, c_int};

    unsafe extern "C" {
        pub(super) fn innetgr(
            group: *const c_char,
            host: *const c_char,
            user: *const c_char,
            domain: *const c_char,
        ) -> c_int;
    }
}

/// `innetgr(3)`.
pub(crate) fn innetgr(group: &CStr, host: &CStr, user: &CStr, domain: &CStr) -> bool {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: all four are NUL-terminated and live until it returns; it only reads them, keeps
    // none, and no other thread is in it.
    unsafe {
        c::innetgr(
            group.as_ptr(),
            host.as_ptr(),
            user.as_ptr(),
            domain.as_ptr(),
        ) == 1
    }
}
