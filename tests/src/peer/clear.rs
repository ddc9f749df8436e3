//! A session without a key is never resumed: whoever knew its id would be somebody; nor is one of a cipher older than AES,
//! with which a connection could be repeated. A real client to which a session is refused fails the command that it asked it
//! for, and negotiates for the next one only; so the peer tells it that such a session is good for no other command, and
//! every real client makes a whole handshake at once, for each command. With AES the same client resumes.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use countersign::classad::ClassAd;
use countersign::config::{Config, Sources};
use countersign::core::names::CommandTable;
use countersign::core::server::{ResumeRefusal, ServerCause};
use countersign::core::wire::AdLimits;
use countersign::peer::{Call, CallError, Event, PeerHandle};
use countersign::settings::{Host, PeerSettings};

use super::python::VERSIONS;
use crate::compare::Bench;
use crate::roots::{Release, Roots};
use crate::run::{Output, User, command, finish};
use crate::scenario::PLACES;
use crate::tokens::Token;
use crate::wheels;

const LIMIT: Duration = Duration::from_secs(60);

/// How often each client asks within one process.
const TIMES: usize = 3;

/// A client that asks several times in one process.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker {
    /// The client library of a release, from PyPI.
    Wheel(&'static str),
    /// `condor_config_val -address`, one command for each name.
    Tool(Release),
}

impl Asker {
    /// All of them, with their names.
    pub(super) fn all() -> Vec<(String, Self)> {
        let wheels = VERSIONS
            .into_iter()
            .map(|version| (format!("python-{version}"), Self::Wheel(version)));
        let tools = Release::BOTH.into_iter().map(|release| {
            (
                format!("condor_config_val-{}", release.version()),
                Self::Tool(release),
            )
        });
        wheels.chain(tools).collect()
    }
}

/// What a session is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    /// No cipher in common that would be used: no key.
    Clear,
    /// 3DES, and MD5.
    TripleDes,
    /// Blowfish alone.
    Blowfish,
    /// MD5 alone.
    Verified,
    Aes,
}

impl Channel {
    fn settings(self) -> &'static str {
        match self {
            Self::Clear => {
                "SEC_DEFAULT_CRYPTO_METHODS = BLOWFISH\nSEC_DEFAULT_ENCRYPTION = OPTIONAL\n\
                 SEC_DEFAULT_INTEGRITY = OPTIONAL\n"
            }
            Self::TripleDes => {
                "SEC_DEFAULT_CRYPTO_METHODS = 3DES\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n\
                 SEC_DEFAULT_INTEGRITY = REQUIRED\n"
            }
            Self::Blowfish => {
                "SEC_DEFAULT_CRYPTO_METHODS = BLOWFISH\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n\
                 SEC_DEFAULT_INTEGRITY = NEVER\n"
            }
            Self::Verified => {
                "SEC_DEFAULT_CRYPTO_METHODS = 3DES\nSEC_DEFAULT_ENCRYPTION = NEVER\n\
                 SEC_DEFAULT_INTEGRITY = REQUIRED\n"
            }
            Self::Aes => {
                "SEC_DEFAULT_CRYPTO_METHODS = AES\nSEC_DEFAULT_ENCRYPTION = REQUIRED\n\
                 SEC_DEFAULT_INTEGRITY = REQUIRED\n"
            }
        }
    }
}

