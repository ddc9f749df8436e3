//! Revoking one site's tokens by giving the site another key, as GlideinWMS does it: that site is refused at its next
//! handshake, and no other is.
//!
//! A 25.14.1 collector and our test peer run all the while with the same folder of keys; `condor_ping` of both releases asks
//! them. The keys are made and replaced by `condor_store_cred -f` of either release, and by ours.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::peer::Peer;
use crate::roots::Release;
use crate::run::{Output, User, command, finish};

const LIMIT: Duration = Duration::from_secs(40);

/// The sites, which are the names of their keys too.
const REVOKED: &str = "HCC_US_Omaha_crane_gpu";
const OTHER: &str = "HCC_US_Lincoln_rhino";

/// What makes keys and tokens.
#[derive(Clone, Copy, Debug)]
enum Maker {
    Condor(Release),
    Ours,
}

/// A test for each program that replaces keys.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let makers = [
        ("condor_store_cred-25.14.1", Maker::Condor(Release::Newest)),
        ("condor_store_cred-23.9.6", Maker::Condor(Release::Stable)),
        ("countersign", Maker::Ours),
    ];
    let trial = |(name, maker)| {
        let bench = bench.cloned();
        Trial::test(
            format!("revocation/two-sites/{name}"),
            move || match bench {
                Some(bench) => two_sites(&bench, name, maker).map_err(Failed::from),
                None => Ok(()),
            },
        )
    };
    makers.into_iter().map(trial).collect()
}

