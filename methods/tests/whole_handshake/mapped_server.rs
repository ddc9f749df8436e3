//! A method that gives the client a name of the server: the client's mapfile makes another of it.

use std::sync::Arc;

use countersign_core::Cause;
use countersign_core::identity::{Mapped, Mapper};
use countersign_core::names::MethodName;
use countersign_core::policy::Requirement;

use crate::pair::{Ran, World};

/// Says this of every name.
#[derive(Debug)]
struct Says(Mapped);

impl Mapper for Says {
    fn map(&self, method: &MethodName, name: &str) -> Mapped {
        assert_eq!((method.canonical, name), ("WORD", "the hearer"));
        self.0.clone()
    }
}

fn world(mapped: Mapped) -> World {
    let mut world = World {
        client_mapper: Arc::new(Says(mapped)),
        ..World::default()
    };
    world.client.authentication = Requirement::Required;
    world
}

fn server_name(ran: &Ran) -> &str {
    &ran.client.as_ref().unwrap().session().server_name
}

fn to(canonical: &str) -> Mapped {
    Mapped::To {
        canonical: canonical.into(),
        by: "map, line 7".into(),
    }
}

#[test]
fn the_lists_see_the_mapped_name() {
    let ran = world(to("server")).run();
    assert_eq!(server_name(&ran), "server@pool.example");
    let ran = world(to("banned")).run();
    let failure = ran.client.expect_err("DENY_CLIENT names it");
    assert!(
        matches!(&*failure.cause, Cause::ServerRefused(decision) if decision.user == "banned@pool.example"),
        "{failure}"
    );
}

#[test]
fn without_a_line_it_is_the_methods_own_name() {
    for mapped in [
        to(""),
        Mapped::Unconfigured,
        Mapped::Nothing {
            searched: "no lines".into(),
        },
    ] {
        let ran = world(mapped).run();
        assert_eq!(server_name(&ran), "unauthenticated@unmapped");
    }
}

#[test]
fn a_failed_mapping_ends_the_handshake() {
    let ran = world(Mapped::Failed {
        reason: "line 7 gave up".into(),
    })
    .run();
    let failure = ran.client.expect_err("nobody knows who it is");
    assert!(
        matches!(&*failure.cause, Cause::ServerIdentity(error) if error.to_string().contains("line 7 gave up")),
        "{failure}"
    );
}
