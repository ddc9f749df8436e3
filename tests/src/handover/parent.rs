//! Our peer as the parent of a real daemon.

use countersign::core::names::{Command, Level, Role};
use countersign::core::session::{ClaimId, HandedSession, Inherit, PrivateInherit, SessionInfo};
use countersign::handover::{ClaimTerms, PRIVATE_VARIABLE, VARIABLE};
use countersign::peer::{Call, Event};
use countersign::{Client, Peer, SystemEntropy};

use super::{CLOSED, DC_CHILDALIVE, SOON, nobody, runtime, target};
use crate::compare::Bench;
use crate::daemon::Daemon;
use crate::roots::Release;

const NOP_CONFIG: i32 = 60025;
const NOP_DAEMON: i32 = 60026;

/// A real collector takes both sessions that we make for it: it tells us that it lives by one, and we reach it by
/// either.
pub(super) fn of_a_collector(bench: &Bench, release: Release) -> Result<(), String> {
    let runtime = runtime();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let alive = Command::new(DC_CHILDALIVE, "DC_CHILDALIVE", Level::Daemon);
    let builder = Peer::builder().command(alive, SOON, move |mut call: Call| {
        let tell = tell.clone();
        async move {
            if let Ok(message) = call.receive().await {
                let mut decoder = message.decoder();
                let _ = tell.send((decoder.int("pid"), decoder.int("seconds")));
            }
        }
    });
    let peer = runtime
        .block_on(builder.start())
        .map_err(|error| error.to_string())?;
    let session = peer
        .issue_claim(&ClaimTerms {
            valid_commands: Some(vec![DC_CHILDALIVE]),
            ..ClaimTerms::new(Role::Child)
        })
        .map_err(|error| error.to_string())?;
    let family = ClaimId::issue("family:ours", &SessionInfo::default(), &mut SystemEntropy)
        .map_err(|error| error.to_string())?;

    // Without a word about UDP it would be told by UDP later, for which AES is none.
    let address = peer.address().replace('>', "&noUDP>");
    let pid = i32::try_from(std::process::id()).unwrap();
    let private = PrivateInherit {
        parent: Some(session.clone()),
        family: Some(family.clone()),
    };
    let private = String::from_utf8(private.expose().expose().to_vec()).unwrap();
    let environment = [
        (VARIABLE.to_owned(), Inherit::new(pid, address).to_string()),
        (PRIVATE_VARIABLE.to_owned(), private),
    ];
    let daemon = Daemon::start_in(&bench.roots, release, CLOSED, &environment)?;

    let heard = runtime.block_on(async { tokio::time::timeout(SOON, told.recv()).await });
    match heard {
        Ok(Some((Ok(pid), Ok(1..)))) if pid == i64::from(daemon.pid()) => {}
        other => return Err(format!("{other:?}\n{}", daemon.story(&bench.roots))),
    }
    let known = peer.decisions().iter().any(|occurrence| {
        matches!(&occurrence.event, Event::Command { caller, .. } if caller.identity.user == "condor@child")
    });
    if !known {
        return Err(format!("{:?}", peer.decisions()));
    }

    let client = Client::new(nobody());
    let child = target(&daemon.address);
    for (claim, role, command, allowed) in [
        (&family, Role::Family, NOP_DAEMON, true),
        (&family, Role::Family, NOP_CONFIG, false),
        (&session, Role::Child, DC_CHILDALIVE, true),
    ] {
        let session = HandedSession::new(claim, role).map_err(|error| error.to_string())?;
        let asked = runtime.block_on(client.sec_query_handed(&child, command, &session, SOON));
        if asked.result.as_ref().is_ok_and(|answer| answer.succeeded) != allowed {
            let story = daemon.story(&bench.roots);
            return Err(format!("{role:?}, {command}: {}\n{story}", asked.trace));
        }
    }
    Ok(())
}