/// Each client, on every kind of channel.
pub(super) fn never_resumed(bench: &Bench, name: &str, asker: Asker) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    for (channel, expected) in [
        (Channel::Clear, [TIMES, 0, 0]),
        (Channel::TripleDes, [TIMES, 0, 0]),
        (Channel::Blowfish, [TIMES, 0, 0]),
        (Channel::Verified, [TIMES, 0, 0]),
        (Channel::Aes, [1, 0, TIMES - 1]),
    ] {
        let peer = runtime.block_on(start(&bench.roots, channel))?;
        // The peer runs for as long as somebody waits in its runtime.
        let output = thread::scope(|scope| {
            let asked = scope.spawn(|| ask(bench, name, asker, channel, &peer));
            runtime.block_on(async {
                while !asked.is_finished() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
            asked
                .join()
                .map_err(|_| "the client's thread panicked".to_owned())?
        })?;
        let counted = count(&peer);
        let trace: String = peer
            .decisions()
            .iter()
            .map(|occurrence| format!("--- {:?}\n{}", occurrence.event, occurrence.trace))
            .collect();
        runtime.block_on(peer.shutdown());
        let answered = output.status == Some(0) && output.stdout.lines().count() == TIMES;
        if !answered || counted != expected {
            return Err(format!(
                "{channel:?}: {counted:?} handshakes at once, handshakes after a session in vain and resumptions, instead \
                 of {expected:?}\n{output:?}\n{trace}"
            ));
        }
    }
    Ok(())
}

/// Commands that were served by a whole handshake at once, by one after the client had asked for a session in vain, and by
/// a resumed session.
fn count(peer: &PeerHandle) -> [usize; 3] {
    let mut counts = [0; 3];
    let mut in_vain = false;
    for occurrence in peer.decisions() {
        match &occurrence.event {
            Event::Refused(failure) => {
                let unknown = ResumeRefusal::Unknown;
                in_vain = matches!(&*failure.cause, ServerCause::NotResumed { reason, .. } if *reason == unknown);
            }
            Event::Command { .. } => {
                let resumed = occurrence.trace.to_string().contains("resumed session");
                counts[match (in_vain, resumed) {
                    (_, true) => 2,
                    (true, false) => 1,
                    (false, false) => 0,
                }] += 1;
                in_vain = false;
            }
            _ => {}
        }
    }
    counts
}

/// A peer in this process, so that its events can be looked at, that answers the commands that are asked.
async fn start(roots: &Roots, channel: Channel) -> Result<PeerHandle, String> {
    let keys = roots.root(Release::Newest).join("etc/condor/passwords.d");
    let text = format!(
        "{PLACES}{}SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\n\
         SEC_PASSWORD_DIRECTORY = {keys}\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {keys}/POOL\n\
         ALLOW_READ = alice@pool.example\n",
        channel.settings(),
        keys = keys.display()
    );
    let sources = Sources::text("the peer's settings", text).subsystem("COLLECTOR");
    let config = Config::load(&sources).map_err(|error| error.to_string())?;
    let settings = PeerSettings::from_config(&config, &Host::detect("COLLECTOR"))
        .map_err(|error| error.to_string())?;
    let mut builder = countersign::Peer::builder().settings(settings);
    let table = CommandTable::collector();
    for known in table.iter() {
        builder = match &*known.name {
            "QUERY_STARTD_ADS" | "QUERY_MULTIPLE_ADS" => {
                builder.command(known.clone(), LIMIT, |mut call: Call| async move {
                    let _ = one_machine(&mut call).await;
                })
            }
            "CONFIG_VAL" | "DC_CONFIG_VAL" => {
                builder.command(known.clone(), LIMIT, |mut call: Call| async move {
                    let _ = one_value(&mut call).await;
                })
            }
            _ => builder,
        };
    }
    builder.start().await.map_err(|error| error.to_string())
}

async fn one_machine(call: &mut Call) -> Result<(), CallError> {
    let limits = AdLimits {
        attributes: 500,
        attribute_len: 64 * 1024,
        literals_only: false,
    };
    call.receive().await?.decoder().ad("the query", limits)?;
    let mut ad = ClassAd::new();
    ad.insert("MyType", "Machine");
    ad.insert("Name", "slot1@one.pool.example");
    call.send(&call.encoder().int(1).ad(&ad).int(0).finish())
        .await
}

async fn one_value(call: &mut Call) -> Result<(), CallError> {
    call.receive().await?;
    call.send(&call.encoder().string("a value").finish()).await
}

fn ask(
    bench: &Bench,
    name: &str,
    asker: Asker,
    channel: Channel,
    peer: &PeerHandle,
) -> Result<Output, String> {
    let roots = &bench.roots;
    let label = format!("clear-{name}-{channel:?}");
    let tokens = roots.folder(&label, 0, 0o700);
    let token = bench.tokens.file(&[Token::Alice]);
    roots.write(&format!("{tokens}/alice"), token, 0, 0o600);
    let file = format!("{tokens}.conf");
    let folder = match asker {
        // The library runs outside of the roots.
        Asker::Wheel(_) => roots.host(&tokens),
        Asker::Tool(_) => tokens.into(),
    };
    let text = format!(
        "{PLACES}{1}SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS\nSEC_TOKEN_DIRECTORY = {0}\n\
         SEC_PASSWORD_DIRECTORY = {0}/none\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {0}/none/POOL\n\
         LOCAL_DIR = {0}\nLOG = {0}\n",
        folder.display(),
        channel.settings()
    );
    roots.write(&file, text, 0, 0o644);
    let command = match asker {
        Asker::Wheel(version) => {
            let wheel = wheels::ready(roots.cache(), version)?;
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/peer/query.py");
            let mut command = Command::new(wheels::python());
            command
                .arg(script)
                .args([
                    version,
                    &peer.socket_address().to_string(),
                    &TIMES.to_string(),
                ])
                .env("PYTHONPATH", wheel)
                .env("CONDOR_CONFIG", roots.host(&file));
            command
        }
        Asker::Tool(release) => {
            let mut command = command(&roots.root(release), User::Root, &file);
            command.args(["condor_config_val", "-address", peer.address()]);
            command.args(["ONE", "TWO", "THREE"]);
            command
        }
    };
    Ok(finish(command, LIMIT))
}
