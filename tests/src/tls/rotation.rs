//! A key of an issuer that is replaced between two handshakes: collectors of both releases beside our peer.
//!
//! Each fetches an issuer's keys again ten minutes after the last time. That time passes by changing what stands in their
//! caches: HTCondor's is a database that it reads for each token, ours is read when the peer starts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use countersign::issuer::Rotation;
use serde_json::{Value, json};

use super::authority::Authority;
use super::case::{Case, Group};
use super::issuers::{Alone, request};
use super::site::{Asker, Site, dialled};
use crate::compare::Bench;
use crate::daemon::Daemon;
use crate::peer::Peer;
use crate::roots::{CONDOR, Release};
use crate::run::User;
use crate::wheels;

/// A little more than the ten minutes.
const AGE: u64 = 610;

/// Makes the database's entries due for fetching.
const AGE_DATABASE: &str = "
import json, pathlib, sqlite3, sys
(path,) = pathlib.Path(sys.argv[1]).rglob('*.sqllite')
with sqlite3.connect(path) as cache:
    for issuer, keys in cache.execute('SELECT issuer, keys FROM keycache').fetchall():
        keys = json.loads(keys)
        keys['next_update'] -= int(sys.argv[2])
        cache.execute('UPDATE keycache SET keys = ? WHERE issuer = ?', (json.dumps(keys), issuer))
";

/// A server, and the folder of its cache.
struct Server {
    who: &'static str,
    cache: String,
    running: Running,
}

enum Running {
    Real(Daemon),
    Ours { group: Group, peer: Peer },
}

impl Server {
    fn address(&self) -> &str {
        match &self.running {
            Running::Real(daemon) => &daemon.address,
            Running::Ours { peer, .. } => &peer.address,
        }
    }

    /// Lets the time pass after which it asks the issuer again.
    fn age(&mut self, bench: &Bench, site: &Site) -> Result<(), String> {
        let folder = bench.roots.host(&self.cache);
        match &mut self.running {
            Running::Real(_) => {
                let output = Command::new(wheels::python())
                    .args(["-c", AGE_DATABASE])
                    .arg(&folder)
                    .arg(AGE.to_string())
                    .output()
                    .map_err(|error| error.to_string())?;
                match output.status.success() {
                    true => Ok(()),
                    false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
                }
            }
            Running::Ours { group, peer } => {
                // What it fetched is on disk soon after the handshake.
                age_files(&folder.join("countersign"))?;
                peer.end();
                *peer = site.peer(bench, group)?;
                Ok(())
            }
        }
    }
}

fn age_files(folder: &Path) -> Result<(), String> {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let found = fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = found.map(|entry| entry.path());
        let mut files: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect();
        let (Some(path), 0) = (files.pop(), files.len()) else {
            if Instant::now() > end {
                return Err(format!("{} holds not one file", folder.display()));
            }
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        let text = fs::read(&path).map_err(|error| error.to_string())?;
        let mut entry: Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let fetched = entry["fetched"].as_u64().ok_or("no time of the fetch")?;
        entry["fetched"] = json!(fetched - AGE);
        return fs::write(&path, entry.to_string()).map_err(|error| error.to_string());
    }
}

