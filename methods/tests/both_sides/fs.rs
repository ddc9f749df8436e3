//! FS: what the server makes of what a client did.

use std::path::PathBuf;

use countersign_core::effect::{EffectAnswer, EffectRequest};
use countersign_methods::fs::{
    BindingDefect, DirectoryFailure, Fs, FsEvent, FsServer, FsServerEvent, FsServerSettings,
    FsSettings, InspectDirectory, MakeDirectory, Place, Seen, SeenKind, TryName,
};

use crate::pair::{Outcome, nobody, run};

/// A folder that both sides see, and one user who makes directories in it.
struct World {
    owner: Result<String, String>,
    /// What the client's mkdir answers, and whether it tells the truth.
    made: Result<(), DirectoryFailure>,
    tried: Result<(), DirectoryFailure>,
    kind: SeenKind,
    enforce: bool,
    place: Place,
    /// What trying a name just before looking answers.
    synced: Result<(), DirectoryFailure>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            owner: Ok("alice".into()),
            made: Ok(()),
            tried: Ok(()),
            kind: SeenKind::Directory,
            enforce: true,
            place: Place::Local,
            synced: Ok(()),
        }
    }
}

fn missing(call: &'static str) -> DirectoryFailure {
    DirectoryFailure::System {
        call,
        errno: 2,
        text: "No such file or directory".into(),
    }
}

fn meet(world: &World, between: &mut dyn FnMut(usize, &mut Vec<u8>)) -> (Outcome, Vec<PathBuf>) {
    let made = std::cell::RefCell::new(Vec::new());
    let settings = FsSettings {
        enforce_channel_binding: world.enforce,
    };
    let of_server = FsServerSettings {
        folder: "/tmp".into(),
        uid_domain: Some("Pool.Example".into()),
        ..FsServerSettings::default()
    };
    let (client, server) = match world.place {
        Place::Local => (Fs::new(settings), FsServer::new(of_server)),
        Place::Remote => (Fs::remote(settings), FsServer::remote(of_server)),
    };
    let mut make = |request: EffectRequest| {
        let MakeDirectory(path) = request.into_request().unwrap();
        made.borrow_mut().push(path);
        EffectAnswer::new::<MakeDirectory>(world.made.clone())
    };
    let mut look = |request: EffectRequest| {
        if request.kind() == std::any::TypeId::of::<TryName>() {
            let TryName(path) = request.into_request().unwrap();
            let is_sync = path.to_str().unwrap().contains("_sync_");
            return EffectAnswer::new::<TryName>(match is_sync {
                true => world.synced.clone(),
                false => world.tried.clone(),
            });
        }
        let InspectDirectory(path) = request.into_request().unwrap();
        EffectAnswer::new::<InspectDirectory>(if made.borrow().contains(&path) {
            Ok(Seen {
                kind: world.kind,
                mode: 0o700,
                links: 2,
                uid: 1000,
                owner: world.owner.clone(),
            })
        } else {
            Err(missing("lstat"))
        })
    };
    let outcome = run(&client, &server, &mut make, &mut look, between);
    let made = made.borrow().clone();
    (outcome, made)
}

#[test]
fn honest() {
    for (owner, user) in [("alice", "alice"), ("root", "condor"), ("condor", "condor")] {
        let world = World {
            owner: Ok(owner.into()),
            ..World::default()
        };
        let (outcome, made) = meet(&world, &mut nobody);
        assert!(outcome.client.proven().is_some());
        let proof = outcome.server.proven().unwrap();
        assert_eq!(proof.user, user);
        assert_eq!(proof.authenticated_name.as_deref(), Some(user));
        assert_eq!(proof.domain.as_deref(), Some("pool.example"));
        let path = made[0].to_str().unwrap();
        assert!(path.starts_with("/tmp/FS_127.0.0.1_39618_"), "{path}");
        assert!(path.ends_with("_127.0.0.1:39618"), "{path}");
    }
}

#[test]
fn a_client_that_binds_nothing_is_accepted() {
    let world = World {
        enforce: false,
        ..World::default()
    };
    let (outcome, made) = meet(&world, &mut nobody);
    assert!(made[0].to_str().unwrap().ends_with('_'));
    assert_eq!(outcome.server.proven().unwrap().user, "alice");
    assert!(outcome.server_trace.contains("did not bind"));
}

