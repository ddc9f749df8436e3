//! Authentication methods: names, spellings and bits.
//!
//! Rule: `sec_char_to_auth_method` and `filterAuthenticationMethods` in HTCondor's
//! `condor_secman.cpp`, and the `CAUTH_*` bits of `condor_auth.h`.

/// One authentication method's names.
#[derive(Debug, PartialEq, Eq)]
pub struct MethodName {
    /// The name that errors, mapfiles and documentation use, such as `IDTOKENS`.
    pub canonical: &'static str,
    /// The name in policy ads, where it differs: `TOKEN`, `SCITOKENS`. `None` sends the
    /// configuration's own spelling.
    pub wire: Option<&'static str>,
    /// The bit in the exchange of method masks.
    pub bit: u32,
    /// Every accepted spelling, compared without case.
    pub spellings: &'static [&'static str],
    /// Whether a Linux build of HTCondor offers it.
    pub standing: Standing,
    /// Whether it proves nothing, so that a session that it made is good for the level of its
    /// command and what that implies, and no more (`DaemonCommandProtocol::AuthenticateFinish`).
    pub bare_word: bool,
}

/// What becomes of a configured method before anything is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It stays in the list.
    Offered,
    /// HTCondor drops it from the list, for this reason.
    Dropped(&'static str),
}

impl MethodName {
    /// True if `text` is one of this method's spellings.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.spellings
            .iter()
            .any(|spelling| spelling.eq_ignore_ascii_case(text))
    }
}

const fn method(
    canonical: &'static str,
    bit: u32,
    spellings: &'static [&'static str],
    wire: Option<&'static str>,
    standing: Standing,
) -> MethodName {
    MethodName {
        canonical,
        wire,
        bit,
        spellings,
        standing,
        bare_word: false,
    }
}

use Standing::{Dropped, Offered};

/// The client's bare word.
pub static CLAIMTOBE: MethodName = MethodName {
    bare_word: true,
    ..method("CLAIMTOBE", 2, &["CLAIMTOBE"], None, Offered)
};
/// A directory on a file system that both sides see.
pub static FS: MethodName = method("FS", 4, &["FS"], None, Offered);
/// Nobody in particular.
pub static ANONYMOUS: MethodName = method("ANONYMOUS", 128, &["ANONYMOUS"], None, Offered);
/// Tokens signed with a pool's key.
pub static IDTOKENS: MethodName = method(
    "IDTOKENS",
    2048,
    &["IDTOKENS", "IDTOKEN", "TOKENS", "TOKEN"],
    Some("TOKEN"),
    Offered,
);
/// A directory on a file system that two machines mount.
pub static FS_REMOTE: MethodName = method("FS_REMOTE", 8, &["FS_REMOTE"], None, Offered);
static NTSSPI: MethodName = method(
    "NTSSPI",
    16,
    &["NTSSPI"],
    None,
    Dropped("HTCondor has NTSSPI on Windows only and removes it from the list elsewhere"),
);
/// A ticket of Kerberos', and the server's answer to it.
pub static KERBEROS: MethodName = method("KERBEROS", 64, &["KERBEROS"], None, Offered);
/// TLS, in which a certificate proves who the server is, and the client too if it has one.
pub static SSL: MethodName = method("SSL", 256, &["SSL"], None, Offered);
/// A password that the machines of a pool share.
pub static PASSWORD: MethodName = method("PASSWORD", 512, &["PASSWORD"], None, Offered);
/// A credential that the munged of the client's host makes and the one of the server's takes.
pub static MUNGE: MethodName = method("MUNGE", 1024, &["MUNGE"], None, Offered);
/// A bearer token of an issuer, sent through TLS.
pub static SCITOKENS: MethodName = method(
    "SCITOKENS",
    4096,
    &["SCITOKENS", "SCITOKEN"],
    Some("SCITOKENS"),
    Offered,
);
/// Certificates of a grid site, before HTCondor 10. No connection carries its bit any more.
pub static GSI: MethodName = method(
    "GSI",
    32,
    &["GSI"],
    None,
    Dropped("HTCondor no longer has GSI and removes it from the list before offering"),
);

/// What is written down instead of a method where a parent daemon handed the session over, or the
/// whole family shares it (`AUTH_METHOD_FAMILY`). It is never negotiated, and has no bit.
pub static FAMILY: MethodName = method("FAMILY", 0, &["FAMILY"], None, HANDED_OVER);
/// The same where a claim id, or another capability, made the session (`AUTH_METHOD_MATCH`).
pub static MATCH: MethodName = method("MATCH", 0, &["MATCH"], None, HANDED_OVER);

const HANDED_OVER: Standing = Dropped("its sessions are handed over, not negotiated");

/// Every method that HTCondor knows a name for.
pub static KNOWN_METHODS: [&MethodName; 12] = [
    &CLAIMTOBE, &FS, &FS_REMOTE, &NTSSPI, &KERBEROS, &ANONYMOUS, &SSL, &PASSWORD, &MUNGE,
    &IDTOKENS, &SCITOKENS, &GSI,
];

/// The known method of that spelling.
#[must_use]
pub fn known_method(text: &str) -> Option<&'static MethodName> {
    KNOWN_METHODS.into_iter().find(|method| method.is(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_distinct_and_bits_too() {
        let mut bits = 0;
        for method in KNOWN_METHODS {
            assert_eq!(bits & method.bit, 0, "{}", method.canonical);
            bits |= method.bit;
            for spelling in method.spellings {
                assert_eq!(known_method(spelling), Some(method));
            }
        }
    }

    #[test]
    fn case_does_not_matter() {
        assert_eq!(known_method("token").unwrap().canonical, "IDTOKENS");
        assert!(known_method("KERBEROS5").is_none());
    }
}
