//! The methods that lines may name.

/// What a method's names look like, and who makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// `issuer,subject`: whoever has a web server can be an issuer.
    Issuer,
    /// `/DC=org/CN=Jane Doe`: whoever gets a certificate.
    Subject,
    /// `user@REALM`.
    Realm,
    /// An account of this host.
    Account,
    /// Whatever the client says.
    Claimed,
    /// Always the same.
    Nobody,
}

/// What is to be said of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// HTCondor looks its names up.
    Asked,
    /// HTCondor has it, but it gives no name that could be looked up.
    NeverAsked,
    /// HTCondor has it no more.
    Gone,
}

/// A method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    pub(crate) standing: Standing,
}

const fn method(name: &'static str, family: Family, standing: Standing) -> Method {
    Method {
        name,
        family,
        standing,
    }
}

use Standing::{Asked, Gone, NeverAsked};

static METHODS: [Method; 12] = [
    method("SCITOKENS", Family::Issuer, Asked),
    method("SSL", Family::Subject, Asked),
    method("GSI", Family::Subject, Gone),
    method("KERBEROS", Family::Realm, Asked),
    method("IDTOKENS", Family::Realm, NeverAsked),
    method("PASSWORD", Family::Realm, NeverAsked),
    method("FS", Family::Account, Asked),
    method("FS_REMOTE", Family::Account, Asked),
    method("MUNGE", Family::Account, Asked),
    method("NTSSPI", Family::Account, Asked),
    method("CLAIMTOBE", Family::Claimed, Asked),
    method("ANONYMOUS", Family::Nobody, Asked),
];

/// Spellings that configurations may use and mapfiles may not.
const SPELLINGS: [(&str, &str); 4] = [
    ("TOKEN", "IDTOKENS"),
    ("TOKENS", "IDTOKENS"),
    ("IDTOKEN", "IDTOKENS"),
    ("SCITOKEN", "SCITOKENS"),
];

/// The method of that name.
pub(crate) fn known(name: &[u8]) -> Option<&'static Method> {
    METHODS
        .iter()
        .find(|method| method.name.as_bytes().eq_ignore_ascii_case(name))
}

/// The method that a wrong name probably means.
pub(crate) fn near(name: &[u8]) -> Option<&'static str> {
    let name = std::str::from_utf8(name).ok()?.to_ascii_uppercase();
    if let Some((_, meant)) = SPELLINGS.iter().find(|(other, _)| *other == name) {
        return Some(meant);
    }
    if name.len() > 16 {
        return None;
    }
    METHODS
        .iter()
        .map(|method| {
            (
                distance(name.as_bytes(), method.name.as_bytes()),
                method.name,
            )
        })
        .filter(|(distance, known)| *distance <= 2 && distance * 3 <= known.len())
        .min()
        .map(|(_, known)| known)
}

/// How many letters must be changed, added or taken away.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, left) in a.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b) {
            let cost = diagonal + usize::from(left != right);
            diagonal = *cell;
            *cell = cost.min(before + 1).min(diagonal + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        assert_eq!(near(b"token"), Some("IDTOKENS"));
        assert_eq!(near(b"SCITOKEN"), Some("SCITOKENS"));
        assert_eq!(near(b"KERBROS"), Some("KERBEROS"));
        assert_eq!(near(b"SLL"), Some("SSL"));
        assert_eq!(near(b"*"), None);
        assert_eq!(near(b"X509"), None);
        assert!(known(b"claimToBe").is_some());
        assert_eq!(distance(b"kitten", b"sitting"), 3);
    }
}