/// Folders and configurations of both sites.
struct Sites<'a> {
    bench: &'a Bench,
    maker: Maker,
    keys: String,
    /// By site: a folder of tokens, and the configuration that names it.
    places: [(&'static str, String, String); 2],
}

impl<'a> Sites<'a> {
    fn new(bench: &'a Bench, name: &str, maker: Maker) -> Self {
        let roots = &bench.roots;
        let keys = roots.folder(&format!("revocation-{name}"), 0, 0o700);
        let places = [REVOKED, OTHER].map(|site| {
            let tokens = roots.folder(&format!("revocation-{name}-{site}"), 0, 0o700);
            let config = format!("{tokens}.conf");
            let text = format!(
                "{}SEC_TOKEN_DIRECTORY = {tokens}\nSEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS\n",
                common(&keys)
            );
            roots.write(&config, text, 0, 0o644);
            (site, tokens, config)
        });
        Self {
            bench,
            maker,
            keys,
            places,
        }
    }

    fn run(&self, release: Release, config: &str, program: &[&str]) -> Output {
        let mut command = command(&self.bench.roots.root(release), User::Root, config);
        command.args(program);
        finish(command, LIMIT)
    }

    fn ours(&self, config: &str, arguments: &[&str]) -> Result<(), String> {
        let program = self.bench.subject.command.first().ok_or("no program")?;
        let whole = [&[program.as_str()], arguments].concat();
        let output = self.run(Release::Newest, config, &whole);
        match output.status {
            Some(0) => Ok(()),
            _ => Err(format!("{whole:?}: {output:?}")),
        }
    }

    /// Gives a site a key, in place of the one that it has.
    fn give_key(&self, site: &str) -> Result<(), String> {
        let config = &self.places[0].2;
        let file = format!("{}/{site}", self.keys);
        let before = fs::read(self.bench.roots.host(&file)).ok();
        let told = match self.maker {
            Maker::Condor(release) => {
                // As the recipe has it, the password comes by standard input.
                let script = format!(
                    "head -c 48 /dev/urandom | base64 -w 0 | condor_store_cred -u frontend@pool.example -f {file} add"
                );
                self.run(release, config, &["sh", "-c", &script])
            }
            Maker::Ours => {
                let replace: &[&str] = if before.is_some() { &["-replace"] } else { &[] };
                self.ours(
                    config,
                    &[&["key", "create", "-name", site], replace].concat(),
                )?;
                self.run(Release::Newest, config, &["true"])
            }
        };
        let after = fs::read(self.bench.roots.host(&file)).ok();
        if after.is_none() || after == before {
            return Err(format!("{site} has no new key: {told:?}"));
        }
        Ok(())
    }

    /// Puts a token of the site's key into its folder.
    fn give_token(&self, index: usize) -> Result<(), String> {
        let (site, _, config) = &self.places[index];
        let identity = format!("{site}@pool.example");
        let create = [
            "-identity",
            &identity,
            "-key",
            site,
            "-lifetime",
            "600",
            "-token",
            "t",
        ];
        match self.maker {
            Maker::Condor(release) => {
                let whole = [&["condor_token_create"], &create[..]].concat();
                let output = self.run(release, config, &whole);
                match output.status {
                    Some(0) => Ok(()),
                    _ => Err(format!("{whole:?}: {output:?}")),
                }
            }
            Maker::Ours => {
                let whole = [&["token", "create", "-replace"], &create[..]].concat();
                self.ours(config, &whole)
            }
        }
    }

    /// Both servers must let each site in or not, whichever client asks.
    fn expect(&self, addresses: [&str; 2], allowed: [bool; 2], when: &str) -> Result<(), String> {
        for (server, address) in ["the collector", "the peer"].into_iter().zip(addresses) {
            for ((site, _, config), allowed) in self.places.iter().zip(allowed) {
                for release in Release::BOTH {
                    let ping = ["condor_ping", "-address", address, "-table", "WRITE"];
                    let output = self.run(release, config, &ping);
                    let row: Vec<&str> = output
                        .stdout
                        .lines()
                        .last()
                        .unwrap_or("")
                        .split_whitespace()
                        .collect();
                    let identity = format!("{site}@pool.example");
                    let good = if allowed {
                        row.contains(&"ALLOW")
                            && row.contains(&"IDTOKENS")
                            && row.contains(&identity.as_str())
                    } else {
                        row.contains(&"FAIL") && !row.contains(&"ALLOW")
                    };
                    if !good {
                        return Err(format!(
                            "{when}, {site} should be {}, asking {server} with {}: {output:?}",
                            if allowed { "let in" } else { "refused" },
                            release.version()
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

fn common(keys: &str) -> String {
    format!(
        "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\nNETWORK_INTERFACE = 127.0.0.1\n\
         CONDOR_HOST = 127.0.0.1\nSEC_PASSWORD_DIRECTORY = {keys}\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {keys}/POOL\n"
    )
}

fn two_sites(bench: &Bench, name: &str, maker: Maker) -> Result<(), String> {
    let sites = Sites::new(bench, name, maker);
    for (index, site) in [REVOKED, OTHER].into_iter().enumerate() {
        sites.give_key(site)?;
        sites.give_token(index)?;
    }
    let server = format!(
        "{}ALLOW_WRITE = *@pool.example\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n\
         SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n",
        common(&sites.keys)
    );
    let daemon = Daemon::start(&bench.roots, Release::Newest, Kind::Collector, &server)?;
    let config = format!("{}-server.conf", sites.keys);
    let places = "LOCAL_DIR = /nonexistent\nLOG = /nonexistent\n";
    bench
        .roots
        .write(&config, format!("{server}{places}"), 0, 0o644);
    let mut peer = Peer::start(bench, &config)?;
    let steps = || {
        let addresses = [daemon.address.as_str(), peer.address.as_str()];
        sites.expect(addresses, [true, true], "before")?;
        sites.give_key(REVOKED)?;
        sites.expect(addresses, [false, true], "once its key was replaced")?;
        sites.give_token(0)?;
        sites.expect(addresses, [true, true], "with a token of the new key")
    };
    let result: Result<(), String> = steps();
    let log = peer.end();
    result.map_err(|error| {
        format!(
            "{error}\n--- the peer's log\n{log}\n{}",
            daemon.story(&bench.roots)
        )
    })?;
    // The peer says why, once for each client.
    let wrong = log.lines().filter(|line| {
        line.contains("\"refused\"") && line.contains(REVOKED) && !line.contains(OTHER)
    });
    if wrong.count() < Release::BOTH.len() {
        return Err(format!(
            "the peer does not say which token it refused, and why:\n{log}"
        ));
    }
    Ok(())
}
