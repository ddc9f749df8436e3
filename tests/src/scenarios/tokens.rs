//! Tokens that are good, good for little, and good for nothing; and where they are looked for.

use crate::run::User;
use crate::scenario::{Scenario, TOKENS_THEN_FS};
use crate::tokens::Token;

fn case(name: &str, files: &[(&'static str, &[Token])]) -> Scenario {
    Scenario::new(format!("tokens/{name}"))
        .both("SEC_DEFAULT_AUTHENTICATION = REQUIRED")
        .tokens(files)
}

pub(super) fn scenarios() -> Vec<Scenario> {
    // A 23.9.6 daemon's FS is refused: so a token that fails shows there that nothing else was left.
    let mut all = vec![
        case("good", &[("a", &[Token::Alice])]),
        case("another-subject", &[("a", &[Token::Carol])]),
        case("subject-outside-the-domain", &[("a", &[Token::Stranger])]),
        case("read-only", &[("a", &[Token::Read])]),
        case("advertise-startd-only", &[("a", &[Token::AdvertiseStartd])]),
        case("daemon-only", &[("a", &[Token::Daemon])]),
        case("expired-then-fs", &[("a", &[Token::Expired])]),
        case("forged-then-fs", &[("a", &[Token::Forged])]),
        case("unknown-key-then-fs", &[("a", &[Token::OtherKey])]),
        case("other-domain-then-fs", &[("a", &[Token::OtherDomain])]),
        case("none-then-fs", &[]),
        case(
            "two-files-in-byte-order",
            &[("b", &[Token::Alice]), ("B", &[Token::Carol])],
        ),
        case("two-in-one-file", &[("a", &[Token::Carol, Token::Alice])]),
        case(
            "first-for-another-domain",
            &[("a", &[Token::OtherDomain]), ("b", &[Token::Alice])],
        ),
        case(
            "first-by-unknown-key",
            &[("a", &[Token::OtherKey, Token::Alice])],
        ),
        case(
            "first-expired",
            &[("a", &[Token::Expired]), ("b", &[Token::Alice])],
        ),
        case(
            "first-forged",
            &[("a", &[Token::Forged]), ("b", &[Token::Alice])],
        ),
        case(
            "excluded-names",
            &[
                (".a", &[Token::Carol]),
                ("a~", &[Token::Carol]),
                ("#a", &[Token::Carol]),
                ("z", &[Token::Alice]),
            ],
        ),
        case(
            "excluded-names-alone",
            &[(".a", &[Token::Alice]), ("a.rpmsave", &[Token::Alice])],
        ),
        case(
            "made-by-the-tool-first",
            &[
                ("A", &[Token::Alice]),
                ("TOOL_auto_generated_token", &[Token::Carol]),
            ],
        ),
        case("as-root-before-the-pool-key", &[("a", &[Token::Carol])]).user(User::Root),
        case("limited-and-optional", &[("a", &[Token::Read])])
            .server("SEC_DEFAULT_AUTHENTICATION = OPTIONAL"),
    ];
    let unbound = "SEC_FS_ENFORCE_CHANNEL_BINDING = False";
    all.extend([
        case("expired-then-unbound-fs", &[("a", &[Token::Expired])]).client(unbound),
        case("forged-then-unbound-fs", &[("a", &[Token::Forged])]).client(unbound),
        case("bob-with-alices", &[("a", &[Token::Alice])]).user(User::Bob),
    ]);
    let mut system = case("system-directory", &[("a", &[Token::Carol])]).user(User::Root);
    system.client = system
        .client
        .replace("SEC_TOKEN_DIRECTORY", "SEC_TOKEN_SYSTEM_DIRECTORY");
    all.push(system);
    all.push(
        Scenario::new("tokens/daemon-of-another-domain")
            .both(TOKENS_THEN_FS)
            .both("SEC_DEFAULT_AUTHENTICATION = REQUIRED")
            .server("TRUST_DOMAIN = other.example"),
    );
    all
}
