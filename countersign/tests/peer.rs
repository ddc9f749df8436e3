//! A client against a peer, in one process. No configuration of this host is read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use countersign::config::{Config, Sources};
use countersign::core::names::{Command, Level};
use countersign::core::policy::LevelSettings;
use countersign::core::sinful::Sinful;
use countersign::peer::{Call, Event};
use countersign::settings::{Host, PeerSettings};
use countersign::{Client, Peer, PeerBuilder, PeerError, PeerHandle, Sessions, Settings, Target};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SOON: Duration = Duration::from_secs(10);

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("countersign-peer-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn host(subsystem: &str) -> Host {
    Host {
        subsystem: subsystem.into(),
        is_root: false,
        home: None,
        hostname: "host".into(),
        full_hostname: "host.example".into(),
        username: "alice".into(),
        tilde: None,
        ..Host::bare("TOOL")
    }
}

fn config(subsystem: &str, text: &str) -> Config {
    let base = "UID_DOMAIN = pool.example\nTRUST_DOMAIN = pool.example\n\
                SEC_TOKEN_DIRECTORY = /nonexistent\nALLOW_CLIENT = *\n";
    let sources = Sources::text("condor_config", format!("{base}{text}")).subsystem(subsystem);
    Config::load(&sources).unwrap()
}

fn client(text: &str) -> Client {
    Client::new(Settings::from_config(&config("TOOL", text), &host("TOOL")).unwrap())
}

fn settings(text: &str) -> PeerSettings {
    PeerSettings::from_config(&config("COLLECTOR", text), &host("COLLECTOR")).unwrap()
}

fn target(peer: &PeerHandle) -> Target {
    Target {
        address: Sinful::parse(peer.address()).unwrap(),
        source: countersign::core::trace::AddressSource::Typed,
    }
}

/// CLAIMTOBE for everything, whoever it is.
fn claims() -> LevelSettings {
    LevelSettings {
        methods: vec!["CLAIMTOBE".into()],
        ..PeerBuilder::careful()
    }
}

const CLAIM: &str = "SEC_CLIENT_AUTHENTICATION_METHODS = CLAIMTOBE\nSEC_CLAIMTOBE_USER = alice\n";

async fn asks(client: &Client, peer: &PeerHandle, level: Level) -> Result<String, String> {
    let command = level.sample_command().unwrap();
    let attempt = client.sec_query(&target(peer), command, SOON).await;
    match attempt.result {
        Ok(answer) if answer.succeeded => {
            let user = answer.session.policy.get_str("MyRemoteUserName");
            Ok(user.unwrap_or_default().to_owned())
        }
        Ok(_) => Err("no".into()),
        Err(failure) => Err(failure.to_string()),
    }
}

#[tokio::test]
async fn nothing_said_is_nothing_allowed() {
    let peer = Peer::builder().every_level(claims()).start().await.unwrap();
    let client = client(CLAIM);
    for level in Level::ALL {
        if level.sample_command().is_some() {
            let answer = asks(&client, &peer, level).await;
            assert_eq!(
                answer.is_ok(),
                level == Level::Allow,
                "{level:?} {answer:?}"
            );
        }
    }
    let refused = peer
        .decisions()
        .iter()
        .filter(|occurrence| matches!(occurrence.event, Event::Refused(_)))
        .count();
    assert_eq!(refused, 9);
}

#[tokio::test]
async fn whom_the_lists_name() {
    let peer = Peer::builder()
        .every_level(claims())
        .uid_domain("pool.example")
        .allow(Level::Write, "alice@pool.example")
        .deny(Level::Read, "alice@*")
        .start()
        .await
        .unwrap();
    let client = client(CLAIM);
    let write = asks(&client, &peer, Level::Write).await;
    assert_eq!(write, Ok("alice@pool.example".into()));
    assert!(asks(&client, &peer, Level::Read).await.is_err());
    assert!(asks(&client, &peer, Level::Daemon).await.is_err());
    let decisions = peer.decisions();
    assert_eq!(decisions.len(), 3);
    let Event::Refused(failure) = &decisions[1].event else {
        panic!("{:?}", decisions[1].event);
    };
    assert!(failure.to_string().contains("DENY_READ"), "{failure}");
}

