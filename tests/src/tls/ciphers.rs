//! The ciphers from before AES with SSL and SCITOKENS, a key that is sent through either, and a recipe of a real site.

use std::fmt::Write as _;

use super::case::{Case, Group};
use super::issuers::By;
use super::site::{Asker, Site};
use crate::ciphers::{self, Asker as Any};
use crate::compare::Bench;
use crate::roots::Release;
use crate::run::User;

const SCOPES: [&str; 3] = ["condor:/READ", "condor:/WRITE", "condor:/ADVERTISE_STARTD"];
const ALICE: &str = "alice@pool.example";

fn with(name: &'static str, method: &str, cipher: &str, uses: [&str; 2], case: Case) -> Group {
    let settings = format!(
        "SEC_DEFAULT_CRYPTO_METHODS = {cipher}\nSEC_DEFAULT_ENCRYPTION = {}\nSEC_DEFAULT_INTEGRITY = {}\n",
        uses[0], uses[1]
    );
    let mut group = Group::new(name, method, vec![case]).server(&settings);
    group.client.push_str(&settings);
    group
}

fn by_token() -> Case {
    Case::new("token").token(By::Ec, &SCOPES)
}

fn by_certificate() -> Case {
    Case::new("certificate").certificate("client-ec")
}

pub(super) fn groups() -> Vec<Group> {
    let token = || by_token().is("AAAF", "SCITOKENS alice@pool.example");
    let certificate = || by_certificate().is("AAAA", "SSL alice@pool.example");
    vec![
        with(
            "ciphers/scitokens-3des",
            "SCITOKENS",
            "3DES",
            ["REQUIRED", "REQUIRED"],
            token(),
        ),
        with(
            "ciphers/scitokens-3des-alone",
            "SCITOKENS",
            "3DES",
            ["REQUIRED", "NEVER"],
            token(),
        ),
        with(
            "ciphers/scitokens-blowfish",
            "SCITOKENS",
            "BLOWFISH",
            ["PREFERRED", "REQUIRED"],
            token(),
        ),
        with(
            "ciphers/scitokens-md5",
            "SCITOKENS",
            "3DES",
            ["NEVER", "REQUIRED"],
            token(),
        ),
        with(
            "ciphers/ssl-3des",
            "SSL",
            "3DES",
            ["REQUIRED", "REQUIRED"],
            certificate(),
        ),
        with(
            "ciphers/ssl-blowfish-alone",
            "SSL",
            "BLOWFISH",
            ["REQUIRED", "NEVER"],
            certificate(),
        ),
        with(
            "ciphers/ssl-md5",
            "SSL",
            "BLOWFISH",
            ["NEVER", "REQUIRED"],
            certificate(),
        ),
    ]
}

/// A key that is sent through what SSL and SCITOKENS hide it with.
pub(super) fn sent_key(bench: &Bench, site: &Site) -> Result<(), String> {
    let mut problems = String::new();
    let both = ["REQUIRED", "REQUIRED"];
    for group in [
        with("scitokens", "SCITOKENS", "3DES", both, by_token()),
        with("scitokens", "SCITOKENS", "BLOWFISH", both, by_token()),
        with("ssl", "SSL", "3DES", both, by_certificate()),
        with(
            "ssl",
            "SSL",
            "BLOWFISH",
            ["PREFERRED", "REQUIRED"],
            by_certificate(),
        ),
    ] {
        let case = group.cases.first().ok_or("no case")?;
        let client = site.client(bench, &group, case, User::Alice)?;
        let mut peer = site.peer(bench, &group)?;
        for release in Release::BOTH {
            let daemon = site.collector(bench, release, &group)?;
            let ask = |asker: Any, address: &str| {
                let (asker, view) = match asker {
                    Any::Real(release) => (Asker::Real(release), &["-table"][..]),
                    Any::Ours => (Asker::Ours, &["-table", "-why"][..]),
                };
                let view = [view, &["READ", "WRITE"]].concat();
                client.ask(bench, asker, address, &view).0
            };
            let servers = [daemon.address.as_str(), peer.address.as_str()];
            let mut found = String::new();
            ciphers::compare(servers, release, false, Some("localhost"), &ask, &mut found)?;
            if !found.is_empty() {
                let _ = writeln!(
                    problems,
                    "==== {} {}\n{found}{}",
                    group.name,
                    group.server,
                    daemon.story(&bench.roots)
                );
            }
        }
        let logged = peer.end();
        if !logged.contains(ALICE) || !problems.is_empty() {
            let _ = writeln!(problems, "--- the peer's log\n{logged}");
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems),
    }
}

