//! Orders of methods in memory, GSI among them: each fails for a reason of its own, until the last.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::any::TypeId;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign::config::{Config, Sources};
use countersign::core::PROTOCOL_VERSION;
use countersign::core::client::{ClientConfig, DC_SEC_QUERY, Request};
use countersign::core::effect::{EffectAnswer, EffectRequest, LookUpPeer, PeerFacts};
use countersign::core::identity::{Mapper, NoMapper};
use countersign::core::method::Registry;
use countersign::core::names::{CommandTable, Level};
use countersign::core::server::ServerConfig;
use countersign::core::trace::{AddressSource, Event, Trace, Verdict};
use countersign::methods::anonymous::Anonymous;
use countersign::methods::claimtobe::{ClaimToBe, OwnUserName};
use countersign::methods::fs::{DirectoryFailure, Fs, InspectDirectory, MakeDirectory, TryName};
use countersign::methods::gsi_stub::{AssertedSubject, Met, Sides, meet};
use countersign::methods::idtokens::IdTokens;
use countersign::methods::scitokens::Scitokens;
use countersign::settings::{Host, PeerSettings};
use countersign::{MapfileMapper, Settings, SystemEntropy};

const JANE: &str = "/DC=org/DC=example/CN=Jane Roe";

const MAP: &str = r#"IDTOKENS /^jane@pool.example$/ token@pool.example
SCITOKENS "^https://issuer.example,jane$" scitoken@pool.example
FS ^jane$ fs@pool.example
GSI "(/CN=[-.A-Za-z0-9/= ]+)" gsi@pool.example
ANONYMOUS .* anonymous@pool.example
"#;

/// A mapfile that goes with the test.
struct Map(PathBuf);

