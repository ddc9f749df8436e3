//! The server's side: it names a path, and looks at what the client made there.
//!
//! For FS_REMOTE it makes and removes a file of its own before it looks, so that an NFS client asks the
//! NFS server anew; whether that works changes nothing.
//!
//! Rule: `Condor_Auth_FS` in HTCondor 25.14, without FS_ALLOW_UNSAFE, which takes a file for a
//! directory. As there, a client that adds no binding is accepted: clients before 25.14 add none. The
//! directory is the client's to remove.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::effect::{EffectAnswer, EffectRequest, NoEntropy};
use countersign_core::method::{
    Availability, ClientProof, ClientView, Exchange, ExchangeContext, ExchangeInput, ExchangeNext,
    ExchangeStep, Named, Probe, ServerMechanism,
};
use countersign_core::names::MethodName;
use countersign_core::sinful::{Sinful, ip_text};
use countersign_core::wire::{Message, WireError};

use super::binding::{self, MAX_BINDING};
use super::{DirectoryFailure, FsServerEvent, InspectDirectory, Place, Seen, SeenKind, TryName};
use crate::failure::failed;
use crate::identity::lowered;

/// Random characters in a name, of 5 bits each.
const RANDOM: usize = 16;
/// What they are.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What a server's FS or FS_REMOTE is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FsServerSettings {
    /// FS_LOCAL_DIR, or FS_REMOTE_DIR for FS_REMOTE: the folder in which clients make their directories.
    /// `/tmp` by default.
    pub folder: PathBuf,
    /// UID_DOMAIN, the domain of whoever is authenticated.
    pub uid_domain: Option<String>,
    /// FS_ROOT_TO_CONDOR: the name that root goes by, `condor`; `None` leaves root be.
    pub root_is: Option<String>,
    /// What this daemon publishes as its address, by which a client behind address translation knows
    /// it, and its shared port's id.
    pub own_address: Option<Sinful>,
}

impl Default for FsServerSettings {
    fn default() -> Self {
        Self {
            folder: "/tmp".into(),
            uid_domain: None,
            root_is: Some("condor".into()),
            own_address: None,
        }
    }
}

/// The methods FS and FS_REMOTE, for a server.
#[derive(Debug, Clone, Default)]
pub struct FsServer {
    place: Place,
    settings: Arc<FsServerSettings>,
}

impl FsServer {
    /// FS with these settings.
    #[must_use]
    pub fn new(settings: FsServerSettings) -> Self {
        Self {
            place: Place::Local,
            settings: Arc::new(settings),
        }
    }

    /// FS_REMOTE with these settings.
    #[must_use]
    pub fn remote(settings: FsServerSettings) -> Self {
        Self {
            place: Place::Remote,
            settings: Arc::new(settings),
        }
    }
}

impl Named for FsServer {
    fn name(&self) -> &'static MethodName {
        self.place.method()
    }
}

impl ServerMechanism for FsServer {
    fn probe(&self) -> Probe {
        Probe::Known(Availability::Offered {
            attributes: Vec::new(),
            event: Arc::new(FsServerEvent::Offered {
                folder: self.settings.folder.clone(),
            }),
        })
    }

    fn accept(&self, client: &Arc<ClientView>) -> Box<dyn Exchange<ClientProof>> {
        Box::new(Naming {
            place: self.place,
            settings: self.settings.clone(),
            local: client.local,
            path: None,
        })
    }
}

/// A name is being tried.
struct Naming {
    place: Place,
    settings: Arc<FsServerSettings>,
    local: SocketAddr,
    /// Set once it is chosen.
    path: Option<PathBuf>,
}

/// The client makes the directory, or says that it cannot.
struct AwaitDirectory {
    place: Place,
    settings: Arc<FsServerSettings>,
    local: SocketAddr,
    /// Without what the client appends.
    path: PathBuf,
}

/// The client was told that there is no path; it says something, and hears no.
struct AwaitInVain(FsServerEvent);

/// A file is made and removed, before what the client made is looked at.
struct Syncing(Inspecting);

/// What the client made is being looked at.
struct Inspecting {
    place: Place,
    settings: Arc<FsServerSettings>,
    path: PathBuf,
    bound: bool,
}

