//! The client's side.
//!
//! Rule: `Condor_Auth_FS::authenticate` in HTCondor 25.14, with a check of the path before
//! anything is made. Since 25.14 a path that ends in `_` invites the client to append its view of
//! the server's address, and a path that does not must start with the server's address.

use std::sync::Arc;

use countersign_core::StackEntry;
use countersign_core::effect::EffectRequest;
use countersign_core::method::{
    Availability, Exchange, ExchangeContext, ExchangeInput, ExchangeNext, ExchangeStep, Mechanism,
    Named, PeerView, Probe, Proof,
};
use countersign_core::names::MethodName;
use countersign_core::wire::Message;

use super::{DirectoryFailure, FsEvent, MakeDirectory, PathDefect, Place, check_path};
use crate::failure::{failed, failed_with};

/// The longest path a server may send, in bytes.
const MAX_PATH: usize = 8192;

/// What FS and FS_REMOTE are configured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FsSettings {
    /// SEC_FS_ENFORCE_CHANNEL_BINDING: refuse a path that is not bound to the connection. True
    /// by default.
    pub enforce_channel_binding: bool,
}

impl Default for FsSettings {
    fn default() -> Self {
        Self {
            enforce_channel_binding: true,
        }
    }
}

/// The methods FS and FS_REMOTE.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fs {
    place: Place,
    settings: FsSettings,
}

impl Fs {
    /// FS with these settings.
    #[must_use]
    pub fn new(settings: FsSettings) -> Self {
        Self {
            place: Place::Local,
            settings,
        }
    }

    /// FS_REMOTE with these settings. The server alone says in which folder.
    #[must_use]
    pub fn remote(settings: FsSettings) -> Self {
        Self {
            place: Place::Remote,
            settings,
        }
    }
}

impl Named for Fs {
    fn name(&self) -> &'static MethodName {
        self.place.method()
    }
}

impl Mechanism for Fs {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(FsEvent::Offered(self.place)),
        })
    }

    fn begin(&self, peer: &Arc<PeerView>) -> Box<dyn Exchange<Proof>> {
        Box::new(AwaitPath {
            place: self.place,
            settings: self.settings,
            peer: peer.clone(),
        })
    }
}

/// The server is about to name a path.
struct AwaitPath {
    place: Place,
    settings: FsSettings,
    peer: Arc<PeerView>,
}

/// The directory is being made.
struct Making {
    place: Place,
    path: String,
    binding: Option<String>,
}

/// The server looks at the directory, or hears why there is none.
struct AwaitVerdict {
    place: Place,
    outcome: Outcome,
}

/// What this side told the server.
enum Outcome {
    Made { path: String },
    NotMade(Refusal),
}

/// Why nothing was made: as data, and in HTCondor's words.
struct Refusal {
    event: FsEvent,
    entry: StackEntry,
}

impl AwaitPath {
    fn on_path(&self, path: &str) -> Result<(String, Option<String>), Box<Refusal>> {
        let place = self.place;
        let refuse = |event, code, message: String| {
            Box::new(Refusal {
                event,
                entry: StackEntry {
                    subsystem: place.prefix(),
                    code,
                    message,
                },
            })
        };
        if path.is_empty() {
            return Err(refuse(
                FsEvent::ServerHasNoPath(place),
                1001,
                match place {
                    Place::Local => "Server Error, check server log.",
                    Place::Remote => {
                        "Server Error, check server log. FS_REMOTE_DIR is likely misconfigured."
                    }
                }
                .into(),
            ));
        }
        let refuse_path = |path: String, defect| {
            let text = format!("mkdir({path:?}, 0700): refused: {defect}");
            let event = FsEvent::PathRefused {
                place,
                path,
                defect,
            };
            refuse(event, 1000, text)
        };
        // Before anything else: the path may end up on a terminal.
        if path.contains(char::is_control) {
            return Err(refuse_path(path.to_owned(), PathDefect::Unprintable));
        }
        let mut path = path.to_owned();
        let mut binding = None;
        if self.settings.enforce_channel_binding {
            if path.ends_with('_') {
                let added = self.binding();
                path.push_str(&added);
                binding = Some(added);
            } else {
                let (ip, port) = (self.peer.address.ip(), self.peer.address.port());
                let expected = format!("{}_{ip}_{port}_", place.prefix());
                let name = path.rsplit('/').next().unwrap_or_default();
                if !name.starts_with(&expected) {
                    return Err(refuse(
                        FsEvent::Unbound {
                            path,
                            expected,
                            server_version: self.peer.version.map(|version| version.to_string()),
                        },
                        1004,
                        "Directory name doesn't match server's network address.".into(),
                    ));
                }
            }
        }
        match check_path(&path) {
            Ok(_) => Ok((path, binding)),
            Err(defect) => Err(refuse_path(path, defect)),
        }
    }

