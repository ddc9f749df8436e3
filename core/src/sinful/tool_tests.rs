use super::*;

/// What `condor_ping` 25.14.1 does with each argument of `-address`, as run against a collector on that port.
const REAL: [(&str, bool); 24] = [
    ("<127.0.0.1:39718>", true),
    ("<127.0.0.1:39718?>", true),
    ("<127.0.0.01:39718>", true),
    ("<127.0.0.1:039718>", true),
    ("<127.0.0.1:39718?noUDP&alias=b%2fc>", true),
    ("<127.0.0.1:39718?alias=a;alias=b>", true),
    ("<127.0.0.1:>", true),       // then "failed to make connection to (null)"
    ("<127.0.0.1:abc>", true),    // the same
    ("<127.0.0.1:39718>x", true), // then it crashes
    ("<127.0.0.1.:39718>", true), // the same
    ("<[::1]:39718>", true),
    ("<[127.0.0.1]:39718>", false),
    ("127.0.0.1:39718", false),
    ("127.0.0.1", false),
    ("localhost:39718", false),
    ("localhost", false),
    ("<localhost:39718>", false),
    ("[::1]:39718", false),
    ("::1", false),
    ("<127.0.0.1>", false),
    ("<127.0.0.1:39718", false),
    (" <127.0.0.1:39718>", false),
    ("<127.0.0:39718>", false),
    ("<127.0.0.256:39718>", false),
];

#[test]
fn takes_the_addresses_that_the_real_tool_takes() {
    for (text, taken) in REAL {
        assert_eq!(is_tool_address(text), taken, "{text}");
    }
    for text in ["", "<>", "<:39718>", "<[::1]>", "{[ p=\"primary\"; ]}"] {
        assert!(!is_tool_address(text), "{text}");
    }
}

#[test]
fn refuses_in_the_real_tools_words() {
    let refused = Sinful::from_tool_argument("localhost:9618").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "unable to parse sinful string: localhost:9618"
    );
    assert!(matches!(
        refused,
        ToolAddressError::Refused { why: None, .. }
    ));
    let broken = Sinful::from_tool_argument("<127.0.0.1:1?alias=%zz>").unwrap_err();
    assert!(matches!(broken, ToolAddressError::Broken { .. }));
}

#[test]
fn names_the_daemon_as_the_real_tool_does() {
    let own = LocalNetwork {
        private_network_name: Some("n".to_owned()),
        ..LocalNetwork::default()
    };
    for (given, shown) in [
        ("<127.0.0.1:39718>", "daemon at <127.0.0.1:39718>"),
        (
            "<127.0.0.1:39718?alias=localhost>",
            "daemon at <127.0.0.1:39718>",
        ),
        (
            "<127.0.0.1:1?addrs=127.0.0.1-39718&alias=vm>",
            "daemon at <127.0.0.1:1>",
        ),
        ("<127.0.0.01:039718>", "daemon at <127.0.0.01:039718>"),
        (
            "<[0:0::1]:39720?alias=x&addrs=[--1]-39720>",
            "daemon at <[0:0::1]:39720>",
        ),
        (
            "<127.0.0.2:1?PrivNet=n&PrivAddr=%3c127.0.0.1:39718%3e>",
            "daemon at <127.0.0.1:39718>",
        ),
        (
            "<127.0.0.2:1?PrivNet=N&PrivAddr=%3c127.0.0.1:39718%3e>",
            "daemon at <127.0.0.2:1>",
        ),
    ] {
        assert_eq!(
            Sinful::from_tool_argument(given)
                .unwrap()
                .id_str("daemon", &own)
                .unwrap(),
            shown
        );
    }
}
