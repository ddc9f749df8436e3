//! Names of the form `user@domain`, as a server sets them, and as clients claim them.

/// Takes a name apart at its last `@`, as HTCondor does.
pub(crate) fn split(name: &str) -> (String, Option<String>) {
    match name.rsplit_once('@') {
        Some((user, domain)) => (user.to_owned(), Some(lowered(domain))),
        None => (name.to_owned(), None),
    }
}

/// A domain as HTCondor keeps it (`Condor_Auth_Base::setRemoteDomain`).
pub(crate) fn lowered(domain: &str) -> String {
    domain.to_ascii_lowercase()
}

/// What a stranger sent, fit for a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { '?' } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_last_sign() {
        assert_eq!(split("a@b@C"), ("a@b".into(), Some("c".into())));
        assert_eq!(split("a"), ("a".into(), None));
        assert_eq!(
            split("condor_pool@"),
            ("condor_pool".into(), Some(String::new()))
        );
    }
}
