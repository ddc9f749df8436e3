//! Sessions that were handed over, client and peer in one process.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::time::Duration;

use countersign::core::Cause;
use countersign::core::names::{Command, Level, Role};
use countersign::core::session::{
    ClaimId, HandedError, HandedSession, Inherit, PrivateInherit, SessionInfo,
};
use countersign::core::sinful::Sinful;
use countersign::core::trace::Event as Step;
use countersign::handover::{ClaimTerms, Inheritance};
use countersign::peer::Event;
use countersign::settings::Host;
use countersign::{
    Attempt, Client, Connection, Peer, PeerBuilder, PeerError, PeerHandle, Sessions, Settings,
    Target,
};

const SOON: Duration = Duration::from_secs(10);
const NOP_READ: i32 = 60020;
const NOP_NEGOTIATOR: i32 = 60022;
const NOP_DAEMON: i32 = 60026;
const NOP_CONFIG: i32 = 60025;

/// A client that trusts no server and has no credential.
fn settings() -> Settings {
    let text =
        "ALLOW_CLIENT = nobody@nowhere\nDENY_CLIENT = *\nSEC_TOKEN_DIRECTORY = /nonexistent\n";
    Settings::from_config(&text.parse().unwrap(), &Host::bare("TOOL")).unwrap()
}

/// A peer that lets nobody in by its lists.
fn closed() -> PeerBuilder {
    Peer::builder().deny(Level::Daemon, "*")
}

fn target(peer: &PeerHandle) -> Target {
    Target::typed(Sinful::parse(peer.address()).unwrap())
}

async fn open(
    client: &Client,
    peer: &PeerHandle,
    command: i32,
    session: &HandedSession,
) -> Attempt<Connection> {
    client
        .open_handed(&target(peer), command, None, session, SOON)
        .await
}

fn cause<T>(attempt: &Attempt<T>) -> &Cause {
    match &attempt.result {
        Ok(_) => panic!("it succeeded:\n{}", attempt.trace),
        Err(failure) => &failure.cause,
    }
}

