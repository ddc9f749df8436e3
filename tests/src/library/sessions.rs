//! Sessions: kept, resumed, forgotten by the server, and never shared between credentials.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tokio::runtime::Runtime;

use countersign::core::sinful::Sinful;
use countersign::core::trace::Event;
use countersign::core::wire::{AdLimits, Message};
use countersign::settings::Host;
use countersign::{Attempt, Client, Connection, DEFAULT_TIMEOUT, Sessions, Settings, Target};

use crate::compare::Bench;
use crate::daemon::{Daemon, Kind};
use crate::roots::Release;
use crate::tokens::Token;

/// DC_NOP_READ, and a query for collector ads: both are READ, so one session is good for both.
const NOP: i32 = 60020;
const QUERY: i32 = 20;

pub(super) const SERVER: &str = "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
    SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d\nNETWORK_INTERFACE = 127.0.0.1\n\
    CONDOR_HOST = 127.0.0.1\nALLOW_READ = *\nALLOW_WRITE = *\n\
    SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n\
    SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n";

/// A client that has this token and no other.
pub(super) struct Someone {
    client: Client,
    folder: PathBuf,
    pub(super) runtime: Runtime,
}

impl Someone {
    pub(super) fn with(bench: &Bench, token: Token) -> Self {
        Self::with_settings(bench, token, "")
    }

    /// The same with further settings.
    fn with_settings(bench: &Bench, token: Token, more: &str) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!(
            "countersign-sessions-{}-{number}",
            std::process::id()
        ));
        fs::create_dir(&folder).unwrap();
        let file = folder.join("token");
        fs::write(&file, bench.tokens.file(&[token])).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let text = format!(
            "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\nSEC_TOKEN_DIRECTORY = {}\n\
             LOCAL_CONFIG_DIR_EXCLUDE_REGEXP = ^\\..*$\nALLOW_CLIENT = *\n\
             SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n{more}",
            folder.display()
        );
        let config = text.parse().unwrap();
        let settings = Settings::from_config(&config, &Host::detect("TOOL")).unwrap();
        Self {
            client: Client::new(settings),
            folder,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(super) fn open(
        &self,
        daemon: &Daemon,
        command: i32,
        sessions: Sessions,
    ) -> Attempt<Connection> {
        let target = Target::typed(Sinful::parse(&daemon.address).unwrap());
        self.runtime.block_on(
            self.client
                .open(&target, command, None, sessions, DEFAULT_TIMEOUT),
        )
    }
}

