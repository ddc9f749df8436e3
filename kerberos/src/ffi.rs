//! The calls, in HTCondor's order.
//!
//! Rule: `Condor_Auth_Kerberos` in HTCondor 25.14.
#![allow(
    unsafe_code,
    reason = "foreign functions of a library that is loaded at run time"
)]

use std::ffi::{CStr, CString, c_char};
use std::net::IpAddr;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use crate::functions::{Address, Code, Creds, Data, Loaded, Opaque};
use crate::session_key::SessionKey;
use crate::{Accepted, KerberosError, MAX_MESSAGE, Pending, Request, Source};

/// `KRB5_AUTH_CONTEXT_DO_TIME`: timestamps are remembered, so that nothing is taken twice.
const DO_TIME: i32 = 1;
/// `KRB5_AUTH_CONTEXT_DO_SEQUENCE`.
const DO_SEQUENCE: i32 = 4;
/// `AP_OPTS_MUTUAL_REQUIRED | AP_OPTS_USE_SUBKEY`.
const MUTUAL_WITH_SUBKEY: i32 = 0x2000_0000 | 1;
/// `KRB5_NT_SRV_HST`.
const SERVICE_ON_HOST: i32 = 3;
/// `ADDRTYPE_INET` and `ADDRTYPE_INET6`.
const INET: (i32, i32) = (2, 24);

/// The longest principal that is taken, in bytes.
const MAX_NAME: usize = 4096;
/// The longest of the library's messages that is kept, in characters.
const MAX_TEXT: usize = 300;

/// A context of the library's, and one of an authentication. It may go from thread to thread, and is never used by two.
pub(crate) struct Session {
    library: Arc<Loaded>,
    context: Opaque,
    auth: Opaque,
}

// SAFETY: nothing in libkrb5's contexts belongs to a thread. They may not be used by two threads at once, and cannot be:
// the pointers keep this from being `Sync`.
unsafe impl Send for Session {}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: both are the library's, made in `new`, and nobody has them any more.
        unsafe {
            if !self.auth.is_null() {
                (self.library.krb5_auth_con_free)(self.context, self.auth);
            }
            (self.library.krb5_free_context)(self.context);
        }
    }
}

/// Runs when it is dropped.
struct Deferred<F: FnMut()>(F);

impl<F: FnMut()> Drop for Deferred<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn c_string(text: &str) -> Result<CString, KerberosError> {
    if text.len() > MAX_NAME {
        return Err(KerberosError::Unasked("a name is too long"));
    }
    CString::new(text).map_err(|_| KerberosError::Unasked("a name has a NUL in it"))
}

/// What is given to be read. The library does not write to it.
pub(crate) fn data(bytes: &[u8]) -> Result<Data, KerberosError> {
    Ok(Data {
        length: u32::try_from(bytes.len()).map_err(|_| KerberosError::Unasked("it is too long"))?,
        data: bytes.as_ptr().cast_mut().cast(),
        ..Data::EMPTY
    })
}

impl Session {
    /// What the calls of another file need.
    pub(crate) fn parts(&self) -> (&Arc<Loaded>, Opaque, Opaque) {
        (&self.library, self.context, self.auth)
    }

    pub(crate) fn new(library: Arc<Loaded>, flags: i32) -> Result<Self, KerberosError> {
        let mut context = null_mut();
        // SAFETY: it is written to.
        let code = unsafe { (library.krb5_init_context)(&raw mut context) };
        if code != 0 || context.is_null() {
            // No context, no words: a krb5.conf that cannot be read is the usual reason.
            return Err(KerberosError::Reported {
                call: "krb5_init_context",
                code,
                text: format!("Kerberos cannot be set up (error {code}): krb5.conf cannot be read"),
            });
        }
        let mut session = Self {
            library,
            context,
            auth: null_mut(),
        };
        let library = session.library.clone();
        // SAFETY: the context is the library's; the other is written to.
        let code = unsafe { (library.krb5_auth_con_init)(context, &raw mut session.auth) };
        session.check("krb5_auth_con_init", code)?;
        // SAFETY: both are the library's.
        let code = unsafe { (library.krb5_auth_con_setflags)(context, session.auth, flags) };
        session.check("krb5_auth_con_setflags", code)?;
        Ok(session)
    }

