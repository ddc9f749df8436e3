use super::*;

fn own(network: Option<&str>) -> LocalNetwork {
    LocalNetwork {
        private_network_name: network.map(str::to_owned),
        enable_ipv6: false,
        ..LocalNetwork::default()
    }
}

/// `daemon->addr()` and `ConnectSinful` of `condor_ping` 25.14.1 with NETWORK_INTERFACE = 127.0.0.1 (so without IPv6),
/// from its log: address, whether PRIVATE_NETWORK_NAME = n, the two strings.
const REAL: [(&str, bool, &str, &str); 18] = [
    (
        "<127.0.0.1:39718>",
        false,
        "<127.0.0.1:39718>",
        "<127.0.0.1:39718>",
    ),
    (
        "<127.0.0.1:39718?>",
        false,
        "<127.0.0.1:39718?>",
        "<127.0.0.1:39718?>",
    ),
    (
        "<127.0.0.01:39718>",
        false,
        "<127.0.0.01:39718>",
        "<127.0.0.01:39718>",
    ),
    (
        "<127.0.0.1:39718?alias=localhost>",
        false,
        "<127.0.0.1:39718?alias=localhost>",
        "<127.0.0.1:39718?alias=localhost>",
    ),
    (
        "<127.0.0.1:39718?noUDP&alias=b%2fc>",
        false,
        "<127.0.0.1:39718?noUDP&alias=b%2fc>",
        "<127.0.0.1:39718?noUDP&alias=b%2fc>",
    ),
    (
        "<127.0.0.1:39718?alias=a;alias=b>",
        false,
        "<127.0.0.1:39718?alias=a;alias=b>",
        "<127.0.0.1:39718?alias=a;alias=b>",
    ),
    (
        "<127.0.0.1:39718?sock=abc>",
        false,
        "<127.0.0.1:39718?sock=abc>",
        "<127.0.0.1:39718?sock=abc>",
    ),
    (
        "<127.0.0.1:39718?CCBID=>",
        false,
        "<127.0.0.1:39718?CCBID=>",
        "<127.0.0.1:39718?CCBID=>",
    ),
    (
        "<127.0.0.1:39718?alias=z&addrs=127.0.0.1-39718&Zed=1>",
        false,
        "<127.0.0.1:39718?alias=z&addrs=127.0.0.1-39718&Zed=1>",
        "<127.0.0.1:39718?Zed=1&addrs=127.0.0.1-39718&alias=z>",
    ),
    (
        "<127.0.0.1:1?addrs=127.0.0.1-39718&alias=vm>",
        false,
        "<127.0.0.1:1?addrs=127.0.0.1-39718&alias=vm>",
        "<127.0.0.1:39718?addrs=127.0.0.1-39718&alias=vm>",
    ),
    (
        "<127.0.0.1:1?addrs=[--1]-39718+127.0.0.1-39718&alias=vm>",
        false,
        "<127.0.0.1:1?addrs=[--1]-39718+127.0.0.1-39718&alias=vm>",
        "<127.0.0.1:39718?addrs=[--1]-39718+127.0.0.1-39718&alias=vm>",
    ),
    (
        "<127.0.0.1:39718?addrs=[--1]-9>",
        false,
        "<127.0.0.1:39718?addrs=[--1]-9>",
        "<127.0.0.1:39718?addrs=[--1]-9>",
    ),
    (
        "<127.0.0.2:1?PrivNet=n&PrivAddr=%3c127.0.0.1:39718%3e>",
        true,
        "<127.0.0.1:39718>",
        "<127.0.0.1:39718>",
    ),
    (
        "<127.0.0.2:1?PrivNet=n&PrivAddr=127.0.0.1:39718&alias=foo>",
        true,
        "<127.0.0.1:39718?alias=foo>",
        "<127.0.0.1:39718?alias=foo>",
    ),
    (
        "<127.0.0.2:1?PrivNet=n&PrivAddr=%3c127.0.0.1:39718%3falias%3dbar%3e&alias=foo>",
        true,
        "<127.0.0.1:39718?alias=bar>",
        "<127.0.0.1:39718?alias=bar>",
    ),
    (
        "<127.0.0.1:39718?PrivNet=n&CCBID=127.0.0.1:9618%3faddrs%3d127.0.0.1-9618#1>",
        true,
        "<127.0.0.1:39718?PrivNet=n>",
        "<127.0.0.1:39718?PrivNet=n>",
    ),
    (
        "<127.0.0.1:39718?PrivNet=N&alias=z>",
        true,
        "<127.0.0.1:39718?PrivNet=N&alias=z>",
        "<127.0.0.1:39718?PrivNet=N&alias=z>",
    ),
    (
        "<127.0.0.1:39718?zz=1&PrivNet=n>",
        true,
        "<127.0.0.1:39718?PrivNet=n&zz=1>",
        "<127.0.0.1:39718?PrivNet=n&zz=1>",
    ),
];