    /// This side's view of the server's address.
    fn binding(&self) -> String {
        let port = self.peer.address.port();
        let mut text = match self.peer.address.ip() {
            std::net::IpAddr::V4(ip) => format!("{ip}:{port}"),
            std::net::IpAddr::V6(ip) => format!("[{ip}]:{port}"),
        };
        if let Some(id) = &self.peer.shared_port_id {
            text.push_str("?sock=");
            text.push_str(id);
        }
        text
    }
}

/// Tells the server that there is no directory.
fn report_refusal(
    place: Place,
    refusal: Refusal,
    binding: Option<&str>,
    cx: &ExchangeContext<'_>,
) -> ExchangeStep<Proof> {
    report(place, -1, binding, Outcome::NotMade(refusal), cx)
}

fn report(
    place: Place,
    status: i64,
    binding: Option<&str>,
    outcome: Outcome,
    cx: &ExchangeContext<'_>,
) -> ExchangeStep<Proof> {
    let mut message = cx.encoder().int(status);
    if let Some(binding) = binding {
        message = message.string(binding);
    }
    ExchangeStep::say(
        message.finish(),
        ExchangeNext::Await(Box::new(AwaitVerdict { place, outcome })),
    )
}

impl Exchange<Proof> for AwaitPath {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let mut decoder = message.decoder();
        let path = match decoder
            .string("the directory's path", MAX_PATH)
            .and_then(|path| decoder.finish().map(|()| path.to_owned()))
        {
            Ok(path) => path,
            Err(error) => return error.into(),
        };
        match self.on_path(&path) {
            Ok((path, binding)) => {
                cx.event(FsEvent::PathNamed {
                    path: path.clone(),
                    binding: binding.clone(),
                });
                ExchangeStep::quiet(ExchangeNext::Perform(
                    EffectRequest::new(MakeDirectory(path.clone().into())),
                    Box::new(Making {
                        place: self.place,
                        path,
                        binding,
                    }),
                ))
            }
            Err(refusal) => report_refusal(self.place, *refusal, None, cx),
        }
    }
}

impl Exchange<Proof> for Making {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let Self {
            place,
            path,
            binding,
        } = *self;
        let made = answer
            .into_output::<MakeDirectory>()
            .unwrap_or(Err(DirectoryFailure::Unperformed));
        match made {
            Ok(()) => report(place, 0, binding.as_deref(), Outcome::Made { path }, cx),
            Err(failure) => {
                let message = match &failure {
                    DirectoryFailure::System { errno, text, .. } => {
                        format!("mkdir({path}, 0700): {text} ({errno})")
                    }
                    other => format!("mkdir({path}, 0700): refused: {other}"),
                };
                let refusal = Refusal {
                    event: FsEvent::NotMade {
                        place,
                        path,
                        failure,
                    },
                    entry: StackEntry {
                        subsystem: place.prefix(),
                        code: 1000,
                        message,
                    },
                };
                report_refusal(place, refusal, binding.as_deref(), cx)
            }
        }
    }
}

impl Exchange<Proof> for AwaitVerdict {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        _cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<Proof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let verdict = match read_verdict(&message) {
            Ok(verdict) => verdict,
            Err(error) => return error.into(),
        };
        ExchangeStep::quiet(match self.outcome {
            Outcome::NotMade(Refusal { event, entry }) => failed_with(event, vec![entry]),
            Outcome::Made { .. } if verdict == 0 => ExchangeNext::Succeeded(Proof::default()),
            Outcome::Made { path } => failed(FsEvent::NotAccepted {
                place: self.place,
                path,
            }),
        })
    }
}

fn read_verdict(message: &Message) -> Result<i64, countersign_core::wire::WireError> {
    let mut decoder = message.decoder();
    let verdict = decoder.int("the server's verdict")?;
    decoder.finish()?;
    Ok(verdict)
}