impl Naming {
    /// Chooses a name that nobody can foresee: `FS_<address>_<port>_<random>`, or `FS_REMOTE_…`.
    fn choose(mut self: Box<Self>, cx: &mut ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
        let random = match random(cx) {
            Ok(random) => random,
            Err(error) => return ExchangeStep::quiet(ExchangeNext::NoEntropy(error)),
        };
        let (ip, port) = (ip_text(self.local.ip()), self.local.port());
        let name = format!("{}_{ip}_{port}_{random}", self.place.prefix());
        let path = self.settings.folder.join(name);
        self.path = Some(path.clone());
        ExchangeStep::quiet(ExchangeNext::Perform(
            EffectRequest::new(TryName(path)),
            self,
        ))
    }

    fn tried(
        self,
        path: &Path,
        answer: EffectAnswer,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let tried = answer
            .into_output::<TryName>()
            .unwrap_or(Err(DirectoryFailure::Unperformed));
        // The `_` invites the client to append its view of this server's address.
        let named = tried.and_then(|()| match path.to_str() {
            Some(path) => Ok(format!("{path}_")),
            None => Err(DirectoryFailure::NotText),
        });
        match named {
            Ok(path) => {
                cx.event(FsServerEvent::Named { path: path.clone() });
                ExchangeStep::say(
                    cx.encoder().string(&path).finish(),
                    ExchangeNext::Await(Box::new(AwaitDirectory {
                        place: self.place,
                        settings: self.settings,
                        local: self.local,
                        path: path.into(),
                    })),
                )
            }
            Err(failure) => ExchangeStep::say(
                cx.encoder().string("").finish(),
                ExchangeNext::Await(Box::new(AwaitInVain(FsServerEvent::NoPath {
                    place: self.place,
                    folder: self.settings.folder.clone(),
                    failure,
                }))),
            ),
        }
    }
}

impl Exchange<ClientProof> for Naming {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        match (input, self.path.clone()) {
            (ExchangeInput::Start, _) => self.choose(cx),
            (ExchangeInput::Effect(answer), Some(path)) => self.tried(&path, answer, cx),
            _ => ExchangeStep::quiet(ExchangeNext::Await(self)),
        }
    }
}

/// Characters that nobody can foresee.
fn random(cx: &mut ExchangeContext<'_>) -> Result<String, NoEntropy> {
    let mut bytes = [0; RANDOM];
    cx.entropy.fill(&mut bytes)?;
    let characters = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    Ok(characters.map(|&byte| char::from(byte)).collect())
}

/// The client's report: -1 is failure; then what it appended, if anything.
fn read_report(message: &Message) -> Result<(i64, String), WireError> {
    let mut decoder = message.decoder();
    let status = decoder.int("the client's status")?;
    let binding = if decoder.is_at_end() {
        String::new()
    } else {
        let binding = decoder.optional_string("the client's binding", MAX_BINDING)?;
        binding.unwrap_or_default().to_owned()
    };
    decoder.finish()?;
    Ok((status, binding))
}

fn refuse(event: FsServerEvent, cx: &ExchangeContext<'_>) -> ExchangeStep<ClientProof> {
    ExchangeStep::say(cx.encoder().int(-1).finish(), failed(event))
}

impl Exchange<ClientProof> for AwaitDirectory {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let (status, binding) = match read_report(&message) {
            Ok(report) => report,
            Err(error) => return error.into(),
        };
        let Self {
            place,
            settings,
            local,
            path,
        } = *self;
        if !binding.is_empty()
            && let Err(defect) = binding::check(&binding, local, settings.own_address.as_ref())
        {
            let event = FsServerEvent::OtherEnd {
                binding,
                local,
                defect,
            };
            return refuse(event, cx);
        }
        if status == -1 {
            return refuse(FsServerEvent::NotMade { place, path }, cx);
        }
        let bound = !binding.is_empty();
        let mut whole = path.into_os_string();
        whole.push(binding);
        let path = PathBuf::from(whole);
        let inspecting = Inspecting {
            place,
            settings,
            path,
            bound,
        };
        match place {
            Place::Local => inspecting.look(),
            Place::Remote => match random(cx) {
                Err(error) => ExchangeStep::quiet(ExchangeNext::NoEntropy(error)),
                Ok(random) => {
                    let name = format!("{}_sync_{random}", place.prefix());
                    let path = inspecting.settings.folder.join(name);
                    ExchangeStep::quiet(ExchangeNext::Perform(
                        EffectRequest::new(TryName(path)),
                        Box::new(Syncing(inspecting)),
                    ))
                }
            },
        }
    }
}

impl Exchange<ClientProof> for AwaitInVain {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Message(message) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        match read_report(&message) {
            Ok(_) => refuse(self.0, cx),
            Err(error) => error.into(),
        }
    }
}

