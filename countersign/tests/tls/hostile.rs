//! Servers that a client must not show its token to.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use countersign::SystemEntropy;
use countersign::core::names::Level;
use countersign::core::policy::LevelSettings;
use countersign::issuer::{Algorithm, IssuerKey, IssuerUrl, RsaBits, TokenRequest};
use countersign::why::warnings;
use countersign::{Peer, PeerBuilder};

use crate::server::{Hostile, Trick};
use crate::wire::{self, Way};
use crate::world::{Authority, Folder, HOST, Own, builder, server_params, target};

/// The longest that a client waits for an impostor, some of which never answer; and for others.
const PATIENCE: Duration = Duration::from_millis(1500);
const LONGER: Duration = Duration::from_secs(20);

/// The shortest part of a token that would be too much.
const PART: usize = 8;

/// What the tests have in common.
struct World {
    folder: Folder,
    ca: Authority,
    token: String,
}

/// How it went.
struct Outcome {
    succeeded: bool,
    warnings: Vec<String>,
    /// What the server received, as it came and as TLS gave it.
    received: [Vec<u8>; 2],
    took: Duration,
    text: String,
}

impl World {
    fn new() -> Self {
        let folder = Folder::new();
        let ca = Authority::new("The CA");
        let token = token();
        folder.file("ca.pem", &ca.pem);
        folder.file("token", format!("{token}\n"));
        Self { folder, ca, token }
    }

    /// A client with this alias and these settings meets a server of this certificate.
    async fn meet(
        &self,
        own: Own,
        trick: Trick,
        way: Way,
        alias: Option<&str>,
        more: &str,
        patience: Duration,
    ) -> Outcome {
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let level = LevelSettings {
            methods: vec!["SCITOKENS".into()],
            ..PeerBuilder::careful()
        };
        let hostile = Hostile {
            own,
            trick,
            heard: heard.clone(),
        };
        let peer = Peer::builder()
            .every_level(level)
            .allow(Level::Read, "*")
            .method(hostile)
            .start()
            .await
            .unwrap();
        let wire = wire::to(peer.socket_address(), way).await;
        let files = format!(
            "AUTH_SSL_CLIENT_CAFILE = {}\nSCITOKENS_FILE = {}\nSEC_KNOWN_HOSTS = {}\n",
            self.folder.path("ca.pem").display(),
            self.folder.path("token").display(),
            self.folder.path(&format!("known-{}", wire.port)).display(),
        );
        let client = builder(&format!("{files}{more}")).build();
        let command = Level::Read.sample_command().unwrap();
        let began = Instant::now();
        let attempt = client
            .sec_query(&target(wire.port, alias), command, patience)
            .await;
        let took = began.elapsed();
        // What is on its way arrives.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let received = [
            wire.heard.lock().unwrap().clone(),
            heard.lock().unwrap().clone(),
        ];
        Outcome {
            succeeded: attempt.result.as_ref().is_ok_and(|answer| answer.succeeded),
            warnings: warnings(&attempt.trace).collect(),
            received,
            took,
            text: attempt
                .trace
                .iter()
                .map(|event| format!("{event}\n"))
                .collect(),
        }
    }

    /// How much of the token is in what the server received.
    fn found(&self, outcome: &Outcome) -> usize {
        let all: HashSet<&[u8]> = outcome
            .received
            .iter()
            .flat_map(|received| received.windows(PART))
            .collect();
        let parts = self.token.as_bytes().windows(PART);
        parts.filter(|part| all.contains(part)).count()
    }

    /// A server that gets nothing.
    async fn nothing(&self, own: Own, trick: Trick, way: Way, alias: Option<&str>) {
        let outcome = self.meet(own, trick, way, alias, "", PATIENCE).await;
        assert!(!outcome.succeeded, "{trick:?}");
        assert_eq!(self.found(&outcome), 0, "{trick:?}: {}", outcome.text);
        assert!(
            outcome.received[1].is_empty(),
            "{trick:?}: {:?}",
            outcome.received[1]
        );
        assert!(outcome.warnings.is_empty(), "{trick:?}");
        assert!(
            outcome.took < PATIENCE + Duration::from_secs(2),
            "{trick:?}"
        );
        assert!(!outcome.received[0].is_empty(), "{trick:?}: they met");
    }
}

/// A token of somebody's.
fn token() -> String {
    let key = IssuerKey::generate(Algorithm::Es256, RsaBits::default(), Some("k")).unwrap();
    let url: IssuerUrl = "https://issuer.example/pool".parse().unwrap();
    let request = TokenRequest::new("alice", &["condor:/READ"], 600);
    let token = request.sign(&url, &key, now(), &mut SystemEntropy).unwrap();
    std::str::from_utf8(token.expose()).unwrap().to_owned()
}

