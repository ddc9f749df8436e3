//! Our own client library as an ordinary user of it would set it up, and the collector it wants to talk to.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign::config::Config;
use countersign::core::method::Registry;
use countersign::core::sinful::Sinful;
use countersign::effects::{
    Performers, find_credentials, look_up_peer, make_directory, read_signing_key,
};
use countersign::methods::claimtobe::{ClaimToBe, OwnUserName};
use countersign::methods::fs::{Fs, MakeDirectory};
use countersign::methods::idtokens::{FindCredentials, IdTokens, ReadSigningKey};
use countersign::settings::Host;
use countersign::{Attempt, Authorization, Client, Settings, Target};

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::scenario::{IPV4, PLACES};
use crate::tokens::Token;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// How the client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Alice's token.
    Token,
    /// A token that root makes for the occasion with the pool's key.
    SelfMade,
    /// A directory, bound to the connection.
    Fs,
    /// A directory, with SEC_FS_ENFORCE_CHANNEL_BINDING switched off.
    UnboundFs,
    /// Alice's word.
    ClaimToBe,
}

impl Way {
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Token | Self::SelfMade => "IDTOKENS",
            Self::Fs | Self::UnboundFs => "FS",
            Self::ClaimToBe => "CLAIMTOBE",
        }
    }

    /// Who the collector takes the client for.
    pub(super) fn identity(self) -> &'static str {
        match self {
            Self::Token | Self::ClaimToBe => "alice@pool.example",
            Self::SelfMade => "condor@password",
            // Root goes by this name, as ever.
            Self::Fs | Self::UnboundFs => "condor@pool.example",
        }
    }
}

/// A collector at which this client alone may do anything, once it has proven who it is, on an encrypted channel.
pub(super) fn collector(bench: &Bench, way: Way) -> Result<Daemon, String> {
    let (method, who) = (way.method(), way.identity());
    let text = format!(
        "{PLACES}{IPV4}
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = REQUIRED
SEC_DEFAULT_INTEGRITY = REQUIRED
SEC_DEFAULT_CRYPTO_METHODS = AES
SEC_DEFAULT_AUTHENTICATION_METHODS = {method}
ALLOW_READ = {who}
ALLOW_WRITE = {who}
ALLOW_DAEMON = {who}
ALLOW_ADMINISTRATOR = {who}
"
    );
    Daemon::start(&bench.roots, Release::Newest, Kind::Collector, &text)
}

/// The client. It requires everything that can be required.
pub(super) fn client(bench: &Bench, way: Way) -> Client {
    let roots = &bench.roots;
    let keys = roots.root(Release::Newest).join("etc/condor/passwords.d");
    // Tests run side by side, and none may see another's files half written.
    let own = COUNT.fetch_add(1, Ordering::Relaxed);
    let tokens = roots.folder(&format!("hostile-tokens-{own}"), 0, 0o700);
    roots.write(
        &format!("{tokens}/alice"),
        bench.tokens.file(&[Token::Alice]),
        0,
        0o600,
    );
    let nothing = roots.folder(&format!("hostile-nothing-{own}"), 0, 0o700);
    let (tokens, keys) = if way == Way::SelfMade {
        (nothing, keys)
    } else {
        (tokens, roots.host(&nothing))
    };
    let text = format!(
        "TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_CLIENT_AUTHENTICATION = REQUIRED
SEC_CLIENT_ENCRYPTION = REQUIRED
SEC_CLIENT_INTEGRITY = REQUIRED
SEC_CLIENT_AUTHENTICATION_METHODS = {}
SEC_TOKEN_DIRECTORY = {}
SEC_PASSWORD_DIRECTORY = {keys}
SEC_TOKEN_POOL_SIGNING_KEY_FILE = {keys}/POOL
LOCAL_CONFIG_DIR_EXCLUDE_REGEXP = ^\\..*$
SEC_CLAIMTOBE_USER = alice
SEC_FS_ENFORCE_CHANNEL_BINDING = {}
ALLOW_CLIENT = *
",
        way.method(),
        roots.host(&tokens).display(),
        way != Way::UnboundFs,
        keys = keys.display(),
    );
    let config: Config = text.parse().unwrap();
    let settings = Settings::from_config(&config, &Host::detect("TOOL")).unwrap();
    let registry = Registry::default()
        .with(IdTokens::new(settings.idtokens.clone()))
        .with(Fs::new(settings.fs))
        .with(ClaimToBe::new(settings.claimtobe.clone()));
    let (found, read) = (settings.tokens.clone(), settings.tokens.clone());
    // The collector's /tmp is called otherwise out here, and condor may have no account: root stays root.
    let shared = roots.host("/tmp/x").parent().unwrap().to_owned();
    let performers = Performers::default()
        .with(move |_: FindCredentials| find_credentials(&found).into())
        .with(move |request: ReadSigningKey| read_signing_key(&read, &request).into())
        .with(move |MakeDirectory(path)| {
            let path = match path.strip_prefix("/tmp") {
                Ok(below) => shared.join(below),
                Err(_) => Path::new("/nowhere").to_owned(),
            };
            make_directory(&MakeDirectory(path), Some("0.0"))
        })
        .with(|_: OwnUserName| Ok("alice".to_owned()).into())
        .with(|request| look_up_peer(&request).into());
    Client::with_methods(settings, registry, performers)
}

/// Asks whether this client may do what `command` stands for.
pub(super) fn ask(
    client: &Client,
    address: &str,
    command: i32,
    timeout: Duration,
) -> Attempt<Authorization> {
    let target = Target::typed(Sinful::parse(address).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let attempt = runtime.block_on(client.sec_query(&target, command, timeout));
    runtime.shutdown_background();
    attempt
}