/// What each of the servers makes of tokens, before, while and after the key is replaced.
pub(super) fn between_handshakes(bench: &Bench, site: &Site) -> Result<(), String> {
    let roots = &bench.roots;
    let issuer = Alone::start(&Authority::kept(roots.cache())?)?;
    let map = format!("{}/rotation-map", roots.area());
    let line = format!(
        "SCITOKENS \"^{},alice$\" alice@pool.example\n",
        issuer.url()
    );
    roots.write(&map, line, 0, 0o644);
    let group = |cache: &str| {
        Group::new("rotation", "SCITOKENS", Vec::new()).server(&format!(
            "CERTIFICATE_MAPFILE = {map}\nSEC_SCITOKENS_CACHE = {cache}"
        ))
    };
    let mut servers = Vec::new();
    for (who, release) in [
        ("25.14.1", Some(Release::Newest)),
        ("23.9.6", Some(Release::Stable)),
        ("the peer", None),
    ] {
        let owner = release.map_or(0, |_| CONDOR);
        let name = format!("rotation-{}", who.replace(' ', "-"));
        let cache = roots.folder(&name, owner, 0o700);
        let group = group(&cache);
        let running = match release {
            Some(release) => Running::Real(site.collector(bench, release, &group)?),
            None => Running::Ours {
                peer: site.peer(bench, &group)?,
                group,
            },
        };
        servers.push(Server {
            who,
            cache,
            running,
        });
    }
    let sign = || issuer.sign(&request(&["condor:/READ"]));
    let rotate = |publish_ahead, keep| {
        let rotation = Rotation {
            publish_ahead,
            keep,
        };
        issuer.rotate(rotation)
    };
    let mut seen = Seen {
        bench,
        site,
        problems: String::new(),
    };

    let first = sign()?;
    seen.all(&servers, "the first key's", &first, true)?;
    rotate(0, None)?;
    let second = sign()?;
    seen.all(
        &servers,
        "the first key's, after the rotation",
        &first,
        true,
    )?;
    seen.all(&servers, "the second's, too early", &second, false)?;
    let fresh = roots.folder("rotation-fresh", 0, 0o700);
    let fresh = [Server {
        who: "a fresh peer",
        running: Running::Ours {
            peer: site.peer(bench, &group(&fresh))?,
            group: group(&fresh),
        },
        cache: fresh,
    }];
    seen.all(&fresh, "the second's, by nobody's cache", &second, true)?;
    for server in &mut servers {
        server.age(bench, site)?;
    }
    // Whoever knows the keys of a while ago asks for new ones before it refuses.
    seen.all(&servers, "the second's, after ten minutes", &second, true)?;
    seen.all(&servers, "the first's, in the overlap", &first, true)?;

    rotate(0, Some(0))?;
    let third = sign()?;
    seen.all(&servers, "the second's, kept in caches", &second, true)?;
    for server in &mut servers {
        server.age(bench, site)?;
    }
    seen.all(&servers, "the third's, after ten minutes", &third, true)?;
    seen.all(&servers, "the second's, which is gone", &second, false)?;
    seen.all(&servers, "the first's, which is gone", &first, false)?;
    for token in [&first, &second] {
        let kid = countersign::issuer::SciToken::read(token).map_err(|error| error.to_string())?;
        let kid = kid.kid().unwrap_or_default().to_owned();
        let Some(Running::Ours { peer, .. }) = servers.last().map(|server| &server.running) else {
            return Err("the peer is the last".into());
        };
        if !peer.logged().contains(&kid) {
            let _ = writeln!(seen.problems, "no {kid:?} in the peer's log");
        }
    }

    // A key that was published before it signs is good for everybody from its first token on.
    rotate(6, None)?;
    for server in &mut servers {
        server.age(bench, site)?;
    }
    seen.all(
        &servers,
        "the third's, before the fourth signs",
        &third,
        true,
    )?;
    let kid = |token: &str| token.split('.').next().map(str::to_owned);
    let end = Instant::now() + Duration::from_secs(20);
    let fourth = loop {
        let token = sign()?;
        if kid(&token) != kid(&third) {
            break token;
        }
        if Instant::now() > end {
            return Err("the fourth key does not sign".into());
        }
        thread::sleep(Duration::from_millis(200));
    };
    seen.all(&servers, "the fourth's, at once", &fourth, true)?;

    if seen.problems.is_empty() {
        return Ok(());
    }
    for server in &mut servers {
        let told = match &mut server.running {
            Running::Real(daemon) => daemon.story(roots),
            Running::Ours { peer, .. } => peer.end(),
        };
        let _ = writeln!(seen.problems, "==== {}\n{told}", server.who);
    }
    Err(seen.problems)
}

struct Seen<'a> {
    bench: &'a Bench,
    site: &'a Site,
    problems: String,
}

impl Seen<'_> {
    /// Whether every server takes a token, or none.
    fn all(
        &mut self,
        servers: &[Server],
        what: &str,
        token: &str,
        taken: bool,
    ) -> Result<(), String> {
        let case = Case::new("rotation").text(token);
        let group = Group::new("rotation", "SCITOKENS", Vec::new());
        let client = self.site.client(self.bench, &group, &case, User::Alice)?;
        for server in servers {
            let address = dialled(server.address(), &case);
            let asker = Asker::Real(Release::Newest);
            let (output, _) = client.ask(self.bench, asker, &address, &["-table", "READ"]);
            let row = output.stdout.lines().nth(1).unwrap_or_default();
            let wanted = match taken {
                true => " ALLOW alice@pool.example",
                false => " FAIL ",
            };
            if !row.contains(wanted) {
                let who = server.who;
                let _ = writeln!(self.problems, "{who}: {what}: {row}{}", output.stderr);
            }
        }
        Ok(())
    }
}
