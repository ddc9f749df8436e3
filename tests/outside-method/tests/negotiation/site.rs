//! Folders of watchwords, clients and peers.

use std::any::Any;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign::config::{Config, Sources};
use countersign::core::method::Mechanism;
use countersign::core::names::Level;
use countersign::core::policy::LevelSettings;
use countersign::core::sinful::Sinful;
use countersign::core::trace::{Event, MethodEvent, Trace};
use countersign::settings::Host;
use countersign::why::{self, explain};
use countersign::{Client, Peer, PeerBuilder, PeerHandle, Settings, Target};
use countersign_outside_method::{User, Watchword, WatchwordFolder, WatchwordServer};

pub(crate) const WORD: &str = "0123456789abcdef0123456789abcdef, say";
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("countersign-watchword-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }

    pub(crate) fn with(user: &str, word: &str) -> Self {
        let folder = Self::new();
        std::fs::write(folder.0.join(user), format!("{word}\n")).unwrap();
        folder.mode(user, 0o600);
        folder
    }

    pub(crate) fn mode(&self, user: &str, mode: u32) {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.0.join(user), permissions).unwrap();
    }

    fn words(&self) -> WatchwordFolder {
        WatchwordFolder(self.0.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn user(name: &str) -> User {
    User::new(name).unwrap()
}

/// A peer that lets alice and bob do WRITE, by these methods.
pub(crate) fn configured(methods: &str) -> PeerBuilder {
    Peer::builder()
        .every_level(LevelSettings {
            methods: methods.split(", ").map(str::to_owned).collect(),
            ..PeerBuilder::careful()
        })
        .uid_domain("pool.example")
        .allow(Level::Write, "alice@pool.example, bob@pool.example")
}

pub(crate) fn server() -> WatchwordServer {
    WatchwordServer {
        domain: "pool.example".to_owned(),
    }
}

pub(crate) fn peer(words: &Folder, methods: &str) -> PeerBuilder {
    configured(methods)
        .method(server())
        .performers(words.words().performers())
}

pub(crate) fn settings(user: &str, methods: &str) -> Settings {
    let text = format!(
        "UID_DOMAIN = pool.example\nSEC_CLAIMTOBE_USER = {user}\nALLOW_CLIENT = *\n\
         SEC_CLIENT_AUTHENTICATION_METHODS = {methods}\n"
    );
    let config = Config::load(&Sources::text("a test", text)).unwrap();
    Settings::from_config(&config, &Host::bare("TOOL")).unwrap()
}

pub(crate) fn client(name: &str, words: &Folder, methods: &str) -> Asker {
    with(Watchword(user(name)), name, words, methods)
}

/// A client with another idea of the method.
pub(crate) fn with(
    method: impl Mechanism + 'static,
    name: &str,
    words: &Folder,
    methods: &str,
) -> Asker {
    let client = Client::builder(settings(name, methods))
        .method(method)
        .performers(words.words().performers());
    Asker(client.build(), SOON)
}

/// A client that asks whether it may do something.
pub(crate) struct Asker(pub(crate) Client, pub(crate) Duration);

/// Who it is then, if it may.
pub(crate) struct Asked {
    pub(crate) result: Result<String, String>,
    pub(crate) trace: Trace,
    pub(crate) why: String,
}

impl Asker {
    pub(crate) async fn write(&self, peer: &PeerHandle) -> Asked {
        self.ask(peer, Level::Write).await
    }

    pub(crate) async fn ask(&self, peer: &PeerHandle, level: Level) -> Asked {
        let target = Target::typed(Sinful::parse(peer.address()).unwrap());
        let command = level.sample_command().unwrap();
        let attempt = self.0.sec_query(&target, command, self.1).await;
        let (result, why) = match attempt.result {
            Ok(answer) if answer.succeeded => {
                let user = answer.session.policy.get_str("MyRemoteUserName");
                (Ok(user.unwrap_or_default().to_owned()), String::new())
            }
            Ok(_) => (Err("refused".to_owned()), String::new()),
            Err(failure) => {
                let name = level.name();
                let why = explain(&attempt.trace, &failure, why::Asked { name, command });
                (Err(failure.to_string()), format!("{why:?}"))
            }
        };
        Asked {
            result,
            trace: attempt.trace,
            why,
        }
    }
}

/// The events of one kind.
pub(crate) fn events<E: MethodEvent + Clone>(trace: &Trace) -> Vec<E> {
    let of_kind = |event: &Event| match event {
        Event::Method { event, .. } => {
            let event: &dyn Any = &**event;
            event.downcast_ref::<E>().cloned()
        }
        _ => None,
    };
    trace.iter().filter_map(of_kind).collect()
}

/// The events of one kind that a peer had.
pub(crate) fn said<E: MethodEvent + Clone>(peer: &PeerHandle) -> Vec<E> {
    let occurrences = peer.decisions();
    occurrences
        .iter()
        .flat_map(|one| events(&one.trace))
        .collect()
}