impl Map {
    fn new(name: &str) -> Self {
        let file = format!("countersign-orders-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(file);
        std::fs::write(&path, MAP).unwrap();
        Self(path)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn config(subsystem: &str, order: &str, map: &Path) -> Config {
    let text = format!(
        "UID_DOMAIN = pool.example\nTRUST_DOMAIN = pool.example\nALLOW_CLIENT = *\n\
         SEC_DEFAULT_AUTHENTICATION = REQUIRED\nSEC_DEFAULT_AUTHENTICATION_METHODS = {order}\n\
         CERTIFICATE_MAPFILE = {}\nALLOW_READ = *@pool.example\nALLOW_WRITE = gsi@pool.example\n\
         ALLOW_DAEMON = gsi@pool.example\nDENY_DAEMON = gsi@pool.example\n\
         ALLOW_ADVERTISE_STARTD = fs@pool.example\n",
        map.display()
    );
    let sources = Sources::text("a test", text).subsystem(subsystem);
    Config::load(&sources).unwrap()
}

/// This side's system: names can be looked up, directories cannot be made, and nothing else is had.
fn answer(request: EffectRequest) -> EffectAnswer {
    let kind = request.kind();
    let full = || DirectoryFailure::System {
        call: "mkdir",
        errno: 28,
        text: "No space left on device".into(),
    };
    if kind == TypeId::of::<LookUpPeer>() {
        EffectAnswer::new::<LookUpPeer>(PeerFacts {
            names: countersign::core::authz::PeerNames::Confirmed(Vec::new()),
            local: Some(true),
        })
    } else if kind == TypeId::of::<TryName>() {
        EffectAnswer::new::<TryName>(Ok(()))
    } else if kind == TypeId::of::<MakeDirectory>() {
        EffectAnswer::new::<MakeDirectory>(Err(full()))
    } else if kind == TypeId::of::<InspectDirectory>() {
        EffectAnswer::new::<InspectDirectory>(Err(full()))
    } else if kind == TypeId::of::<OwnUserName>() {
        EffectAnswer::new::<OwnUserName>(Err("uid 4711 has no name".into()))
    } else {
        EffectAnswer::unperformed()
    }
}

/// Both ends have this order; the client asks about a level.
fn run(order: &str, map: &Map, subjects: (&str, &str), level: Level) -> Met {
    let host = Host::bare("TOOL");
    let settings = Settings::from_config(&config("TOOL", order, &map.0), &host).unwrap();
    let host = Host::bare("COLLECTOR");
    let peer = PeerSettings::from_config(&config("COLLECTOR", order, &map.0), &host).unwrap();
    let mapper: Arc<dyn Mapper> =
        Arc::new(MapfileMapper::read(peer.mapfile.as_ref().unwrap()).unwrap());
    let client = ClientConfig {
        registry: Registry::default()
            .with(IdTokens::new(settings.idtokens.clone()))
            .with(Scitokens::new(settings.ssl))
            .with(Fs::new(settings.fs))
            .with(ClaimToBe::new(settings.claimtobe.clone()))
            .with(Anonymous),
        settings: settings.client,
        allow: settings.allow,
        deny: settings.deny,
        mapper: Arc::new(NoMapper),
        uid_domain: settings.uid_domain,
    };
    let server = ServerConfig {
        registry: peer.methods.registry(&mapper),
        settings: peer.levels,
        commands: CommandTable::collector(),
        policy: peer.policy,
        mapper,
        trust_domain: Some("pool.example".into()),
        uid_domain: peer.uid_domain,
        version: PROTOCOL_VERSION.to_owned(),
        subsystem: "COLLECTOR".into(),
        host_name: "localhost".into(),
        process_id: 1,
    };
    let request = Request {
        command: DC_SEC_QUERY,
        auth_command: level.sample_command(),
        given_address: "<127.0.0.1:9618>".into(),
        named_by: AddressSource::Typed,
        shared_port_id: None,
        peer: "127.0.0.1:9618".parse().unwrap(),
        local: "127.0.0.1:40000".parse().unwrap(),
        servers_checked: Default::default(),
    };
    let subject = |name| AssertedSubject::new(name).unwrap();
    meet(Sides {
        client,
        server,
        request,
        subjects: (subject(subjects.0), subject(subjects.1)),
        now: 1_800_000_000,
        entropy: (&mut SystemEntropy, &mut SystemEntropy),
        client_effects: &mut answer,
        server_effects: &mut answer,
    })
}

/// The method and the words of every failure.
fn failures(trace: &Trace) -> Vec<(&'static str, String)> {
    let failed = |event: &Event| match event {
        Event::Method { method, event } if event.verdict() == Verdict::Failed => {
            Some((method.canonical, event.to_string()))
        }
        _ => None,
    };
    trace.iter().filter_map(failed).collect()
}

#[test]
fn gsi_is_the_last_resort_at_every_level() {
    let map = Map::new("gsi");
    for level in Level::ALL {
        if level.sample_command().is_none() {
            continue;
        }
        let met = run("IDTOKENS, SCITOKENS, FS, GSI", &map, (JANE, JANE), level);
        let story = format!("{level:?}\n{}\n{}", met.client_trace, met.server_trace);
        match level {
            // Nobody need authenticate for that, and HTCondor's server does not ask for it.
            Level::Allow => continue,
            Level::Read | Level::Write => {
                let caller = met.caller().unwrap_or_else(|| panic!("{story}"));
                assert_eq!(caller.identity.user, "gsi@pool.example", "{story}");
                assert_eq!(caller.method.unwrap().canonical, "GSI");
                assert_eq!(caller.authenticated_name.as_deref(), Some(JANE));
                assert!(
                    caller.identity.reason.to_string().contains("line 4"),
                    "{story}"
                );
                assert!(met.client.is_ok(), "{story}");
            }
            _ => {
                assert!(met.caller().is_none(), "{story}");
                assert!(story.contains("gsi@pool.example"), "{story}");
                assert!(story.contains("DENIED"), "{story}");
            }
        }
        let tried: Vec<_> = failures(&met.client_trace)
            .iter()
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(tried, ["IDTOKENS", "SCITOKENS", "FS"], "{story}");
        assert!(
            met.client_trace
                .to_string()
                .contains("the server picked GSI"),
            "{story}"
        );
    }
}

#[test]
fn five_fail_each_for_a_reason_of_its_own_and_the_last_comes_through() {
    let map = Map::new("six");
    let order = "SCITOKENS, CLAIMTOBE, IDTOKENS, FS, GSI, ANONYMOUS";
    let met = run(order, &map, (JANE, "/CN=Somebody Else"), Level::Read);
    let story = format!("{}\n{}", met.client_trace, met.server_trace);
    let caller = met.caller().unwrap_or_else(|| panic!("{story}"));
    assert_eq!(caller.identity.user, "anonymous@pool.example");
    let mut failed = failures(&met.client_trace);
    let tried: Vec<_> = failed.iter().map(|(name, _)| *name).collect();
    // What cannot work here is known before the others are tried.
    assert_eq!(
        tried,
        ["IDTOKENS", "SCITOKENS", "CLAIMTOBE", "FS", "GSI"],
        "{story}"
    );
    failed.sort_by(|one, other| one.1.cmp(&other.1));
    failed.dedup_by(|one, other| one.1 == other.1);
    assert_eq!(failed.len(), 5, "two have the same reason: {story}");
    for (method, words) in [
        ("CLAIMTOBE", "uid 4711 has no name"),
        ("FS", "No space left on device"),
        ("GSI", "another subject"),
    ] {
        let said = |(name, text): &(&str, String)| *name == method && text.contains(words);
        assert!(
            failed.iter().any(said),
            "{method} does not say {words:?}: {story}"
        );
    }
    assert!(
        failures(&met.server_trace)
            .iter()
            .any(|(_, text)| text.contains(JANE) && text.contains("/CN=Somebody Else")),
        "{story}"
    );
}

/// On a connection GSI's bit never leaves: it is struck, and its place in the list is said.
#[tokio::test]
async fn on_a_connection_it_is_struck() {
    use countersign::core::sinful::Sinful;
    use countersign::{Client, Peer, Target};
    let map = Map::new("tcp");
    let order = "FS, GSI, CLAIMTOBE";
    let reason = "GSI: HTCondor no longer has GSI and removes it from the list before offering; \
                  this host's list still names it, after FS";
    let host = Host::bare("COLLECTOR");
    let settings = PeerSettings::from_config(&config("COLLECTOR", order, &map.0), &host).unwrap();
    let peer = Peer::builder().settings(settings).start().await.unwrap();
    let settings =
        Settings::from_config(&config("TOOL", order, &map.0), &Host::bare("TOOL")).unwrap();
    let client = Client::builder(settings)
        .performer(|_: MakeDirectory| Err(DirectoryFailure::Unperformed).into())
        .performer(|_: OwnUserName| Ok("jane".to_owned()).into())
        .build();
    let target = Target::typed(Sinful::parse(peer.address()).unwrap());
    let command = Level::Read.sample_command().unwrap();
    let soon = std::time::Duration::from_secs(10);
    let attempt = client.sec_query(&target, command, soon).await;
    assert!(attempt.result.unwrap().succeeded, "{}", attempt.trace);
    let masks: Vec<u32> = attempt
        .trace
        .iter()
        .filter_map(|event| match event {
            Event::MaskSent { mask } => Some(*mask),
            _ => None,
        })
        .collect();
    assert_eq!(masks, [4 | 2, 2]);
    let served: String = peer
        .decisions()
        .iter()
        .map(|one| one.trace.to_string())
        .collect();
    for trace in [attempt.trace.to_string(), served] {
        assert!(trace.contains(reason), "{trace}");
    }
    peer.shutdown().await;
}
