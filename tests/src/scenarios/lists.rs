//! Who may do what: ALLOW and DENY on both sides.

use crate::run::User;
use crate::scenario::Scenario;

fn case(name: &str) -> Scenario {
    Scenario::new(format!("lists/{name}")).both("SEC_DEFAULT_AUTHENTICATION = REQUIRED")
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let fs = "SEC_DEFAULT_AUTHENTICATION_METHODS = FS, CLAIMTOBE";
    vec![
        case("deny-write").server("DENY_WRITE = alice@pool.example"),
        case("deny-read").server("DENY_READ = *"),
        case("deny-daemon").server("DENY_DAEMON = alice@*"),
        case("deny-somebody-else").server("DENY_WRITE = bob@pool.example\nDENY_DAEMON = *@elsewhere.example"),
        case("deny-the-host").server("DENY_ADMINISTRATOR = 127.0.0.1"),
        case("allow-by-name").server("ALLOW_WRITE = alice@pool.example\nALLOW_DAEMON = condor@*"),
        case("allow-by-name-and-host").server("ALLOW_WRITE = alice@pool.example/127.0.0.1\nALLOW_CONFIG = alice@*/10.0.0.1"),
        case("allow-by-network").server("ALLOW_WRITE = 127.0.0.0/8\nALLOW_CONFIG = 192.168.0.0/255.255.0.0, 10.*"),
        case("allow-by-host-name").server("ALLOW_WRITE = localhost\nALLOW_CONFIG = elsewhere.example"),
        case("allow-in-capitals").server("ALLOW_WRITE = ALICE@POOL.EXAMPLE\nALLOW_DAEMON = LOCALHOST"),
        case("allow-nobody").server("ALLOW_CONFIG = \nALLOW_NEGOTIATOR ="),
        case("allow-default").server(
            "ALLOW_WRITE =\nALLOW_DEFAULT = alice@pool.example\nDENY_DEFAULT = bob@pool.example",
        ),
        case("implied-by-daemon").server("ALLOW_READ = bob@*\nALLOW_WRITE = bob@*\nALLOW_DAEMON = alice@*"),
        case("implied-by-write").server("ALLOW_READ = bob@*\nALLOW_DAEMON = bob@*"),
        case("of-the-collector").server("ALLOW_WRITE_COLLECTOR = bob@*\nCOLLECTOR.DENY_CONFIG = *"),
        case("allow-by-netgroup").server("ALLOW_WRITE = +people\nALLOW_CONFIG = +nobody-there\nALLOW_DAEMON = +both"),
        case("allow-by-netgroup-of-hosts").server("ALLOW_DAEMON = +hosts\nALLOW_CONFIG = +people/127.0.0.1"),
        case("deny-by-netgroup").server("DENY_WRITE = +people\nDENY_READ = +nobody-there\nDENY_DAEMON = bob@*, +hosts"),
        case("netgroup-of-somebody-else").user(User::Root).server("ALLOW_WRITE = +people\nDENY_CONFIG = +people"),
        case("root-by-fs").user(User::Root).both(fs).client("SEC_FS_ENFORCE_CHANNEL_BINDING = False").server(
            "ALLOW_ADMINISTRATOR = condor@pool.example\nALLOW_CONFIG = root@*",
        ),
        case("root-by-pool-key").user(User::Root).server("ALLOW_DAEMON = condor@password\nALLOW_CONFIG = condor@pool.example"),
        case("unauthenticated").both("SEC_DEFAULT_AUTHENTICATION = NEVER").server(
            "ALLOW_DAEMON = alice@pool.example\nALLOW_WRITE = unauthenticated@unmapped\nALLOW_CONFIG = */127.0.0.1",
        ),
        case("client-allows").client("ALLOW_CLIENT = condor@password, unauthenticated@unmapped"),
        case("client-allows-netgroup").client("ALLOW_CLIENT = +people"),
        case("client-allows-other-netgroup").client("ALLOW_CLIENT = +nobody-there"),
        case("client-denies-netgroup").client("DENY_CLIENT = +hosts"),
        case("client-allows-host").client("ALLOW_CLIENT = 127.0.0.1"),
        case("client-allows-somebody-else").client("ALLOW_CLIENT = condor@pool.example"),
        case("client-denies").client("DENY_CLIENT = condor@password"),
        case("client-denies-host").client("DENY_CLIENT = 127.0.0.1"),
        case("client-denies-somebody-else").client("DENY_CLIENT = *@elsewhere.example"),
        case("client-allows-fs-server").client(
            "SEC_CLIENT_AUTHENTICATION_METHODS = FS\nSEC_FS_ENFORCE_CHANNEL_BINDING = False\nALLOW_CLIENT = unauthenticated@unmapped",
        ),
    ]
}