fn now() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Servers that are not the one that was dialled, and how they are dialled.
fn impostors(ca: &Authority) -> Vec<(&'static str, Own, Option<&'static str>)> {
    let mut expired = server_params(HOST);
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut early = server_params(HOST);
    early.not_before = rcgen::date_time_ymd(2900, 1, 1);
    let mut for_clients = server_params(HOST);
    for_clients.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    vec![
        (
            "unknown",
            Authority::new("The CA").issue(server_params(HOST)),
            Some(HOST),
        ),
        (
            "other name",
            ca.issue(server_params("other.example")),
            Some(HOST),
        ),
        ("no alias", ca.issue(server_params(HOST)), None),
        ("expired", ca.issue(expired), Some(HOST)),
        ("too early", ca.issue(early), Some(HOST)),
        ("for clients", ca.issue(for_clients), Some(HOST)),
    ]
}

#[tokio::test]
async fn the_right_server_gets_it_whole() {
    let world = World::new();
    for way in [Way::Straight, Way::Dribble] {
        let own = world.ca.issue(server_params(HOST));
        let outcome = world
            .meet(own, Trick::None, way, Some(HOST), "", LONGER)
            .await;
        assert!(outcome.succeeded, "{}", outcome.text);
        assert_eq!(world.found(&outcome), world.token.len() + 1 - PART);
        assert_eq!(outcome.received[1][4..], *world.token.as_bytes());
        assert!(outcome.warnings.is_empty());
        // Only inside TLS.
        let outside = &outcome.received[0];
        assert!(
            !world
                .token
                .as_bytes()
                .windows(PART)
                .any(|part| { outside.windows(PART).any(|some| some == part) })
        );
    }
}

#[tokio::test]
async fn no_impostor_gets_a_part_of_it() {
    let world = Arc::new(World::new());
    let tricks = [Trick::None, Trick::Nags, Trick::AllAtOnce, Trick::NoTls];
    let of_status = (0..5).flat_map(|at| {
        [-1, 0, 1, 2, 3, 4, 5, i64::MIN]
            .into_iter()
            .flat_map(move |status| [Trick::Status(at, status), Trick::StatusFrom(at, status)])
            .chain([Trick::Close(at)])
    });
    let all: Vec<Trick> = tricks.into_iter().chain(of_status).collect();
    let mut running = tokio::task::JoinSet::new();
    for (name, own, alias) in impostors(&world.ca) {
        for (number, trick) in all.iter().copied().enumerate() {
            // Every trick of two of them, and the plain ones of all.
            if number >= tricks.len() && !matches!(name, "unknown" | "other name") {
                continue;
            }
            let (world, own) = (world.clone(), own.clone());
            running.spawn(async move {
                let way = match number % 7 {
                    0 => Way::Dribble,
                    _ => Way::Straight,
                };
                world.nothing(own, trick, way, alias).await;
            });
            if running.len() >= 48 {
                running.join_next().await.unwrap().unwrap();
            }
        }
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn what_waives_the_check_is_warned_of() {
    let world = World::new();
    let file = world.folder.path("token");
    let expected = format!(
        "bearer token {} sent to an unverified server",
        file.display()
    );
    let unknown = || Authority::new("Unknown").issue(server_params(HOST));
    let cases = [
        (
            world.ca.issue(server_params("other.example")),
            Some(HOST),
            "SSL_SKIP_HOST_CHECK = true\n",
            true,
        ),
        (
            world.ca.issue(server_params(HOST)),
            None,
            "SSL_SKIP_HOST_CHECK = true\n",
            true,
        ),
        (
            unknown(),
            Some(HOST),
            "BOOTSTRAP_SSL_SERVER_TRUST = true\n",
            true,
        ),
        // Each of them waives one thing alone.
        (unknown(), Some(HOST), "SSL_SKIP_HOST_CHECK = true\n", false),
        (
            world.ca.issue(server_params("other.example")),
            Some(HOST),
            "BOOTSTRAP_SSL_SERVER_TRUST = true\n",
            false,
        ),
        (
            unknown(),
            None,
            "BOOTSTRAP_SSL_SERVER_TRUST = true\n",
            false,
        ),
        (
            unknown(),
            None,
            "BOOTSTRAP_SSL_SERVER_TRUST = true\nSSL_SKIP_HOST_CHECK = true\n",
            false,
        ),
    ];
    for (number, (own, alias, more, sent)) in cases.into_iter().enumerate() {
        let outcome = world
            .meet(own, Trick::None, Way::Straight, alias, more, LONGER)
            .await;
        assert_eq!(outcome.succeeded, sent, "{number}: {}", outcome.text);
        assert_eq!(outcome.warnings.len(), usize::from(sent), "{number}");
        let whole = world.token.len() + 1 - PART;
        assert_eq!(
            world.found(&outcome),
            if sent { whole } else { 0 },
            "{number}"
        );
        if sent {
            let warning = &outcome.warnings[0];
            assert_eq!(*warning, expected);
        }
    }
}