    pub(crate) fn check(&self, call: &'static str, code: Code) -> Result<(), KerberosError> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: any code may be asked about; the text is copied before it is freed.
        let text = unsafe {
            let message = (self.library.krb5_get_error_message)(self.context, code);
            if message.is_null() {
                format!("error {code}")
            } else {
                let text = CStr::from_ptr(message).to_string_lossy().into_owned();
                (self.library.krb5_free_error_message)(self.context, message);
                text
            }
        };
        Err(KerberosError::Reported {
            call,
            code,
            text: text
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_TEXT)
                .collect(),
        })
    }

    /// A principal as text.
    fn name(&self, principal: Opaque) -> Result<String, KerberosError> {
        if principal.is_null() {
            return Err(KerberosError::Unusable("no principal"));
        }
        let mut name: *mut c_char = null_mut();
        // SAFETY: the principal is the library's, and only read; the name is written to.
        let code =
            unsafe { (self.library.krb5_unparse_name)(self.context, principal, &raw mut name) };
        self.check("krb5_unparse_name", code)?;
        if name.is_null() {
            return Err(KerberosError::Unusable("no name"));
        }
        // SAFETY: a string of the library's, copied before it is freed.
        let bytes = unsafe {
            let bytes = CStr::from_ptr(name).to_bytes().to_vec();
            (self.library.krb5_free_unparsed_name)(self.context, name);
            bytes
        };
        if bytes.len() > MAX_NAME {
            return Err(KerberosError::Unusable("a name that is too long"));
        }
        String::from_utf8(bytes).map_err(|_| KerberosError::Unusable("a name that is no UTF-8"))
    }

    /// The principal of a service: on this host where none is named.
    fn service(&self, host: Option<&str>, service: &str) -> Result<Opaque, KerberosError> {
        let host = host.map(c_string).transpose()?;
        let service = c_string(service)?;
        let mut principal = null_mut();
        // SAFETY: the strings live until it returns; the principal is written to.
        let code = unsafe {
            (self.library.krb5_sname_to_principal)(
                self.context,
                host.as_ref().map_or(null(), |host| host.as_ptr()),
                service.as_ptr(),
                SERVICE_ON_HOST,
                &raw mut principal,
            )
        };
        self.check("krb5_sname_to_principal", code)?;
        Ok(principal)
    }

    fn parse(&self, name: &str) -> Result<Opaque, KerberosError> {
        let name = c_string(name)?;
        let mut principal = null_mut();
        // SAFETY: the string lives until it returns; the principal is written to.
        let code = unsafe {
            (self.library.krb5_parse_name)(self.context, name.as_ptr(), &raw mut principal)
        };
        self.check("krb5_parse_name", code)?;
        Ok(principal)
    }

    /// A keytab: the system's where none is named.
    fn keytab(&self, name: Option<&str>) -> Result<Opaque, KerberosError> {
        let mut keytab = null_mut();
        match name {
            Some(name) => {
                let name = c_string(name)?;
                // SAFETY: the string lives until it returns; the keytab is written to.
                let code = unsafe {
                    (self.library.krb5_kt_resolve)(self.context, name.as_ptr(), &raw mut keytab)
                };
                self.check("krb5_kt_resolve", code)?;
            }
            None => {
                // SAFETY: the keytab is written to.
                let code = unsafe { (self.library.krb5_kt_default)(self.context, &raw mut keytab) };
                self.check("krb5_kt_default", code)?;
            }
        }
        Ok(keytab)
    }

    fn free_principal(&self, principal: Opaque) -> impl Drop + '_ {
        // SAFETY: it is the library's, and freed once.
        Deferred(move || unsafe {
            if !principal.is_null() {
                (self.library.krb5_free_principal)(self.context, principal);
            }
        })
    }

    fn close_keytab(&self, keytab: Opaque) -> impl Drop + '_ {
        // SAFETY: it is the library's, and closed once.
        Deferred(move || unsafe {
            if !keytab.is_null() {
                (self.library.krb5_kt_close)(self.context, keytab);
            }
        })
    }

    /// Copies what the library made, and frees it.
    fn take(&self, mut made: Data) -> Result<Vec<u8>, KerberosError> {
        let length = usize::try_from(made.length).unwrap_or(usize::MAX);
        let copied = if made.data.is_null() || length == 0 {
            Err(KerberosError::Unusable("no message"))
        } else if length > MAX_MESSAGE {
            Err(KerberosError::Unusable("a message that is too long"))
        } else {
            // SAFETY: the library says that so many bytes are there.
            Ok(unsafe { std::slice::from_raw_parts(made.data.cast::<u8>(), length) }.to_vec())
        };
        // SAFETY: its content is the library's, and freed once; NULL is nothing to it.
        unsafe { (self.library.krb5_free_data_contents)(self.context, &raw mut made) };
        copied
    }

    /// The AP-REQ, by these credentials.
    fn message(&mut self, creds: *mut Creds) -> Result<Vec<u8>, KerberosError> {
        let mut made = Data::EMPTY;
        // SAFETY: the credentials are the library's and live until it returns; no data is to be covered; the rest is
        // written to.
        let code = unsafe {
            (self.library.krb5_mk_req_extended)(
                self.context,
                &raw mut self.auth,
                MUTUAL_WITH_SUBKEY,
                null_mut(),
                creds,
                &raw mut made,
            )
        };
        self.check("krb5_mk_req_extended", code)?;
        self.take(made)
    }

    pub(crate) fn verify(self, reply: &[u8]) -> Result<(), KerberosError> {
        let reply = data(reply)?;
        let mut part = null_mut();
        // SAFETY: the reply is only read, and lives until it returns; the part is written to, and freed.
        let code = unsafe {
            let code = (self.library.krb5_rd_rep)(
                self.context,
                self.auth,
                &raw const reply,
                &raw mut part,
            );
            if !part.is_null() {
                (self.library.krb5_free_ap_rep_enc_part)(self.context, part);
            }
            code
        };
        self.check("krb5_rd_rep", code)
    }
}

