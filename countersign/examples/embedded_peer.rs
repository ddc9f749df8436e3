//! A peer inside a test of one's own program: a policy in code, a command with a handler, and what
//! was decided. Nothing of this host's configuration is read.

#![allow(clippy::print_stdout)]

use std::time::Duration;

use countersign::config::{Config, Sources};
use countersign::core::names::{Command, Level};
use countersign::core::policy::LevelSettings;
use countersign::core::sinful::Sinful;
use countersign::peer::Call;
use countersign::settings::Host;
use countersign::{Client, Peer, PeerBuilder, Sessions, Settings, Target};

/// A command of this program's own.
const GREET: i32 = 77_001;
const TIMEOUT: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // CLAIMTOBE believes what it is told: good for a test on loopback, and for nothing else.
    let peer = Peer::builder()
        .every_level(LevelSettings {
            methods: vec!["CLAIMTOBE".into()],
            ..PeerBuilder::careful()
        })
        .uid_domain("test.example")
        .allow(Level::Write, "alice@test.example")
        .command(
            Command::new(GREET, "GREET", Level::Write),
            TIMEOUT,
            |mut call: Call| async move {
                let greeting = format!("hello, {}", call.caller().identity.user);
                let answer = call.encoder().string(&greeting).finish();
                if let Err(error) = call.send(&answer).await {
                    println!("the caller went away: {error}");
                }
            },
        )
        .start()
        .await?;

    let target = Target::typed(Sinful::parse(peer.address())?);
    for user in ["alice", "mallory"] {
        let client = client(user)?;
        let opened = client
            .open(&target, GREET, None, Sessions::Fresh, TIMEOUT)
            .await;
        match opened.result {
            Ok(mut connection) => {
                let answer = connection.receive().await?;
                println!("{}", answer.decoder().string("the greeting", 1000)?);
            }
            Err(failure) => println!("{user}: {failure}"),
        }
    }
    for occurrence in peer.decisions() {
        println!("--- {}", occurrence.trace);
    }
    peer.shutdown().await;
    Ok(())
}

/// A client that says it is this user.
fn client(user: &str) -> Result<Client, Box<dyn std::error::Error>> {
    let text = format!(
        "UID_DOMAIN = test.example\nSEC_CLAIMTOBE_USER = {user}\nALLOW_CLIENT = *\n\
         SEC_CLIENT_AUTHENTICATION_METHODS = CLAIMTOBE\n"
    );
    let config = Config::load(&Sources::text("the example's settings", text))?;
    let host = Host::bare("TOOL");
    Ok(Client::new(Settings::from_config(&config, &host)?))
}
