//! Makes handshakes with our own library, as `benches/handshake/driver.py` makes them with HTCondor's.
//!
//! `handshake-client ADDRESS` takes its settings from `CONDOR_CONFIG`, says `ready`, and answers each line `run N` of its
//! standard input, once N handshakes are made, with one line of what the last of them came to. Where the variable TOKENS names
//! a folder, each handshake takes the next of the files `0`, `1`, ... in it, and puts it where SCITOKENS_FILE says.

use std::error::Error;
use std::fs;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use countersign::core::sinful::Sinful;
use countersign::settings::{Environment, Host, load_config};
use countersign::{Authorization, Client, DEFAULT_TIMEOUT, Settings, Target};
use rustix::time::{ClockId, clock_gettime};

/// What is asked about: DC_NOP_WRITE, as `ping(…, "WRITE")` does.
const WRITE: i32 = 60021;

/// What is told of the last session, in the words of its policy ad.
const TOLD: [&str; 10] = [
    "User",
    "MyRemoteUserName",
    "AuthMethods",
    "AuthTokenSubject",
    "CryptoMethods",
    "Authentication",
    "Encryption",
    "Integrity",
    "NegotiatedSession",
    "RemoteVersion",
];

/// As in the programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("which address?")?;
    let host = Host::detect("TOOL");
    let config = load_config(&Environment::of_process(), &host)?;
    let settings = Settings::from_config(&config, &host)?;
    let mut tokens = std::env::var_os("TOKENS").map(|folder| Tokens {
        folder: folder.into(),
        next: 0,
        place: settings.bearer.file.clone().unwrap_or_default(),
    });
    let client = Client::new(settings);
    let target = Target::typed(Sinful::parse(&address)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut out = std::io::stdout();
    writeln!(out, "ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let count: usize = line
            .strip_prefix("run ")
            .ok_or("run N is all that can be asked")?
            .parse()?;
        let (first, last) = runtime.block_on(run(&client, &target, &mut tokens, count))?;
        let clock = clock_gettime(ClockId::ProcessCPUTime);
        writeln!(
            out,
            "{}",
            told(&first, &last, clock.tv_sec * 1_000_000_000 + clock.tv_nsec)
        )?;
    }
    Ok(())
}

/// Tokens that nobody has seen yet.
struct Tokens {
    folder: PathBuf,
    next: usize,
    place: PathBuf,
}

/// Makes `count` handshakes, each of which must be authorized.
async fn run(
    client: &Client,
    target: &Target,
    tokens: &mut Option<Tokens>,
    count: usize,
) -> Result<(Authorization, Authorization), Box<dyn Error>> {
    let first = one(client, target, tokens).await?;
    let mut last = first.clone();
    for _ in 1..count {
        last = one(client, target, tokens).await?;
    }
    Ok((first, last))
}

async fn one(
    client: &Client,
    target: &Target,
    tokens: &mut Option<Tokens>,
) -> Result<Authorization, Box<dyn Error>> {
    if let Some(tokens) = tokens {
        fs::rename(tokens.folder.join(tokens.next.to_string()), &tokens.place)?;
        tokens.next += 1;
    }
    let answer = client
        .sec_query(target, WRITE, DEFAULT_TIMEOUT)
        .await
        .result
        .map_err(|failure| format!("{failure:?}"))?;
    if answer.succeeded {
        Ok(answer)
    } else {
        Err("the server would not authorize WRITE".into())
    }
}

fn told(first: &Authorization, last: &Authorization, clock: i64) -> String {
    let mut fields = vec![
        format!("clock={clock}"),
        format!("first={}", first.session.id),
        format!("Sid={}", last.session.id),
        format!("AuthorizationSucceeded={}", last.succeeded),
    ];
    for name in TOLD {
        if let Some(value) = last.session.policy.get(name) {
            fields.push(format!("{name}={}", value.to_string().trim_matches('"')));
        }
    }
    fields.join("\t")
}