#[tokio::test]
async fn tokens_and_fs() {
    let folder = Folder::new();
    folder.file("POOL", "0123456789abcdef0123456789abcdef");
    let peer = Peer::builder()
        .trust_domain("pool.example")
        .uid_domain("pool.example")
        .key_folder(&folder.0)
        .allow(Level::Daemon, "*")
        .start()
        .await
        .unwrap();
    let key = folder.0.join("POOL");
    let with_key = client(&format!(
        "SEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS\nSEC_PASSWORD_DIRECTORY = {}\n\
         SEC_TOKEN_POOL_SIGNING_KEY_FILE = {}\n",
        folder.0.display(),
        key.display()
    ));
    let daemon = asks(&with_key, &peer, Level::Daemon).await;
    assert_eq!(daemon, Ok("condor@password".into()));
    let by_fs = client("SEC_CLIENT_AUTHENTICATION_METHODS = FS\nCONDOR_IDS = 65534.65534\n");
    let asked = asks(&by_fs, &peer, Level::Daemon).await;
    let user = asked.unwrap_or_else(|_| panic!("{}", peer.decisions()[1].trace));
    assert!(user.ends_with("@pool.example"), "{user}");
}

#[tokio::test]
async fn other_machines_only_if_told() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = Peer::builder().listen(address.parse().unwrap()).start();
        assert!(matches!(refused.await, Err(PeerError::Remote(_))));
    }
    let peer = Peer::builder()
        .listen("0.0.0.0:0".parse().unwrap())
        .allow_remote()
        .start()
        .await
        .unwrap();
    assert_ne!(peer.socket_address().port(), 0);
    peer.shutdown().await;
}

#[tokio::test]
async fn by_ipv6() {
    let peer = Peer::builder()
        .listen("[::1]:0".parse().unwrap())
        .every_level(claims())
        .allow(Level::Read, "*")
        .start()
        .await
        .unwrap();
    assert!(asks(&client(CLAIM), &peer, Level::Read).await.is_ok());
}