/// The settings of a site that publishes how to use SciTokens, on both sides.
const RECIPE: &str = "\
SEC_DEFAULT_CRYPTO_METHODS = 3DES
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = OPTIONAL
SEC_DEFAULT_INTEGRITY = REQUIRED
SEC_READ_AUTHENTICATION = OPTIONAL
SEC_READ_INTEGRITY = OPTIONAL
SEC_READ_ENCRYPTION = OPTIONAL
SEC_CLIENT_AUTHENTICATION = OPTIONAL
SEC_CLIENT_INTEGRITY = OPTIONAL
ALLOW_READ = *
ALLOW_WRITE =
ALLOW_DAEMON =
ALLOW_ADVERTISE_STARTD = osg@pool.example
DENY_WRITE = *
";

/// What its users see.
const TABLE: &str = "         Instruction Authentication Encryption Integrity Decision Identity
@ALLOW@
                READ           none       none      none    ALLOW unauthenticated@unmapped
               WRITE           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
          NEGOTIATOR           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
       ADMINISTRATOR           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
               OWNER           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
              CONFIG           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
              DAEMON           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
    ADVERTISE_STARTD      SCITOKENS       none       MD5    ALLOW osg@pool.example
    ADVERTISE_SCHEDD           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
    ADVERTISE_MASTER           FAIL       FAIL      FAIL     FAIL FAIL  (use -verbose for more info)
";

/// Integrity raises authentication where one side is 23.9.6.
const RAISED: &str =
    "               ALLOW      SCITOKENS       none       MD5    ALLOW osg@pool.example";
/// It does not where both sides are 25.14.1.
const NOT_RAISED: &str =
    "               ALLOW           none       none       MD5    ALLOW unauthenticated@unmapped";

/// The recipe's table, of both releases and of our peer, by both releases' `condor_ping` and by ours.
pub(super) fn recipe(bench: &Bench, site: &Site) -> Result<(), String> {
    let case = by_token().client("SEC_CLIENT_AUTHENTICATION_METHODS = SCITOKENS");
    let mut group =
        Group::new("recipe", "SCITOKENS, IDTOKENS, FS", vec![case.clone()]).server(RECIPE);
    group.client.push_str(RECIPE);
    let map = format!("{}/map-of-recipe", site.certificates.folder);
    let line = format!("SCITOKENS \"^{},alice$\" osg\n", site.issuers.url(By::Ec));
    bench.roots.write(&map, line, 0, 0o644);
    let group = group.server(&format!("CERTIFICATE_MAPFILE = {map}"));
    let client = site.client(bench, &group, &case, User::Alice)?;
    let newest = site.collector(bench, Release::Newest, &group)?;
    let stable = site.collector(bench, Release::Stable, &group)?;
    let peer = site.peer(bench, &group)?;
    let mut problems = String::new();
    for (whose, address) in [
        ("25.14.1", &newest.address),
        ("23.9.6", &stable.address),
        ("the peer", &peer.address),
    ] {
        for asker in [
            Asker::Real(Release::Newest),
            Asker::Real(Release::Stable),
            Asker::Ours,
        ] {
            let address = super::site::dialled(address, &case);
            let (output, _) = client.ask(bench, asker, &address, &["-table", "ALL"]);
            let is_old = whose == "23.9.6" || asker == Asker::Real(Release::Stable);
            let first = if is_old { RAISED } else { NOT_RAISED };
            if output.stdout != TABLE.replace("@ALLOW@", first) || output.status != Some(1) {
                let _ = writeln!(
                    problems,
                    "{asker:?} of {whose}: {output:?}\n{}",
                    output.stdout
                );
            }
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems),
    }
}
