//! SSL and SCITOKENS, both roles: whatever is said, and whatever is changed on the way, nobody is taken for who they have not
//! proven to be, and no token comes where the server was not verified.
//!
//! The input is switches, then what somebody in between does to the messages of two sides that are honest, or what a side
//! says that has no key at all.

#![no_main]

#[allow(dead_code)]
#[path = "../../methods/tests/both_sides/pair.rs"]
mod pair;
#[allow(dead_code)]
#[path = "../../methods/tests/both_sides/tls/world.rs"]
mod world;

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use countersign_core::effect::Effect as _;
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, Proof, ServerMechanism,
};
use countersign_core::names::{MethodName, SCITOKENS, SSL};
use countersign_core::wire::{Message, StringForm};
use countersign_fuzz::Dice;
use countersign_methods::scitokens::{FetchIssuerKeys, ScitokensServerEvent};
use libfuzzer_sys::fuzz_target;
use rustls::version::{TLS12, TLS13};
use serde_json::json;

use pair::{End, Outcome, nobody};
use world::{CA, Method, Own, World, client_params, self_signed, token};

static ALICE: LazyLock<Own> = LazyLock::new(|| CA.issue(client_params("alice")));
/// Says that it is alice, and nobody vouches for it.
static SELF_MADE: LazyLock<Own> = LazyLock::new(|| self_signed(client_params("alice")));
static GOOD: LazyLock<String> = LazyLock::new(|| token(json!({})));
static EXPIRED: LazyLock<String> = LazyLock::new(|| token(json!({"exp": 5})));

/// Statuses that mean something, or nearly.
const STATUSES: [i64; 10] = [0, 1, 2, 3, 4, 5, -1, 6, i64::MIN, i64::MAX];

/// What may be proven with a world.
struct Provable {
    /// The client's certificate, or its token.
    client: bool,
    /// The server's certificate.
    server: bool,
}

fn world(method: Method, switches: u8) -> (World, Provable) {
    let mut world = World {
        server_versions: vec![if switches & 2 == 0 { &TLS13 } else { &TLS12 }],
        ..World::default()
    };
    let certificate = switches >> 2 & 3;
    world.client = match certificate {
        0 => None,
        1 => Some(SELF_MADE.clone()),
        _ => Some(ALICE.clone()),
    };
    if certificate == 3 {
        world.server_trust = Vec::new();
    }
    let expired = switches & 0x10 != 0;
    let token = if expired { &*EXPIRED } else { &*GOOD };
    world.token = Some(token.clone().into_bytes());
    match switches >> 5 & 3 {
        0 => world.alias = Some("other.example"),
        1 => world.client_trust = Vec::new(),
        _ => {}
    }
    let provable = Provable {
        client: match method {
            Method::Ssl => certificate == 2,
            Method::Scitokens => !expired,
        },
        server: switches & 0x40 != 0,
    };
    (world, provable)
}

/// A side that has no key, and says what it was told to: a message for each that it hears.
struct Babbling {
    left: std::vec::IntoIter<Vec<u8>>,
}

impl Babbling {
    fn new(dice: &mut Dice<'_>) -> Self {
        let mut messages = Vec::new();
        while !dice.is_empty() && messages.len() < 40 {
            messages.push(said(dice));
        }
        Self {
            left: messages.into_iter(),
        }
    }
}

/// A message: a status, and behind its own length what stands for TLS; or anything.
fn said(dice: &mut Dice<'_>) -> Vec<u8> {
    let kind = dice.byte();
    let len = usize::from(dice.byte());
    if kind & 0x80 != 0 {
        return dice.take(len).to_vec();
    }
    let mut message = status(dice, kind).to_vec();
    let payload = if kind & 0x40 != 0 {
        record(dice, len)
    } else {
        dice.take(len).to_vec()
    };
    message.extend((payload.len() as i64).to_be_bytes());
    message.extend(payload);
    message
}

fn status(dice: &mut Dice<'_>, kind: u8) -> [u8; 8] {
    match STATUSES.get(usize::from(kind & 15)) {
        Some(status) => status.to_be_bytes(),
        None => i64::from(dice.byte()).to_be_bytes(),
    }
}

/// Something with the head of a TLS record.
fn record(dice: &mut Dice<'_>, len: usize) -> Vec<u8> {
    let mut record = vec![20 + dice.byte() % 5, 3, 3];
    let body = dice.take(len);
    record.extend((body.len() as u16).to_be_bytes());
    record.extend(body);
    record
}

impl<P: 'static> Exchange<P> for Babbling {
    fn advance(
        mut self: Box<Self>,
        _: ExchangeInput,
        _: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<P> {
        match self.left.next() {
            None => ExchangeStep::quiet(ExchangeNext::Await(self)),
            Some(bytes) => {
                let message = Message::new(Bytes::from(bytes), StringForm::Terminated);
                ExchangeStep::say(message, ExchangeNext::Await(self))
            }
        }
    }
}

/// A server that does the same.
#[derive(Debug)]
struct BabblingServer(&'static MethodName, Vec<Vec<u8>>);

impl Named for BabblingServer {
    fn name(&self) -> &'static MethodName {
        self.0
    }
}

impl ServerMechanism for BabblingServer {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(ScitokensServerEvent::Offered),
        })
    }

    fn accept(&self, _: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(Babbling {
            left: self.1.clone().into_iter(),
        })
    }
}

/// What somebody in between does to one message, or to it and all behind it.
struct Change<'a> {
    step: usize,
    onwards: bool,
    what: u8,
    at: usize,
    with: &'a [u8],
}

