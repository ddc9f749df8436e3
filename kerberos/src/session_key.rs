//! The key that a ticket gives both sides, and what it is used for: to protect the key of a session that is sent.
//!
//! Rule: `Condor_Auth_Kerberos::wrap` and `unwrap` in HTCondor: `krb5_c_encrypt` with key usage 1024 and no initial value.
#![allow(
    unsafe_code,
    reason = "foreign functions of a library that is loaded at run time"
)]

use std::fmt;
use std::ptr::null;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::KerberosError;
use crate::ffi::{Session, data};
use crate::functions::{Data, EncData, KeyBlock, Loaded};

/// HTCondor's number for this use of a key.
const USAGE: i32 = 1024;
/// The longest text that is encrypted, in bytes. Keys have 24 or 32.
const MAX_TEXT: usize = 1024;
/// The longest key that is taken from the library, in bytes.
const MAX_KEY: usize = 64;

/// A ticket's session key. Wiped when dropped, and never shown.
pub struct SessionKey {
    library: Arc<Loaded>,
    enctype: i32,
    key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey(enctype {})", self.enctype)
    }
}

impl SessionKey {
    /// The key of an authentication.
    pub(crate) fn of(session: &Session) -> Result<Self, KerberosError> {
        let mut block: *mut KeyBlock = std::ptr::null_mut();
        let (library, context, auth) = session.parts();
        // SAFETY: both are the library's; the block is written to.
        let code = unsafe { (library.krb5_auth_con_getkey)(context, auth, &raw mut block) };
        session.check("krb5_auth_con_getkey", code)?;
        if block.is_null() {
            return Err(KerberosError::Unusable("no session key"));
        }
        // SAFETY: a key of the library's, copied before it is freed, once.
        let taken = unsafe {
            let KeyBlock {
                enctype,
                length,
                contents,
                ..
            } = &*block;
            let length = usize::try_from(*length).unwrap_or(usize::MAX);
            let taken = if contents.is_null() || length > MAX_KEY {
                None
            } else {
                let bytes = std::slice::from_raw_parts(*contents, length).to_vec();
                Some((*enctype, Zeroizing::new(bytes)))
            };
            (library.krb5_free_keyblock)(context, block);
            taken
        };
        let (enctype, key) = taken.ok_or(KerberosError::Unusable("an odd session key"))?;
        Ok(Self {
            library: library.clone(),
            enctype,
            key,
        })
    }

    /// The kind of key, a number of RFC 3961: 18 is AES-256.
    #[must_use]
    pub fn enctype(&self) -> i32 {
        self.enctype
    }

    fn block(&self) -> Result<KeyBlock, KerberosError> {
        let length = u32::try_from(self.key.len());
        let length = length.map_err(|_| KerberosError::Unasked("the key is too long"))?;
        Ok(KeyBlock {
            magic: 0,
            enctype: self.enctype,
            length,
            contents: self.key.as_ptr().cast_mut(),
        })
    }

    /// Encrypts a short text.
    ///
    /// # Errors
    /// [`KerberosError`].
    pub fn encrypt(&self, text: &[u8]) -> Result<Vec<u8>, KerberosError> {
        if text.len() > MAX_TEXT {
            return Err(KerberosError::Unasked("the text is too long"));
        }
        let session = Session::new(self.library.clone(), 0)?;
        let (library, context, _) = session.parts();
        let mut length = 0;
        // SAFETY: the length is written to.
        let code = unsafe {
            (library.krb5_c_encrypt_length)(context, self.enctype, text.len(), &raw mut length)
        };
        session.check("krb5_c_encrypt_length", code)?;
        if length > MAX_TEXT + 256 {
            return Err(KerberosError::Unusable("an odd length"));
        }
        let mut out = vec![0; length];
        let block = self.block()?;
        let text = data(text)?;
        let mut encrypted = EncData {
            magic: 0,
            enctype: 0,
            kvno: 0,
            ciphertext: data_mut(&mut out)?,
        };
        // SAFETY: key and text are only read, and live until it returns; as many bytes are written as the library asked for.
        let code = unsafe {
            (library.krb5_c_encrypt)(
                context,
                &raw const block,
                USAGE,
                null(),
                &raw const text,
                &raw mut encrypted,
            )
        };
        session.check("krb5_c_encrypt", code)?;
        Ok(out)
    }

    /// Decrypts a short text, which comes from a peer.
    ///
    /// # Errors
    /// [`KerberosError`]; also where it was altered.
    pub fn decrypt(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, KerberosError> {
        if encrypted.is_empty() || encrypted.len() > MAX_TEXT + 256 {
            return Err(KerberosError::Unasked(
                "what is encrypted has an odd length",
            ));
        }
        let session = Session::new(self.library.clone(), 0)?;
        let (library, context, _) = session.parts();
        let mut out = Zeroizing::new(vec![0; encrypted.len()]);
        let block = self.block()?;
        let encrypted = EncData {
            magic: 0,
            enctype: self.enctype,
            kvno: 0,
            ciphertext: data(encrypted)?,
        };
        let mut text = data_mut(&mut out)?;
        // SAFETY: key and what is encrypted are only read, and live until it returns; no text is longer than that.
        let code = unsafe {
            (library.krb5_c_decrypt)(
                context,
                &raw const block,
                USAGE,
                null(),
                &raw const encrypted,
                &raw mut text,
            )
        };
        session.check("krb5_c_decrypt", code)?;
        let length = usize::try_from(text.length).unwrap_or(usize::MAX);
        out.truncate(length);
        Ok(out)
    }
}

/// What the library writes to.
fn data_mut(bytes: &mut [u8]) -> Result<Data, KerberosError> {
    let length = u32::try_from(bytes.len());
    Ok(Data {
        length: length.map_err(|_| KerberosError::Unasked("it is too long"))?,
        data: bytes.as_mut_ptr().cast(),
        ..Data::EMPTY
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a C compiler lays them out on 64-bit Linux.
    #[test]
    #[cfg(target_pointer_width = "64")]
    fn layouts() {
        assert_eq!(size_of::<KeyBlock>(), 24);
        assert_eq!(size_of::<EncData>(), 32);
    }

    #[test]
    fn there_and_back() {
        let Ok(library) = Loaded::load(std::ffi::OsStr::new(crate::LIBRARY)) else {
            return;
        };
        let library = Arc::new(library);
        let key = |byte| SessionKey {
            library: library.clone(),
            enctype: 18,
            key: Zeroizing::new(vec![byte; 32]),
        };
        let (ours, other) = (key(7), key(8));
        let encrypted = ours.encrypt(&[1; 24]).unwrap();
        assert!(encrypted.len() > 24);
        assert_eq!(*ours.decrypt(&encrypted).unwrap(), [1; 24]);
        assert!(other.decrypt(&encrypted).is_err());
        for at in 0..encrypted.len() {
            let mut altered = encrypted.clone();
            altered[at] ^= 1;
            assert!(ours.decrypt(&altered).is_err(), "{at}");
            assert!(ours.decrypt(&encrypted[..at]).is_err(), "{at}");
        }
        assert!(ours.encrypt(&[0; 2000]).is_err());
        assert!(ours.decrypt(&[0; 2000]).is_err());
        assert!(!format!("{ours:?}").contains('7'));
    }
}
