//! Locates a daemon and prints its address, or why it was not found: `locate [-type T] [-name N] [-pool P]`.

#![allow(clippy::print_stdout)]

use countersign::settings::{Environment, Host, Settings, load_config};
use countersign::{Client, DEFAULT_TIMEOUT, DaemonKind, LocateRequest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut request = LocateRequest {
        kind: DaemonKind::Schedd,
        name: None,
        pool: None,
    };
    let mut words = std::env::args().skip(1);
    while let (Some(option), Some(value)) = (words.next(), words.next()) {
        match option.as_str() {
            "-type" => request.kind = DaemonKind::parse(&value).ok_or("no such type")?,
            "-name" => request.name = Some(value),
            "-pool" => request.pool = Some(value),
            other => return Err(format!("{other}: no such option").into()),
        }
    }
    let host = Host::detect("TOOL");
    let config = load_config(&Environment::of_process(), &host)?;
    let client = Client::new(Settings::from_config(&config, &host)?);
    let (trace, result) = client
        .locate(&config, &host, &request, DEFAULT_TIMEOUT)
        .await;
    print!("{trace}");
    let found = result?;
    println!(
        "{} {} ({})",
        found.id,
        found.target.address.given(),
        found.target.source
    );
    if let Some(version) = found.version {
        println!("{version}");
    }
    Ok(())
}
