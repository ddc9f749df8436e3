//! What `krb5.h` declares, as far as it is used, and where it is found.
#![allow(
    unsafe_code,
    reason = "foreign functions of a library that is loaded at run time"
)]

use std::ffi::{OsStr, c_char, c_int, c_uint, c_void};

use libloading::Library;

use crate::LoadError;

/// Something whose content is the library's own business.
pub(crate) type Opaque = *mut c_void;
pub(crate) type Code = i32;

/// `krb5_data`: bytes, with their length.
#[repr(C)]
pub(crate) struct Data {
    pub(crate) magic: i32,
    pub(crate) length: c_uint,
    pub(crate) data: *mut c_char,
}

/// `krb5_keyblock`.
#[repr(C)]
pub(crate) struct KeyBlock {
    pub(crate) magic: i32,
    pub(crate) enctype: i32,
    pub(crate) length: c_uint,
    pub(crate) contents: *mut u8,
}

/// `krb5_creds`.
#[repr(C)]
pub(crate) struct Creds {
    magic: i32,
    pub(crate) client: Opaque,
    pub(crate) server: Opaque,
    keyblock: KeyBlock,
    times: [i32; 4],
    is_skey: c_uint,
    ticket_flags: i32,
    addresses: Opaque,
    ticket: Data,
    second_ticket: Data,
    authdata: Opaque,
}

/// The beginning of `krb5_ticket`, up to what is read. Only ever seen behind a pointer.
#[repr(C)]
pub(crate) struct Ticket {
    magic: i32,
    server: Opaque,
    enctype_and_data: EncData,
    pub(crate) decrypted: *const DecryptedTicket,
}

/// `krb5_enc_data`.
#[repr(C)]
pub(crate) struct EncData {
    pub(crate) magic: i32,
    pub(crate) enctype: i32,
    pub(crate) kvno: c_uint,
    pub(crate) ciphertext: Data,
}

/// The beginning of `krb5_enc_tkt_part`.
#[repr(C)]
pub(crate) struct DecryptedTicket {
    magic: i32,
    flags: i32,
    session: *const KeyBlock,
    pub(crate) client: Opaque,
}

/// `krb5_address`.
#[repr(C)]
pub(crate) struct Address {
    pub(crate) magic: i32,
    pub(crate) addrtype: i32,
    pub(crate) length: c_uint,
    pub(crate) contents: *mut u8,
}

impl Data {
    pub(crate) const EMPTY: Self = Self {
        magic: 0,
        length: 0,
        data: std::ptr::null_mut(),
    };
}

impl Creds {
    pub(crate) const EMPTY: Self = Self {
        magic: 0,
        client: std::ptr::null_mut(),
        server: std::ptr::null_mut(),
        keyblock: KeyBlock {
            magic: 0,
            enctype: 0,
            length: 0,
            contents: std::ptr::null_mut(),
        },
        times: [0; 4],
        is_skey: 0,
        ticket_flags: 0,
        addresses: std::ptr::null_mut(),
        ticket: Data::EMPTY,
        second_ticket: Data::EMPTY,
        authdata: std::ptr::null_mut(),
    };
}

/// Declares the table of functions and how it is filled.
macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions, and the library that they are in.
        #[allow(clippy::struct_field_names, reason = "the names are the library's")]
        pub(crate) struct Loaded {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            /// Unloaded after the last of them was called.
            _library: Library,
        }

        impl Loaded {
            pub(crate) fn load(name: &OsStr) -> Result<Self, LoadError> {
                let shown = || name.to_string_lossy().into_owned();
                // SAFETY: what runs when the library is loaded is the system's, or the caller's choice.
                let library = unsafe { Library::new(name) }.map_err(|error| LoadError::NotLoaded {
                    library: shown(),
                    problem: error.to_string(),
                })?;
                Ok(Self {
                    $($name: {
                        // SAFETY: the type is that of `krb5.h`; `.so.3` is its ABI, unchanged since MIT krb5 1.6.
                        let symbol = unsafe {
                            library.get::<unsafe extern "C" fn($($argument),*) $(-> $result)?>(stringify!($name))
                        };
                        *symbol.map_err(|_| LoadError::NoSymbol {
                            library: shown(),
                            symbol: stringify!($name),
                        })?
                    },)*
                    _library: library,
                })
            }
        }
    };
}

functions! {
    krb5_init_context: fn(*mut Opaque) -> Code;
    krb5_free_context: fn(Opaque);
    krb5_get_error_message: fn(Opaque, Code) -> *const c_char;
    krb5_free_error_message: fn(Opaque, *const c_char);
    krb5_auth_con_init: fn(Opaque, *mut Opaque) -> Code;
    krb5_auth_con_free: fn(Opaque, Opaque) -> Code;
    krb5_auth_con_setflags: fn(Opaque, Opaque, i32) -> Code;
    krb5_auth_con_setaddrs: fn(Opaque, Opaque, *const Address, *const Address) -> Code;
    krb5_parse_name: fn(Opaque, *const c_char, *mut Opaque) -> Code;
    krb5_sname_to_principal: fn(Opaque, *const c_char, *const c_char, i32, *mut Opaque) -> Code;
    krb5_unparse_name: fn(Opaque, Opaque, *mut *mut c_char) -> Code;
    krb5_free_unparsed_name: fn(Opaque, *mut c_char);
    krb5_free_principal: fn(Opaque, Opaque);
    krb5_cc_default: fn(Opaque, *mut Opaque) -> Code;
    krb5_cc_get_principal: fn(Opaque, Opaque, *mut Opaque) -> Code;
    krb5_cc_close: fn(Opaque, Opaque) -> Code;
    krb5_get_credentials: fn(Opaque, i32, Opaque, *mut Creds, *mut *mut Creds) -> Code;
    krb5_get_init_creds_keytab: fn(Opaque, *mut Creds, Opaque, Opaque, i32, *const c_char, Opaque) -> Code;
    krb5_free_creds: fn(Opaque, *mut Creds);
    krb5_free_cred_contents: fn(Opaque, *mut Creds);
    krb5_kt_resolve: fn(Opaque, *const c_char, *mut Opaque) -> Code;
    krb5_kt_default: fn(Opaque, *mut Opaque) -> Code;
    krb5_kt_close: fn(Opaque, Opaque) -> Code;
    krb5_mk_req_extended: fn(Opaque, *mut Opaque, i32, *mut Data, *mut Creds, *mut Data) -> Code;
    krb5_rd_req: fn(Opaque, *mut Opaque, *const Data, Opaque, Opaque, *mut c_int, *mut *mut Ticket) -> Code;
    krb5_mk_rep: fn(Opaque, Opaque, *mut Data) -> Code;
    krb5_rd_rep: fn(Opaque, Opaque, *const Data, *mut Opaque) -> Code;
    krb5_free_ap_rep_enc_part: fn(Opaque, Opaque);
    krb5_free_ticket: fn(Opaque, *mut Ticket);
    krb5_free_data_contents: fn(Opaque, *mut Data);
    krb5_auth_con_getkey: fn(Opaque, Opaque, *mut *mut KeyBlock) -> Code;
    krb5_free_keyblock: fn(Opaque, *mut KeyBlock);
    krb5_c_encrypt_length: fn(Opaque, i32, usize, *mut usize) -> Code;
    krb5_c_encrypt: fn(Opaque, *const KeyBlock, i32, *const Data, *const Data, *mut EncData) -> Code;
    krb5_c_decrypt: fn(Opaque, *const KeyBlock, i32, *const Data, *const EncData, *mut Data) -> Code;
}
