//! FS: paths that nobody should make a directory at, and verdicts on what was made.

use std::path::Path;

use countersign_core::policy::Requirement;
use countersign_core::wire::{Encoder, Message, WireError};
use countersign_core::{Cause, Stage};
use countersign_methods::fs::{DirectoryFailure, FsEvent, FsSettings, PathDefect, Place};

use crate::support::{By, Ended, Kind, Server, World, run};

/// Whether this is how it must fail.
type Expected = fn(&WireError) -> bool;

fn named(world: &World, path: &str) -> Ended {
    let mut server = Server::new(By::Fs, true);
    server.path = path.to_owned();
    run(world, &mut server)
}

/// The path is refused, nothing is made, and the handshake ends for want of another method.
fn refusal(path: &str) -> FsEvent {
    let world = World::strict(&["FS"]);
    let ended = named(&world, path);
    assert!(matches!(ended.cause(), Cause::Unauthenticated), "{path:?}");
    assert!(world.asked.borrow().is_empty(), "{path:?} was made");
    ended
        .method_events::<FsEvent>()
        .last()
        .copied()
        .cloned()
        .unwrap()
}

#[test]
fn paths_that_are_refused() {
    for (path, defect) in [
        ("tmp/FS_x_", PathDefect::NotAbsolute),
        ("FS_x_", PathDefect::NotAbsolute),
        ("_", PathDefect::NotAbsolute),
        ("./FS_x_", PathDefect::NotAbsolute),
        ("~/FS_x_", PathDefect::NotAbsolute),
        ("/tmp/../etc/FS_x_", PathDefect::Dots),
        ("/tmp/./FS_x_", PathDefect::Dots),
        ("/../FS_x_", PathDefect::Dots),
        ("/tmp/FS_x\n_", PathDefect::Unprintable),
        ("/tmp/FS_\u{1b}[31mx_", PathDefect::Unprintable),
        ("/tmp/FS_\u{85}_", PathDefect::Unprintable),
        ("/tmp/..\t/x_", PathDefect::Unprintable),
    ] {
        assert!(
            matches!(refusal(path), FsEvent::PathRefused { defect: d, .. } if d == defect),
            "{path:?}"
        );
    }
    let long = format!("/tmp/{}_", "x".repeat(5000));
    assert!(matches!(
        refusal(&long),
        FsEvent::PathRefused {
            defect: PathDefect::Unprintable,
            ..
        }
    ));
}

/// Neither does a path that is bound to another connection pass for one that is bound to this.
#[test]
fn paths_that_are_not_bound_to_this_connection() {
    for path in [
        "/tmp/FS_abc",
        "/tmp/FS_127.0.0.1_39619_abc",
        "/tmp/FS_127.0.0.1_3961_abc",
        "/tmp/FS_127.0.0.2_39618_abc",
        "/tmp/fs_127.0.0.1_39618_abc",
        "/tmp/xFS_127.0.0.1_39618_abc",
        "/tmp/FS_127.0.0.1_39618_/abc",
        "/FS_127.0.0.1_39618_/tmp/x",
        "/tmp/FS_127.0.0.1_39618",
        "/tmp/FS_127.0.0.1_39618_abc/",
        "/",
        "/tmp/",
        "/tmp/..",
        "x",
    ] {
        assert!(
            matches!(refusal(path), FsEvent::Unbound { .. }),
            "{path:?}: {:?}",
            refusal(path)
        );
    }
}

#[test]
fn without_binding_the_rest_still_holds() {
    let mut world = World::strict(&["FS"]);
    world.fs = FsSettings {
        enforce_channel_binding: false,
    };
    for path in ["/tmp/", "/", "x", "/tmp/..", "/tmp/../x"] {
        let ended = named(&world, path);
        assert!(matches!(ended.cause(), Cause::Unauthenticated));
        assert!(world.asked.borrow().is_empty(), "{path:?} was made");
    }
    assert!(named(&world, "/tmp/FS_anything").result.is_ok());
}

#[test]
fn no_path() {
    assert!(matches!(
        refusal(""),
        FsEvent::ServerHasNoPath(Place::Local)
    ));
}

