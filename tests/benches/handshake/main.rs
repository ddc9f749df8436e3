//! What a full handshake costs the client, ours against HTCondor's own library with the same collector; and what it costs the
//! server, ours against the collector with the same client. The same with SCITOKENS.
//!
//! Each handshake is IDTOKENS and AES, from the TCP connection to the answer of DC_SEC_QUERY about WRITE. The programs
//! take turns, a block each, because this machine's speed changes while they run.

// What goes wrong here ends the benchmark, and says so on the terminal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod meter;
mod scitokens;
mod serving;
mod sides;
mod table;
mod witness;

use std::path::PathBuf;
use std::process::ExitCode;

use countersign_tests::daemon::{Daemon, Kind};
use countersign_tests::roots::{Release, Roots};
use countersign_tests::tokens::{Token, Tokens};
use countersign_tests::wheels;

use meter::Sample;
use sides::{Login, Side};

/// Handshakes in a block.
const HANDSHAKES: usize = 100;
/// Blocks of each program that count; one more comes first.
const BLOCKS: usize = 30;
/// HTCondor's client library: the name here, and the wheel's release.
const CPP: [(&str, &str); 2] = [
    ("C++ library 25.14.1", "25.14.1"),
    ("C++ library 24.0.24", "24.0.24"),
];
/// What ours may cost, as a share of HTCondor's.
const REQUIRED: f64 = 0.5;

/// The collector: nothing but IDTOKENS and AES, and only Alice may do anything. Without debug output.
const SERVER: &str = "NETWORK_INTERFACE = 127.0.0.1
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_PASSWORD_DIRECTORY = /etc/condor/passwords.d
SEC_TOKEN_POOL_SIGNING_KEY_FILE = /etc/condor/passwords.d/POOL
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_ENCRYPTION = REQUIRED
SEC_DEFAULT_INTEGRITY = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = IDTOKENS
SEC_DEFAULT_CRYPTO_METHODS = AES
ALLOW_READ = alice@pool.example
ALLOW_WRITE = alice@pool.example
ALLOW_NEGOTIATOR = alice@pool.example
ALLOW_ADMINISTRATOR = alice@pool.example
ALLOW_CONFIG = alice@pool.example
ALLOW_DAEMON = alice@pool.example
COLLECTOR_DEBUG =
";

/// The settings that every client reads. `@FOLDER@` is one with Alice's token and nothing else.
const CLIENT: &str = "NETWORK_INTERFACE = 127.0.0.1
TRUST_DOMAIN = pool.example
UID_DOMAIN = pool.example
SEC_CLIENT_AUTHENTICATION = REQUIRED
SEC_CLIENT_ENCRYPTION = REQUIRED
SEC_CLIENT_INTEGRITY = REQUIRED
SEC_CLIENT_AUTHENTICATION_METHODS = IDTOKENS
SEC_CLIENT_CRYPTO_METHODS = AES
SEC_TOKEN_DIRECTORY = @FOLDER@
";

fn main() -> ExitCode {
    if let Some(obstacle) = Roots::obstacle() {
        println!("LEFT OUT: {obstacle}");
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Says whether ours costs no more than required.
fn measure() -> Result<bool, String> {
    let roots = Roots::ready()?;
    let wheels: Vec<PathBuf> = CPP
        .iter()
        .map(|(_, version)| wheels::ready(roots.cache(), version))
        .collect::<Result<_, _>>()?;
    // `-- scitokens` leaves the rest out.
    let scitokens_alone = std::env::args().any(|argument| argument == "scitokens");
    let met = scitokens_alone || idtokens(&roots, &wheels)?;
    let cpp: Vec<_> = CPP.iter().map(|(name, _)| *name).zip(wheels).collect();
    Ok(scitokens::measure(&roots, &cpp)? && met)
}

fn idtokens(roots: &Roots, wheels: &[PathBuf]) -> Result<bool, String> {
    let token = Tokens::make(roots)?.file(&[Token::Alice]);
    let tokens = roots.folder("tokens", 0, 0o700);
    roots.write(&format!("{tokens}/alice"), token, 0, 0o600);
    let config = |name: &str, folder: &str| {
        let inside = format!("{}/{name}", roots.area());
        roots.write(&inside, CLIENT.replace("@FOLDER@", folder), 0, 0o644);
        inside
    };
    let outside = roots.host(&config("client", &roots.host(&tokens).to_string_lossy()));
    let start = |address: &str| {
        let mut sides = vec![Side::ours(&outside, address, Login::by_idtoken())?];
        for ((name, _), wheel) in CPP.iter().zip(wheels) {
            sides.push(Side::wheel(
                name,
                wheel,
                &outside,
                address,
                Login::by_idtoken(),
            )?);
        }
        Ok(sides)
    };
    witness::ask(roots, SERVER, start)?;

    let collector = Daemon::start(roots, Release::Newest, Kind::Collector, SERVER)?;
    let address = &collector.address;
    let mut sides = start(address)?;
    let met = handshakes(&mut sides, collector.pid())?;
    table::measure(roots, &config("client-inside", &tokens), address)?;
    drop(sides);
    let served = serving::measure(roots, SERVER, &outside, &wheels[1], &collector)?;
    Ok(met && served)
}

fn handshakes(sides: &mut [Side], collector: u32) -> Result<bool, String> {
    let mut client = vec![Vec::new(); sides.len()];
    let mut server = vec![Vec::new(); sides.len()];
    for block in 0..=BLOCKS {
        for turn in 0..sides.len() {
            // Each program comes first as often as the others.
            let at = (turn + block) % sides.len();
            let cost = sides[at].run(HANDSHAKES, collector)?;
            if block > 0 {
                client[at].push(each(cost.client));
                server[at].push(each(cost.server));
            }
        }
    }
    println!(
        "Full IDTOKENS + AES handshake with DC_SEC_QUERY about WRITE, collector 25.14.1, no session resumed;\n\
         CPU time per handshake in µs, user and system, whole process; {BLOCKS} blocks of {HANDSHAKES} each, in turns"
    );
    let mut met = true;
    let ours = Sample::new(client[0].clone());
    for (at, side) in sides.iter_mut().enumerate() {
        let own = Sample::new(client[at].clone());
        print!(
            "  {:<20} median {:7.1}  min {:7.1}  max {:7.1}   the collector meanwhile {:7.1}",
            side.name,
            own.median(),
            own.min(),
            own.max(),
            Sample::new(server[at].clone()).median()
        );
        if at == 0 {
            println!();
            continue;
        }
        println!(
            "   its loop without handshakes {:.1}",
            each(side.empty(HANDSHAKES)?)
        );
        let pairs = Sample::new(
            client[0]
                .iter()
                .zip(&client[at])
                .map(|(a, b)| a / b)
                .collect(),
        );
        let ratio = ours.median() / own.median();
        println!(
            "    ours / this one: {ratio:.3} (of blocks side by side: median {:.3}, min {:.3}, max {:.3}); \
             required: at most {REQUIRED}: {}",
            pairs.median(),
            pairs.min(),
            pairs.max(),
            if ratio <= REQUIRED { "met" } else { "NOT MET" }
        );
        met &= ratio <= REQUIRED;
    }
    Ok(met)
}

fn each(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3 / HANDSHAKES as f64
}
