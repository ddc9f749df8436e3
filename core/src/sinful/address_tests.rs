use super::*;
use proptest::prelude::*;

#[test]
fn parses_every_part() {
    let text = "<10.1.2.3:9618?CCBID=5.6.7.8:9618%3faddrs%3d5.6.7.8-9618#12%20cm.example:9618#3&PrivAddr=%3c192.168.0.9:9618%3e&PrivNet=lan&addrs=10.1.2.3-9618+[2001-db8--1]-9618&alias=ce.example&noUDP&sock=schedd_1_2&x-y=1>";
    let sinful = Sinful::parse(text).unwrap();
    assert_eq!(sinful.host(), Host::Ip("10.1.2.3".parse().unwrap()));
    assert_eq!(sinful.port(), Some(9618));
    let addrs: Vec<SocketAddr> = ["10.1.2.3:9618", "[2001:db8::1]:9618"]
        .iter()
        .map(|a| a.parse().unwrap())
        .collect();
    assert_eq!(sinful.addrs(), addrs);
    assert_eq!(sinful.alias(), Some("ce.example"));
    assert_eq!(sinful.shared_port_id(), Some("schedd_1_2"));
    assert_eq!(sinful.private_network(), Some("lan"));
    assert_eq!(sinful.private_addr(), Some("<192.168.0.9:9618>"));
    assert_eq!(
        sinful.brokers(),
        ["5.6.7.8:9618?addrs=5.6.7.8-9618", "cm.example:9618"]
    );
    assert!(sinful.no_udp());
    assert_eq!(sinful.param("x-y"), Some("1"));
    assert_eq!(sinful.to_string(), text);
    assert_eq!(sinful.without_params(), "<10.1.2.3:9618>");
}

#[test]
fn takes_what_htcondors_parser_takes_without_angle_brackets() {
    for (text, canonical) in [
        ("cm.example", "<cm.example>"),
        ("cm.example:9618", "<cm.example:9618>"),
        ("cm.example:9618?noUDP", "<cm.example:9618?noUDP>"),
        ("127.0.0.1", "<127.0.0.1>"),
        ("[::1]:9618", "<[::1]:9618>"),
        ("::1", "<[::1]>"),
        ("2001:db8::1", "<[2001:db8::1]>"),
        ("<[0:0::1]:09618>", "<[0:0::1]:09618>"),
    ] {
        assert_eq!(
            Sinful::parse(text).unwrap().to_string(),
            canonical,
            "{text}"
        );
    }
}

#[test]
fn writes_htcondors_own_form() {
    for (given, canonical) in [
        ("<h:1?>", "<h:1>"),
        ("<h:>", "<h>"),
        ("<h:1?b=2;a=1&&Z>", "<h:1?Z&a=1&b=2>"),
        ("<h:1?alias=a;alias=b>", "<h:1?alias=b>"),
        ("<h:1?alias=B%2Fc%41>", "<h:1?alias=B%2fcA>"),
        ("<h:1?alias=>", "<h:1?alias>"),
        ("<h:1?Alias=x>", "<h:1?Alias=x>"),
    ] {
        let sinful = Sinful::parse(given).unwrap();
        assert_eq!(sinful.to_string(), canonical);
        assert_eq!(sinful.given(), given);
    }
    assert_eq!(Sinful::parse("<h:1?Alias=x>").unwrap().alias(), None);
}

#[test]
fn refuses_what_is_broken_and_says_what() {
    let long = format!("<h:1?x={}>", "a".repeat(MAX_LENGTH));
    let params = format!("<h:1?{}>", "a&".repeat(MAX_PARAMS + 1));
    let addrs = format!("<h:1?addrs={}>", "1.2.3.4-5+".repeat(MAX_ADDRS + 1));
    for (text, error) in [
        ("", "\"\" is not a host"),
        ("<>", "\"\" is not a host"),
        ("<:1>", "\"\" is not a host"),
        ("a b:1", "\"a b\" is not a host"),
        ("<[127.0.0.1]:1>", "\"127.0.0.1\" is not a host"),
        ("<[fe80::1%eth0]:1>", "is not a host"),
        ("<[::1:9618>", "never closed"),
        ("<h:1", "does not end in '>'"),
        ("<h:1>x", "does not end in '>'"),
        ("<[::1]x:1>", "does not end in '>'"),
        ("<h:x>", "\"x\" is not a port"),
        ("<h:-1>", "\"-1\" is not a port"),
        ("<h:65536>", "\"65536\" is not a port"),
        ("<h:1?alias=%zz>", "hexadecimal"),
        ("<h:1?alias=%4>", "hexadecimal"),
        ("<h:1?a%4=b>", "hexadecimal"),
        ("<h:1?=x>", "no name"),
        ("<h:1?alias=%00>", "printable"),
        ("<h:1?alias=%c3%a9>", "printable"),
        ("<h:1?addrs=bogus>", "\"bogus\" in 'addrs'"),
        ("<h:1?addrs=1.2.3.4>", "in 'addrs'"),
        ("<h:1?addrs=1.2.3.4-99999>", "in 'addrs'"),
        ("<h:1?sock=../x>", "shared port id"),
        ("{[ p=\"primary\"; ]}", "list form"),
        (long.as_str(), "bytes long"),
        (params.as_str(), "more than 64 parameters"),
        (addrs.as_str(), "more than 64 addresses"),
    ] {
        let message = Sinful::parse(text).unwrap_err().to_string();
        assert!(message.contains(error), "{text:.60}: {message}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,80}") {
        let _ = Sinful::parse(&text);
        let _ = Sinful::parse(&format!("<{text}>"));
    }

    #[test]
    fn its_own_form_means_the_same(
        host in "([a-z]{1,8}|10\\.0\\.0\\.[1-9]|\\[2001:db8::[1-9]\\])",
        port in 0..=u16::MAX,
        params in proptest::collection::btree_map("[ -~]{1,8}", "[ -~]{0,12}", 0..6),
    ) {
        let params: BTreeMap<_, _> = params.into_iter().filter(|(name, _)| name != "addrs" && name != "sock").collect();
        let encoded = encode_params(&params);
        let question = if encoded.is_empty() { "" } else { "?" };
        let text = format!("<{host}:{port}{question}{encoded}>");
        let sinful = Sinful::parse(&text).unwrap();
        prop_assert_eq!(sinful.to_string(), text);
        prop_assert_eq!(sinful.params, params);
    }
}
