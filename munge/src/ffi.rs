//! The three foreign functions.
#![allow(
    unsafe_code,
    reason = "foreign functions of a library that is loaded at run time"
)]

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use countersign_core::Secret;
use libc::{gid_t, uid_t};
use libloading::Library;
use zeroize::Zeroize as _;

use crate::{Decoded, LoadError, MAX_CREDENTIAL, MAX_PAYLOAD, MungeError};

/// `munge_ctx_t`, of which only the default is used.
type Context = *const c_void;
type Encode = unsafe extern "C" fn(*mut *mut c_char, Context, *const c_void, c_int) -> c_int;
type Decode = unsafe extern "C" fn(
    *const c_char,
    Context,
    *mut *mut c_void,
    *mut c_int,
    *mut uid_t,
    *mut gid_t,
) -> c_int;
type StrError = unsafe extern "C" fn(c_int) -> *const c_char;

/// `EMUNGE_SUCCESS`.
const SUCCESS: c_int = 0;
/// The longest of the library's messages that is kept, in bytes.
const MAX_TEXT: usize = 200;

/// The functions, and the library that they are in.
pub(crate) struct Loaded {
    pub(crate) functions: Functions,
    /// Unloaded after them.
    _library: Library,
}

/// What `munge.h` declares, as far as HTCondor uses it. Whoever makes one answers for the functions being these.
pub(crate) struct Functions {
    pub(crate) encode: Encode,
    pub(crate) decode: Decode,
    pub(crate) strerror: StrError,
}

impl Loaded {
    pub(crate) fn load(name: &OsStr) -> Result<Self, LoadError> {
        let shown = || name.to_string_lossy().into_owned();
        // SAFETY: what runs when the library is loaded is the system's, or the caller's choice.
        let library = unsafe { Library::new(name) }.map_err(|error| LoadError::NotLoaded {
            library: shown(),
            problem: error.to_string(),
        })?;
        // SAFETY: the three types are those of `munge.h`, which have not changed since libmunge 0.5, and `.so.2` is its ABI.
        let functions = unsafe {
            Functions {
                encode: symbol(&library, "munge_encode", shown)?,
                decode: symbol(&library, "munge_decode", shown)?,
                strerror: symbol(&library, "munge_strerror", shown)?,
            }
        };
        Ok(Self {
            functions,
            _library: library,
        })
    }
}

/// # Safety
/// `T` is the type of the function of that name, and is not called once the library is gone.
unsafe fn symbol<T: Copy>(
    library: &Library,
    name: &'static str,
    shown: impl Fn() -> String,
) -> Result<T, LoadError> {
    // SAFETY: the caller's.
    match unsafe { library.get::<T>(name) } {
        Ok(symbol) => Ok(*symbol),
        Err(_) => Err(LoadError::NoSymbol {
            library: shown(),
            symbol: name,
        }),
    }
}

/// What the library allocated, wiped and given back when dropped.
struct Allocated {
    start: *mut c_void,
    len: usize,
}

impl Allocated {
    fn bytes(&self) -> &[u8] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: whoever made it says that so many bytes are there; nobody else has them.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.len) }
    }
}

impl Drop for Allocated {
    fn drop(&mut self) {
        if self.start.is_null() {
            return;
        }
        // SAFETY: as in `bytes`; and it was allocated by `malloc`, as `munge(3)` promises.
        unsafe {
            std::slice::from_raw_parts_mut(self.start.cast::<u8>(), self.len).zeroize();
            libc::free(self.start);
        }
    }
}

impl Functions {
    pub(crate) fn encode(&self, payload: &Secret) -> Result<Secret, MungeError> {
        let len = c_int::try_from(payload.len())
            .map_err(|_| MungeError::Unasked("the payload is too long"))?;
        let mut made: *mut c_char = null_mut();
        // SAFETY: `made` is written to; the payload is read for its length, and not kept.
        let code =
            unsafe { (self.encode)(&raw mut made, null(), payload.expose().as_ptr().cast(), len) };
        let len = match made.is_null() {
            true => 0,
            // SAFETY: a string of the library's own.
            false => unsafe { CStr::from_ptr(made) }.count_bytes(),
        };
        let made = Allocated {
            start: made.cast(),
            len,
        };
        self.check(code)?;
        match made.bytes() {
            [] => Err(MungeError::Unusable("no credential")),
            long if long.len() > MAX_CREDENTIAL => {
                Err(MungeError::Unusable("a credential that is too long"))
            }
            bytes if !bytes.is_ascii() => Err(MungeError::Unusable("a credential that is no text")),
            bytes => Ok(bytes.into()),
        }
    }

    pub(crate) fn decode(&self, credential: CString) -> Result<Decoded, MungeError> {
        let mut payload: *mut c_void = null_mut();
        // Never a valid id, should the library not set them.
        let (mut len, mut uid, mut gid): (c_int, _, _) = (0, uid_t::MAX, gid_t::MAX);
        // SAFETY: the credential is NUL-terminated, is only read, and lives until it returns; the rest is written to.
        let code = unsafe {
            (self.decode)(
                credential.as_ptr(),
                null(),
                &raw mut payload,
                &raw mut len,
                &raw mut uid,
                &raw mut gid,
            )
        };
        let mut credential = credential.into_bytes();
        credential.zeroize();
        // A payload comes with some errors, too.
        let payload = Allocated {
            start: payload,
            len: usize::try_from(len).unwrap_or(0),
        };
        self.check(code)?;
        if payload.bytes().len() > MAX_PAYLOAD {
            return Err(MungeError::Unusable("a payload that is too long"));
        }
        if uid == uid_t::MAX {
            return Err(MungeError::Unusable("no user id"));
        }
        Ok(Decoded {
            payload: payload.bytes().into(),
            uid,
            gid,
        })
    }

    fn check(&self, code: c_int) -> Result<(), MungeError> {
        if code == SUCCESS {
            return Ok(());
        }
        // SAFETY: any number may be asked about.
        let text = unsafe { (self.strerror)(code) };
        let text = match text.is_null() {
            true => format!("error {code}"),
            // SAFETY: a string of the library's, which is never changed.
            false => unsafe { CStr::from_ptr(text) }
                .to_string_lossy()
                .into_owned(),
        };
        let text = text
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_TEXT)
            .collect();
        Err(MungeError::Reported { code, text })
    }
}