/// The right prefix, or an underscore to write the binding behind: these are made, and only these names.
#[test]
fn paths_that_are_made() {
    for (path, made) in [
        ("/tmp/FS_127.0.0.1_39618_abc", "/tmp/FS_127.0.0.1_39618_abc"),
        ("/tmp/FS_abc_", "/tmp/FS_abc_127.0.0.1:39618"),
        ("/elsewhere/_", "/elsewhere/_127.0.0.1:39618"),
        // Bound by its prefix to another server, but open at the end: this side's own view decides.
        (
            "/tmp/FS_10.0.0.1_1_x_",
            "/tmp/FS_10.0.0.1_1_x_127.0.0.1:39618",
        ),
    ] {
        let world = World::strict(&["FS"]);
        assert!(named(&world, path).result.is_ok(), "{path}");
        assert_eq!(world.asked.borrow().as_slice(), [Path::new(made)]);
    }
}

/// A link or an unsafe folder on the way shows only where the directory is made. It is no success, whatever the server
/// says then.
#[test]
fn a_directory_that_could_not_be_made_proves_nothing() {
    let failures = [
        DirectoryFailure::UnsafeParent {
            parent: "/tmp/link".into(),
            problem: "has a link or a file in it: link".into(),
        },
        DirectoryFailure::System {
            call: "mkdir",
            errno: 17,
            text: "File exists".into(),
        },
        DirectoryFailure::Unperformed,
    ];
    for failure in failures {
        let mut world = World::strict(&["FS"]);
        world.directory = Err(failure.clone());
        let mut server = Server::new(By::Fs, true).edit(|kind, message| match kind {
            Kind::Verdict => vec![Encoder::new(message.form()).int(0).finish()],
            _ => vec![message],
        });
        let ended = run(&world, &mut server);
        assert!(matches!(ended.cause(), Cause::Unauthenticated));
        assert!(
            ended
                .method_events::<FsEvent>()
                .iter()
                .any(|event| matches!(event, FsEvent::NotMade { failure: f, .. } if *f == failure))
        );
    }
}

fn replacing(place: Kind, with: impl Fn(Encoder) -> Message) -> (World, Ended) {
    let world = World::all(Requirement::Required, Requirement::Required);
    let mut server = Server::new(By::Fs, true).edit(|kind, message| {
        if kind == place {
            vec![with(Encoder::new(message.form()))]
        } else {
            vec![message]
        }
    });
    let ended = run(&world, &mut server);
    (world, ended)
}

#[test]
fn paths_that_are_no_text() {
    let cases: [(&str, Message, Expected); 6] = {
        let e = || Encoder::new(countersign_core::wire::StringForm::Terminated);
        let long = format!("/tmp/{}_", "x".repeat(9000));
        [
            ("9 KB", e().string(&long).finish(), |e| {
                matches!(e, WireError::StringTooLong { .. })
            }),
            ("a NUL inside", e().bytes(b"/tmp/x\0_\0").finish(), |e| {
                matches!(e, WireError::Trailing { .. })
            }),
            ("no end", e().bytes(b"/tmp/FS_x_").finish(), |e| {
                matches!(e, WireError::Truncated { .. })
            }),
            ("absent", e().bytes(&[0xad]).finish(), |e| {
                matches!(e, WireError::Absent { .. })
            }),
            ("not UTF-8", e().bytes(b"/tmp/\xff_\0").finish(), |e| {
                matches!(e, WireError::NotText { .. })
            }),
            (
                "two",
                e().string("/tmp/a_").string("/tmp/b_").finish(),
                |e| matches!(e, WireError::Trailing { .. }),
            ),
        ]
    };
    for (name, message, expected) in cases {
        let (world, ended) = replacing(Kind::Path, |_| message.clone());
        assert_eq!(ended.result.as_ref().unwrap_err().stage, Stage::Method);
        assert!(
            expected(ended.wire_error()),
            "{name}: {:?}",
            ended.wire_error()
        );
        assert!(world.asked.borrow().is_empty());
    }
}

#[test]
fn verdicts_other_than_yes() {
    for verdict in [-1, 1, 2, 256, 1 << 32, i64::MIN] {
        let (_, ended) = replacing(Kind::Verdict, |e| e.int(verdict).finish());
        assert!(
            ended.result.is_err()
                && ended
                    .method_events::<FsEvent>()
                    .iter()
                    .any(|event| matches!(event, FsEvent::NotAccepted { .. })),
            "{verdict}"
        );
        assert!(matches!(ended.cause(), Cause::Unauthenticated));
    }
}