impl<'a> Change<'a> {
    fn read(dice: &mut Dice<'a>) -> Self {
        let step = dice.byte();
        let what = dice.byte();
        let at = dice.below(4096);
        let len = usize::from(dice.byte());
        Self {
            step: usize::from(step & 0x1f),
            onwards: step & 0x80 != 0,
            what,
            at,
            with: dice.take(len),
        }
    }

    fn apply(&self, bytes: &mut Vec<u8>, before: &[Vec<u8>]) {
        let at = self.at.min(bytes.len());
        match self.what & 7 {
            0 | 1 => {
                let status = STATUSES[usize::from(self.what >> 3) % STATUSES.len()];
                bytes.splice(..bytes.len().min(8), status.to_be_bytes());
            }
            2 => {
                for (byte, with) in bytes[at..].iter_mut().zip(self.with) {
                    *byte ^= with;
                }
            }
            3 => bytes.truncate(at),
            4 => {
                // Bytes more, and the length that fits.
                bytes.splice(at..at, self.with.iter().copied());
                count_anew(bytes);
            }
            5 => {
                // Another payload, or none.
                bytes.truncate(16);
                bytes.extend(self.with);
                count_anew(bytes);
            }
            6 => {
                // Bytes less, and the length that fits.
                let end = (at + self.with.len()).min(bytes.len());
                bytes.drain(at..end);
                count_anew(bytes);
            }
            _ => {
                if let Some(other) = before.get(at % before.len().max(1)) {
                    bytes.clone_from(other);
                }
            }
        }
    }
}

/// Writes how long a payload is.
fn count_anew(bytes: &mut [u8]) {
    let len = bytes.len().saturating_sub(16) as i64;
    if let Some(place) = bytes.get_mut(8..16) {
        place.copy_from_slice(&len.to_be_bytes());
    }
}

fn ends<P>(end: &End<P>) -> bool {
    match end {
        End::Proven(_) => true,
        End::Failed(event) => {
            assert!(!event.to_string().is_empty());
            false
        }
        End::Broken(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
        End::Waiting => false,
    }
}

/// What must hold of any outcome.
fn check(outcome: &Outcome, world: &World) -> (bool, bool) {
    assert!(outcome.messages.len() < 1_200, "it ends");
    let secrets = [&*GOOD, &*EXPIRED].map(|token| token.rsplit('.').next().unwrap_or_default());
    let traces = [&outcome.client_trace, &outcome.server_trace];
    for secret in secrets {
        let shown = |text: &[u8]| {
            text.windows(secret.len())
                .any(|part| part == secret.as_bytes())
        };
        assert!(
            !traces.iter().any(|trace| trace.contains(secret)),
            "a trace shows it"
        );
        assert!(
            !outcome.messages.iter().any(|one| shown(one)),
            "it is sent in clear"
        );
    }
    assert!(world.asked.borrow().len() < 20, "few questions");
    (ends(&outcome.client), ends(&outcome.server))
}

fn in_between(world: &World, method: Method, provable: &Provable, dice: &mut Dice<'_>) {
    let mut changes = Vec::new();
    while !dice.is_empty() && changes.len() < 8 {
        changes.push(Change::read(dice));
    }
    let mut before: Vec<Vec<u8>> = Vec::new();
    let outcome = world.meet(method, &mut |step, bytes| {
        let as_sent = bytes.clone();
        for change in &changes {
            if change.step == step || change.onwards && change.step < step {
                change.apply(bytes, &before);
            }
        }
        if before.len() < 40 {
            before.push(as_sent);
        }
    });
    let (client, server) = check(&outcome, world);
    assert!(
        !client || provable.server,
        "the client took it for the server"
    );
    let asked = world.asked.borrow();
    let token_came = asked.iter().any(|name| name == FetchIssuerKeys::NAME);
    assert!(
        !token_came || provable.server,
        "a token for nobody knows whom"
    );
    if changes.is_empty() && provable.server && provable.client {
        assert!(client && server, "nothing was changed");
    }
    drop(asked);
    if let End::Proven(proof) = outcome.server {
        let name = match method {
            Method::Ssl => "/CN=alice",
            Method::Scitokens => "https://issuer.example/pool,alice",
        };
        match proof.authenticated_name.as_deref() {
            // Without a certificate it is nobody, whatever its messages say.
            Some("unauthenticated") if method == Method::Ssl => {
                assert_eq!(proof.user, "unauthenticated");
            }
            Some(found) => assert!(provable.client && found == name, "{found}"),
            None => assert_eq!(method, Method::Ssl, "a token has a name"),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let (role, switches) = (dice.byte(), dice.byte());
    let method = [Method::Ssl, Method::Scitokens][usize::from(switches & 1)];
    let (world, provable) = world(method, switches);
    match role % 4 {
        0 => {
            let client: Box<dyn Exchange<Proof>> = Box::new(Babbling::new(&mut dice));
            let outcome = world.meet_client(client, method, &mut nobody);
            let (_, server) = check(&outcome, &world);
            assert!(!server, "it had no key");
        }
        1 => {
            let name = [&SSL, &SCITOKENS][usize::from(switches & 1)];
            let said = Babbling::new(&mut dice).left.collect();
            let outcome = pair::run_exchange(
                world.client_exchange(method),
                &BabblingServer(name, said),
                &mut |request| world.of_client(request),
                &mut pair::nothing,
                &mut nobody,
            );
            let (client, _) = check(&outcome, &world);
            assert!(!client, "it had no key");
        }
        _ => in_between(&world, method, &provable, &mut dice),
    }
});
