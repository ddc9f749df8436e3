//! Clients and servers that mean no good.

use std::sync::Arc;
use std::time::Duration;

use countersign::core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Mechanism, Named, PeerView, Probe, Proof, ServerMechanism,
};
use countersign::core::names::MethodName;
use countersign::core::wire::{Encoder, Message};
use countersign_outside_method::{WATCHWORD, WatchwordEvent, WatchwordServerEvent};

use crate::site::{Asker, Folder, WORD, client, configured, events, peer, said, with};

type Say = fn(Encoder) -> Message;

/// Says these messages, whatever it hears.
#[derive(Debug, Clone)]
struct Script(Vec<Say>);

impl Script {
    fn offered(event: WatchwordEvent) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(event),
        })
    }

    fn next<P>(mut self, cx: &ExchangeContext<'_>, end: ExchangeNext<P>) -> ExchangeStep<P>
    where
        Self: Exchange<P>,
    {
        if self.0.is_empty() {
            return ExchangeStep::quiet(end);
        }
        let message = self.0.remove(0)(cx.encoder());
        ExchangeStep::say(message, ExchangeNext::Await(Box::new(self)))
    }
}

impl Named for Script {
    fn name(&self) -> &'static MethodName {
        &WATCHWORD
    }
}

impl Mechanism for Script {
    fn probe(&self) -> Probe {
        Self::offered(WatchwordEvent::Offered)
    }

    fn begin(&self, _: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(self.clone())
    }
}

impl Exchange<Proof> for Script {
    fn advance(
        self: Box<Self>,
        _: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        // It believes that it came through.
        self.next(cx, ExchangeNext::Succeeded(Proof::default()))
    }
}

impl ServerMechanism for Script {
    fn probe(&self) -> Probe {
        Self::offered(WatchwordEvent::Offered)
    }

    fn accept(&self, _: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(self.clone())
    }
}

impl Exchange<ClientProof> for Script {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        if let ExchangeInput::Start = input {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        }
        let proof = ClientProof {
            authenticated_name: None,
            user: "alice".into(),
            domain: None,
            limits: None,
            attributes: Vec::new(),
            voucher: None,
            wrap: None,
        };
        self.next(cx, ExchangeNext::Succeeded(proof))
    }
}

/// Who waits for what nobody will say need not wait long.
fn impatient(mut asker: Asker) -> Asker {
    asker.1 = Duration::from_secs(1);
    asker
}

/// A client without the watchword gets nowhere, whatever it says, and the reason is on record.
#[tokio::test]
async fn clients() {
    let claim: Say = |e| e.string("alice").bytes(&[7; 32]).finish();
    let cases: [(&str, Vec<Say>, &str); 12] = [
        (
            "no user",
            vec![|e| e.string("").bytes(&[0; 32]).finish()],
            "claims no user",
        ),
        (
            "a path",
            vec![|e| e.string("../alice").bytes(&[0; 32]).finish()],
            "claims no user",
        ),
        (
            "a long name",
            vec![|e| e.string(&"a".repeat(33)).bytes(&[0; 32]).finish()],
            "the user is longer than 32 bytes",
        ),
        (
            "a huge name",
            vec![|e| e.string(&"a".repeat(60_000)).finish()],
            "the user is longer than 32 bytes",
        ),
        (
            "no challenge",
            vec![|e| e.string("alice").finish()],
            "ended while reading the client's challenge",
        ),
        (
            "a short challenge",
            vec![|e| e.string("alice").bytes(&[0; 31]).finish()],
            "ended while reading the client's challenge",
        ),
        (
            "a long challenge",
            vec![|e| e.string("alice").bytes(&[0; 33]).finish()],
            "1 bytes too many",
        ),
        (
            "no such user",
            vec![|e| e.string("mallory").bytes(&[7; 32]).finish(), |e| {
                e.bytes(&[0; 32]).finish()
            }],
            "mallory, for whom there is no watchword",
        ),
        (
            "zeros",
            vec![claim, |e| e.bytes(&[0; 32]).finish()],
            "alice, but does not know the watchword",
        ),
        (
            "its own challenge",
            vec![claim, |e| e.bytes(&[7; 32]).finish()],
            "alice, but does not know the watchword",
        ),
        (
            "a short answer",
            vec![claim, |e| e.bytes(&[0; 8]).finish()],
            "ended while reading the client's answer",
        ),
        (
            "a long answer",
            vec![claim, |e| e.bytes(&[0; 64]).finish()],
            "32 bytes too many",
        ),
    ];
    for (name, script, reason) in cases {
        let (here, there) = (Folder::new(), Folder::with("alice", WORD));
        let peer = peer(&there, "WATCHWORD").start().await.unwrap();
        let asked = impatient(with(Script(script), "alice", &here, "WATCHWORD"))
            .write(&peer)
            .await;
        assert!(asked.result.is_err(), "{name}");
        // The peer may still be busy with the end of it.
        let mut log = String::new();
        for _ in 0..200 {
            log = peer
                .decisions()
                .iter()
                .map(|one| one.trace.to_string())
                .collect();
            if log.contains(reason) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(log.contains(reason), "{name}: {log}");
        assert!(!log.contains(WORD), "{name}");
        let proven =
            |event: &WatchwordServerEvent| matches!(event, WatchwordServerEvent::Proven { .. });
        assert!(!said(&peer).iter().any(proven), "{name}");
        peer.shutdown().await;
    }
}

/// A server without the watchword is not believed, though it would let this client do anything.
#[tokio::test]
async fn servers() {
    let challenge: Say = |e| e.bytes(&[9; 32]).finish();
    let cases: [(&str, Vec<Say>, &str); 8] = [
        (
            "zeros",
            vec![challenge, |e| e.int(1).bytes(&[0; 32]).finish()],
            "does not know the watchword itself",
        ),
        (
            "its own challenge",
            vec![challenge, |e| e.int(1).bytes(&[9; 32]).finish()],
            "does not know the watchword itself",
        ),
        (
            "a bare yes",
            vec![challenge, |e| e.int(1).finish()],
            "ended while reading the server's answer",
        ),
        (
            "a loud yes",
            vec![challenge, |e| e.int(2).bytes(&[0; 32]).finish()],
            "the server's verdict is out of range: 2",
        ),
        (
            "more behind it",
            vec![challenge, |e| e.int(1).bytes(&[0; 33]).finish()],
            "1 bytes too many",
        ),
        (
            "a short challenge",
            vec![|e| e.bytes(&[9; 31]).finish()],
            "ended while reading the server's challenge",
        ),
        (
            "a long challenge",
            vec![|e| e.bytes(&[9; 4096]).finish()],
            "4064 bytes too many",
        ),
        (
            "no",
            vec![challenge, |e| e.int(0).bytes(&[0; 32]).finish()],
            "does not take the answer of alice",
        ),
    ];
    for (name, script, reason) in cases {
        let here = Folder::with("alice", WORD);
        let peer = configured("WATCHWORD")
            .method(Script(script))
            .start()
            .await
            .unwrap();
        let asked = impatient(client("alice", &here, "WATCHWORD"))
            .write(&peer)
            .await;
        assert!(asked.result.is_err(), "{name}");
        assert!(
            asked.trace.to_string().contains(reason),
            "{name}: {}",
            asked.trace
        );
        assert!(!asked.trace.to_string().contains(WORD), "{name}");
        if reason.contains("itself") {
            let own: Vec<WatchwordEvent> = events(&asked.trace);
            assert!(own.contains(&WatchwordEvent::Impostor), "{name}: {own:?}");
        }
        peer.shutdown().await;
    }
}