impl Drop for Someone {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// How an attempt came by its session.
#[derive(Debug, PartialEq, Eq)]
enum How {
    Negotiated,
    Resumed,
    ForgottenThenNegotiated,
}

fn how(attempt: &Attempt<Connection>) -> Result<How, String> {
    let any = |wanted: fn(&Event) -> bool| attempt.trace.iter().any(wanted);
    if let Err(failure) = &attempt.result {
        return Err(format!("{failure}\n{}", attempt.trace));
    }
    let negotiated = any(|event| matches!(event, Event::PolicySent { .. }));
    let forgotten = any(|event| matches!(event, Event::SessionForgotten { .. }));
    let resumed = any(|event| matches!(event, Event::Resumed { .. }));
    match (negotiated, forgotten, resumed) {
        (true, false, false) => Ok(How::Negotiated),
        (false, false, true) => Ok(How::Resumed),
        (true, true, false) => Ok(How::ForgottenThenNegotiated),
        _ => Err(format!("neither one nor the other:\n{}", attempt.trace)),
    }
}

fn expect(attempt: &Attempt<Connection>, expected: How) -> Result<(), String> {
    let got = how(attempt)?;
    if got == expected {
        Ok(())
    } else {
        Err(format!(
            "expected {expected:?}, got {got:?}:\n{}",
            attempt.trace
        ))
    }
}

fn start(bench: &Bench, release: Release) -> Result<Daemon, String> {
    Daemon::start(&bench.roots, release, Kind::Collector, SERVER)
}

/// The second command resumes the first one's session, and the daemon answers on it.
pub(super) fn resumed(bench: &Bench, release: Release) -> Result<(), String> {
    let daemon = start(bench, release)?;
    let alice = Someone::with(bench, Token::Alice);
    expect(&alice.open(&daemon, NOP, Sessions::Cached), How::Negotiated)?;
    let second = alice.open(&daemon, QUERY, Sessions::Cached);
    expect(&second, How::Resumed)?;
    let mut connection = second.result.map_err(|failure| failure.to_string())?;
    assert!(connection.is_protected());
    alice
        .runtime
        .block_on(query(&mut connection))
        .map_err(|error| format!("the query on the resumed session: {error}"))?;
    // A third connection uses the same session once more, with a fresh IV.
    expect(&alice.open(&daemon, NOP, Sessions::Cached), How::Resumed)
}

/// The same with the ciphers from before AES, whatever they are used for. The collector keeps such sessions.
pub(super) fn resumed_by_old_ciphers(bench: &Bench, release: Release) -> Result<(), String> {
    for cipher in ["3DES", "BLOWFISH"] {
        for (encryption, integrity) in [(true, true), (true, false), (false, true)] {
            let wish = |wanted| if wanted { "REQUIRED" } else { "NEVER" };
            let settings = format!(
                "SEC_DEFAULT_CRYPTO_METHODS = {cipher}\nSEC_DEFAULT_ENCRYPTION = {}\n\
                 SEC_DEFAULT_INTEGRITY = {}\n",
                wish(encryption),
                wish(integrity)
            );
            let server = format!("{SERVER}{settings}");
            let daemon = Daemon::start(&bench.roots, release, Kind::Collector, &server)?;
            let alice = Someone::with_settings(bench, Token::Alice, &settings);
            for expected in [How::Negotiated, How::Resumed, How::Resumed] {
                let attempt = alice.open(&daemon, QUERY, Sessions::Cached);
                expect(&attempt, expected)?;
                let mut connection = attempt.result.map_err(|failure| failure.to_string())?;
                let is_protected = connection.is_protected();
                if is_protected != (encryption && integrity) {
                    return Err(format!("{settings}: protected: {is_protected}"));
                }
                alice
                    .runtime
                    .block_on(query(&mut connection))
                    .map_err(|error| format!("{settings}: the query: {error}"))?;
            }
        }
    }
    Ok(())
}

/// Asks the collector for collector ads and reads the answer to its end.
async fn query(connection: &mut Connection) -> Result<(), countersign::ConnectionError> {
    let mut ad = countersign::classad::ClassAd::new();
    ad.insert("MyType", "Query");
    ad.insert("TargetType", "Collector");
    ad.insert("Requirements", true);
    let message = connection.encoder().ad(&ad).finish();
    connection.send(&message).await?;
    let limits = AdLimits {
        attributes: 10_000,
        attribute_len: 1 << 20,
        literals_only: false,
    };
    // The collector may put several answers into one message.
    loop {
        let message: Message = connection.receive().await?;
        let mut decoder = message.decoder();
        while !decoder.is_at_end() {
            if decoder.int("whether more follows")? == 0 {
                decoder.finish()?;
                return Ok(());
            }
            decoder.ad("an ad", limits)?;
        }
    }
}

/// A daemon that was started again does not know the session: a full handshake follows.
pub(super) fn forgotten(bench: &Bench, release: Release) -> Result<(), String> {
    let daemon = start(bench, release)?;
    let alice = Someone::with(bench, Token::Alice);
    expect(&alice.open(&daemon, NOP, Sessions::Cached), How::Negotiated)?;
    let address = daemon.address.clone();
    let port = Sinful::parse(&address).unwrap().port().unwrap().to_string();
    drop(daemon);
    let again = Daemon::start_again(&bench.roots, release, SERVER, &port)?;
    if again.address != address {
        return Err(format!("{} instead of {address}", again.address));
    }
    expect(
        &alice.open(&again, NOP, Sessions::Cached),
        How::ForgottenThenNegotiated,
    )?;
    expect(&alice.open(&again, NOP, Sessions::Cached), How::Resumed)
}

/// Fresh neither uses a session nor keeps one.
pub(super) fn fresh(bench: &Bench, release: Release) -> Result<(), String> {
    let daemon = start(bench, release)?;
    let alice = Someone::with(bench, Token::Alice);
    expect(&alice.open(&daemon, NOP, Sessions::Fresh), How::Negotiated)?;
    expect(&alice.open(&daemon, NOP, Sessions::Cached), How::Negotiated)?;
    expect(&alice.open(&daemon, NOP, Sessions::Fresh), How::Negotiated)
}

/// Two clients of one process with different tokens are two identities to the daemon.
pub(super) fn not_shared(bench: &Bench, release: Release) -> Result<(), String> {
    let daemon = start(bench, release)?;
    let alice = Someone::with(bench, Token::Alice);
    let limited = Someone::with(bench, Token::Read);
    expect(&alice.open(&daemon, NOP, Sessions::Cached), How::Negotiated)?;
    expect(
        &limited.open(&daemon, NOP, Sessions::Cached),
        How::Negotiated,
    )
}
