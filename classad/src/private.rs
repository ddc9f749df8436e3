//! Which attributes hold secrets.

/// Attributes whose values are secrets, by name: HTCondor's first list (`ClassAdPrivateAttrs` in `compat_classad.cpp`).
///
/// HTCondor sends these only over an encrypted channel and leaves them out of what it prints.
pub const PRIVATE_ATTRIBUTES: [&str; 6] = [
    "Capability",
    "ChildClaimIds",
    "ClaimId",
    "ClaimIdList",
    "ClaimIds",
    "TransferKey",
];

/// The prefix that makes any attribute private: HTCondor's second rule (`ClassAdAttributeIsPrivateV2`).
pub const PRIVATE_PREFIX: &str = "_condor_priv";

/// Whether the attribute `name` holds a secret (`ClassAdAttributeIsPrivateAny`); case does not matter.
pub fn is_private(name: &str) -> bool {
    PRIVATE_ATTRIBUTES
        .iter()
        .any(|private| private.eq_ignore_ascii_case(name))
        || name
            .get(..PRIVATE_PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PRIVATE_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn names_and_prefix_match_in_any_case() {
        for name in [
            "claimid",
            "CAPABILITY",
            "ChildClaimIds",
            "_Condor_PrivFoo",
            "_condor_priv",
        ] {
            assert!(is_private(name), "{name}");
        }
        for name in [
            "ClaimIdx",
            "condor_priv",
            "",
            "_condor_pri",
            "é_condor_priv",
        ] {
            assert!(!is_private(name), "{name}");
        }
    }
}
