//! Which authentication methods each side lists, in which order, and what it has for them.

use crate::run::User;
use crate::scenario::{Scenario, View};

const REQUIRED: &str = "SEC_DEFAULT_AUTHENTICATION = REQUIRED";

fn case(name: &str, server: &str, client: &str) -> Scenario {
    Scenario::new(format!("methods/{name}"))
        .both(REQUIRED)
        .server(&format!("SEC_DEFAULT_AUTHENTICATION_METHODS = {server}"))
        .client(&format!("SEC_CLIENT_AUTHENTICATION_METHODS = {client}"))
}

/// A method that is listed twice, and a list with nothing in it.
fn odd_lists() -> Vec<Scenario> {
    let both = |name: &str, list: &str| case(name, list, list);
    let odd = vec![
        both("listed-twice", "FS, IDTOKENS, IDTOKENS, FS")
            .client("SEC_FS_ENFORCE_CHANNEL_BINDING = False"),
        both("listed-twice-alone", "IDTOKENS, IDTOKENS"),
        both("listed-twice-and-failing", "IDTOKENS, IDTOKENS").user(User::Bob),
        both("listed-by-two-names", "TOKEN, IDTOKENS").user(User::Bob),
        case(
            "listed-twice-at-the-server",
            "IDTOKENS, IDTOKENS",
            "IDTOKENS",
        ),
        case(
            "listed-twice-at-the-client",
            "IDTOKENS",
            "IDTOKENS, IDTOKENS",
        ),
        both("empty-list", ""),
        case("empty-list-at-the-server", "", "IDTOKENS"),
        case("empty-list-at-the-client", "IDTOKENS", ""),
        both("commas-alone", ", ,"),
        case("commas-alone-at-the-server", ", ,", "IDTOKENS"),
        case("commas-alone-at-the-client", "IDTOKENS", ", ,"),
        both("gsi-alone", "GSI"),
    ];
    let views = [View::Table, View::Verbose, View::Long];
    odd.into_iter().map(|one| one.views(&views)).collect()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = listed();
    all.extend(odd_lists());
    all
}

