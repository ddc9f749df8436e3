//! Many clients at once, with tokens of issuers that do not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use countersign::core::Secret;
use countersign::core::names::Level;
use countersign::effects::Performers;
use countersign::issuer::{
    Algorithm, Issuer, IssuerHandle, IssuerKey, IssuerUrl, RsaBits, TokenRequest,
};
use countersign::issuer_keys::IssuerKeyCache;
use countersign::methods::scitokens::{
    BearerSearch, BearerSource, FetchIssuerKeys, FindBearerToken,
};
use countersign::settings::PeerSettings;
use countersign::{Client, Peer, PeerHandle, SystemEntropy};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::wire::{self, Way};
use crate::world::{Authority, Folder, HOST, builder, server_params, settings, target};

/// How many there are.
const CROWD: usize = 1_000;

/// How long a client waits, and whoever waits for keys.
const PATIENCE: Duration = Duration::from_secs(120);

/// An issuer that takes connections and says nothing.
struct Silent {
    port: u16,
    /// How often it was asked, how often at once, and at most.
    asked: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    hung_up: watch::Sender<bool>,
}

impl Silent {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, open, most): (Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>) =
            Default::default();
        let (one, two, three) = (asked.clone(), open.clone(), most.clone());
        let (hung_up, end) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                one.fetch_add(1, Ordering::SeqCst);
                let now = two.fetch_add(1, Ordering::SeqCst) + 1;
                three.fetch_max(now, Ordering::SeqCst);
                let (two, mut end) = (two.clone(), end.clone());
                tokio::spawn(async move {
                    let mut sink = tokio::io::sink();
                    tokio::select! {
                        _ = tokio::io::copy(&mut stream, &mut sink) => {}
                        _ = end.wait_for(|end| *end) => {}
                    }
                    two.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self {
            port,
            asked,
            open,
            most,
            hung_up,
        }
    }

    fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

/// Servers that take tokens, an issuer that answers, and one that does not.
struct World {
    folder: Folder,
    settings: PeerSettings,
    issuer: IssuerHandle,
    silent: Silent,
    key: IssuerKey,
}

/// A server, and how many of its handshakes have asked for keys, and are waiting for them now.
struct Server {
    peer: PeerHandle,
    came: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
}

impl Server {
    fn port(&self) -> u16 {
        self.peer.socket_address().port()
    }

    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }
}

