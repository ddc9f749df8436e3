//! What a full handshake costs the server: ours against the 25.14.1 collector, with the same client and settings.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use countersign_tests::daemon::Daemon;
use countersign_tests::roots::{Release, Roots};

use crate::meter::Sample;
use crate::sides::{Login, Side};
use crate::{BLOCKS, HANDSHAKES, each};

/// What ours may cost, as a share of the collector's.
const REQUIRED: f64 = 1.0 / 3.0;

/// Our test peer.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) address: String,
}

/// Measures, prints, and says whether ours costs no more than required. The client is HTCondor's C++ library of
/// `wheel`.
pub(crate) fn measure(
    roots: &Roots,
    settings: &str,
    client: &Path,
    wheel: &Path,
    collector: &Daemon,
) -> Result<bool, String> {
    let keys = roots.root(Release::Newest).join("etc/condor/passwords.d");
    let settings = settings.replace("/etc/condor/passwords.d", &keys.to_string_lossy());
    let inside = format!("{}/peer", roots.area());
    roots.write(&inside, settings, 0, 0o644);
    let mut peer = Peer::start(&roots.host(&inside), "IDTOKENS", &[])?;
    let mut to_peer = Side::wheel(
        "C++ library 24.0.24",
        wheel,
        client,
        &peer.address,
        Login::by_idtoken(),
    )?;
    let mut to_collector = Side::wheel(
        "C++ library 24.0.24",
        wheel,
        client,
        &collector.address,
        Login::by_idtoken(),
    )?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for block in 0..=BLOCKS {
        for turn in 0..2 {
            if (turn + block) % 2 == 0 {
                let (cost, _) = to_peer.block(HANDSHAKES, peer.child.id())?;
                peer.check(HANDSHAKES)?;
                if block > 0 {
                    ours.push(each(cost.server));
                }
            } else {
                let cost = to_collector.run(HANDSHAKES, collector.pid())?;
                if block > 0 {
                    theirs.push(each(cost.server));
                }
            }
        }
    }
    let pairs = Sample::new(ours.iter().zip(&theirs).map(|(a, b)| a / b).collect());
    let (ours, theirs) = (Sample::new(ours), Sample::new(theirs));
    println!(
        "\nThe same handshake, client C++ library 24.0.24; CPU time of the server per handshake in µs, user and system, whole \
         process; {BLOCKS} blocks of {HANDSHAKES} each, in turns"
    );
    for (name, sample) in [
        ("countersign's peer", &ours),
        ("collector 25.14.1", &theirs),
    ] {
        println!(
            "  {name:<20} median {:7.1}  min {:7.1}  max {:7.1}",
            sample.median(),
            sample.min(),
            sample.max()
        );
    }
    let ratio = ours.median() / theirs.median();
    println!(
        "    ours / the collector: {ratio:.3} (of blocks side by side: median {:.3}, min {:.3}, max {:.3}); required: at \
         most {REQUIRED:.3}: {}",
        pairs.median(),
        pairs.min(),
        pairs.max(),
        if ratio <= REQUIRED { "met" } else { "NOT MET" }
    );
    Ok(ratio <= REQUIRED)
}

impl Peer {
    /// It accepts this method alone.
    pub(crate) fn start(
        config: &Path,
        method: &str,
        environment: &[(String, String)],
    ) -> Result<Self, String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_handshake-server"))
            .arg(method)
            .env("CONDOR_CONFIG", config)
            .envs(environment.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the peer: {error}"))?;
        let mut peer = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            address: String::new(),
            child,
        };
        peer.address = peer.hear()?;
        Ok(peer)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Checks that the last `count` handshakes were full ones, and all that it still knows of.
    pub(crate) fn check(&mut self, count: usize) -> Result<(), String> {
        writeln!(self.input, "?").map_err(|error| format!("the peer: {error}"))?;
        let answer = self.hear()?;
        let numbers = answer
            .split_once(' ')
            .and_then(|(all, full)| Some((all.parse().ok()?, full.parse().ok()?)));
        match numbers {
            Some::<(usize, usize)>((all, full)) if all == full && full >= count => Ok(()),
            _ => Err(format!("the peer made other handshakes: {answer}")),
        }
    }

    fn hear(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .map_err(|error| format!("the peer: {error}"))?;
        if line.is_empty() {
            return Err("the peer ended".to_owned());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
