//! Settings that HTCondor does not read any more.

/// What HTCondor once read: the name or its beginning (with a `*` behind it), and what stands in its place.
const OBSOLETE: [(&str, &str); 14] = [
    ("HOSTALLOW_*", "write ALLOW_* instead"),
    ("HOSTDENY_*", "write DENY_* instead"),
    (
        "ALLOW_OWNER*",
        "add those whom it names to ALLOW_ADMINISTRATOR: the level OWNER became ADMINISTRATOR",
    ),
    (
        "DENY_OWNER*",
        "write DENY_ADMINISTRATOR* instead: the level OWNER became ADMINISTRATOR",
    ),
    (
        "SEC_OWNER_*",
        "write SEC_ADMINISTRATOR_* instead: the level OWNER became ADMINISTRATOR",
    ),
    ("ALLOW_SOAP*", "remove it: there is no SOAP any more"),
    ("DENY_SOAP*", "remove it: there is no SOAP any more"),
    ("SEC_SOAP_*", "remove it: there is no SOAP any more"),
    ("GSI_DAEMON_*", GSI),
    ("GSI_AUTHZ_CONF", GSI),
    ("GSI_DELEGATION_*", GSI),
    ("GSI_SKIP_HOST_CHECK*", GSI),
    ("GSI_WARNING*", GSI),
    (
        "GRIDMAP",
        "write CERTIFICATE_MAPFILE instead, with a file in its format",
    ),
];
const GSI: &str =
    "remove it, and use SSL, SCITOKENS or IDTOKENS: HTCondor has no GSI since version 10";

/// What to do about a name in capital letters that HTCondor once read, if it is one.
pub(super) fn advice(name: &str) -> Option<String> {
    OBSOLETE
        .iter()
        .find_map(|(known, advice)| match known.strip_suffix('*') {
            // The star in the advice is what the star in the name stood for.
            Some(beginning) => Some(advice.replace('*', name.strip_prefix(beginning)?)),
            None => (name == *known).then(|| (*advice).to_owned()),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_name_is_spelt_out() {
        assert_eq!(
            advice("HOSTALLOW_WRITE_SCHEDD").as_deref(),
            Some("write ALLOW_WRITE_SCHEDD instead")
        );
        assert_eq!(advice("GRIDMAP_X"), None);
    }
}
