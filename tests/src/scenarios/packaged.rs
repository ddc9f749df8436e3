//! What a user gets who installs the packages and changes nothing but the names of the domains.

use crate::daemon::Kind;
use crate::run::User;
use crate::scenario::{IPV4, Scenario, Target, View};

const DEFAULTS: &str = "\
include : /etc/condor/condor_config
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
CONDOR_HOST = 127.0.0.1
";

fn packaged(name: &str, user: User) -> Scenario {
    let target = Target::Real(Kind::Collector, format!("{DEFAULTS}{IPV4}"));
    let mut scenario = Scenario::new(format!("packaged/{name}"))
        .target(target)
        .user(user);
    DEFAULTS.clone_into(&mut scenario.client);
    scenario
}

/// The client's configuration is the packaged one itself.
fn untouched(name: &str, user: User) -> Scenario {
    let mut scenario = packaged(&format!("untouched-{name}"), user);
    "/etc/condor/condor_config".clone_into(&mut scenario.client);
    scenario
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let every = [
        View::Table,
        View::Verbose,
        View::Sentence,
        View::Quiet,
        View::Long,
    ];
    let unbound = "SEC_FS_ENFORCE_CHANNEL_BINDING = False";
    vec![
        packaged("root", User::Root).views(&every),
        packaged("alice", User::Alice).views(&every),
        packaged("bob", User::Bob).views(&every),
        untouched("root", User::Root).views(&every),
        untouched("alice", User::Alice).views(&every),
        untouched("bob", User::Bob).views(&every),
        packaged("root-without-pool-key", User::Root).client("SEC_PASSWORD_DIRECTORY = @AREA@"),
        packaged("root-unbound-fs", User::Root).client(unbound),
        packaged("alice-unbound-fs", User::Alice).client(unbound),
        packaged("bob-unbound-fs", User::Bob).client(unbound),
    ]
}