fn listed() -> Vec<Scenario> {
    let unbound = "SEC_FS_ENFORCE_CHANNEL_BINDING = False";
    vec![
        case("tokens-then-fs", "IDTOKENS, FS", "IDTOKENS, FS"),
        case("fs-then-tokens", "FS, IDTOKENS", "FS, IDTOKENS"),
        case("server-order-counts", "FS, IDTOKENS", "IDTOKENS, FS"),
        case("client-order", "IDTOKENS, FS", "FS, IDTOKENS"),
        case("tokens-alone", "IDTOKENS", "IDTOKENS"),
        case("tokens-alone-as-root", "IDTOKENS", "IDTOKENS").user(User::Root),
        case("tokens-alone-as-bob", "IDTOKENS", "IDTOKENS").user(User::Bob),
        case(
            "tokens-alone-as-root-without-pool-key",
            "IDTOKENS",
            "IDTOKENS",
        )
        .user(User::Root)
        .client("SEC_PASSWORD_DIRECTORY = @AREA@"),
        case("fs-alone", "FS", "FS"),
        case("fs-alone-unbound", "FS", "FS").client(unbound),
        case("fs-alone-unbound-as-root", "FS", "FS")
            .client(unbound)
            .user(User::Root),
        case("fs-alone-unbound-as-bob", "FS", "FS")
            .client(unbound)
            .user(User::Bob),
        case("fs-remote", "FS_REMOTE", "FS_REMOTE").server("FS_REMOTE_DIR = @SHARED@"),
        case("fs-remote-unbound", "FS_REMOTE", "FS_REMOTE")
            .server("FS_REMOTE_DIR = @SHARED@//")
            .client(unbound),
        case("fs-remote-unbound-as-root", "FS_REMOTE", "FS_REMOTE")
            .server("FS_REMOTE_DIR = @SHARED@")
            .client(unbound)
            .user(User::Root),
        case("fs-remote-without-a-folder", "FS_REMOTE", "FS_REMOTE").client(unbound),
        case("fs-remote-in-no-folder", "FS_REMOTE", "FS_REMOTE")
            .server("FS_REMOTE_DIR = @AREA@/missing"),
        case("fs-remote-then-fs", "FS_REMOTE, FS", "FS_REMOTE, FS")
            .server("FS_REMOTE_DIR = @AREA@/missing")
            .client(unbound),
        case("token-by-its-other-name", "TOKENS, FS", "TOKEN"),
        case("small-letters", "idtokens, fs", "idtokens fs"),
        case("nothing-in-common", "FS", "IDTOKENS"),
        case("nothing-in-common-preferred", "FS", "IDTOKENS")
            .server("SEC_DEFAULT_AUTHENTICATION = PREFERRED")
            .client("SEC_DEFAULT_AUTHENTICATION = PREFERRED"),
        case("optional-and-not-possible", "IDTOKENS", "IDTOKENS")
            .user(User::Bob)
            .server("SEC_DEFAULT_AUTHENTICATION = PREFERRED")
            .client("SEC_DEFAULT_AUTHENTICATION = OPTIONAL"),
        case("claimtobe", "CLAIMTOBE", "CLAIMTOBE"),
        case("claimtobe-as-root", "CLAIMTOBE", "CLAIMTOBE").user(User::Root),
        case(
            "claimtobe-after-tokens-as-bob",
            "IDTOKENS, CLAIMTOBE",
            "IDTOKENS, CLAIMTOBE",
        )
        .user(User::Bob),
        case("anonymous", "ANONYMOUS", "ANONYMOUS"),
        case(
            "anonymous-after-tokens-as-bob",
            "IDTOKENS, ANONYMOUS",
            "IDTOKENS, ANONYMOUS",
        )
        .user(User::Bob),
        case("ssl-first", "SSL, IDTOKENS, FS", "SSL, IDTOKENS, FS"),
        case(
            "kerberos-first",
            "KERBEROS, IDTOKENS, FS",
            "KERBEROS, IDTOKENS, FS",
        ),
        case(
            "scitokens-first",
            "SCITOKENS, IDTOKENS, FS",
            "SCITOKENS, IDTOKENS, FS",
        ),
        case("kerberos", "KERBEROS", "KERBEROS"),
        case("kerberos-unprotected", "KERBEROS", "KERBEROS")
            .both("SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER"),
        case("kerberos-as-root", "KERBEROS", "KERBEROS")
            .user(User::Root)
            .both("KERBEROS_SERVER_PRINCIPAL = host/localhost@POOL.EXAMPLE"),
        case("kerberos-as-root-of-another-name", "KERBEROS", "KERBEROS")
            .user(User::Root)
            .both(
                "KERBEROS_SERVER_PRINCIPAL = host/localhost@POOL.EXAMPLE\nKERBEROS_SERVER_USER = daemon",
            ),
        case("kerberos-without-ticket", "KERBEROS", "KERBEROS").user(User::Bob),
        case("kerberos-without-ticket-first", "KERBEROS, FS", "KERBEROS, FS")
            .user(User::Bob)
            .client(unbound),
        case("kerberos-of-no-such-service", "KERBEROS", "KERBEROS")
            .client("KERBEROS_SERVER_SERVICE = nothing"),
        case("kerberos-of-a-service-without-key", "KERBEROS", "KERBEROS")
            .client("KERBEROS_SERVER_SERVICE = gone"),
        case("kerberos-without-keytab", "KERBEROS", "KERBEROS")
            .server("KERBEROS_SERVER_KEYTAB = @AREA@/none"),
        case("munge", "MUNGE", "MUNGE"),
        case("munge-as-root", "MUNGE", "MUNGE").user(User::Root),
        case("munge-as-bob-first", "MUNGE, FS", "munge, FS").user(User::Bob),
        case("munge-unprotected", "MUNGE", "MUNGE")
            .both("SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER"),
        case("munge-only-at-the-server", "MUNGE, IDTOKENS", "IDTOKENS"),
        case("password", "PASSWORD", "PASSWORD").user(User::Root),
        case("password-of-others-only", "PASSWORD", "PASSWORD"),
        case("password-of-others-only-first", "PASSWORD, FS", "password, FS").client(unbound),
        case("password-unprotected", "PASSWORD", "PASSWORD")
            .user(User::Root)
            .both("SEC_DEFAULT_ENCRYPTION = NEVER\nSEC_DEFAULT_INTEGRITY = NEVER"),
        case("password-of-no-server", "PASSWORD, FS", "PASSWORD, FS")
            .user(User::Root)
            .client(unbound)
            .server("SEC_PASSWORD_FILE = @AREA@/none"),
        case("password-of-no-setting", "PASSWORD", "PASSWORD")
            .user(User::Root)
            .client("SEC_PASSWORD_FILE ="),
        case("password-in-another-domain", "PASSWORD", "PASSWORD")
            .user(User::Root)
            .client("UID_DOMAIN = other.example"),
        case("ssl-only-at-the-server", "SSL, IDTOKENS", "IDTOKENS"),
        case("unknown-one-first", "FROB, IDTOKENS", "FROB, IDTOKENS"),
        case("gsi-first", "GSI, IDTOKENS", "GSI, IDTOKENS"),
    ]
}
