//! Names: what CLAIMTOBE claims, and what a mapfile makes of it.

use crate::daemon::Kind;
use crate::run::User;
use crate::scenario::{Scenario, Target};

fn claim(name: &str) -> Scenario {
    Scenario::new(format!("identities/{name}")).both(
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE",
    )
}

fn fs(name: &str) -> Scenario {
    Scenario::new(format!("identities/{name}"))
        .both("SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = FS")
        .client("SEC_FS_ENFORCE_CHANNEL_BINDING = False")
}

/// A mapfile, written as a configuration cannot: the suite makes it from this marker.
fn mapped(scenario: Scenario, lines: &str) -> Scenario {
    scenario
        .server(&format!(
            "# mapfile: {}",
            lines.replace('\n', "\n# mapfile: ")
        ))
        .server("CERTIFICATE_MAPFILE = @MAPFILE@")
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = vec![
        claim("claim-with-domain").both("SEC_CLAIMTOBE_INCLUDE_DOMAIN = True"),
        claim("claim-without-domain").both("SEC_CLAIMTOBE_INCLUDE_DOMAIN = False"),
        claim("claim-user").client("SEC_CLAIMTOBE_USER = dave"),
        claim("claim-user-without-domain")
            .both("SEC_CLAIMTOBE_INCLUDE_DOMAIN = False")
            .client("SEC_CLAIMTOBE_USER = dave"),
        claim("claim-user-of-a-domain").client("SEC_CLAIMTOBE_USER = dave@elsewhere.example"),
        claim("claim-other-uid-domain").client("UID_DOMAIN = elsewhere.example"),
        claim("claim-as-bob").user(User::Bob),
        fs("fs-other-uid-domain").client("UID_DOMAIN = elsewhere.example"),
        fs("fs-server-uid-domain").server("UID_DOMAIN = elsewhere.example"),
    ];
    let assume = "CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True";
    all.extend([
        mapped(
            claim("map-claim"),
            "CLAIMTOBE (.*)@pool.example \\1-mapped@pool.example\n* (.*) nobody",
        ),
        mapped(
            claim("map-claim-hash").server(assume),
            "CLAIMTOBE alice@pool.example ally\nCLAIMTOBE /.*/ nobody",
        ),
        mapped(
            claim("map-claim-regex").server(assume),
            "CLAIMTOBE /^(a.*)@(.*)$/ \\1.of.\\2",
        ),
        mapped(claim("map-claim-no-line"), "SSL (.*) someone"),
        mapped(
            claim("map-claim-no-match"),
            "CLAIMTOBE ^zoe$ zoe@pool.example",
        ),
        mapped(
            claim("map-claim-star-is-no-method").server(assume),
            "* /.*/ anyone@pool.example",
        ),
        mapped(fs("map-fs"), "FS (.*) \\1@mapped.example"),
        mapped(
            fs("map-fs-as-bob").user(User::Bob),
            "fs alice alice@pool.example\nfs bob robert@pool.example",
        ),
        mapped(
            Scenario::new("identities/map-token").both("SEC_DEFAULT_AUTHENTICATION = REQUIRED"),
            "IDTOKENS alice@pool.example ally@pool.example\nFS (.*) \\1@fs.example",
        ),
        mapped(
            Scenario::new("identities/map-munge").both(
                "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = MUNGE",
            ),
            "FS (.*) \\1@fs.example\nMUNGE (.*) \\1@munge.example",
        ),
    ]);
    // Both readings of a grid site's mapfile, whose GSI lines nobody reaches any more.
    for (mode, hash, lines) in [
        (
            "patterns",
            "CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = False",
            "GSI \"^/DC=org/DC=example/CN=(host\\/)?([a-z.-]+)$\" \\2@daemon.example\nGSI (.*) GSS_ASSIST_GRIDMAP\n\
             CLAIMTOBE \"^/DC=org/DC=example/CN=([A-Za-z ]+)@\" \\1@dn.example\nclaimtobe ^alice@ ally, of site\n\
             CLAIMTOBE .* anonymous@claimtobe\nFS (.*) \\1@fs.example",
        ),
        (
            "literals",
            assume,
            "GSI /(.*)/ GSS_ASSIST_GRIDMAP\nCLAIMTOBE \"/DC=org/DC=example/CN=Jane Roe@pool.example\" jane@dn.example\n\
             gsi alice@pool.example wrong\nclaimtobe alice@pool.example ally\nCLAIMTOBE /.*/ anonymous@claimtobe\n\
             FS /(.*)/ \\1@fs.example",
        ),
    ] {
        let of = |name: &str, of: &str| {
            claim(&format!("map-grid-{mode}-{name}"))
                .server(hash)
                .client(of)
        };
        all.extend([
            mapped(of("claim", "SEC_CLAIMTOBE_USER = alice"), lines),
            mapped(of("claim-anybody", "SEC_CLAIMTOBE_USER = zoe"), lines),
            mapped(
                of(
                    "claim-dn",
                    "SEC_CLAIMTOBE_USER = /DC=org/DC=example/CN=Jane Roe",
                ),
                lines,
            ),
            mapped(
                of("with-gsi", "SEC_CLAIMTOBE_USER = alice")
                    .both("SEC_DEFAULT_AUTHENTICATION_METHODS = GSI, CLAIMTOBE"),
                lines,
            ),
            mapped(fs(&format!("map-grid-{mode}-fs")).server(hash), lines),
        ]);
    }
    all.extend([
        mapped(claim("map-only-gsi-patterns"), "GSI (.*) anybody@gsi"),
        mapped(
            claim("map-only-gsi-literals").server(assume),
            "GSI /(.*)/ anybody@gsi",
        ),
        mapped(
            claim("map-gridmap-patterns"),
            "CLAIMTOBE (.*) GSS_ASSIST_GRIDMAP",
        ),
        mapped(
            claim("map-gridmap-literals").server(assume),
            "CLAIMTOBE /(.*)/ GSS_ASSIST_GRIDMAP",
        ),
    ]);
    all.push(
        mapped(
            claim("map-decides"),
            "CLAIMTOBE alice@pool.example boss@pool.example",
        )
        .server("ALLOW_ADMINISTRATOR = boss@pool.example\nALLOW_DAEMON = alice@pool.example"),
    );
    debug_assert!(
        all.iter()
            .all(|scenario| matches!(scenario.target, Target::Real(Kind::Collector, _)))
    );
    all
}
