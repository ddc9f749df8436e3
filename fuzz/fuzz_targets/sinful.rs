//! Addresses: what parses prints as an address of the same meaning, and is routed to somewhere that can be dialled.

#![no_main]

use countersign_core::sinful::{
    LocalNetwork, MAX_ADDRS, MAX_LENGTH, MAX_PARAMS, RouteRefusal, Sinful, ToolAddressError,
    is_tool_address,
};
use countersign_fuzz::{Dice, halves};
use libfuzzer_sys::fuzz_target;

fn same(a: &Sinful, b: &Sinful) {
    assert_eq!(a.host(), b.host());
    assert_eq!(a.port(), b.port());
    assert_eq!(
        a.params().collect::<Vec<_>>(),
        b.params().collect::<Vec<_>>()
    );
    assert_eq!(a.addrs(), b.addrs());
}

fuzz_target!(|input: &[u8]| {
    let mut dice = Dice(input);
    let knobs = dice.byte();
    let (text, network) = halves(dice.0, b"\n");
    let (Ok(text), Ok(network)) = (std::str::from_utf8(text), std::str::from_utf8(network)) else {
        return;
    };
    match Sinful::from_tool_argument(text) {
        Ok(_) => assert!(is_tool_address(text) && Sinful::parse(text).is_ok()),
        Err(ToolAddressError::Refused { .. }) => assert!(!is_tool_address(text)),
        Err(ToolAddressError::Broken { .. }) => {
            assert!(is_tool_address(text) && Sinful::parse(text).is_err());
        }
    }
    let sinful = match Sinful::parse(text) {
        Ok(sinful) => sinful,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(sinful.given() == text || !text.starts_with('<'));
    assert!(sinful.addrs().len() <= MAX_ADDRS && sinful.params().count() <= MAX_PARAMS);
    same(&Sinful::parse(sinful.given()).expect("as given"), &sinful);
    let printed = sinful.to_string();
    if printed.len() <= MAX_LENGTH {
        let again = Sinful::parse(&printed).expect("HTCondor's own form");
        same(&again, &sinful);
        assert_eq!(again.to_string(), printed);
    }
    assert!(!sinful.without_params().contains('?'));

    let own = LocalNetwork {
        private_network_name: Some(network.to_owned()).filter(|name| !name.is_empty()),
        enable_ipv4: knobs & 1 == 0,
        enable_ipv6: knobs & 2 == 0,
        ignore_target_protocol_preference: knobs & 4 == 0,
        prefer_outbound_ipv4: knobs & 8 == 0,
    };
    match sinful.route(&own) {
        Ok(route) => {
            assert!(!route.candidates.is_empty());
            assert!(route.candidates.iter().all(|candidate| candidate.port != 0));
            assert_eq!(sinful.connect_addr(&own).as_ref(), Ok(&route.connect_addr));
            let dialled = sinful.daemon_addr(&own).expect("it was routed");
            assert!(
                dialled.ccb_contact().is_none(),
                "nothing behind a broker is dialled"
            );
            assert_eq!(route.shared_port_id.as_deref(), dialled.shared_port_id());
            if route.connect_addr.len() <= MAX_LENGTH {
                let connect = Sinful::parse(&route.connect_addr).expect("a session's key");
                assert_eq!(connect.shared_port_id(), dialled.shared_port_id());
            }
        }
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            if let RouteRefusal::NeedsBroker { brokers, .. } = refusal {
                assert!(brokers.iter().all(|broker| !broker.contains([' ', ','])));
            }
        }
    }
    let _ = sinful.id_str("daemon", &own);
    let resolved = (knobs & 16 != 0).then(|| [192, 0, 2, 1].into());
    let collector = sinful.as_collector(9618, resolved);
    assert!(collector.port().is_some());
});
