//! Our test peer with the collector's policy, in this process.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use countersign::config::{Config, Sources};
use countersign::core::authz::{PeerNames, Policy};
use countersign::core::effect::{LookUpPeer, PeerFacts};
use countersign::effects::Performers;
use countersign::peer::PeerHandle;
use countersign::settings::{Host, PeerSettings};

use super::{COMMON, HOSTS};
use crate::roots::{Release, Roots};

/// Starts it. It knows the host names of the roots, not this machine's.
pub(super) async fn start(roots: &Roots, ipv6: bool, policy: Policy) -> Result<PeerHandle, String> {
    let keys = roots.root(Release::Newest).join("etc/condor/passwords.d");
    let text = format!(
        "{COMMON}SEC_PASSWORD_DIRECTORY = {keys}\nSEC_TOKEN_POOL_SIGNING_KEY_FILE = {keys}/POOL\n",
        keys = keys.display()
    );
    let sources = Sources::text("condor_config", text).subsystem("COLLECTOR");
    let config = Config::load(&sources).map_err(|error| error.to_string())?;
    let mut settings = PeerSettings::from_config(&config, &Host::detect("COLLECTOR"))
        .map_err(|error| error.to_string())?;
    settings.policy = policy;
    let ip: IpAddr = if ipv6 {
        Ipv6Addr::LOCALHOST.into()
    } else {
        Ipv4Addr::LOCALHOST.into()
    };
    countersign::Peer::builder()
        .settings(settings)
        .listen((ip, 0).into())
        .performers(Performers::default().with(|request: LookUpPeer| known(request.0).into()))
        .start()
        .await
        .map_err(|error| error.to_string())
}

fn known(ip: IpAddr) -> PeerFacts {
    let named = HOSTS.iter().find(|(known, _)| known.parse() == Ok(ip));
    let names = named.map_or(&[][..], |(_, names)| names);
    PeerFacts {
        names: PeerNames::Confirmed(names.iter().map(|name| (*name).to_owned()).collect()),
        local: Some(true),
    }
}
