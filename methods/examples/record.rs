//! Records a handshake with a real daemon, for `tests/recorded.rs` to repeat.
//!
//! `record ADDRESS METHODS AUTHENTICATION [TOKENFILE]`, where ADDRESS is `ip:port`. Use a daemon
//! and a token that were made for this alone: the token is part of the record.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A tool for authors.

#[path = "../tests/recording/mod.rs"]
mod recording;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::DirBuilderExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_core::client::{Handshake, Progress};
use recording::{Fixed, Setup};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next();
    let address = next().expect("an address");
    let methods = next().expect("methods");
    let authentication = next().expect("a requirement");
    let token = next().map(|path| std::fs::read_to_string(path).unwrap().trim().to_owned());
    let mut stream = TcpStream::connect(&address).unwrap();
    let setup = Setup {
        methods,
        authentication,
        now: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
        given_address: format!("<{address}>"),
        peer: stream.peer_addr().unwrap(),
        local: stream.local_addr().unwrap(),
        token,
    };
    println!("methods {}", setup.methods);
    println!("authentication {}", setup.authentication);
    println!("now {}", setup.now);
    println!("given {}", setup.given_address);
    println!("peer {}", setup.peer);
    println!("local {}", setup.local);
    if let Some(token) = &setup.token {
        println!("token {token}");
    }
    let mut entropy = Fixed::default();
    let mut handshake = Handshake::new(setup.config(), setup.request(), setup.now, &mut entropy);
    let mut buffer = [0; 65536];
    let mut made = None;
    let mut established = loop {
        let progress = handshake.poll();
        while let Some(bytes) = handshake.transmit() {
            println!("> {}", hex(&bytes));
            stream.write_all(&bytes).unwrap();
        }
        match progress {
            Progress::Established(established) => break established,
            Progress::Failed(failure) => {
                println!("failed {failure}");
                std::process::exit(1);
            }
            Progress::Perform(request) => {
                let answer = setup.answer(request, |directory| {
                    made = Some(directory.0.clone());
                    std::fs::DirBuilder::new()
                        .mode(0o700)
                        .create(directory.0)
                        .is_ok()
                });
                handshake.answer(answer);
            }
            Progress::NeedsBytes => {
                let read = stream.read(&mut buffer).unwrap();
                assert_ne!(read, 0, "the server hung up");
                let bytes = buffer.get(..read).unwrap();
                println!("< {}", hex(bytes));
                handshake.receive(bytes);
            }
        }
    };
    if let Some(made) = made {
        let _ = std::fs::remove_dir(made);
    }
    while established.next_message().unwrap().is_none() {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the server hung up");
        let bytes = buffer.get(..read).unwrap();
        println!("< {}", hex(bytes));
        established.receive(bytes);
    }
}
