//! Many clients at once, with tokens of issuers that do not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use countersign::core::Secret;
use countersign::core::names::Level;
use countersign::issuer::{
    Algorithm, Issuer, IssuerHandle, IssuerKey, IssuerUrl, RsaBits, TokenRequest,
};
use countersign::methods::scitokens::{BearerSearch, BearerSource, FindBearerToken};
use countersign::{Client, Peer, PeerHandle, SystemEntropy};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::wire::{self, Way};
use crate::world::{Authority, Folder, HOST, builder, server_params, settings, target};

/// How many there are.
const CROWD: usize = 1_000;

/// How long a client waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that takes tokens of any issuer, an issuer that answers, and one that takes connections and says nothing.
struct World {
    folder: Folder,
    peer: PeerHandle,
    issuer: IssuerHandle,
    silent: u16,
    /// How often the silent one was asked, how often at once, and at most.
    asked: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    key: IssuerKey,
}

impl World {
    async fn new() -> Self {
        let folder = Folder::new();
        let ca = Authority::new("The CA");
        let own = ca.issue(server_params(HOST));
        folder.file("ca.pem", &ca.pem);
        let issuer = Issuer::builder().start().await.unwrap();
        let mapfile = folder.file("mapfile", "SCITOKENS /.*/ somebody@pool.example\n");
        let mut settings = settings(&format!(
            "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = SCITOKENS\n\
             SEC_DEFAULT_AUTHENTICATION_TIMEOUT = 60\nALLOW_READ = *\nSEC_SCITOKENS_CACHE =\n\
             AUTH_SSL_SERVER_CERTFILE = {}\nAUTH_SSL_SERVER_KEYFILE = {}\nCERTIFICATE_MAPFILE = {}\n",
            folder.file("host.pem", &own.pem).display(),
            folder.file("host.key", own.key.serialize_pem()).display(),
            mapfile.display(),
        ));
        settings.methods.issuers.ca_file =
            Some(folder.file("issuer.pem", issuer.ca_pem().unwrap()));
        let peer = Peer::builder().settings(settings).start().await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let silent = listener.local_addr().unwrap().port();
        let (asked, open, most): (Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>) =
            Default::default();
        let (one, two, three) = (asked.clone(), open.clone(), most.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                one.fetch_add(1, Ordering::SeqCst);
                let now = two.fetch_add(1, Ordering::SeqCst) + 1;
                three.fetch_max(now, Ordering::SeqCst);
                let two = two.clone();
                tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                    two.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            folder,
            peer,
            issuer,
            silent,
            asked,
            open,
            most,
            key: IssuerKey::generate(Algorithm::Es256, RsaBits::default(), Some("k")).unwrap(),
        }
    }

    /// A token of the issuer that does not answer; of as many issuers as there are paths.
    fn bad_token(&self, path: usize) -> Secret {
        let url = format!("https://localhost:{}/{path}", self.silent);
        let url: IssuerUrl = url.parse().unwrap();
        let now = std::time::SystemTime::now();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        TokenRequest::new("eve", &["condor:/READ"], 600)
            .sign(&url, &self.key, now, &mut SystemEntropy)
            .unwrap()
    }

    fn good_token(&self) -> Secret {
        let request = TokenRequest::new("alice", &["condor:/READ"], 600);
        self.issuer.sign(&request).unwrap()
    }

    fn client(&self, token: Secret) -> Client {
        let text = format!(
            "AUTH_SSL_CLIENT_CAFILE = {}\n",
            self.folder.path("ca.pem").display()
        );
        let search = move |_: FindBearerToken| {
            let found = Some((BearerSource::Variable, token.clone()));
            let passed_over = Vec::new();
            BearerSearch { found, passed_over }.into()
        };
        builder(&text).performer(search).build()
    }

    async fn is_let_in(client: &Client, port: u16) -> Result<bool, String> {
        let command = Level::Read.sample_command().unwrap();
        let attempt = client
            .sec_query(&target(port, Some(HOST)), command, PATIENCE)
            .await;
        match attempt.result {
            Ok(answer) => Ok(answer.succeeded),
            Err(failure) => Err(failure.to_string()),
        }
    }