#[test]
fn says_htcondors_strings() {
    for (given, on_network, addr, connect_addr) in REAL {
        let sinful = Sinful::parse(given).unwrap();
        let own = own(on_network.then_some("n"));
        assert_eq!(sinful.daemon_addr(&own).unwrap().given(), addr);
        assert_eq!(sinful.connect_addr(&own).unwrap(), connect_addr, "{given}");
        assert_eq!(
            sinful.route(&own).unwrap().connect_addr,
            connect_addr,
            "{given}"
        );
    }
}

#[test]
fn names_collectors_as_pool_does() {
    let ip = Some("127.0.0.1".parse().unwrap());
    for (given, addr) in [
        ("127.0.0.1:39718", "<127.0.0.1:39718>"),
        ("localhost:39718", "<127.0.0.1:39718?alias=localhost>"),
        ("<localhost:39718>", "<127.0.0.1:39718?alias=localhost>"),
        ("[::1]:39718", "<[::1]:39718>"),
        ("127.0.0.1", "<127.0.0.1:9618>"),
        ("127.0.0.1:39718?noUDP", "<127.0.0.1:39718?noUDP>"),
    ] {
        assert_eq!(
            Sinful::parse(given).unwrap().as_collector(9618, ip).given(),
            addr
        );
    }
}

fn order(text: &str, own: &LocalNetwork) -> String {
    let route = Sinful::parse(text).unwrap().route(own).unwrap();
    let hosts = route
        .candidates
        .iter()
        .map(|candidate| match &candidate.host {
            Host::Ip(ip) => format!("{ip}:{}", candidate.port),
            Host::Name(name) => format!("{name}:{}", candidate.port),
        });
    hosts.collect::<Vec<_>>().join(" ")
}

#[test]
fn orders_candidates_as_htcondor_would() {
    let both = LocalNetwork::default();
    let listed = "<h:1?addrs=127.0.0.1-1+[fe80--1]-2+10.0.0.1-3+[2001-db8--1]-4+192.0.2.1-5+[fd00--1]-6+169.254.0.1-7>";
    assert_eq!(
        order(listed, &both),
        "192.0.2.1:5 2001:db8::1:4 10.0.0.1:3 fd00::1:6 169.254.0.1:7 127.0.0.1:1 fe80::1:2"
    );
    let v6_first = LocalNetwork {
        prefer_outbound_ipv4: false,
        ..both.clone()
    };
    assert_eq!(
        order("<h:1?addrs=192.0.2.1-5+[2001-db8--1]-4>", &v6_first),
        "2001:db8::1:4 192.0.2.1:5"
    );
    let as_listed = LocalNetwork {
        ignore_target_protocol_preference: false,
        ..both.clone()
    };
    assert_eq!(
        order("<h:1?addrs=[2001-db8--1]-4+192.0.2.1-5>", &as_listed),
        "2001:db8::1:4 192.0.2.1:5"
    );
    assert_eq!(order("<h:1?addrs=[2001-db8--1]-4>", &own(None)), "h:1");
    assert_eq!(order("<h:1?sock=s>", &both), "h:1");
}

#[test]
fn a_broker_is_named_and_nothing_dialled() {
    let text =
        "<10.0.0.1:9618?CCBID=192.0.2.9:9618%3fsock%3dcollector#7%20192.0.2.8:9618#8&PrivNet=lan>";
    let refusal = Sinful::parse(text)
        .unwrap()
        .route(&LocalNetwork::default())
        .unwrap_err();
    let brokers = vec![
        "192.0.2.9:9618?sock=collector".to_owned(),
        "192.0.2.8:9618".to_owned(),
    ];
    assert_eq!(
        refusal,
        RouteRefusal::NeedsBroker {
            brokers,
            network: Some("lan".to_owned())
        }
    );
    let message = refusal.to_string();
    assert!(
        message.contains("192.0.2.9:9618?sock=collector, 192.0.2.8:9618"),
        "{message}"
    );
    assert!(message.contains("PRIVATE_NETWORK_NAME = lan"), "{message}");
    assert!(
        Sinful::parse(text)
            .unwrap()
            .route(&own(Some("lan")))
            .is_ok()
    );
}

#[test]
fn an_address_without_a_port_is_refused() {
    for text in [
        "<h>",
        "<h:>",
        "<h:0>",
        "<h:0?sock=s>",
        "<h:0?addrs=127.0.0.1-1>",
        "<h:1?addrs=127.0.0.1-0>",
    ] {
        let refusal = Sinful::parse(text).unwrap().route(&own(None)).unwrap_err();
        assert!(matches!(refusal, RouteRefusal::NoPort { .. }), "{text}");
    }
    let broken = Sinful::parse("<h:1?PrivNet=n&PrivAddr=x:y>")
        .unwrap()
        .route(&own(Some("n")))
        .unwrap_err();
    assert!(matches!(broken, RouteRefusal::BadPrivateAddr { .. }));
}
