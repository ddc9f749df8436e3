//! One server's configuration and all of its clients: ours and the real ones, on both ends.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use super::case::{Case, Group};
use super::site::{Asker, Client, Site, dialled, of_server, socket};
use crate::compare::{Bench, difference, steady};
use crate::daemon::Daemon;
use crate::peer::Peer;
use crate::roots::Release;
use crate::run::{Output, User};
use crate::scenario::View;

const NEWEST: Asker = Asker::Real(Release::Newest);
const STABLE: Asker = Asker::Real(Release::Stable);

/// Every case of a group. In each
/// - ours prints of a collector of either release what 25.14.1's `condor_ping` prints of it;
/// - the clients print of our peer what they print of a collector of 25.14.1;
/// - ours says why, as client and as server.
pub(super) fn group(bench: &Bench, site: &Site, group: &Group) -> Result<(), String> {
    let newest = site.collector(bench, Release::Newest, group)?;
    let stable = site.collector(bench, Release::Stable, group)?;
    let mut peer = site.peer(bench, group)?;
    let mut problems = String::new();
    for case in &group.cases {
        let client = site.client(bench, group, case, User::Alice)?;
        let one = One {
            bench,
            site,
            case,
            client: &client,
        };
        let mut found = one.compare(&newest.address, &stable.address, &peer);
        for daemon in [&newest, &stable] {
            one.same_picks(daemon, &mut found);
        }
        if !found.is_empty() {
            let _ = writeln!(problems, "==== {}/{}\n{found}", group.name, case.name);
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{problems}--- the peer's log\n{}\n{}{}",
        peer.end(),
        newest.story(&bench.roots),
        stable.story(&bench.roots)
    ))
}

/// One client.
struct One<'a> {
    bench: &'a Bench,
    site: &'a Site,
    case: &'a Case,
    client: &'a Client,
}

