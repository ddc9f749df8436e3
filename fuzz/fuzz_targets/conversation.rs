//! A handshake with a server that has the keys but says whatever a script tells it to: what the client requires holds.

#![no_main]

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_core::client::{DC_SEC_QUERY, Handshake, Progress, Request};
use countersign_core::policy::Requirement;
use countersign_fuzz::drive;
use countersign_fuzz::recording::{Fixed, Setup};
use countersign_fuzz::script::{Line, Script, Server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let script = Script::parse(text);
    let setup = Setup {
        methods: String::new(),
        authentication: "OPTIONAL".into(),
        now: 1_795_376_088,
        given_address: "<192.0.2.1:9618>".into(),
        peer: ([192, 0, 2, 1], 9618).into(),
        local: ([192, 0, 2, 2], 40000).into(),
        token: None,
    };
    let mut config = (*setup.config()).clone();
    config.settings.authentication = script.authentication;
    config.settings.encryption = script.encryption;
    config.settings.integrity = script.integrity;
    config.settings.negotiation = script.negotiation;
    config.settings.methods = script.methods.clone();
    let request = Request {
        command: DC_SEC_QUERY,
        auth_command: Some(60021),
        given_address: setup.given_address.clone(),
        named_by: countersign_core::trace::AddressSource::Typed,
        shared_port_id: None,
        peer: setup.peer,
        local: setup.local,
        servers_checked: BTreeSet::new(),
    };
    let mut entropy = Fixed::default();
    let mut handshake = Handshake::new(Arc::new(config), request, setup.now, &mut entropy);
    let mut server = Server::default();
    let mut lines = script.lines.iter();
    let mut closed = false;
    for step in 0.. {
        assert!(step < 1000, "the handshake never ends");
        let progress = handshake.poll();
        while let Some(bytes) = handshake.transmit() {
            server.hear(&bytes);
        }
        match progress {
            Progress::Perform(request) => handshake.answer(setup.answer(request, |_| true)),
            Progress::NeedsBytes => match lines.next() {
                Some(Line::Close) | None if closed => panic!("waits for a peer that hung up"),
                Some(Line::Close) | None => {
                    closed = true;
                    handshake.peer_closed();
                }
                Some(line) => handshake.receive(&server.say(line)),
            },
            Progress::Failed(failure) => {
                assert!(
                    !failure.to_string().is_empty() && !failure.stack.full_text("|").is_empty()
                );
                let trace = handshake.take_trace();
                assert!(!trace.to_string().is_empty());
                return;
            }
            Progress::Established(mut established) => {
                if script.encryption == Requirement::Required
                    || script.integrity == Requirement::Required
                {
                    assert!(established.is_protected(), "protection is required");
                }
                if script.authentication == Requirement::Required {
                    assert!(established.method().is_some(), "authentication is required");
                }
                if script.authentication == Requirement::Never {
                    assert!(established.method().is_none(), "authentication is refused");
                }
                if let Some(method) = established.method() {
                    assert!(
                        script.methods.iter().any(|own| method.is(own)),
                        "{method:?} was not offered"
                    );
                    assert_ne!(method.canonical, "IDTOKENS", "there is no token");
                }
                let session = established.session();
                assert_eq!(established.is_protected(), session.key.is_some());
                assert!(!session.id.is_empty());
                assert_eq!(
                    session.server_name, "unauthenticated@unmapped",
                    "nothing was proven"
                );
                assert!(!handshake.take_trace().to_string().is_empty());
                let more: Vec<u8> = lines.flat_map(|line| server.say(line)).collect();
                let _ = drive::rest(&mut established, &more);
                return;
            }
        }
    }
});