    /// How long a handshake with a good token takes: half of them take less.
    async fn usual(&self, client: &Client) -> Duration {
        let port = self.peer.socket_address().port();
        let mut times = Vec::new();
        for _ in 0..31 {
            let began = Instant::now();
            assert_eq!(Self::is_let_in(client, port).await, Ok(true));
            times.push(began.elapsed());
        }
        times.sort();
        times[times.len() / 2]
    }

    /// A crowd comes; `port` leads to the server, and `path` says whose token each has.
    fn crowd(&self, port: u16, path: impl Fn(usize) -> usize) -> JoinSet<bool> {
        let mut crowd = JoinSet::new();
        for number in 0..CROWD {
            let client = self.client(self.bad_token(path(number)));
            crowd.spawn(async move { Self::is_let_in(&client, port).await == Ok(true) });
        }
        crowd
    }
}

/// Nobody of a crowd is let in.
async fn none(crowd: JoinSet<bool>) {
    let all = crowd.join_all().await;
    assert_eq!(all.len(), CROWD);
    assert!(all.iter().all(|let_in| !let_in));
}

/// Waits until the silent issuer is asked.
async fn asked(world: &World) {
    while world.open.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_thousand_tokens_of_one_issuer_that_does_not_answer() {
    let world = World::new().await;
    let client = world.client(world.good_token());
    let port = world.peer.socket_address().port();
    assert_eq!(World::is_let_in(&client, port).await, Ok(true));
    let usual = world.usual(&client).await;

    let crowd = world.crowd(port, |_| 0);
    asked(&world).await;
    // Until all have come: what they cost with their TLS is not what this is about.
    settle(&world).await;
    assert_eq!(world.open.load(Ordering::SeqCst), 1, "they wait");
    let meanwhile = world.usual(&client).await;
    assert_eq!(world.open.load(Ordering::SeqCst), 1, "they wait on");
    none(crowd).await;
    assert_eq!(world.asked.load(Ordering::SeqCst), 1, "fetches");
    assert!(
        meanwhile <= usual * 2 + Duration::from_millis(1),
        "{meanwhile:?} for {usual:?}"
    );
}

#[tokio::test]
async fn a_thousand_tokens_of_as_many_issuers() {
    // From one address, and from eight.
    for (way, most) in [(None, 4), (Some(Way::From(8)), 16)] {
        let world = World::new().await;
        let client = world.client(world.good_token());
        let port = world.peer.socket_address().port();
        assert_eq!(World::is_let_in(&client, port).await, Ok(true));
        let usual = world.usual(&client).await;
        let through = match way {
            None => port,
            Some(way) => wire::to(world.peer.socket_address(), way).await.port,
        };
        let mut crowd = world.crowd(through, |number| number);
        asked(&world).await;
        // Those that find no place are told so at once.
        let waiting = most.min(world.most.load(Ordering::SeqCst).max(4));
        while crowd.len() > waiting {
            assert_eq!(crowd.join_next().await.unwrap().ok(), Some(false));
        }
        assert!(world.open.load(Ordering::SeqCst) > 0, "some wait");
        let meanwhile = world.usual(&client).await;
        while let Some(ended) = crowd.join_next().await {
            assert!(!ended.unwrap());
        }
        let (asked, at_once) = (
            world.asked.load(Ordering::SeqCst),
            world.most.load(Ordering::SeqCst),
        );
        assert!(at_once <= most, "{at_once} at once");
        assert!(asked <= most, "{asked} fetches");
        if way.is_some() {
            assert!(asked > 4, "{asked} fetches");
        }
        assert!(
            meanwhile <= usual * 2 + Duration::from_millis(1),
            "{meanwhile:?} for {usual:?}"
        );
        // Afterwards all is as before.
        assert_eq!(World::is_let_in(&client, port).await, Ok(true));
    }
}

/// Waits until the server has nothing to do any more: its handshakes are as fast as ever, or nearly.
async fn settle(world: &World) {
    let client = world.client(world.good_token());
    let port = world.peer.socket_address().port();
    let mut last = Duration::MAX;
    loop {
        let began = Instant::now();
        assert_eq!(World::is_let_in(&client, port).await, Ok(true));
        let took = began.elapsed();
        if took < Duration::from_millis(60) && last < Duration::from_millis(60) {
            return;
        }
        last = took;
    }
}
