//! HTCondor and HTCondor-CE installed on one host: neither's configuration, tokens, keys or mapfile are looked at for the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{Output, finish};
use crate::watch::Watch;

const LIMIT: Duration = Duration::from_secs(20);
/// What an HTCondor-CE is told where its things are, as its packages do.
const ROOT: &str = "\
LOCAL_CONFIG_DIR = /usr/share/condor-ce/config.d,/etc/condor-ce/config.d
ETC = /etc/condor-ce
PORT = 9619
COLLECTOR_PORT = $(PORT)
COLLECTOR_HOST = $(FULL_HOSTNAME):$(PORT)
LOG = /var/log/condor-ce
SPOOL = /var/lib/condor-ce/spool
";
const AUTHENTICATION: &str = "\
CERTIFICATE_MAPFILE = /etc/condor-ce/condor_mapfile
CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True
SEC_DEFAULT_AUTHENTICATION_METHODS = FS
SEC_CLIENT_AUTHENTICATION_METHODS = FS, TOKEN, SCITOKENS, SSL
";
/// The job router's defaults are what a command prints.
const ROUTER: &str = "\
JOB_ROUTER_ENTRIES =
LOCAL_CONFIG_FILE = /usr/share/condor-ce/condor_ce_router_defaults|
";

/// The trials.
#[must_use]
pub fn trials(bench: Option<&Arc<Bench>>) -> Vec<Trial> {
    let with = |name: &str, check: fn(&Bench) -> Result<(), String>| {
        let bench = bench.cloned();
        Trial::test(name, move || match bench {
            Some(bench) => check(&bench).map_err(Failed::from),
            None => Ok(()),
        })
    };
    vec![
        with("ce/both-on-one-host", both),
        with("ce/the-job-router-makes-it-partial", router),
    ]
}

/// A copy of a root's `/etc` that has both, with a key, a token and a mapfile each.
struct Host {
    root: PathBuf,
    etc: PathBuf,
    program: String,
}

impl Host {
    fn new(bench: &Bench, name: &str, more: &str) -> Result<Self, String> {
        let root = bench.roots.root(Release::Newest);
        let folder = bench.roots.host(&bench.roots.folder(name, 0, 0o755));
        let etc = folder.join("etc");
        copy(&root.join("etc"), &etc)?;
        let ce = etc.join("condor-ce");
        for folder in ["config.d", "mapfiles.d"] {
            fs::create_dir_all(ce.join(folder)).map_err(|error| error.to_string())?;
        }
        let mapfile = "@include /etc/condor-ce/mapfiles.d/\n";
        for (file, text) in [
            ("condor_config", ROOT),
            ("condor_mapfile", mapfile),
            ("config.d/10-more", more),
        ] {
            fs::write(ce.join(file), text).unwrap();
        }
        fs::write(ce.join("mapfiles.d/50-own.conf"), "SSL /CN=ce/ ceuser\n").unwrap();
        fs::write(
            etc.join("condor/config.d/99-mapfile"),
            "CERTIFICATE_MAPFILE = /etc/condor/mapfile\n",
        )
        .unwrap();
        fs::write(etc.join("condor/mapfile"), "SSL /CN=pool/ pooluser\n").unwrap();
        // The programs of a CE are links.
        let program = bench.subject.command.first().cloned().unwrap_or_default();
        let link = bench
            .roots
            .host(&format!("{}/{name}/condor_ce_ping", bench.roots.area()));
        std::os::unix::fs::symlink(&program, link).map_err(|error| error.to_string())?;
        Ok(Self { root, etc, program })
    }

    /// Runs a program of ours as root, with that `/etc` in a mount namespace of its own.
    fn run(&self, program: &str, words: &str) -> Output {
        let script = "mount --bind \"$1\" \"$2/etc\" && exec chroot \"$2\" \"$3\" $4";
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", script, "sh"])
            .args([&self.etc, &self.root])
            .args([program, words])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        finish(command, LIMIT)
    }

    fn ours(&self, words: &str) -> Output {
        self.run(&self.program, words)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    match copied {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{} cannot be copied", from.display())),
    }
}

/// What each of them must say, and of whom.
fn both(bench: &Bench) -> Result<(), String> {
    let host = Host::new(bench, "ce-both", AUTHENTICATION)?;
    let (pool, ce) = (host.etc.join("condor"), host.etc.join("condor-ce"));
    for (option, home) in [("", &pool), (" --ce", &ce)] {
        for folder in ["passwords.d", "tokens.d"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        let _ = fs::remove_file(home.join("passwords.d/POOL"));
        for words in [
            "key create".to_owned(),
            format!(
                "token create -identity u{}@x -token own",
                option.trim().len()
            ),
        ] {
            let output = host.ours(&format!("{words}{option}"));
            if output.status != Some(0) {
                return Err(format!("{words}{option}: {output:?}"));
            }
        }
        // As root, a token without -owner goes to root's own; the system folder is where both look.
        if !home.join("tokens.d/own").exists() {
            return Err(format!("no token in {}", home.display()));
        }
    }
    let (of_pool, of_ce) = (Watch::new(), Watch::new());
    of_pool.all(&pool);
    of_ce.all(&ce);
    let link = format!("{}/ce-both/condor_ce_ping", bench.roots.area());
    let dead = "-address <127.0.0.1:9> -table READ";
    for (program, words, expected, is_ce) in [
        (&host.program, "token list", "u0@x", false),
        (&host.program, "token list --ce", "u4@x", true),
        (&host.program, "mapfile check", "/etc/condor/mapfile", false),
        (
            &host.program,
            "mapfile check --ce",
            "/etc/condor-ce/mapfiles.d/50-own.conf",
            true,
        ),
        (&host.program, "config get COLLECTOR_PORT", "9618", false),
        (
            &host.program,
            "config get --ce COLLECTOR_PORT SEC_PASSWORD_DIRECTORY",
            "9619\n/etc/condor-ce/passwords.d",
            true,
        ),
        (
            &host.program,
            &format!("ping {dead}"),
            "failed to make connection",
            false,
        ),
        (
            &host.program,
            &format!("ping --ce {dead}"),
            "failed to make connection",
            true,
        ),
        (&link, dead, "failed to make connection", true),
    ] {
        let output = host.run(program, words);
        let told = format!("{}{}", output.stdout, output.stderr);
        if !told.contains(expected) {
            return Err(format!("{words}: {expected:?} is not in {output:?}"));
        }
        let (own, other) = match is_ce {
            true => (of_ce.opened(), of_pool.opened()),
            false => (of_pool.opened(), of_ce.opened()),
        };
        if own.is_empty() || !other.is_empty() {
            return Err(format!("{words} opened {own:?} and of the other {other:?}"));
        }
    }
    Ok(())
}

/// With the job router's packaged file, part of the configuration is what a command prints.
fn router(bench: &Bench) -> Result<(), String> {
    let host = Host::new(bench, "ce-router", ROUTER)?;
    let refused = host.ours("ping --ce -address <127.0.0.1:9> READ");
    let told = &refused.stderr;
    let place = "/etc/condor-ce/config.d/10-more, line 2";
    if refused.status != Some(1) || !told.contains(place) || !refused.stdout.is_empty() {
        return Err(format!("{refused:?}"));
    }
    let run = host.ours("config get --ce --run-config-commands LOG");
    if !run.stderr.contains("condor_ce_router_de") {
        return Err(format!("a command that is not there: {run:?}"));
    }
    Ok(())
}