/// Counts one that waits, for as long as it does.
struct Waits(Arc<AtomicUsize>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What handshakes take, half of them less: the time that passes, and the work of this process.
#[derive(Debug, Default, Clone, Copy)]
struct Usual {
    time: Duration,
    work: Duration,
}

impl World {
    /// With a mapfile in which each `ISSUER` stands for the issuer that answers.
    async fn new(mapfile: &str) -> Self {
        let folder = Folder::new();
        let ca = Authority::new("The CA");
        let own = ca.issue(server_params(HOST));
        folder.file("ca.pem", &ca.pem);
        let issuer = Issuer::builder().start().await.unwrap();
        let mapfile = mapfile.replace("ISSUER", issuer.url());
        let mapfile = folder.file("mapfile", mapfile);
        let mut settings = settings(&format!(
            "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = SCITOKENS\n\
             SEC_DEFAULT_AUTHENTICATION_TIMEOUT = 120\nALLOW_READ = *\nSEC_SCITOKENS_CACHE =\n\
             AUTH_SSL_SERVER_CERTFILE = {}\nAUTH_SSL_SERVER_KEYFILE = {}\nCERTIFICATE_MAPFILE = {}\n\
             CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = true\n",
            folder.file("host.pem", &own.pem).display(),
            folder.file("host.key", own.key.serialize_pem()).display(),
            mapfile.display(),
        ));
        settings.methods.issuers.ca_file =
            Some(folder.file("issuer.pem", issuer.ca_pem().unwrap()));
        Self {
            folder,
            settings,
            issuer,
            silent: Silent::start().await,
            key: IssuerKey::generate(Algorithm::Es256, RsaBits::default(), Some("k")).unwrap(),
        }
    }

    async fn peer(&self) -> PeerHandle {
        let builder = Peer::builder().settings(self.settings.clone());
        builder.start().await.unwrap()
    }

    /// A server whose fetches last until the silent issuer hangs up, however slow this machine is. All other limits are
    /// as they are.
    async fn patient(&self) -> Server {
        let mut issuers = self.settings.methods.issuers.settings();
        issuers.limits.time = PATIENCE;
        issuers.limits.longest_wait = PATIENCE;
        let cache = IssuerKeyCache::new(issuers);
        let (came, waiting): (Arc<AtomicUsize>, Arc<AtomicUsize>) = Default::default();
        let counters = (came.clone(), waiting.clone());
        let fetch = move |request: FetchIssuerKeys| {
            let (cache, waits) = (cache.clone(), Waits(counters.1.clone()));
            counters.1.fetch_add(1, Ordering::SeqCst);
            counters.0.fetch_add(1, Ordering::SeqCst);
            async move {
                let keys = cache.keys(request).await;
                drop(waits);
                keys.into()
            }
        };
        let builder = Peer::builder().settings(self.settings.clone());
        let builder = builder.performers(Performers::default().awaiting(fetch));
        let peer = builder.start().await.unwrap();
        Server {
            peer,
            came,
            waiting,
        }
    }

    /// A token of the issuer that does not answer; of as many issuers as there are paths.
    fn bad_token(&self, path: usize) -> Secret {
        let url = format!("https://localhost:{}/{path}", self.silent.port);
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

    /// What handshakes with a good token take with each of these servers. They take turns, so that whatever else this
    /// machine does delays all of them alike.
    async fn usual<const N: usize>(&self, client: &Client, servers: [&Server; N]) -> [Usual; N] {
        let (mut times, mut work) = (vec![Vec::new(); N], vec![Vec::new(); N]);
        for _ in 0..31 {
            for (number, server) in servers.iter().enumerate() {
                let (began, before) = (Instant::now(), own_work());
                assert_eq!(Self::is_let_in(client, server.port()).await, Ok(true));
                times[number].push(began.elapsed());
                work[number].push(own_work() - before);
            }
        }
        let half = |mut all: Vec<Duration>| {
            all.sort();
            all[all.len() / 2]
        };
        let mut both = times.into_iter().map(half).zip(work.into_iter().map(half));
        servers.map(|_| {
            let (time, work) = both.next().unwrap();
            Usual { time, work }
        })
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

    /// A crowd comes to one of two servers, and waits there; so many wait in the end, and all others are refused. Clients
    /// with a good token must not be kept waiting by them.
    async fn besieged(&self, way: Option<Way>, issuers: usize, wait: usize) {
        let client = self.client(self.good_token());
        let (quiet, server) = (self.patient().await, self.patient().await);
        for server in [&quiet, &server] {
            assert_eq!(Self::is_let_in(&client, server.port()).await, Ok(true));
        }
        let [before] = self.usual(&client, [&quiet]).await;
        let through = match way {
            None => server.port(),
            Some(way) => wire::to(server.peer.socket_address(), way).await.port,
        };
        let came = server.came.load(Ordering::SeqCst) + CROWD;
        let mut crowd = self.crowd(through, |number| number % issuers);
        until(|| server.came.load(Ordering::SeqCst) == came).await;
        // Those that find no place are told so at once.
        for _ in wait..CROWD {
            assert!(!crowd.join_next().await.unwrap().unwrap());
        }
        assert_eq!(server.waiting(), wait, "they wait");
        let [usual, meanwhile] = self.usual(&client, [&quiet, &server]).await;
        assert_eq!(server.waiting(), wait, "they wait on");
        assert!(
            meanwhile.time <= usual.time * 2 + Duration::from_millis(1),
            "{meanwhile:?} for {usual:?}"
        );
        // Nor may they keep the process busy, which would delay both servers.
        assert!(
            meanwhile.work <= before.work * 2 + Duration::from_millis(1),
            "{meanwhile:?} for {before:?}"
        );
        self.silent.hung_up.send_replace(true);
        while let Some(let_in) = crowd.join_next().await {
            assert!(!let_in.unwrap());
        }
        // Afterwards all is as before.
        assert_eq!(Self::is_let_in(&client, server.port()).await, Ok(true));
    }
}

/// How much this thread has worked: a test's peers, clients and issuers all run on its own.
fn own_work() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        now.tv_sec.try_into().unwrap(),
        now.tv_nsec.try_into().unwrap(),
    )
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_thousand_tokens_of_one_issuer_that_does_not_answer() {
    let world = World::new("SCITOKENS /.*/ somebody@pool.example\n").await;
    world.besieged(None, 1, CROWD).await;
    assert_eq!(world.silent.asked.load(Ordering::SeqCst), 1, "fetches");
}

#[tokio::test]
async fn a_thousand_tokens_of_as_many_issuers() {
    // From one address, from eight, and from as many as there are. Each has four fetches, and there are twelve places; 256
    // may wait.
    for (way, wait, places) in [
        (None, 4, 4),
        (Some(Way::From(8)), 32, 12),
        (Some(Way::From(240)), 12 + 256, 12),
    ] {
        let world = World::new("SCITOKENS /.*/ somebody@pool.example\n").await;
        world.besieged(way, CROWD, wait).await;
        let most = world.silent.most.load(Ordering::SeqCst);
        assert_eq!(most, places, "at once");
        assert_eq!(world.silent.asked.load(Ordering::SeqCst), wait, "fetches");
    }
}

#[tokio::test]
async fn an_issuer_that_a_line_names_is_asked_in_a_crowd() {
    let lines = "SCITOKENS ISSUER,alice alice@pool.example\nSCITOKENS /.*/ somebody@pool.example\n";
    let world = World::new(lines).await;
    let peer = world.peer().await;
    let through = wire::to(peer.socket_address(), Way::From(240)).await.port;
    let crowd = world.crowd(through, |number| number);
    until(|| world.silent.open() == 12).await;
    let client = world.client(world.good_token());
    let port = peer.socket_address().port();
    assert_eq!(World::is_let_in(&client, port).await, Ok(true));
    world.silent.hung_up.send_replace(true);
    drop(crowd);
}

#[tokio::test]
async fn an_issuer_that_no_line_speaks_of_is_not_asked() {
    let world = World::new("SCITOKENS ISSUER,alice alice@pool.example\n").await;
    let peer = world.peer().await;
    let port = peer.socket_address().port();
    let client = world.client(world.bad_token(0));
    assert!(World::is_let_in(&client, port).await != Ok(true));
    let log = peer.decisions();
    let log: String = log.iter().map(|one| one.trace.to_string()).collect();
    let reason = "no line of the mapfile could speak of a token of https://localhost:";
    assert!(log.contains(reason), "{log}");
    assert_eq!(world.silent.asked.load(Ordering::SeqCst), 0);
    let client = world.client(world.good_token());
    assert_eq!(World::is_let_in(&client, port).await, Ok(true));
}