impl Inspecting {
    fn look(self) -> ExchangeStep<ClientProof> {
        ExchangeStep::quiet(ExchangeNext::Perform(
            EffectRequest::new(InspectDirectory(self.path.clone())),
            Box::new(self),
        ))
    }
}

impl Exchange<ClientProof> for Syncing {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let synced = answer
            .into_output::<TryName>()
            .unwrap_or(Err(DirectoryFailure::Unperformed));
        if let Err(failure) = synced {
            cx.event(FsServerEvent::NotSynced {
                folder: self.0.settings.folder.clone(),
                failure,
            });
        }
        self.0.look()
    }
}

impl Exchange<ClientProof> for Inspecting {
    fn advance(
        self: Box<Self>,
        input: ExchangeInput,
        cx: &mut ExchangeContext<'_>,
    ) -> ExchangeStep<ClientProof> {
        let ExchangeInput::Effect(answer) = input else {
            return ExchangeStep::quiet(ExchangeNext::Await(self));
        };
        let seen = answer
            .into_output::<InspectDirectory>()
            .unwrap_or(Err(DirectoryFailure::Unperformed));
        let Self {
            place,
            settings,
            path,
            bound,
        } = *self;
        let owner = match seen {
            Ok(seen) => judge(&path, seen),
            Err(failure) => Err(FsServerEvent::NotSeen {
                place,
                path: path.clone(),
                failure,
            }),
        };
        let owner = match owner {
            Ok(owner) => owner,
            Err(event) => return refuse(event, cx),
        };
        let user = match &settings.root_is {
            Some(name) if owner == "root" => name.clone(),
            _ => owner.clone(),
        };
        cx.event(FsServerEvent::Proven {
            path,
            owner,
            user: user.clone(),
            bound,
        });
        ExchangeStep::say(
            cx.encoder().int(0).finish(),
            ExchangeNext::Succeeded(ClientProof {
                authenticated_name: Some(user.clone()),
                user,
                domain: settings.uid_domain.as_deref().map(lowered),
                limits: None,
                attributes: Vec::new(),
                voucher: None,
                wrap: None,
            }),
        )
    }
}

/// The owner's name, if it is a directory that nobody but its owner can have made there.
fn judge(path: &Path, seen: Seen) -> Result<String, FsServerEvent> {
    let good = seen.kind == SeenKind::Directory
        // Some file systems count one name for a directory, others one for its `.` too.
        && matches!(seen.links, 1 | 2)
        // Shared lock directories, which could be moved here, have other modes.
        && seen.mode == 0o700;
    match (good, &seen.owner) {
        (true, Ok(owner)) if !owner.is_empty() => Ok(owner.clone()),
        (true, owner) => Err(FsServerEvent::NoOwner {
            path: path.to_owned(),
            uid: seen.uid,
            problem: owner.clone().err().unwrap_or_default(),
        }),
        (false, _) => Err(FsServerEvent::BadAttributes {
            path: path.to_owned(),
            seen,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_something() {
        let good = Seen {
            kind: SeenKind::Directory,
            mode: 0o700,
            links: 2,
            uid: 1000,
            owner: Ok("alice".into()),
        };
        let path = Path::new("/tmp/FS_x");
        assert_eq!(judge(path, good.clone()), Ok("alice".into()));
        assert!(
            judge(
                path,
                Seen {
                    links: 1,
                    ..good.clone()
                }
            )
            .is_ok()
        );
        let bad = [
            Seen {
                kind: SeenKind::Link,
                ..good.clone()
            },
            Seen {
                kind: SeenKind::Other,
                ..good.clone()
            },
            Seen {
                links: 3,
                ..good.clone()
            },
            Seen {
                links: 0,
                ..good.clone()
            },
            Seen {
                mode: 0o755,
                ..good.clone()
            },
            Seen {
                mode: 0o1700,
                ..good.clone()
            },
            Seen {
                mode: 0o2700,
                ..good.clone()
            },
            Seen {
                mode: 0o600,
                ..good.clone()
            },
        ];
        for seen in bad {
            assert!(matches!(
                judge(path, seen),
                Err(FsServerEvent::BadAttributes { .. })
            ));
        }
        for owner in [Ok(String::new()), Err("nobody".into())] {
            let seen = Seen {
                owner,
                ..good.clone()
            };
            assert!(matches!(
                judge(path, seen),
                Err(FsServerEvent::NoOwner { uid: 1000, .. })
            ));
        }
    }
}
