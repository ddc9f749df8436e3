//! A test peer for `benches/handshake`: settings from `CONDOR_CONFIG`, no log.
//!
//! It prints its address, and answers each line of its standard input with two numbers: of the latest decisions, which
//! it still knows, how many there are, and how many of them are DC_SEC_QUERY answered with yes to alice@pool.example, by the
//! method that its argument names, in that very handshake. It ends with its standard input.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use countersign::Peer;
use countersign::core::trace::{self, ServerEvent};
use countersign::peer::{Event, Occurrence};
use countersign::settings::{Environment, Host, PeerSettings, load_config};
use tokio::sync::mpsc;

/// A handshake asks for some 280 pieces of memory and gives them back, in which this costs less than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let method = std::env::args().nth(1).ok_or("which method?")?;
    let host = Host::detect("COLLECTOR");
    let config = load_config(&Environment::of_process(), &host)?;
    let settings = PeerSettings::from_config(&config, &host)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // The threads that read the settings stay: what they took is part of what the process took.
        .thread_keep_alive(Duration::from_secs(3600))
        .build()?;
    runtime.block_on(serve(settings, &method))
}

async fn serve(settings: PeerSettings, method: &str) -> Result<(), Box<dyn Error>> {
    let peer = Peer::builder()
        .settings(settings)
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .start()
        .await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", peer.address())?;
    let (asked, mut questions) = mpsc::channel(1);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines();
        lines
            .map_while(Result::ok)
            .all(|_| asked.blocking_send(()).is_ok())
    });
    while questions.recv().await.is_some() {
        let latest = peer.decisions();
        let full = latest.iter().filter(|one| is_full(one, method)).count();
        writeln!(out, "{} {full}", latest.len())?;
    }
    peer.shutdown().await;
    Ok(())
}

fn is_full(occurrence: &Occurrence, wanted: &str) -> bool {
    let Event::Answered { caller, .. } = &occurrence.event else {
        return false;
    };
    let resumed =
        |event: &trace::Event| matches!(event, trace::Event::Server(ServerEvent::Resumed { .. }));
    caller
        .method
        .is_some_and(|method| method.canonical == wanted)
        && caller.identity.user == "alice@pool.example"
        && !occurrence.trace.iter().any(resumed)
}
