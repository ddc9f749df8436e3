//! Somebody on the line between our client and a real collector who changes what passes. With AES nothing that is
//! changed, left out, repeated or reordered may end in an answer that is believed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use countersign::core::sinful::Sinful;
use countersign::core::{Cause, Stage};
use countersign::{Attempt, Authorization, Client};

use super::proxy::{Blow, Harm, Proxy};
use super::victim::{Way, ask, client, collector};
use crate::compare::Bench;
use crate::daemon::Daemon;

type Run = fn(&Bench) -> Result<(), String>;

pub(super) const CASES: &[(&str, Run)] = &[
    ("tampering/idtokens/frames", |bench| {
        frames(bench, Way::Token)
    }),
    ("tampering/fs/frames", |bench| frames(bench, Way::UnboundFs)),
    ("tampering/claimtobe/frames", |bench| {
        frames(bench, Way::ClaimToBe)
    }),
    ("tampering/idtokens/bytes", |bench| bytes(bench, Way::Token)),
    ("tampering/fs/bytes", |bench| bytes(bench, Way::UnboundFs)),
    ("tampering/claimtobe/bytes", |bench| {
        bytes(bench, Way::ClaimToBe)
    }),
];

/// DC_NOP_READ.
const READ: i32 = 60020;
/// Long enough for a handshake on a busy machine.
const PATIENT: Duration = Duration::from_secs(10);
/// For what can only end by the clock.
const SHORT: Duration = Duration::from_millis(300);

/// A client, a collector and the proxy between them. Whether it works when nothing is done is known.
struct Line {
    client: Client,
    proxy: Proxy,
    lengths: super::proxy::Lengths,
    _collector: Daemon,
}

impl Line {
    fn lay(bench: &Bench, way: Way) -> Result<Self, String> {
        let daemon = collector(bench, way)?;
        let proxy = Proxy::start(socket(&daemon.address)?);
        let client = client(bench, way);
        proxy.set(None);
        let honest = ask(&client, &proxy.address, READ, PATIENT);
        match honest.result {
            Ok(answer) if answer.succeeded => {}
            other => {
                return Err(format!(
                    "without tampering: {other:?}\n{}\n{}",
                    honest.trace,
                    daemon.story(&bench.roots)
                ));
            }
        }
        Ok(Self {
            client,
            lengths: proxy.lengths(),
            proxy,
            _collector: daemon,
        })
    }

    fn strike(&self, blow: Blow, timeout: Duration) -> Attempt<Authorization> {
        self.proxy.set(Some(blow));
        ask(&self.client, &self.proxy.address, READ, timeout)
    }

    /// The collector is still there, so that all that failed did not fail for want of it.
    fn must_still_work(&self) -> Result<(), String> {
        self.proxy.set(None);
        match ask(&self.client, &self.proxy.address, READ, PATIENT).result {
            Ok(answer) if answer.succeeded => Ok(()),
            other => Err(format!("afterwards, without tampering: {other:?}")),
        }
    }

    /// The blow must be answered by an error, within the time, and by a deadline only where nothing else can tell.
    fn must_fail(&self, blow: Blow, by_clock: bool) -> Result<(), String> {
        for timeout in [SHORT, PATIENT] {
            let start = Instant::now();
            let attempt = self.strike(blow, timeout);
            if start.elapsed() > timeout + Duration::from_secs(1) {
                return Err(format!("{blow:?} took {:?}", start.elapsed()));
            }
            match attempt.result {
                Ok(_) => return Err(format!("{blow:?} succeeded\n{}", attempt.trace)),
                Err(failure) if failure.to_string().is_empty() => {
                    return Err(format!("{blow:?} failed without a word"));
                }
                Err(failure) => match &*failure.cause {
                    Cause::Deadline { .. } if !by_clock && timeout == SHORT => {}
                    Cause::Deadline { .. } if !by_clock => {
                        return Err(format!("{blow:?} was noticed by the clock alone"));
                    }
                    Cause::Unreachable { .. } | Cause::Unroutable(_) | Cause::Policy(_) => {
                        return Err(format!("{blow:?} never took place: {failure}"));
                    }
                    _ => return Ok(()),
                },
            }
        }
        Ok(())
    }
}

/// The TCP end of an address.
pub(super) fn socket(address: &str) -> Result<SocketAddr, String> {
    let sinful = Sinful::parse(address).map_err(|error| error.to_string())?;
    sinful
        .given()
        .trim_start_matches('<')
        .split(['?', '>'])
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|error| format!("{address}: {error}"))
}

/// Every frame of the server's cut short, lengthened, lost, doubled, swapped with the next, or held back for ever.
fn frames(bench: &Bench, way: Way) -> Result<(), String> {
    let line = Line::lay(bench, way)?;
    let last = line.lengths[0].len() - 1;
    for frame in 0..=last {
        let blow = |harm| Blow {
            to_client: true,
            frame,
            harm,
        };
        line.must_fail(blow(Harm::Truncate), false)?;
        line.must_fail(blow(Harm::Oversize), true)?;
        line.must_fail(blow(Harm::Drop), true)?;
        // FS's verdict and the key flag behind it are the same bytes.
        if !(way == Way::UnboundFs && frame == 3) {
            line.must_fail(blow(Harm::Swap), true)?;
        }
        let stalled = line.strike(blow(Harm::Stall), SHORT);
        match stalled.result {
            Err(failure) if matches!(*failure.cause, Cause::Deadline { .. }) => {
                if frame == last && failure.stage != Stage::Command {
                    return Err(format!("stalled at the end, but {:?}", failure.stage));
                }
            }
            other => return Err(format!("stalled at {frame}: {other:?}")),
        }
        // Behind the answer nothing is read any more.
        if frame < last {
            let doubled = line.strike(blow(Harm::Duplicate), PATIENT);
            // A doubled decision is read as the command's answer, in which it says nothing of a yes: its frame number
            // is no longer the right one, so it does not even verify.
            if doubled.result.is_ok() {
                return Err(format!("doubled {frame}: {}", doubled.trace));
            }
        }
    }
    println!("{}: {} frames, 6 blows each", way.method(), last + 1);
    line.must_still_work()
}

/// One bit of every byte of the server's messages, and of the client's but for its hello: that one the client alone can
/// vouch for, and what else a changed hello may do to a daemon is not this test's business.
fn bytes(bench: &Bench, way: Way) -> Result<(), String> {
    let line = Line::lay(bench, way)?;
    let mut count = 0;
    for (to_client, lengths) in [(true, &line.lengths[0]), (false, &line.lengths[1])] {
        let first = usize::from(!to_client);
        for (frame, &length) in lengths.iter().enumerate().skip(first) {
            // A server that does not believe the client's proof waits for another method, while the client waits for a
            // key: only the clock ends that. So the proof of an IDTOKEN is not changed at each of its bytes.
            let step = if !to_client && frame == 3 { 16 } else { 1 };
            for byte in (0..length).step_by(step) {
                // A header's length may promise more than comes, which only the clock ends.
                let by_clock = !to_client || byte < 5;
                let bit = u8::try_from((byte + frame) % 8).unwrap_or(0);
                let blow = Blow {
                    to_client,
                    frame,
                    harm: Harm::Flip(byte, bit),
                };
                line.must_fail(blow, by_clock)?;
                count += 1;
            }
        }
    }
    println!("{}: {count} bytes turned", way.method());
    line.must_still_work()
}