pub(crate) fn request(
    library: Arc<Loaded>,
    host: &str,
    service: &str,
    source: Source<'_>,
) -> Result<Request, KerberosError> {
    let mut session = Session::new(library.clone(), DO_SEQUENCE)?;
    let context = session.context;
    let server = session.service(Some(host), service)?;
    let free_server = {
        let library = library.clone();
        // SAFETY: it is the library's, and freed once, before the context.
        Deferred(move || unsafe { (library.krb5_free_principal)(context, server) })
    };
    let server_name = session.name(server)?;
    let (client, message) = match source {
        Source::Cache => from_cache(&mut session, server)?,
        Source::Keytab { keytab, principal } => {
            from_keytab(&mut session, &server_name, service, keytab, principal)?
        }
    };
    drop(free_server);
    let key = SessionKey::of(&session)?;
    Ok(Request {
        message,
        key,
        client,
        server: server_name,
        pending: Pending(session),
    })
}

fn from_cache(session: &mut Session, server: Opaque) -> Result<(String, Vec<u8>), KerberosError> {
    let (library, context) = (session.library.clone(), session.context);
    let mut cache = null_mut();
    // SAFETY: the cache is written to.
    let code = unsafe { (library.krb5_cc_default)(context, &raw mut cache) };
    session.check("krb5_cc_default", code)?;
    // SAFETY: it is the library's, and closed once.
    let _close = Deferred(|| unsafe {
        (library.krb5_cc_close)(context, cache);
    });
    let mut client = null_mut();
    // SAFETY: the cache is the library's; the client is written to.
    let code = unsafe { (library.krb5_cc_get_principal)(context, cache, &raw mut client) };
    session.check("krb5_cc_get_principal", code)?;
    // SAFETY: it is the library's, and freed once, after the last use of what has it in it.
    let _free = Deferred(|| unsafe { (library.krb5_free_principal)(context, client) });
    let name = session.name(client)?;
    let mut wanted = Creds::EMPTY;
    (wanted.client, wanted.server) = (client, server);
    let mut creds = null_mut();
    // SAFETY: what is wanted is only read, and lives until it returns; the credentials are written to.
    let code = unsafe {
        (library.krb5_get_credentials)(context, 0, cache, &raw mut wanted, &raw mut creds)
    };
    session.check("krb5_get_credentials", code)?;
    if creds.is_null() {
        return Err(KerberosError::Unusable("no credentials"));
    }
    let message = session.message(creds);
    // SAFETY: they are the library's, and freed once.
    unsafe { (library.krb5_free_creds)(context, creds) };
    Ok((name, message?))
}

