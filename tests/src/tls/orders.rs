//! Orders of methods: each fails for a reason of its own, until the last.

use serde_json::json;

use super::case::{Case, Group};
use super::issuers::By;
use crate::tokens::Token;

const ALL: [&str; 3] = ["condor:/READ", "condor:/WRITE", "condor:/ADVERTISE_STARTD"];

/// Whom the mapfile makes of each method's name may do everything.
const OPEN: &str = "\
CERTIFICATE_MAPFILE = @TLS@/map-of-methods
ALLOW_NEGOTIATOR = *@pool.example
ALLOW_ADMINISTRATOR = *@pool.example
ALLOW_CONFIG = *@pool.example
ALLOW_ADVERTISE_SCHEDD = *@pool.example
ALLOW_ADVERTISE_MASTER = *@pool.example";

/// A folder that only the server takes for one: no directory can be made there.
const NO_FS: &str = "FS_LOCAL_DIR = /nonexistent";

/// GSI is struck before anything is offered, and says so.
const GSI: &str = "GSI: HTCondor no longer has GSI and removes it from the list before offering; \
                   this host's list still names it, after FS";

/// A client whose every credential is out of date.
fn expired(name: &'static str) -> Case {
    Case::new(name)
        .claims(
            By::Ec,
            json!({"exp": "@NOW-60@", "iat": "@NOW-120@", "nbf": "@NOW-120@"}),
        )
        .idtokens(&[Token::Expired])
}

pub(super) fn groups() -> Vec<Group> {
    let group = |name, methods, cases| Group::new(name, methods, cases).server(OPEN);
    vec![
        group(
            "orders/idtokens-scitokens-fs-gsi",
            "IDTOKENS, SCITOKENS, FS, GSI",
            vec![
                // No mapfile is asked about an IDTOKEN.
                Case::new("ends-in-idtokens")
                    .idtokens(&[Token::Carol])
                    .token(By::Ec, &ALL)
                    .every_level()
                    .is("AAAAAAAAAAA", "IDTOKENS carol@pool.example")
                    .path(&[GSI, "authenticated by IDTOKENS"]),
                Case::new("ends-in-scitokens")
                    .token(By::Ec, &ALL)
                    .every_level()
                    .is("AAFFFFFAFFA", "SCITOKENS scitokens@pool.example")
                    .path(&["IDTOKENS: ", GSI, "authenticated by SCITOKENS"]),
                Case::new("ends-in-fs")
                    .every_level()
                    .is("AAAAAAAAAAA", "FS fs@pool.example")
                    .path(&["IDTOKENS: ", "SCITOKENS: ", GSI, "authenticated by FS"]),
            ],
        ),
        group(
            "orders/gsi-is-left",
            "IDTOKENS, SCITOKENS, FS, GSI",
            vec![expired("nothing-comes-through").fails(GSI, "").path(&[
                GSI,
                "IDTOKENS: ",
                "SCITOKENS: ",
                "FS: ",
            ])],
        )
        .server(NO_FS),
        group(
            "orders/five-then-claimtobe",
            "SCITOKENS, SSL, IDTOKENS, FS, CLAIMTOBE",
            vec![
                expired("ends-in-the-last")
                    .is("AAAA", "CLAIMTOBE claimtobe@pool.example")
                    .path(&[
                        "the server picked SCITOKENS",
                        "SCITOKENS: ",
                        "the server picked SSL",
                        "SSL: ",
                        "the server picked IDTOKENS",
                        "IDTOKENS: ",
                        "the server picked FS",
                        "FS: ",
                        "the server picked CLAIMTOBE",
                        "authenticated by CLAIMTOBE",
                    ]),
                expired("or-in-none")
                    .client("SEC_CLIENT_AUTHENTICATION_METHODS = SCITOKENS, SSL, IDTOKENS, FS")
                    .fails(
                        "no method came through",
                        "no method authenticated the client",
                    )
                    .path(&[
                        "SCITOKENS: ",
                        "SSL: ",
                        "IDTOKENS: ",
                        "FS: ",
                        "the server picked no method",
                    ]),
            ],
        )
        .server(NO_FS)
        .server("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE = True"),
        group(
            "orders/five-then-anonymous",
            "FS, IDTOKENS, SSL, SCITOKENS, ANONYMOUS",
            vec![
                expired("ends-in-the-last")
                    .is("AAAA", "ANONYMOUS anonymous@pool.example")
                    .path(&[
                        "the server picked FS",
                        "FS: ",
                        "the server picked IDTOKENS",
                        "IDTOKENS: ",
                        "the server picked SSL",
                        "SSL: ",
                        "the server picked SCITOKENS",
                        "SCITOKENS: ",
                        "the server picked ANONYMOUS",
                        "authenticated by ANONYMOUS",
                    ]),
            ],
        )
        .server(NO_FS)
        .server("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE = True"),
    ]
}
