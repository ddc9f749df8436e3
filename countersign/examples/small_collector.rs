//! A collector of two machines, for `condor_status -pool`: `small_collector [ADDRESS]`.
//!
//! Who may ask is what the configuration says (CONDOR_CONFIG, as a collector reads it). The answer to
//! a query is one message: a 1 and an ad, as often as there are ads, and a 0.

#![allow(clippy::print_stdout)]

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use countersign::Peer;
use countersign::classad::{ClassAd, Expression, Scope, Value};
use countersign::core::names::CommandTable;
use countersign::core::wire::AdLimits;
use countersign::peer::{Call, CallError};
use countersign::settings::{Environment, Host, PeerSettings, load_config};

/// The queries for machines that tools send: QUERY_STARTD_ADS, QUERY_ANY_ADS, QUERY_MULTIPLE_ADS.
const QUERIES: [&str; 3] = ["QUERY_STARTD_ADS", "QUERY_ANY_ADS", "QUERY_MULTIPLE_ADS"];
const TIMEOUT: Duration = Duration::from_secs(20);

/// Bounds on a query: it holds expressions.
const QUERY: AdLimits = AdLimits {
    attributes: 500,
    attribute_len: 64 * 1024,
    literals_only: false,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = match std::env::args().nth(1) {
        Some(address) => address.parse()?,
        None => "127.0.0.1:0".parse()?,
    };
    let host = Host::detect("COLLECTOR");
    let config = load_config(&Environment::of_process(), &host)?;
    let mut builder = Peer::builder()
        .settings(PeerSettings::from_config(&config, &host)?)
        .listen(address);
    // Level and the rest as a real collector has them.
    let table = CommandTable::collector();
    for command in table.iter().filter(|known| QUERIES.contains(&&*known.name)) {
        builder = builder.command(command.clone(), TIMEOUT, |mut call: Call| async move {
            if let Err(error) = answer(&mut call).await {
                println!("{} was not answered: {error}", call.peer());
            }
        });
    }
    let peer = builder.start().await?;
    println!("{}", peer.address());
    tokio::signal::ctrl_c().await?;
    peer.shutdown().await;
    Ok(())
}

/// Reads the query and sends the machines that it asks for.
async fn answer(call: &mut Call) -> Result<(), CallError> {
    let query = call.receive().await?.decoder().ad("the query", QUERY)?;
    let mut message = call.encoder();
    for machine in machines().iter().filter(|machine| wanted(&query, machine)) {
        message = message.int(1).ad(machine);
    }
    call.send(&message.int(0).finish()).await
}

/// Whether a machine meets the query's Requirements.
fn wanted(query: &ClassAd, machine: &ClassAd) -> bool {
    let Some(requirements) = query.get("Requirements") else {
        return true;
    };
    let Ok(requirements) = Expression::from_attribute(requirements) else {
        return false;
    };
    let scope = Scope::new(query, now()).with_target(machine);
    match requirements.evaluate(&scope) {
        Ok(Value::Boolean(wanted)) => wanted,
        Ok(Value::Integer(number)) => number != 0,
        _ => false,
    }
}

fn machines() -> Vec<ClassAd> {
    let machine = |name: &str, state: &str, activity: &str, load: f64| {
        let mut ad = ClassAd::new();
        ad.insert("MyType", "Machine");
        ad.insert("TargetType", "Job");
        ad.insert("Name", format!("slot1@{name}").as_str());
        ad.insert("Machine", name);
        ad.insert("MyAddress", "<127.0.0.1:9>");
        ad.insert("OpSys", "LINUX");
        ad.insert("Arch", "X86_64");
        ad.insert("State", state);
        ad.insert("Activity", activity);
        ad.insert("LoadAvg", Value::Real(load));
        ad.insert("CondorLoadAvg", Value::Real(load));
        ad.insert("Memory", 2048_i64);
        ad.insert("Cpus", 4_i64);
        ad.insert("SlotID", 1_i64);
        let since = i64::try_from(now()).unwrap_or_default();
        ad.insert("MyCurrentTime", since);
        ad.insert("EnteredCurrentActivity", since - 60);
        ad
    };
    vec![
        machine("one.pool.example", "Unclaimed", "Idle", 0.25),
        machine("two.pool.example", "Claimed", "Busy", 3.5),
    ]
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