fn from_keytab(
    session: &mut Session,
    server: &str,
    service: &str,
    keytab: Option<&str>,
    principal: Option<&str>,
) -> Result<(String, Vec<u8>), KerberosError> {
    let (library, context) = (session.library.clone(), session.context);
    let server = c_string(server)?;
    let mut creds = Creds::EMPTY;
    let name = {
        let client = match principal {
            Some(principal) => session.parse(principal)?,
            None => session.service(None, service)?,
        };
        let _free = session.free_principal(client);
        let name = session.name(client)?;
        let keytab = session.keytab(keytab)?;
        let _close = session.close_keytab(keytab);
        // SAFETY: the client, the keytab and the string live until it returns; the credentials are written to, and no
        // options are given.
        let code = unsafe {
            (library.krb5_get_init_creds_keytab)(
                context,
                &raw mut creds,
                client,
                keytab,
                0,
                server.as_ptr(),
                null_mut(),
            )
        };
        session.check("krb5_get_init_creds_keytab", code)?;
        name
    };
    let message = session.message(&raw mut creds);
    // SAFETY: what is in them is the library's, and freed once.
    unsafe { (library.krb5_free_cred_contents)(context, &raw mut creds) };
    Ok((name, message?))
}

pub(crate) fn accept(
    library: Arc<Loaded>,
    request: &[u8],
    keytab: Option<&str>,
    from: IpAddr,
) -> Result<Accepted, KerberosError> {
    let mut session = Session::new(library.clone(), DO_SEQUENCE | DO_TIME)?;
    let context = session.context;
    set_remote(&session, from)?;
    let keytab = session.keytab(keytab)?;
    // SAFETY: it is the library's, and closed once, before the context.
    let close = Deferred(|| unsafe {
        (library.krb5_kt_close)(context, keytab);
    });
    let request = data(request)?;
    let mut ticket = null_mut();
    // SAFETY: the request is only read, and lives until it returns; any principal of the keytab may be meant; the ticket is
    // written to.
    let code = unsafe {
        (library.krb5_rd_req)(
            context,
            &raw mut session.auth,
            &raw const request,
            null_mut(),
            keytab,
            null_mut(),
            &raw mut ticket,
        )
    };
    drop(close);
    // SAFETY: it is the library's, and freed once.
    let free = Deferred(|| unsafe {
        if !ticket.is_null() {
            (library.krb5_free_ticket)(context, ticket);
        }
    });
    session.check("krb5_rd_req", code)?;
    // SAFETY: a ticket of the library's, of which only the beginning is read.
    let client = unsafe {
        ticket
            .as_ref()
            .and_then(|ticket| ticket.decrypted.as_ref())
            .map_or(null_mut(), |decrypted| decrypted.client)
    };
    let client = session.name(client)?;
    drop(free);
    let mut reply = Data::EMPTY;
    // SAFETY: the reply is written to.
    let code = unsafe { (library.krb5_mk_rep)(context, session.auth, &raw mut reply) };
    session.check("krb5_mk_rep", code)?;
    let reply = session.take(reply)?;
    let key = SessionKey::of(&session)?;
    Ok(Accepted { client, reply, key })
}

/// A ticket for certain addresses is good from those alone.
fn set_remote(session: &Session, from: IpAddr) -> Result<(), KerberosError> {
    let (addrtype, mut bytes) = match from.to_canonical() {
        IpAddr::V4(ip) => (INET.0, ip.octets().to_vec()),
        IpAddr::V6(ip) => (INET.1, ip.octets().to_vec()),
    };
    let address = Address {
        magic: 0,
        addrtype,
        length: u32::try_from(bytes.len()).unwrap_or(0),
        contents: bytes.as_mut_ptr(),
    };
    // SAFETY: the address is copied.
    let code = unsafe {
        (session.library.krb5_auth_con_setaddrs)(
            session.context,
            session.auth,
            null(),
            &raw const address,
        )
    };
    session.check("krb5_auth_con_setaddrs", code)
}