impl One<'_> {
    fn ask(&self, asker: Asker, published: &str, view: &[&str], more: &[&str]) -> (Output, String) {
        let arguments = [view, more].concat();
        self.client.ask(
            self.bench,
            asker,
            &dialled(published, self.case),
            &arguments,
        )
    }

    fn table(&self, asker: Asker, published: &str) -> (Output, String) {
        self.ask(asker, published, &["-table"], self.case.levels)
    }

    /// What is wrong, in words.
    fn compare(&self, newest: &str, stable: &str, peer: &Peer) -> String {
        let mut problems = String::new();
        for (whose, collector) in [("25.14.1", newest), ("23.9.6", stable)] {
            let (theirs, known) = self.table(NEWEST, collector);
            self.bench.tally.count(&theirs.stdout);
            let (ours, noted) = self.table(Asker::Ours, collector);
            self.expected(&theirs, &mut problems);
            let mut differs = difference(&View::Table, &theirs, &ours);
            let (theirs, _) = self.ask(NEWEST, collector, &["-verbose"], &["READ"]);
            let (ours, _) = self.ask(Asker::Ours, collector, &["-verbose"], &["READ"]);
            differs += &difference(&View::Verbose, &theirs, &ours);
            if let Some(line) = &self.case.learned {
                for (who, file) in [("condor_ping", known), ("ours", noted)] {
                    if !file.lines().any(|one| one == line) {
                        let _ = writeln!(differs, "{who} noted down {file:?} instead of {line}");
                    }
                }
            }
            if !differs.is_empty() {
                let (ours, _) = self.ask(
                    Asker::Ours,
                    collector,
                    &["-table", "-debug"],
                    self.case.levels,
                );
                let _ = writeln!(
                    problems,
                    "-- of a collector {whose}\n{differs}{}",
                    ours.stderr
                );
            }
        }
        self.reason(newest, &mut problems);
        for collector in [newest, stable] {
            self.path(collector, &mut problems);
        }
        self.of_peer(newest, peer, &mut problems);
        problems
    }

    /// What the case says of the rows, so that no two that are both wrong count as the same.
    fn expected(&self, output: &Output, problems: &mut String) {
        let rows: Vec<Vec<&str>> = output
            .stdout
            .lines()
            .skip(1)
            .map(|row| row.split_whitespace().collect())
            .collect();
        let letter = |row: &Vec<&str>| if row.contains(&"ALLOW") { 'A' } else { 'F' };
        let letters: String = rows.iter().map(letter).collect();
        let first = rows.first().map(Vec::as_slice).unwrap_or_default();
        let who = match (first.get(1), first.last()) {
            (Some(method), Some(identity)) if first.contains(&"ALLOW") => {
                format!("{method} {identity}")
            }
            _ => String::new(),
        };
        if letters != self.case.expected || who != self.case.who {
            let _ = writeln!(
                problems,
                "expected {} {:?}, not {letters} {who:?}: {}{}",
                self.case.expected, self.case.who, output.stdout, output.stderr
            );
        }
    }

    fn reason(&self, collector: &str, problems: &mut String) {
        let address = dialled(collector, self.case);
        let reason = of_server(self.site, self.case.why, &address);
        if reason.is_empty() {
            return;
        }
        let debug: &[&str] = match self.case.expected.starts_with('F') {
            true => &["-table", "-why"],
            false => &["-table", "-why", "-debug"],
        };
        let (output, _) = self.ask(Asker::Ours, collector, debug, &["READ"]);
        let told = match self.case.expected.starts_with('F') {
            true => &output.stdout,
            false => &output.stderr,
        };
        if !told.contains(&reason) {
            let _ = writeln!(problems, "-why does not say {reason:?} but\n{told}");
        }
    }

    /// What our client says on the way, in the order of the case.
    fn path(&self, collector: &str, problems: &mut String) {
        if self.case.path.is_empty() {
            return;
        }
        let (output, _) = self.ask(Asker::Ours, collector, &["-table", "-debug"], &["READ"]);
        let mut rest = output.stderr.as_str();
        for step in self.case.path {
            match rest.split_once(step) {
                Some((_, after)) => rest = after,
                None => {
                    let _ = writeln!(
                        problems,
                        "no {step:?}, or not in its place:\n{}",
                        output.stderr
                    );
                    return;
                }
            }
        }
    }

    /// The methods that a daemon picks, one after the other, are the same with ours as with the real
    /// client. Only cases that name the steps on the way are looked at.
    fn same_picks(&self, daemon: &Daemon, problems: &mut String) {
        if self.case.path.is_empty() {
            return;
        }
        let picks = |asker| {
            let roots = &self.bench.roots;
            let before = daemon.collector_log(roots).len();
            self.ask(asker, &daemon.address, &["-table"], &["READ"]);
            let log = daemon.collector_log(roots);
            let pick = |line: &str| {
                let (_, pick) = line.split_once("i picked (method == ")?;
                Some(pick.trim_end_matches(')').to_owned())
            };
            let new = log.get(before..).unwrap_or_default();
            new.lines().filter_map(pick).collect::<Vec<_>>()
        };
        let (theirs, ours) = (picks(NEWEST), picks(Asker::Ours));
        if theirs.is_empty() || theirs != ours {
            let _ = writeln!(
                problems,
                "the daemon picked {theirs:?} for condor_ping and {ours:?} for ours"
            );
        }
    }

    fn of_peer(&self, collector: &str, peer: &Peer, problems: &mut String) {
        let before = peer.logged().len();
        for (who, asker) in [
            ("25.14.1's", NEWEST),
            ("23.9.6's", STABLE),
            ("ours", Asker::Ours),
        ] {
            let (theirs, _) = self.table(asker, collector);
            let (ours, _) = self.table(asker, &peer.address);
            self.bench.tally.of_peer(&ours.stdout);
            if (&theirs.stdout, theirs.status) != (&ours.stdout, ours.status) {
                let _ = writeln!(
                    problems,
                    "-- {who}, of a collector\n{}{}-- of the peer\n{}{}",
                    theirs.stdout, theirs.stderr, ours.stdout, ours.stderr
                );
            }
        }
        // Whatever else a client hears, the reasons of a failure included.
        let details = |published: &str| {
            let (output, _) = self.ask(NEWEST, published, &["-verbose"], &["READ"]);
            let said = |line: &&str| !line.starts_with("Remote Version:");
            let text = steady(&output.stdout).replace(socket(published), "SOCKET");
            text.lines().filter(said).collect::<Vec<_>>().join("\n")
        };
        let (theirs, ours) = (details(collector), details(&peer.address));
        if theirs != ours {
            let _ = writeln!(
                problems,
                "-- -verbose READ of a collector\n{theirs}\n-- of the peer\n{ours}"
            );
        }
        let event = of_server(self.site, self.case.event, &peer.address);
        let logged = || peer.logged().get(before..).unwrap_or_default().to_owned();
        let end = Instant::now() + Duration::from_secs(3);
        while !logged().contains(&event) && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        if !logged().contains(&event) {
            let _ = writeln!(
                problems,
                "the peer does not say {event:?} but\n{}",
                logged()
            );
        }
    }
}
