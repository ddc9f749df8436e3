//! The demo beside an installed HTCondor: nothing of it is opened.

use std::process::Command;
use std::time::Duration;

use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, finish};
use crate::watch::Watch;

const LIMIT: Duration = Duration::from_secs(20);

/// What an HTCondor program would read: the packaged configuration, the pool's keys, the user's tokens.
const FOLDERS: [&str; 2] = ["etc/condor", "home/alice/.condor"];

/// Root and an ordinary user run it where HTCondor is installed and both have credentials: each folder is a copy that no
/// other test sees, in a mount namespace of the demo's own.
pub(super) fn opens_nothing(bench: &Bench) -> Result<(), String> {
    let root = bench.roots.root(Release::Newest);
    let copies = bench.roots.host(&bench.roots.folder("watched", 0, 0o755));
    let watch = Watch::new();
    let mut script = String::from("set -e\n");
    for (number, folder) in FOLDERS.iter().enumerate() {
        let (from, to) = (root.join(folder), copies.join(number.to_string()));
        let copied = Command::new("cp").arg("-a").args([&from, &to]).status();
        if !copied.is_ok_and(|status| status.success()) {
            return Err(format!("{} cannot be copied", from.display()));
        }
        watch.all(&to);
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
    if watch.opened().is_empty() {
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
        let names = watch.opened();
        if !names.is_empty() {
            return Err(format!("as {} it opened {names:?}", user.name()));
        }
    }
    Ok(())
}
