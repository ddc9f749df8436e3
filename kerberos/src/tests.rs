//! What can be seen without a KDC. Everything else is in the suites.

use std::io::Write as _;
use std::mem::{offset_of, size_of};
use std::net::Ipv4Addr;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::functions::{Creds, DecryptedTicket, Ticket};
use super::*;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The system's library; where there is none, that must be what is said.
fn library() -> Option<&'static Kerberos> {
    static LIBRARY: OnceLock<Result<Kerberos, LoadError>> = OnceLock::new();
    match LIBRARY.get_or_init(Kerberos::load) {
        Ok(library) => Some(library),
        Err(LoadError::NotLoaded { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// As a C compiler lays them out on 64-bit Linux.
#[test]
#[cfg(target_pointer_width = "64")]
fn layouts() {
    assert_eq!(size_of::<Creds>(), 120);
    assert_eq!(offset_of!(Ticket, decrypted), 48);
    assert_eq!(offset_of!(DecryptedTicket, client), 16);
}

#[test]
fn what_is_no_libkrb5_is_said_with_its_name() {
    let path = std::env::temp_dir().join(format!("countersign-no-krb5-{}", std::process::id()));
    std::fs::File::create(&path)
        .unwrap()
        .write_all(b"text")
        .unwrap();
    for (name, says) in [
        (OsStr::new("libcountersign-none.so.2"), "cannot be loaded"),
        (path.as_os_str(), "cannot be loaded"),
        (OsStr::new("libc.so.6"), "has no krb5_init_context"),
    ] {
        let error = Kerberos::load_from(name).unwrap_err().to_string();
        assert!(error.starts_with(&*name.to_string_lossy()), "{error}");
        assert!(error.contains(says), "{error}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn nothing_is_asked_that_is_too_long() {
    let Some(kerberos) = library() else { return };
    let long = vec![0x6e; MAX_MESSAGE + 1];
    assert!(matches!(
        kerberos.accept(&long, None, FROM),
        Err(KerberosError::Unasked(_))
    ));
    let keytab = Source::Keytab {
        keytab: Some("FILE:/nonexistent/keytab"),
        principal: Some("host/a@B"),
    };
    for host in ["a\0b", &"x".repeat(5000)] {
        let asked = kerberos.request(host, "host", keytab);
        assert!(matches!(asked, Err(KerberosError::Unasked(_))));
    }
}

#[test]
fn a_keytab_that_is_not_there() {
    let Some(kerberos) = library() else { return };
    let keytab = Source::Keytab {
        keytab: Some("FILE:/nonexistent/keytab"),
        principal: Some("host/a@B"),
    };
    let error = kerberos.request("localhost", "host", keytab).unwrap_err();
    assert!(matches!(error, KerberosError::Reported { .. }), "{error:?}");
}

proptest! {
    #[test]
    fn no_bytes_are_a_request(bytes: Vec<u8>) {
        if let Some(kerberos) = library() {
            // What an AP-REQ starts with, and what does not.
            let like = [&[0x6e, 0x82], bytes.as_slice()].concat();
            for request in [&bytes, &like] {
                let accepted = kerberos.accept(request, Some("FILE:/nonexistent/keytab"), FROM);
                let is_error = accepted.is_err();
                prop_assert!(is_error);
            }
        }
    }
}
