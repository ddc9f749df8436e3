//! The library's place is taken by functions that do what a library must not.
#![allow(unsafe_code, reason = "they stand for foreign functions")]

use std::ffi::{CString, OsStr, c_char, c_int, c_void};
use std::io::Write as _;
use std::ptr::null;

use super::ffi::Functions;
use super::*;

const REPLAYED: c_int = 17;

fn copy(bytes: &[u8]) -> *mut c_void {
    // SAFETY: so many bytes are allocated and written.
    unsafe {
        let start = libc::malloc(bytes.len().max(1));
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), start.cast(), bytes.len());
        start
    }
}

unsafe extern "C" fn no_text(_: c_int) -> *const c_char {
    null()
}

unsafe extern "C" fn a_text(_: c_int) -> *const c_char {
    c"Replayed\x1b[2J credential".as_ptr()
}

/// Gives the payload back as the credential; an empty one as NULL.
unsafe extern "C" fn echo(
    made: *mut *mut c_char,
    _: *const c_void,
    payload: *const c_void,
    len: c_int,
) -> c_int {
    // SAFETY: the crate's own call.
    unsafe {
        let bytes = std::slice::from_raw_parts(payload.cast::<u8>(), usize::try_from(len).unwrap());
        if !bytes.is_empty() {
            *made = copy(CString::new(bytes).unwrap().as_bytes_with_nul()).cast();
        }
    }
    0
}

unsafe extern "C" fn no_encode(
    made: *mut *mut c_char,
    _: *const c_void,
    _: *const c_void,
    _: c_int,
) -> c_int {
    // SAFETY: the crate's own call.
    unsafe { *made = copy(b"left behind\0").cast() };
    6
}

/// What the credential says: the length of the payload to claim and whether there is one, and the result.
unsafe extern "C" fn as_told(
    credential: *const c_char,
    _: *const c_void,
    payload: *mut *mut c_void,
    len: *mut c_int,
    uid: *mut u32,
    gid: *mut u32,
) -> c_int {
    // SAFETY: the crate's own call.
    unsafe {
        match CStr::from_ptr(credential).to_bytes() {
            b"good" => {
                (*payload, *len, *uid, *gid) = (copy(b"key"), 3, 7001, 7002);
                0
            }
            b"nothing" => 0,
            b"negative" => {
                (*payload, *len, *uid) = (copy(b"key"), -1, 1);
                0
            }
            b"null" => {
                (*len, *uid) = (1 << 30, 1);
                0
            }
            b"long" => {
                (*payload, *len, *uid) = (copy(&[b'x'; 2000]), 2000, 1);
                0
            }
            _ => {
                (*payload, *len, *uid) = (copy(b"key"), 3, 0);
                REPLAYED
            }
        }
    }
}

use std::ffi::CStr;

fn functions() -> Functions {
    Functions {
        encode: echo,
        decode: as_told,
        strerror: a_text,
    }
}

#[test]
fn credentials_are_made_of_what_can_be_one() {
    let functions = functions();
    let encode = |bytes: &[u8]| functions.encode(&Secret::from(bytes));
    assert_eq!(encode(b"MUNGE:x:").unwrap(), Secret::from(&b"MUNGE:x:"[..]));
    assert_eq!(encode(b""), Err(MungeError::Unusable("no credential")));
    assert!(matches!(
        encode("é".as_bytes()),
        Err(MungeError::Unusable(_))
    ));
    assert!(matches!(
        encode(&[b'x'; 9000]),
        Err(MungeError::Unusable(_))
    ));
    let failing = Functions {
        encode: no_encode,
        strerror: no_text,
        ..functions
    };
    let error = failing.encode(&Secret::from(&b"x"[..])).unwrap_err();
    assert_eq!(error.to_string(), "error 6");
}

#[test]
fn what_a_library_may_not_say_is_no_user() {
    let functions = functions();
    let decode = |text: &str| functions.decode(CString::new(text).unwrap());
    let good = decode("good").unwrap();
    assert_eq!((good.uid, good.gid), (7001, 7002));
    assert_eq!(good.payload, Secret::from(&b"key"[..]));
    assert_eq!(decode("nothing"), Err(MungeError::Unusable("no user id")));
    assert!(decode("negative").unwrap().payload.is_empty());
    assert!(decode("null").unwrap().payload.is_empty());
    assert!(matches!(decode("long"), Err(MungeError::Unusable(_))));
    let text = "Replayed[2J credential".to_owned();
    let code = REPLAYED;
    assert_eq!(decode("again"), Err(MungeError::Reported { code, text }));
}

#[test]
fn what_is_no_libmunge_is_said_with_its_name() {
    let path = std::env::temp_dir().join(format!("countersign-no-library-{}", std::process::id()));
    std::fs::File::create(&path)
        .unwrap()
        .write_all(b"text")
        .unwrap();
    for (name, says) in [
        (OsStr::new("libcountersign-none.so.2"), "cannot be loaded"),
        (path.as_os_str(), "cannot be loaded"),
        (OsStr::new("libc.so.6"), "has no munge_encode"),
    ] {
        let error = Munge::load_from(name).unwrap_err().to_string();
        assert!(error.starts_with(&*name.to_string_lossy()), "{error}");
        assert!(error.contains(says), "{error}");
    }
    std::fs::remove_file(path).unwrap();
}
