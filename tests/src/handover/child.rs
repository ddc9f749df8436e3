//! Our peer as a daemon of a real master.

use std::path::Path;

use super::{Family, SOON};
use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, command, finish};

/// It listens on the socket that the master bound, and says that it lives; the master's signals, which come as
/// commands here, reach it.
pub(super) fn of_a_master(bench: &Bench, release: Release) -> Result<(), String> {
    let mut family = Family::start(bench, release, "", "NEVER_USE_KILL_FOR_DC_SIGNALS = True\n")?;
    let ready = family.ready(bench)?;
    let pid = ready["pid"].as_u64().ok_or("no pid")?;
    family.told(bench, "it told its parent", |line| {
        line["event"] == "told the parent" && line["server"] == "condor@parent"
    })?;
    let alive = format!("received childalive, pid={pid}, secs=3600");
    family.wait(bench, &alive, || {
        let log = family.daemon.log_of(&bench.roots, "MasterLog");
        log.contains(&alive).then_some(())
    })?;

    let master = family.daemon.master(&bench.roots)?;
    let mut reconfig = command(
        &bench.roots.root(release),
        User::Root,
        family.daemon.config(),
    );
    reconfig.args(["condor_reconfig", "-addr", &master]);
    let output = finish(reconfig, SOON);
    if output.status != Some(0) {
        return Err(format!("condor_reconfig: {output:?}"));
    }
    let signal = family.told(bench, "a signal from the master", |line| {
        line["command"] == "DC_RAISESIGNAL" && line["event"] == "command"
    })?;
    if signal["user"] != "condor@parent" || signal["method"] != "FAMILY" {
        return Err(signal.to_string());
    }
    family.told(bench, "it obeyed", |line| line["event"] == "reconfigured")?;

    let master = rustix::process::Pid::from_raw(family.daemon.pid().cast_signed()).unwrap();
    rustix::process::kill_process(master, rustix::process::Signal::QUIT).unwrap();
    let process = format!("/proc/{pid}");
    family.wait(bench, "it ended with its master", || {
        (!Path::new(&process).exists()).then_some(())
    })
}
