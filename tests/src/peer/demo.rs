//! The demo beside an installed HTCondor: nothing of it is opened.

use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, finish};

const LIMIT: Duration = Duration::from_secs(20);

/// What an HTCondor program would read: the packaged configuration, the pool's keys, the user's tokens.
const FOLDERS: [&str; 2] = ["etc/condor", "home/alice/.condor"];

/// Root and an ordinary user run it where HTCondor is installed and both have credentials: each folder is a copy that no
/// other test sees, in a mount namespace of the demo's own.
pub(super) fn opens_nothing(bench: &Bench) -> Result<(), String> {
    let root = bench.roots.root(Release::Newest);
    let copies = bench.roots.host(&bench.roots.folder("watched", 0, 0o755));
    let watch = init(CreateFlags::NONBLOCK).unwrap();
    let mut script = String::from("set -e\n");
    for (number, folder) in FOLDERS.iter().enumerate() {
        let (from, to) = (root.join(folder), copies.join(number.to_string()));
        let copied = Command::new("cp").arg("-a").args([&from, &to]).status();
        if !copied.is_ok_and(|status| status.success()) {
            return Err(format!("{} cannot be copied", from.display()));
        }
        watch_all(&watch, &to);
        script += &format!("mount --bind '{}' '{}'\n", to.display(), from.display());
    }
    script += "exec chroot \"--userspec=$1:$1\" \"$2\" \"$3\" $4\n";
    let run = |user: User, program: &str, more: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", &script, "sh"])
            .arg(user.id().to_string())
            .arg(&root)
            .args([program, more])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/home/alice")
            .env("CONDOR_CONFIG", "/etc/condor/condor_config")
            .env("_CONDOR_DENY_READ", "*");
        finish(command, LIMIT)
    };
    let seen = run(User::Root, "/usr/bin/condor_config_val", "COLLECTOR_HOST");
    if opened(&watch).is_empty() {
        return Err(format!(
            "what HTCondor's own tool opens is not seen: {seen:?}"
        ));
    }
    let program = bench.subject.command.first().cloned().unwrap_or_default();
    for user in [User::Root, User::Alice] {
        let output = run(user, &program, "demo");
        let told = output.stdout.matches(" ALLOW ").count();
        if output.status != Some(0) || told < 15 {
            return Err(format!("as {}: {output:?}", user.name()));
        }
        let names = opened(&watch);
        if !names.is_empty() {
            return Err(format!("as {} it opened {names:?}", user.name()));
        }
    }
    Ok(())
}

/// Watches a folder and all below it.
fn watch_all(watch: &OwnedFd, folder: &Path) {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        add_watch(watch, &folder, WatchFlags::OPEN | WatchFlags::ACCESS).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
    opened(watch);
}

/// What was opened since this was asked last.
fn opened(watch: &OwnedFd) -> Vec<String> {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = Reader::new(watch, &mut buffer);
    let mut names = Vec::new();
    while let Ok(event) = reader.next() {
        names.push(format!("{:?}", event.file_name()));
    }
    names
}
