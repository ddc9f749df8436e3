//! Our own client and peer with a method that they do not know, on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod hostile;
mod site;

use countersign::core::names::Level;
use countersign_outside_method::{NoWatchword, Watchword, WatchwordEvent, WatchwordServerEvent};
use site::{Folder, WORD, client, configured, peer, said, user};

#[tokio::test]
async fn both_know_the_watchword() {
    let (here, there) = (Folder::with("alice", WORD), Folder::with("alice", WORD));
    let peer = peer(&there, "WATCHWORD").start().await.unwrap();
    let asked = client("alice", &here, "WATCHWORD").write(&peer).await;
    assert_eq!(
        asked.result.as_deref(),
        Ok("alice@pool.example"),
        "{}",
        asked.trace
    );
    assert!(
        asked
            .trace
            .to_string()
            .contains("the server proved to be condor@watchword")
    );
    let events = said::<WatchwordServerEvent>(&peer);
    assert!(events.contains(&WatchwordServerEvent::Proven {
        user: "alice".into()
    }));
    // What is allowed to alice is not allowed to others, and not at other levels.
    let refused = client("alice", &here, "WATCHWORD")
        .ask(&peer, Level::Daemon)
        .await;
    assert!(refused.result.is_err());
    peer.shutdown().await;
}

#[tokio::test]
async fn a_mapping_speaks_of_the_user() {
    let (here, there) = (Folder::with("alice", WORD), Folder::with("alice", WORD));
    let map = |method: &countersign::core::names::MethodName, name: &str| {
        (method.canonical == "WATCHWORD" && name == "alice").then(|| "bob@pool.example".to_owned())
    };
    let peer = peer(&there, "WATCHWORD")
        .map_names(map)
        .start()
        .await
        .unwrap();
    let asked = client("alice", &here, "WATCHWORD").write(&peer).await;
    assert_eq!(
        asked.result.as_deref(),
        Ok("bob@pool.example"),
        "{}",
        asked.trace
    );
    peer.shutdown().await;
}

/// What stands in the way is said by the side that knows it, and the next method is tried.
#[tokio::test]
async fn without_a_common_watchword_the_next_method_is_tried() {
    let other = "another watchword, which is as long as it must be";
    let none = Folder::new;
    let declined = || WatchwordEvent::Declined {
        user: "alice".into(),
    };
    let wrong = || WatchwordServerEvent::WrongAnswer {
        user: "alice".into(),
    };
    for (here, there, client_says, server_says) in [
        (
            Folder::with("alice", other),
            Folder::with("alice", WORD),
            Some(declined()),
            Some(wrong()),
        ),
        (Folder::with("alice", WORD), none(), Some(declined()), None),
        (
            Folder::with("alice", WORD),
            Folder::with("alice", "short"),
            Some(declined()),
            None,
        ),
        (none(), Folder::with("alice", WORD), None, None),
        (
            Folder::with("alice", "short"),
            Folder::with("alice", WORD),
            None,
            None,
        ),
    ] {
        let peer = peer(&there, "WATCHWORD, CLAIMTOBE").start().await.unwrap();
        let asked = client("alice", &here, "WATCHWORD, CLAIMTOBE")
            .write(&peer)
            .await;
        assert_eq!(asked.result.as_deref(), Ok("alice@pool.example"));
        let own: Vec<WatchwordEvent> = site::events(&asked.trace);
        match client_says {
            Some(event) => {
                assert!(own.contains(&event), "{own:?}");
                let theirs = said::<WatchwordServerEvent>(&peer);
                let lacks = |event: &WatchwordServerEvent| matches!(event, WatchwordServerEvent::NoWatchword { user, .. } if user == "alice");
                assert!(
                    theirs
                        .iter()
                        .any(|event| Some(event) == server_says.as_ref() || lacks(event)),
                    "{theirs:?}"
                );
            }
            // It was struck from the list before anything was said.
            None => {
                assert!(matches!(&*own, [WatchwordEvent::NoWatchword(_)]), "{own:?}");
                assert!(
                    said::<WatchwordServerEvent>(&peer)
                        .iter()
                        .all(|event| { *event == WatchwordServerEvent::Offered })
                );
            }
        }
        peer.shutdown().await;
    }
}

#[tokio::test]
async fn a_file_that_others_can_read_is_none() {
    let (here, there) = (Folder::with("alice", WORD), Folder::with("alice", WORD));
    here.mode("alice", 0o644);
    let peer = peer(&there, "WATCHWORD").start().await.unwrap();
    let asked = client("alice", &here, "WATCHWORD").write(&peer).await;
    assert!(asked.result.is_err());
    let events: Vec<WatchwordEvent> = site::events(&asked.trace);
    assert!(
        matches!(&*events, [WatchwordEvent::NoWatchword(NoWatchword::File { problem, .. })] if problem.contains("0644")),
        "{events:?}"
    );
    assert!(
        asked.why.contains("there is no watchword: "),
        "{}",
        asked.why
    );
    assert!(asked.why.contains("of mode 600"), "{}", asked.why);
    peer.shutdown().await;
}

/// A method that was registered without its performer says so.
#[tokio::test]
async fn without_a_performer() {
    let here = Folder::with("alice", WORD);
    let peer = configured("WATCHWORD")
        .method(site::server())
        .start()
        .await
        .unwrap();
    let asked = client("alice", &here, "WATCHWORD").write(&peer).await;
    assert!(asked.result.is_err());
    let unperformed = WatchwordServerEvent::NoWatchword {
        user: "alice".into(),
        why: NoWatchword::Unperformed,
    };
    assert!(said::<WatchwordServerEvent>(&peer).contains(&unperformed));
    let bare = site::settings("alice", "WATCHWORD");
    let bare = countersign::Client::builder(bare)
        .method(Watchword(user("alice")))
        .build();
    let asked = site::Asker(bare, site::SOON).write(&peer).await;
    let own: Vec<WatchwordEvent> = site::events(&asked.trace);
    assert_eq!(own, [WatchwordEvent::NoWatchword(NoWatchword::Unperformed)]);
    peer.shutdown().await;
}