/// Who the peer took the caller of its last command for, and why it let it in.
fn last(peer: &PeerHandle) -> (String, String) {
    let decisions = peer.decisions();
    match &decisions.last().unwrap().event {
        Event::Command {
            caller,
            authorization,
            ..
        } => (caller.identity.user.clone(), authorization.to_string()),
        Event::Refused(failure) => ("refused".into(), failure.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_claim_is_issued_used_and_retired() {
    let peer = closed().start().await.unwrap();
    let claim = peer
        .issue_claim(&ClaimTerms::new(Role::SubmitSide))
        .unwrap();
    assert_eq!(claim.address(), Some(peer.address()));
    // It goes to the other side as text.
    let text = String::from_utf8(claim.expose().expose().to_vec()).unwrap();
    let session = HandedSession::new(&ClaimId::parse(&text).unwrap(), Role::ExecuteSide).unwrap();
    let client = Client::new(settings());

    let attempt = open(&client, &peer, NOP_DAEMON, &session).await;
    assert!(attempt.result.is_ok(), "{}", attempt.trace);
    assert!(attempt.result.unwrap().is_protected());
    let (user, reason) = last(&peer);
    assert_eq!(user, "submit-side@matchsession");
    assert!(reason.contains("handed over"), "{reason}");

    // What the role does not open, the lists decide, and they are empty.
    let mut refused = open(&client, &peer, NOP_NEGOTIATOR, &session)
        .await
        .result
        .unwrap();
    assert!(refused.receive().await.is_err());
    assert_eq!(last(&peer).0, "refused");

    // The claim's session is for the calls that name it alone.
    let without = client
        .open(&target(&peer), NOP_DAEMON, None, Sessions::Cached, SOON)
        .await;
    assert!(without.result.is_err());

    peer.retire(claim.session_id(), Duration::ZERO);
    let gone = open(&client, &peer, NOP_DAEMON, &session).await;
    assert!(matches!(cause(&gone), Cause::SessionForgotten));
    let shown = format!("{peer:?}{:?}{}", gone.trace, gone.trace);
    let secret = std::str::from_utf8(claim.key().expose()).unwrap();
    assert!(!shown.contains(secret));
}

#[tokio::test]
async fn terms_are_kept_on_both_sides() {
    let peer = closed().start().await.unwrap();
    let client = Client::new(settings());
    let claim = peer
        .issue_claim(&ClaimTerms {
            valid_commands: Some(vec![NOP_READ]),
            lifetime: Some(Duration::from_secs(1000)),
            ..ClaimTerms::new(Role::SubmitSide)
        })
        .unwrap();
    let session = HandedSession::new(&claim, Role::ExecuteSide).unwrap();
    assert!(
        open(&client, &peer, NOP_READ, &session)
            .await
            .result
            .is_ok()
    );
    let seen = peer.decisions().len();
    let other = open(&client, &peer, NOP_DAEMON, &session).await;
    assert!(matches!(
        cause(&other),
        Cause::Handed(HandedError::Command { .. })
    ));
    assert_eq!(peer.decisions().len(), seen, "nothing was sent");

    // A client that keeps to no terms is stopped by the peer.
    let bold = forged(&claim, &SessionInfo::default(), None);
    let attempt = open(&client, &peer, NOP_DAEMON, &bold).await;
    assert!(matches!(cause(&attempt), Cause::SessionForgotten));
    assert!(last(&peer).1.contains("ValidCommands"));

    let short = peer
        .issue_claim(&ClaimTerms {
            lifetime: Some(Duration::ZERO),
            ..ClaimTerms::new(Role::SubmitSide)
        })
        .unwrap();
    let session = HandedSession::new(&short, Role::ExecuteSide).unwrap();
    let late = open(&client, &peer, NOP_READ, &session).await;
    assert!(matches!(
        cause(&late),
        Cause::Handed(HandedError::Expired { .. })
    ));
    let bold = forged(&short, &SessionInfo::default(), None);
    let late = open(&client, &peer, NOP_READ, &bold).await;
    assert!(matches!(cause(&late), Cause::SessionForgotten));
}

/// The claim's session with other terms, or another secret.
fn forged(claim: &ClaimId, info: &SessionInfo, key: Option<&str>) -> HandedSession {
    let secret = std::str::from_utf8(claim.key().expose()).unwrap();
    let text = format!("{}#{info}{}", claim.session_id(), key.unwrap_or(secret));
    HandedSession::new(&ClaimId::parse(&text).unwrap(), Role::ExecuteSide).unwrap()
}

#[tokio::test]
async fn an_id_without_its_secret_is_worth_nothing() {
    let peer = closed().start().await.unwrap();
    let client = Client::new(settings());
    let claim = peer
        .issue_claim(&ClaimTerms::new(Role::SubmitSide))
        .unwrap();
    let thief = forged(&claim, &SessionInfo::default(), Some("00"));
    // The peer cannot tell before something is said, and then it does.
    let mut connection = open(&client, &peer, NOP_DAEMON, &thief)
        .await
        .result
        .unwrap();
    let word = connection.encoder().int(1).finish();
    let _ = connection.send(&word).await;
    assert!(connection.receive().await.is_err());
    let asked = client
        .sec_query_handed(&target(&peer), NOP_DAEMON, &thief, SOON)
        .await;
    assert!(asked.result.is_err(), "{}", asked.trace);
    let own = HandedSession::new(&claim, Role::ExecuteSide).unwrap();
    let asked = client
        .sec_query_handed(&target(&peer), NOP_DAEMON, &own, SOON)
        .await;
    assert!(asked.result.unwrap().succeeded);
}

/// What a parent at this address would give to a child.
fn inheritance(parent: &str, session: &ClaimId, family: &ClaimId) -> Inheritance {
    let private = PrivateInherit {
        parent: Some(session.clone()),
        family: Some(family.clone()),
    };
    let pid = i32::try_from(std::process::id()).unwrap();
    let public = Inherit::new(pid, parent).to_string();
    let private = private.expose();
    let private = std::str::from_utf8(private.expose()).unwrap();
    Inheritance::read(Some(&public), private, true).unwrap()
}

fn made(id: &str, info: &str) -> ClaimId {
    ClaimId::parse(&format!("{id}#{info}{}", "0f".repeat(32))).unwrap()
}

#[tokio::test]
async fn parent_child_and_sibling() {
    let family = made("family:1", "[]");
    let shared = HandedSession::new(&family, Role::Family).unwrap();
    let alive = Command::new(60008, "DC_CHILDALIVE", Level::Daemon);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let parent = closed()
        .handed(shared.clone())
        .command(alive, SOON, move |mut call: countersign::peer::Call| {
            let tell = tell.clone();
            async move {
                let message = call.receive().await.unwrap();
                let mut decoder = message.decoder();
                let pid = decoder.int("pid").unwrap();
                let _ = tell.send((pid, decoder.int("seconds").unwrap()));
            }
        })
        .start()
        .await
        .unwrap();
    // Only DC_CHILDALIVE goes with the parent's own session; the rest with the family's.
    let session = parent
        .issue_claim(&ClaimTerms {
            valid_commands: Some(vec![60008]),
            ..ClaimTerms::new(Role::Child)
        })
        .unwrap();
    let inherited = inheritance(parent.address(), &session, &family);
    let client = Client::builder(settings()).inherited(&inherited).build();

    let sent = client
        .child_alive(&inherited, Duration::from_secs(600), SOON)
        .await
        .unwrap();
    assert!(sent.result.is_ok(), "{}", sent.trace);
    assert_eq!(
        told.recv().await,
        Some((i64::from(std::process::id()), 600))
    );
    assert_eq!(last(&parent).0, "condor@child");
    let cached = |peer: &PeerHandle, command| {
        let (client, target) = (&client, target(peer));
        async move {
            client
                .open(&target, command, None, Sessions::Cached, SOON)
                .await
        }
    };
    assert!(cached(&parent, NOP_NEGOTIATOR).await.result.is_ok());
    assert_eq!(last(&parent).0, "condor@family");

    // The child serves both: its parent is condor@parent there.
    let child = closed().inherited(&inherited).start().await.unwrap();
    let from_parent = HandedSession::new(&session, Role::Child).unwrap();
    let call = open(&Client::new(settings()), &child, 60008, &from_parent).await;
    assert!(call.result.is_ok(), "{}", call.trace);
    assert_eq!(last(&child).0, "condor@parent");
    assert!(cached(&child, NOP_DAEMON).await.result.is_ok());

    // CONFIG is open to none of them; somebody of another family negotiates, and only once.
    let mut refused = cached(&child, NOP_CONFIG).await.result.unwrap();
    assert!(refused.receive().await.is_err());
    let stranger = closed().start().await.unwrap();
    for tries in [1, 0] {
        let attempt = cached(&stranger, NOP_READ).await;
        assert!(attempt.result.is_err());
        let forgotten = attempt
            .trace
            .iter()
            .filter(|event| matches!(event, Step::SessionForgotten { .. }));
        assert_eq!(forgotten.count(), tries, "{}", attempt.trace);
    }
    // Fresh means fresh.
    let fresh = client
        .open(&target(&parent), NOP_READ, None, Sessions::Fresh, SOON)
        .await;
    assert!(fresh.result.is_err());
}

#[tokio::test]
async fn twice_is_once_too_often() {
    let session = HandedSession::new(&made("family:1", "[]"), Role::Family).unwrap();
    let twice = closed().handed(session.clone()).handed(session.clone());
    assert!(matches!(
        twice.start().await,
        Err(PeerError::HandedTwice { .. })
    ));
    let peer = closed().start().await.unwrap();
    assert!(peer.hand_over(&session).is_ok());
    assert!(peer.hand_over(&session).is_err());
}
