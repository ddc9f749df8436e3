//! Every cell of the reconciliation, end to end.

use countersign_core::policy::Requirement;

use crate::pair::{World, words};
use Requirement::{Never, Optional, Preferred, Required};

const ALL: [Requirement; 4] = [Never, Optional, Preferred, Required];

/// What 25.14.1 does: agreed, or not.
fn agree(client: Requirement, server: Requirement) -> Option<bool> {
    match (client, server) {
        (Required, Never) | (Never, Required) => None,
        (Never, _) | (_, Never) | (Optional, Optional) => Some(false),
        _ => Some(true),
    }
}

#[test]
fn authentication() {
    for client in ALL {
        for server in ALL {
            let mut world = World::default();
            world.client.authentication = client;
            world.server.authentication = server;
            let ran = world.run();
            let context = format!("{client} {server}\n{}", ran.trace);
            match agree(client, server) {
                None => {
                    assert!(ran.served().is_none(), "{context}");
                    // The server closes without a word.
                    assert!(ran.stack().starts_with("SECMAN:2011:"), "{context}");
                }
                Some(true) => {
                    assert_eq!(ran.user(), Some("alice@pool.example"), "{context}");
                    assert!(ran.client.unwrap().is_protected(), "{context}");
                }
                Some(false) => {
                    assert_eq!(ran.user(), Some("unauthenticated@unmapped"), "{context}");
                    // An AES key is agreed on in any case.
                    assert!(ran.client.unwrap().is_protected(), "{context}");
                }
            }
        }
    }
}

/// Encryption and integrity, where authentication is optional on both sides: no feature raises
/// another between two of 25.14.1.
#[test]
fn encryption_and_integrity() {
    for feature in ["Encryption", "Integrity"] {
        for client in ALL {
            for server in ALL {
                let mut world = World::default();
                if feature == "Encryption" {
                    (world.client.encryption, world.server.encryption) = (client, server);
                } else {
                    (world.client.integrity, world.server.integrity) = (client, server);
                }
                let ran = world.run();
                let context = format!("{feature} {client} {server}\n{}", ran.trace);
                match agree(client, server) {
                    None => {
                        assert!(ran.served().is_none(), "{context}");
                        assert!(ran.stack().starts_with("SECMAN:2011:"), "{context}");
                    }
                    Some(yes) => {
                        assert_eq!(ran.user(), Some("unauthenticated@unmapped"), "{context}");
                        let established = ran.client.unwrap();
                        let said = established.session().policy.get_str(feature).unwrap();
                        assert_eq!(said, if yes { "YES" } else { "NO" }, "{context}");
                    }
                }
            }
        }
    }
}

#[test]
fn optional_authentication_may_fail() {
    let mut world = World {
        word: "bad".into(),
        ..World::default()
    };
    world.client.authentication = Preferred;
    let ran = world.run();
    assert_eq!(ran.user(), Some("unauthenticated@unmapped"));
    let policy = &ran.client.as_ref().unwrap().session().policy;
    assert_eq!(policy.get_bool("TriedAuthentication"), Some(true));
    world.server.authentication = Required;
    let ran = world.run();
    assert!(ran.served().is_none());
    assert!(ran.stack().contains("AUTHENTICATE:1003"), "{}", ran.stack());
}

#[test]
fn falls_back_in_the_servers_order() {
    let mut world = World {
        word: "bad".into(),
        ..World::default()
    };
    world.client.authentication = Required;
    world.client.methods = words("ANONYMOUS,CLAIMTOBE,WORD");
    let ran = world.run();
    assert_eq!(ran.user(), Some("alice@pool.example"));
    assert_eq!(ran.served().unwrap().method.unwrap().canonical, "CLAIMTOBE");
    world.server.methods = words("ANONYMOUS");
    assert_eq!(world.run().user(), Some("CONDOR_ANONYMOUS_USER"));
    world.server.methods = words("FS");
    let ran = world.run();
    assert!(ran.served().is_none());
    assert!(ran.stack().starts_with("SECMAN:2005:"), "{}", ran.stack());
}

#[test]
fn a_bare_word_is_good_for_its_level() {
    let mut world = World {
        lists: vec![("ALLOW_DAEMON", "*"), ("ALLOW_ADMINISTRATOR", "*")],
        ..World::default()
    };
    world.client.authentication = Required;
    world.client.methods = words("CLAIMTOBE");
    let ran = world.run();
    let limits = ran.served().unwrap().limits.to_attribute();
    assert_eq!(limits.as_deref(), Some("READ,WRITE"));
}

#[test]
fn limits_of_a_credential() {
    let mut world = World::default();
    world.client.authentication = Required;
    for (limits, passes) in [
        (Some(vec!["WRITE"]), true),
        (Some(vec!["DAEMON"]), true),
        (Some(vec!["READ"]), false),
        (Some(vec![]), false),
        (None, true),
    ] {
        world.mechanism.limits = limits.map(|names| names.into_iter().map(str::to_owned).collect());
        let ran = world.run();
        assert_eq!(ran.served().is_some(), passes, "{}", ran.trace);
        if !passes {
            assert!(
                ran.stack().starts_with(
                    "SECMAN:2010:Received \"DENIED\" from server for user alice@pool.example"
                ),
                "{}",
                ran.stack()
            );
        }
    }
}
