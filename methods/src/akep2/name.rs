//! The names that whoever has a pool's key or password goes by.

use countersign_core::CondorVersion;

/// The name of this side towards a peer of `version`: that of PASSWORD on either side, and a server's by IDTOKENS.
///
/// Rule: `fetchLogin`: `condor@password` for a peer of 23.9 and later; `condor_pool` at UID_DOMAIN for any other, and for
/// one that does not tell its version.
pub(crate) fn pool_name(version: Option<&CondorVersion>, uid_domain: &str) -> String {
    if knows_condor(version) {
        "condor@password".to_owned()
    } else {
        format!("{CONDOR_POOL}{uid_domain}")
    }
}

/// What names of the older kind begin with.
pub(crate) const CONDOR_POOL: &str = "condor_pool@";

/// Whether a peer of that version knows the newer name.
pub(crate) fn knows_condor(version: Option<&CondorVersion>) -> bool {
    version.is_some_and(|version| version.at_least(23, 9, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_version() {
        let name = |version: &str| {
            let version = CondorVersion::parse(&format!("$CondorVersion: {version} x $"));
            pool_name(version.as_ref(), "pool.example")
        };
        assert_eq!(name("23.9.0"), "condor@password");
        assert_eq!(name("25.14.1"), "condor@password");
        assert_eq!(name("23.8.1"), "condor_pool@pool.example");
        assert_eq!(pool_name(None, ""), "condor_pool@");
    }
}
