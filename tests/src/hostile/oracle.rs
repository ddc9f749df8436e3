//! A stranger with no credential at all asks a real server to prove itself over claims of the stranger's own making.
//!
//! The server signs whatever claims it is shown, takes that signature for the shared secret, and answers with a MAC under
//! it. Nothing is learned of a random key; of a key that is somebody's password, every such answer is something to try
//! guesses against, offline and without limit. So it is not only a client's target that could do this: anybody could.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use countersign::classad::ClassAd;
use countersign::core::PROTOCOL_VERSION;
use countersign::core::crypto::KeyPair;
use countersign::core::names::attrs;
use countersign::core::wire::{Codec, Encoder, HANDSHAKE_AD, Message, StringForm};

use super::tamper::socket;
use super::victim::{Way, collector};
use crate::compare::Bench;

type Run = fn(&Bench) -> Result<(), String>;

pub(super) const CASES: &[(&str, Run)] = &[(
    "oracle/a-stranger-gets-a-mac-over-claims-of-his-own",
    stranger,
)];

/// `{"alg":"HS256","kid":"POOL"}` and `{"iss":"pool.example","sub":"eve@pool.example","iat":1,"jti":"x"}`.
const CLAIMS: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6IlBPT0wifQ.\
                      eyJpc3MiOiJwb29sLmV4YW1wbGUiLCJzdWIiOiJldmVAcG9vbC5leGFtcGxlIiwiaWF0IjoxLCJqdGkiOiJ4In0";

fn stranger(bench: &Bench) -> Result<(), String> {
    let daemon = collector(bench, Way::Token)?;
    let stream = TcpStream::connect(socket(&daemon.address)?).map_err(|e| e.to_string())?;
    let (status, mac) = ask(stream).map_err(|e| format!("{e}\n{}", daemon.story(&bench.roots)))?;
    if (status, mac) == (0, 20) {
        Ok(())
    } else {
        Err(format!(
            "status {status} and a MAC of {mac} bytes\n{}",
            daemon.story(&bench.roots)
        ))
    }
}

/// The status of the server's proof, and the length of its MAC.
fn ask(mut stream: TcpStream) -> Result<(i64, usize), String> {
    let text = |error: std::io::Error| error.to_string();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .map_err(text)?;
    let keys = KeyPair::generate(&mut countersign::SystemEntropy).map_err(|e| e.to_string())?;
    let mut ad = ClassAd::new();
    for (name, value) in [
        (attrs::AUTH_METHODS, "TOKEN"),
        (attrs::CRYPTO_METHODS, "AES"),
        (attrs::NEGOTIATION, "PREFERRED"),
        (attrs::AUTHENTICATION, "REQUIRED"),
        (attrs::AUTHENTICATION_NEW, "REQUIRED"),
        (attrs::ENCRYPTION, "REQUIRED"),
        (attrs::INTEGRITY, "REQUIRED"),
        (attrs::ENACT, "NO"),
        (attrs::SUBSYSTEM, "TOOL"),
        (attrs::SESSION_DURATION, "60"),
        (attrs::ECDH_PUBLIC_KEY, keys.public_base64()),
        (attrs::NEW_SESSION, "YES"),
        (attrs::REMOTE_VERSION, PROTOCOL_VERSION),
    ] {
        ad.insert(name, value);
    }
    ad.insert(attrs::COMMAND, 60040);
    ad.insert(attrs::AUTH_COMMAND, 60020);
    let mut codec = Codec::new(1 << 20);
    let encoder = || Encoder::new(StringForm::Terminated);
    let name = "eve@pool.example";
    let hello = encoder().int(60010).ad(&ad).finish();
    let first = encoder()
        .int(0)
        .int(16)
        .string(name)
        .string(CLAIMS)
        .counted(&[1; 256])
        .finish();
    let mut say = |message: &Message| -> Result<Message, String> {
        let bytes = codec.encode(message).map_err(|e| e.to_string())?;
        stream.write_all(&bytes).map_err(text)?;
        let mut buffer = [0; 16384];
        loop {
            if let Some(message) = codec.next_message().map_err(|e| e.to_string())? {
                return Ok(message);
            }
            match stream.read(&mut buffer).map_err(text)? {
                0 => return Err("closed".into()),
                read => codec.feed(&buffer[..read]),
            }
        }
    };
    let reply = say(&hello)?;
    reply
        .decoder()
        .ad("reply", HANDSHAKE_AD)
        .map_err(|e| e.to_string())?;
    say(&encoder().int(2048).finish())?;
    let proof = say(&first)?;
    let mut decoder = proof.decoder();
    let mut read = || -> Result<(i64, usize), countersign::core::wire::WireError> {
        let status = decoder.int("status")?;
        for what in ["client", "server"] {
            decoder.int(what)?;
            decoder.optional_string(what, 1024)?;
        }
        decoder.counted("client nonce", 256)?;
        decoder.counted("server nonce", 256)?;
        Ok((status, decoder.counted("MAC", 64)?.len()))
    };
    read().map_err(|e| e.to_string())
}