#[tokio::test]
async fn handlers() {
    let served = Arc::new(AtomicUsize::new(0));
    let count = served.clone();
    let peer = Peer::builder()
        .every_level(claims())
        .allow(Level::Read, "*")
        .command(
            Command::new(7_654, "ECHO", Level::Read),
            SOON,
            move |mut call: Call| {
                let count = count.clone();
                async move {
                    assert_eq!(call.caller().identity.user, "alice@pool.example");
                    let text = call.receive().await.unwrap();
                    let mut decoder = text.decoder();
                    let word = decoder.string("a word", 100).unwrap().to_owned();
                    let answer = call.encoder().string(&word.to_uppercase()).finish();
                    call.send(&answer).await.unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            },
        )
        .command(
            Command::new(7_655, "SLEEP", Level::Read),
            Duration::from_millis(50),
            |_call: Call| std::future::pending::<()>(),
        )
        .start()
        .await
        .unwrap();
    let client = client(CLAIM);
    for round in 0..3 {
        let opened = client
            .open(&target(&peer), 7_654, None, Sessions::Cached, SOON)
            .await;
        assert_eq!(
            opened.trace.to_string().contains("resumed session"),
            round > 0
        );
        let mut connection = opened.result.unwrap();
        let word = connection.encoder().string("word").finish();
        connection.send(&word).await.unwrap();
        let answer = connection.receive().await.unwrap();
        assert_eq!(answer.decoder().string("the answer", 100).unwrap(), "WORD");
    }
    assert_eq!(served.load(Ordering::Relaxed), 3);
    let mut events = peer.subscribe();
    let opened = client
        .open(&target(&peer), 7_655, None, Sessions::Fresh, SOON)
        .await;
    assert!(opened.result.unwrap().receive().await.is_err());
    loop {
        let occurrence = events.next().await.unwrap();
        if matches!(occurrence.event, Event::HandlerTimedOut { command: 7_655 }) {
            break;
        }
    }
    peer.shutdown().await;
    while events.next().await.is_some() {}
}

#[tokio::test]
async fn a_session_is_decided_anew() {
    let text = "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = \
                CLAIMTOBE\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n";
    let allowed = format!("{text}ALLOW_READ = alice@pool.example\n");
    let peer = Peer::builder()
        .settings(settings(&allowed))
        .start()
        .await
        .unwrap();
    let client = client(CLAIM);
    let nop = Level::Read.sample_command().unwrap();
    // Whether the peer served it, and whether by a session that was there.
    let open = async || {
        let before = peer.decisions().len();
        let mut events = peer.subscribe();
        let attempt = client
            .open(&target(&peer), nop, None, Sessions::Cached, SOON)
            .await;
        let resumed = attempt.trace.to_string().contains("resumed session");
        drop(attempt);
        if peer.decisions().len() == before {
            events.next().await.unwrap();
        }
        let last = peer.decisions().last().cloned().unwrap();
        (matches!(last.event, Event::Command { .. }), resumed)
    };
    assert_eq!(open().await, (true, false));
    assert_eq!(open().await, (true, true));
    // Nobody is named any more: the session is resumed, and refused.
    let denied = settings(&format!("{text}ALLOW_READ = bob@pool.example\n"));
    peer.reconfigure(denied).await.unwrap();
    assert_eq!(open().await, (false, true));
    // The method that the session was made with is no longer accepted.
    peer.reconfigure(settings(&allowed.replace("CLAIMTOBE", "FS")))
        .await
        .unwrap();
    assert_eq!(open().await, (false, false));
    peer.reconfigure(settings(&allowed)).await.unwrap();
    assert!(open().await.0);
}

#[tokio::test]
async fn what_cannot_be_read_changes_nothing() {
    let folder = Folder::new();
    let map = folder.file("map", "CLAIMTOBE zoe\nCLAIMTOBE alice bob@pool.example\n");
    let text = format!(
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = CLAIMTOBE\n\
         ALLOW_READ = bob@pool.example\nCERTIFICATE_MAPFILE = {}\n",
        map.display()
    );
    let peer = Peer::builder()
        .settings(settings(&text))
        .start()
        .await
        .unwrap();
    let client = client(CLAIM);
    let bob = Ok("bob@pool.example".to_owned());
    assert_eq!(asks(&client, &peer, Level::Read).await, bob);
    let skipped = peer.mapfile_problems();
    assert!(
        matches!(skipped.as_slice(), [problem] if problem.line == 1),
        "{skipped:?}"
    );
    folder.file("map", "CLAIMTOBE alice zoe\n@include missing\n");
    let refused = peer.reconfigure(settings(&text)).await;
    assert!(matches!(refused, Err(PeerError::Mapfile(_))), "{refused:?}");
    assert_eq!(asks(&client, &peer, Level::Read).await, bob);
    let last_but_one = peer.decisions()[1].clone();
    assert!(matches!(last_but_one.event, Event::NotReconfigured { .. }));
    let at_start = Peer::builder().settings(settings(&text)).start().await;
    assert!(matches!(at_start, Err(PeerError::Mapfile(_))));
    let keys = text.replace("= CLAIMTOBE", "= IDTOKENS, CLAIMTOBE");
    let keys = format!(
        "{keys}SEC_PASSWORD_DIRECTORY = {}/missing\n",
        folder.0.display()
    );
    folder.file("map", "");
    let refused = peer.reconfigure(settings(&keys)).await;
    assert!(
        matches!(refused, Err(PeerError::Keys { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_key_that_is_replaced_or_removed_ends_its_sessions() {
    let folder = Folder::new();
    folder.file("POOL", "0123456789abcdef0123456789abcdef");
    let common = format!(
        "SEC_PASSWORD_DIRECTORY = {0}\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {0}/POOL\n\
         SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n\
         ALLOW_READ = *\n",
        folder.0.display()
    );
    let peer = Peer::builder()
        .settings(settings(&common))
        .start()
        .await
        .unwrap();
    let client = client(&common);
    let nop = Level::Read.sample_command().unwrap();
    // Whether by a session that was there.
    let open = async || {
        let attempt = client
            .open(&target(&peer), nop, None, Sessions::Cached, SOON)
            .await;
        let resumed = attempt.trace.to_string().contains("resumed session");
        attempt
            .result
            .map(|_| resumed)
            .map_err(|failure| failure.to_string())
    };
    let forgotten = async || {
        peer.reconfigure(settings(&common)).await.unwrap();
        match peer.decisions().last().unwrap().event {
            Event::Reconfigured {
                sessions_forgotten, ..
            } => sessions_forgotten,
            ref other => panic!("{other:?}"),
        }
    };
    assert_eq!(open().await, Ok(false));
    assert_eq!(forgotten().await, 0, "it is the same key");
    assert_eq!(open().await, Ok(true));
    // Another one of the same name.
    folder.file("POOL", "fedcba9876543210fedcba9876543210");
    assert_eq!(forgotten().await, 1);
    assert_eq!(open().await, Ok(false), "by a token of the new key");
    std::fs::remove_file(folder.0.join("POOL")).unwrap();
    assert_eq!(forgotten().await, 1);
    assert!(open().await.is_err());
}

#[tokio::test]
async fn shutdown_frees_the_port_and_dropping_ends_it() {
    let peer = Peer::builder().start().await.unwrap();
    let address = peer.socket_address();
    let mut open = TcpStream::connect(address).await.unwrap();
    peer.shutdown().await;
    assert_eq!(open.read(&mut [0; 1]).await.unwrap_or(0), 0);
    let again = Peer::builder().listen(address).start().await.unwrap();
    drop(again);
    let end = Instant::now() + SOON;
    while TcpStream::connect(address).await.is_ok() {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_silent_and_the_slow() {
    let peer = Peer::builder()
        .every_level(claims())
        .allow(Level::Read, "*")
        .session_deadline(Duration::from_secs(3))
        .start()
        .await
        .unwrap();
    let address = peer.socket_address();
    let started = Instant::now();
    let mut slow = Vec::new();
    for number in 0..300 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        if number % 2 == 0 {
            stream.write_all(&[1]).await.unwrap();
        }
        slow.push(stream);
    }
    let asked = Instant::now();
    assert!(asks(&client(CLAIM), &peer, Level::Read).await.is_ok());
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    for stream in &mut slow {
        let mut byte = [0; 1];
        let read = tokio::time::timeout(SOON, stream.read(&mut byte));
        assert_eq!(read.await.unwrap().unwrap_or(0), 0);
    }
    let took = started.elapsed();
    assert!(
        took > Duration::from_secs(2) && took < Duration::from_secs(8),
        "{took:?}"
    );
}

#[tokio::test]
async fn too_many_make_room() {
    let peer = Peer::builder()
        .every_level(claims())
        .allow(Level::Read, "*")
        .max_connections(50)
        .start()
        .await
        .unwrap();
    let mut events = peer.subscribe();
    let mut silent = Vec::new();
    for _ in 0..120 {
        silent.push(TcpStream::connect(peer.socket_address()).await.unwrap());
    }
    assert!(asks(&client(CLAIM), &peer, Level::Read).await.is_ok());
    let mut evicted = 0;
    while evicted < 71 {
        let occurrence = tokio::time::timeout(SOON, events.next()).await.unwrap();
        if matches!(occurrence.unwrap().event, Event::Evicted) {
            evicted += 1;
        }
    }
}

#[tokio::test]
async fn a_flood_before_the_handshake_is_cut_off() {
    let peer = Peer::builder().start().await.unwrap();
    let mut stream = TcpStream::connect(peer.socket_address()).await.unwrap();
    // A frame that claims a megabyte, again and again.
    let mut frame = vec![0, 0, 0x10, 0, 0];
    frame.resize(5 + 0x10_0000, b'x');
    let sent = async {
        for _ in 0..64 {
            if stream.write_all(&frame).await.is_err() {
                return true;
            }
        }
        stream.read(&mut [0; 1]).await.unwrap_or(0) == 0
    };
    assert!(tokio::time::timeout(SOON, sent).await.unwrap());
}