#[test]
fn what_the_server_does_not_take() {
    let refused = |world: &World| {
        let (outcome, _) = meet(world, &mut nobody);
        assert!(outcome.client.proven().is_none());
        outcome.server.event::<FsServerEvent>().unwrap()
    };
    let world = World {
        kind: SeenKind::Link,
        ..World::default()
    };
    assert!(matches!(
        refused(&world),
        FsServerEvent::BadAttributes { .. }
    ));
    let world = World {
        owner: Err("nobody".into()),
        ..World::default()
    };
    assert!(matches!(refused(&world), FsServerEvent::NoOwner { .. }));
    let world = World {
        made: Err(missing("mkdir")),
        ..World::default()
    };
    assert!(matches!(refused(&world), FsServerEvent::NotMade { .. }));
    let world = World {
        tried: Err(missing("open")),
        ..World::default()
    };
    assert!(matches!(refused(&world), FsServerEvent::NoPath { .. }));
    let (_, made) = meet(&world, &mut nobody);
    assert!(made.is_empty(), "no client was sent anywhere");
}

#[test]
fn on_a_file_system_that_two_machines_mount() {
    let world = World {
        place: Place::Remote,
        ..World::default()
    };
    let (outcome, made) = meet(&world, &mut nobody);
    assert_eq!(outcome.server.proven().unwrap().user, "alice");
    let path = made[0].to_str().unwrap();
    assert!(
        path.starts_with("/tmp/FS_REMOTE_127.0.0.1_39618_"),
        "{path}"
    );
    assert!(path.ends_with("_127.0.0.1:39618"), "{path}");
    // That NFS may lag behind is told, and settles nothing.
    let world = World {
        synced: Err(missing("open")),
        ..world
    };
    let (outcome, _) = meet(&world, &mut nobody);
    assert_eq!(outcome.server.proven().unwrap().user, "alice");
    assert!(
        outcome.server_trace.contains("an older state"),
        "{}",
        outcome.server_trace
    );
}

/// A path of FS is none of FS_REMOTE's, and the other way round: neither is bound to this connection.
#[test]
fn the_others_name_is_not_bound() {
    for (place, ours, other) in [
        (Place::Local, "/FS_127", "/FS_REMOTE_127"),
        (Place::Remote, "/FS_REMOTE_127", "/FS_127"),
    ] {
        let mut renamed = |number: usize, bytes: &mut Vec<u8>| {
            if number == 0 {
                let text = String::from_utf8(bytes.clone()).unwrap();
                let name = text.trim_end_matches('\0').trim_end_matches('_');
                *bytes = format!("{}\0", name.replace(ours, other)).into_bytes();
            }
        };
        let world = World {
            place,
            ..World::default()
        };
        let (outcome, made) = meet(&world, &mut renamed);
        assert!(made.is_empty(), "{made:?}");
        assert!(outcome.server.proven().is_none());
        assert!(matches!(
            outcome.client.event::<FsEvent>().unwrap(),
            FsEvent::Unbound { .. }
        ));
    }
}

/// Somebody relays an honest client's directory to the real server: the client binds the directory to
/// the address that it dialled, which is not the server's.
#[test]
fn a_relayed_client() {
    let mut relay = |number: usize, bytes: &mut Vec<u8>| {
        if number == 1 {
            let text = String::from_utf8_lossy(bytes).replace("127.0.0.1:39618", "127.0.0.1:5555");
            *bytes = text.into_bytes();
        }
    };
    let (outcome, _) = meet(&World::default(), &mut relay);
    assert!(matches!(
        outcome.server.event::<FsServerEvent>().unwrap(),
        FsServerEvent::OtherEnd {
            defect: BindingDefect::OtherAddress,
            ..
        }
    ));
}

/// Whatever bit is turned on the way, nobody else is ever authenticated.
#[test]
fn no_turned_bit_makes_another_name() {
    let (outcome, _) = meet(&World::default(), &mut nobody);
    for (number, message) in outcome.messages.iter().enumerate() {
        for bit in 0..message.len() * 8 {
            let mut turn = |at: usize, bytes: &mut Vec<u8>| {
                if at == number {
                    bytes[bit / 8] ^= 1 << (bit % 8);
                }
            };
            let (outcome, _) = meet(&World::default(), &mut turn);
            if let Some(proof) = outcome.server.proven() {
                assert_eq!(proof.user, "alice");
            }
        }
    }
}
