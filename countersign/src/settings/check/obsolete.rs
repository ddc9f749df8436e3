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
        "write DENY_ADMINISTRATOR instead: the level OWNER became ADMINISTRATOR",
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
pub(super) fn advice(name: &str) -> Option<&'static str> {
    let is = |known: &str| match known.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == known,
    };
    OBSOLETE
        .iter()
        .find(|(known, _)| is(known))
        .map(|(_, advice)| *advice)
}
