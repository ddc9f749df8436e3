//! SSL: certificates of both sides, good and bad.

use super::case::{Case, Group};
use super::certificates::Certificates;

const ALICE: &str = "SSL alice@pool.example";
const FS: &str = "FS alice@pool.example";
const NOBODY: &str = "SSL unauthenticated@unmapped";
/// No authority of this suite is believed by the client.
const NO_CA: &str = "AUTH_SSL_CLIENT_CAFILE =";
/// The server sends its authority along.
const UNKNOWN_CA: &str = "its authority /CN=Test CA is not among those believed";
const REFUSED_BY_CLIENT: &str = "the client ended TLS with the alert";
const QUIT_BY_CLIENT: &str = "the client gave up";

fn alice(name: &'static str) -> Case {
    Case::new(name).certificate("client-ec").is("AAAA", ALICE)
}

pub(super) fn groups(certificates: &Certificates) -> Vec<Group> {
    let line = |name: &str, info: &str| format!("{name} SSL {info}");
    let (ca, own) = (&certificates.ca, &certificates.own);
    let ssl = |name, cases| Group::new(name, "SSL", cases);
    let bad = |name| alice(name).alias(Some("localhost"));
    vec![
        ssl(
            "ssl/names-and-trust",
            vec![
                alice("client-certificate").says("the server's certificate /CN=vm.example is for localhost", ""),
                alice("other-name").alias(Some("VM.example")),
                Case::new("no-certificate").is("AFFF", NOBODY),
                bad("wrong-host").alias(Some("other.example")).fails(
                    "certificate is for localhost, vm.example, not for other.example",
                    QUIT_BY_CLIENT,
                ),
                bad("no-alias").alias(None).fails(
                    "certificate is for localhost, vm.example; you dialled @ADDRESS@ without an alias: use <@SOCKET@?alias=localhost>",
                    QUIT_BY_CLIENT,
                ),
                bad("skip-host-check").alias(None).client("SSL_SKIP_HOST_CHECK = True").is("AAAA", ALICE).says(
                    "for which host was not checked (SSL_SKIP_HOST_CHECK)", "",
                ),
                bad("skip-host-check-wrong-host").alias(Some("other.example")).client("SSL_SKIP_HOST_CHECK = True"),
                bad("unknown-ca").client(NO_CA).fails(
                    UNKNOWN_CA,
                    REFUSED_BY_CLIENT,
                ),
                bad("other-ca").client("AUTH_SSL_CLIENT_CAFILE = @TLS@/other-ca.pem").fails(
                    UNKNOWN_CA, REFUSED_BY_CLIENT,
                ),
                bad("ca-file-missing").client("AUTH_SSL_CLIENT_CAFILE = @TLS@/none.pem").fails(
                    UNKNOWN_CA, REFUSED_BY_CLIENT,
                ),
                bad("pinned").client(NO_CA).knows(&line("localhost", ca)),
                bad("pinned-for-another-host").client(NO_CA).knows(&line("vm.example", ca)).fails(
                    UNKNOWN_CA, REFUSED_BY_CLIENT,
                ),
                bad("pinned-another").client(NO_CA).knows(&line("localhost", own)).fails(
                    "says that this host has another certificate", REFUSED_BY_CLIENT,
                ),
                bad("pinned-as-bad").client(NO_CA).knows(&line("!localhost", ca)).fails(
                    "says that this host is not to be believed", REFUSED_BY_CLIENT,
                ),
                bad("pinned-but-wrong-host").client(NO_CA).alias(Some("other.example"))
                    .knows(&line("other.example", ca))
                    .fails("not for other.example", QUIT_BY_CLIENT),
                bad("bootstrap").client(NO_CA).client("BOOTSTRAP_SSL_SERVER_TRUST = True")
                    .learns(&line("localhost", ca)),
                bad("bootstrap-but-pinned-another").client(NO_CA).client("BOOTSTRAP_SSL_SERVER_TRUST = True")
                    .knows(&line("localhost", own))
                    .fails("says that this host has another certificate", REFUSED_BY_CLIENT),
            ],
        ),
        ssl(
            "ssl/clients",
            vec![
                alice("ec"),
                alice("rsa").certificate("client-rsa"),
                alice("chain").certificate("client-chain"),
                Case::new("unmapped").certificate("client-bob").is("AFFF", "SSL ssl@unmapped").says("", "ssl@unmapped"),
                alice("only-a-key").client("AUTH_SSL_CLIENT_CERTFILE =").is("AFFF", NOBODY),
                alice("certificate-missing").certificate("none").is("AFFF", NOBODY),
                alice("key-of-another").client("AUTH_SSL_CLIENT_KEYFILE = @TLS@/client-bob.key").fails(
                    "it is not the key of the certificate", "the client says that it cannot begin",
                ),
                Case::new("required-by-itself").client("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE = True").fails(
                    "AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE is true, but not both are set", "the client says that it cannot begin",
                ),
                alice("completed").certificate("client-cut").client("AUTH_SSL_CLIENT_CAFILE = @TLS@/with-intermediate.pem"),
                bad("missing-intermediate").certificate("client-cut").fails(
                    "alert", "/O=Test/CN=Alice was issued by /CN=Intermediate CA, whose certificate is neither among those believed nor was it sent",
                ),
                bad("expired").certificate("client-expired").fails("alert", EXPIRED),
                bad("unknown-ca").certificate("client-other").fails("alert", "/O=Test/CN=Alice was issued by /CN=Other CA"),
                bad("of-a-server").certificate("client-use").fails("alert", "its extended key usage lacks clientAuth"),
            ],
        ),
        ssl("ssl/server-rsa", vec![alice("ec"), alice("rsa").certificate("client-rsa"), Case::new("none").is("AFFF", NOBODY)])
            .certificate("server-rsa"),
        ssl("ssl/server-chain", vec![alice("good")]).certificate("server-chain"),
        ssl("ssl/server-by-common-name", vec![
            alice("good"),
            bad("wrong").alias(Some("vm.example")).fails("certificate is for localhost, not for vm.example", QUIT_BY_CLIENT),
        ]).certificate("server-cn"),
        ssl("ssl/server-wildcards", vec![
            alice("label").alias(Some("a.pool.example")),
            alice("part").alias(Some("localhost")),
            bad("two-labels").alias(Some("a.b.pool.example")).fails("certificate is for *.pool.example, local*", QUIT_BY_CLIENT),
        ]).certificate("server-wild"),
        ssl("ssl/server-missing-intermediate", vec![bad("refused").fails(
            "/CN=vm.example was issued by /CN=Intermediate CA, whose certificate is neither among those believed nor was it sent",
            REFUSED_BY_CLIENT,
        )]).certificate("server-cut"),
        // What is above a certificate is sent along if it is believed here.
        ssl("ssl/server-completed", vec![alice("good")])
            .certificate("server-cut")
            .server("AUTH_SSL_SERVER_CAFILE = @TLS@/with-intermediate.pem"),
        ssl("ssl/server-expired", vec![
            bad("refused").fails(EXPIRED, REFUSED_BY_CLIENT),
            bad("skip-host-check").client("SSL_SKIP_HOST_CHECK = True").fails(EXPIRED, REFUSED_BY_CLIENT),
        ]).certificate("server-expired"),
        ssl("ssl/server-unknown-ca", vec![
            bad("refused").fails("its authority /CN=Other CA is not among those believed", REFUSED_BY_CLIENT),
            bad("skip-host-check").client("SSL_SKIP_HOST_CHECK = True")
                .fails("its authority /CN=Other CA is not among those believed", REFUSED_BY_CLIENT),
            alice("believed").client("AUTH_SSL_CLIENT_CAFILE = @TLS@/other-ca.pem"),
            alice("bootstrap").client("BOOTSTRAP_SSL_SERVER_TRUST = True"),
        ]).certificate("server-other"),
        ssl("ssl/server-self-signed", vec![
            bad("refused").fails("/CN=vm.example vouches for itself, and is not believed", REFUSED_BY_CLIENT),
            alice("believed").client("AUTH_SSL_CLIENT_CAFILE = @TLS@/server-own.pem"),
            alice("pinned").client(NO_CA).knows(&line("localhost", own)),
            bad("pinned-another").client(NO_CA).knows(&line("localhost", ca)).fails(
                "says that this host has another certificate", REFUSED_BY_CLIENT,
            ),
            alice("bootstrap").client("BOOTSTRAP_SSL_SERVER_TRUST = True"),
        ]).certificate("server-own"),
        ssl("ssl/server-of-a-client", vec![
            bad("refused").fails("its extended key usage lacks serverAuth", REFUSED_BY_CLIENT),
        ]).certificate("server-use"),
        Group::new("ssl/server-without", "SSL, FS", vec![Case::new("fs").is("AAAA", FS)])
            .certificate("none"),
        Group::new("ssl/falls-back", "SSL, FS", vec![
            alice("ssl-first"),
            bad("unknown-ca").client(NO_CA).is("AAAA", FS).says("", ""),
            bad("wrong-host").alias(Some("other.example")).is("AAAA", FS),
            bad("expired").certificate("client-expired").is("AAAA", FS),
        ]),
        ssl("ssl/require-client-certificate", vec![
            alice("with"),
            Case::new("without").fails(
                "AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE",
                "the client showed no certificate, and AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE demands one",
            ),
        ]).server("AUTH_SSL_REQUIRE_CLIENT_CERTIFICATE = True"),
        ssl("ssl/require-client-mapping", vec![
            alice("mapped"),
            Case::new("unmapped").certificate("client-bob").fails(
                "the server gave up", "AUTH_SSL_REQUIRE_CLIENT_MAPPING demands a line of the mapfile for /O=Test/CN=Bob",
            ),
            Case::new("none").is("AFFF", NOBODY),
        ]).server("AUTH_SSL_REQUIRE_CLIENT_MAPPING = True"),
        ssl("ssl/no-mapfile", vec![Case::new("ec").certificate("client-ec").is("AFFF", "SSL ssl@unmapped")])
            .server("CERTIFICATE_MAPFILE ="),
        ssl("ssl/clients-unbelieved", vec![
            bad("refused").fails("alert", UNKNOWN_CA),
        ]).server("AUTH_SSL_SERVER_CAFILE = @TLS@/other-ca.pem"),
        ssl("ssl/folders-of-authorities", vec![
            alice("both").client(NO_CA).client("AUTH_SSL_CLIENT_CADIR = @TLS@/authorities"),
            alice("beside-a-file").client("AUTH_SSL_CLIENT_CAFILE = @TLS@/other-ca.pem")
                .client("AUTH_SSL_CLIENT_CADIR = @TLS@/authorities"),
            bad("of-others").client(NO_CA).client("AUTH_SSL_CLIENT_CADIR = @TLS@/other-authorities")
                .fails(UNKNOWN_CA, REFUSED_BY_CLIENT),
            bad("without-hashes").client(NO_CA).client("AUTH_SSL_CLIENT_CADIR = @TLS@/without-hashes")
                .fails(UNKNOWN_CA, REFUSED_BY_CLIENT),
            bad("missing").client(NO_CA).client("AUTH_SSL_CLIENT_CADIR = @TLS@/none")
                .fails("AUTH_SSL_CLIENT_CADIR", ""),
            bad("client-of-another").certificate("client-other")
                .fails("alert", "/O=Test/CN=Alice was issued by /CN=Other CA"),
        ])
        .server("AUTH_SSL_SERVER_CAFILE =\nAUTH_SSL_SERVER_CADIR = @TLS@/authorities"),
        ssl("ssl/folder-of-other-authorities", vec![bad("refused").fails("alert", UNKNOWN_CA)])
            .server("AUTH_SSL_SERVER_CAFILE =\nAUTH_SSL_SERVER_CADIR = @TLS@/other-authorities"),
        version("ssl/tls-1.2", "1.2", "TLSv1_2"),
        version("ssl/tls-1.3", "1.3", "TLSv1_3"),
    ]
}

const EXPIRED: &str = "expired on Jan  1 00:00:00 2021";

/// HTCondor's side knows that version alone.
fn version(name: &'static str, number: &str, shown: &'static str) -> Group {
    let conf = format!("@TLS@/openssl-{number}.cnf");
    let only = |case: Case| case.variable("OPENSSL_CONF", &conf).says(shown, "");
    Group::new(
        name,
        "SSL",
        vec![
            only(alice("ec")),
            only(alice("rsa").certificate("client-rsa")),
            only(Case::new("none").is("AFFF", NOBODY)),
            alice("expired")
                .certificate("client-expired")
                .variable("OPENSSL_CONF", &conf)
                .fails("alert", EXPIRED),
        ],
    )
    .variable("OPENSSL_CONF", &conf)
}
