//! A directory made for FS is gone after every end of the process that can be caught.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use countersign::core::client::DC_AUTHENTICATE;
use countersign::core::crypto::KeyPair;
use countersign::core::wire::{
    Codec, Encoder, HANDSHAKE_AD, MAX_HANDSHAKE_BYTES, Message, StringForm,
};

use crate::compare::Bench;
use crate::roots::Release;
use crate::run::{User, command};

/// A server that lets the client make its directory and then says nothing more.
struct Stalling {
    stream: TcpStream,
    codec: Codec,
}

impl Stalling {
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self {
            stream,
            codec: Codec::new(MAX_HANDSHAKE_BYTES),
        }
    }

    fn receive(&mut self) -> Message {
        let mut buffer = [0; 4096];
        loop {
            if let Some(message) = self.codec.next_message().unwrap() {
                return message;
            }
            let read = self.stream.read(&mut buffer).unwrap();
            assert_ne!(read, 0, "the client hung up");
            self.codec.feed(&buffer[..read]);
        }
    }

    fn send(&mut self, message: &Message) {
        let bytes = self.codec.encode(message).unwrap();
        self.stream.write_all(&bytes).unwrap();
    }

    /// Plays a server up to the point where the directory exists.
    fn until_made(&mut self, path: &str) {
        let hello = self.receive();
        let mut decoder = hello.decoder();
        assert_eq!(decoder.int("command").unwrap(), i64::from(DC_AUTHENTICATE));
        decoder.ad("hello", HANDSHAKE_AD).unwrap();
        let mut reply = countersign::classad::ClassAd::new();
        for (name, value) in [
            ("Authentication", "YES"),
            ("Encryption", "YES"),
            ("Integrity", "YES"),
            ("AuthMethodsList", "FS"),
            ("CryptoMethods", "AES"),
            ("Enact", "YES"),
        ] {
            reply.insert(name, value);
        }
        let keys = KeyPair::generate(&mut countersign::SystemEntropy).unwrap();
        reply.insert("ECDHPublicKey", keys.public_base64());
        let encoder = || Encoder::new(StringForm::Terminated);
        self.send(&encoder().ad(&reply).finish());
        self.receive();
        self.send(&encoder().int(4).finish());
        self.send(&encoder().string(path).finish());
        let status = self.receive();
        assert_eq!(status.decoder().int("status").unwrap(), 0, "it was made");
    }
}

/// SIGINT, SIGTERM and SIGHUP in the middle of FS.
pub(super) fn directory_removed(bench: &Bench, release: Release) -> Result<(), String> {
    let config = format!(
        "{}/signals-config-{}",
        bench.roots.area(),
        release.version()
    );
    bench.roots.write(
        &config,
        "TRUST_DOMAIN = pool.example\nUID_DOMAIN = pool.example\n\
         SEC_DEFAULT_AUTHENTICATION_METHODS = FS\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\n",
        0,
        0o644,
    );
    for (user, signal) in [
        (User::Bob, "INT"),
        (User::Bob, "TERM"),
        (User::Root, "TERM"),
        (User::Bob, "HUP"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // The root's /tmp is one that both sides see.
        let path = format!("/tmp/FS_127.0.0.1_{port}_{signal}_");
        let made = bench.roots.host(&format!("{path}127.0.0.1:{port}"));
        let mut ping = command(&bench.roots.root(Release::Newest), user, &config);
        ping.args(&bench.subject.command)
            .args(["-address", &format!("<127.0.0.1:{port}>"), "WRITE"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = ping.spawn().map_err(|error| error.to_string())?;
        let mut server = Stalling::accept(&listener);
        server.until_made(&path);
        if !made.is_dir() {
            return Err(format!("{} was not made", made.display()));
        }
        let pid = countersign_pid(child.id());
        Command::new("kill")
            .args([&format!("-{signal}"), &pid.to_string()])
            .status()
            .map_err(|error| error.to_string())?;
        let status = child.wait().map_err(|error| error.to_string())?;
        let end = Instant::now() + Duration::from_secs(5);
        while made.exists() && Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
        }
        if made.exists() {
            return Err(format!(
                "{} is left after SIG{signal} ({status})",
                made.display()
            ));
        }
    }
    Ok(())
}

/// The process that was started may be a wrapper that changes user; the ping is its youngest
/// descendant.
fn countersign_pid(parent: u32) -> u32 {
    let children = format!("/proc/{parent}/task/{parent}/children");
    let text = std::fs::read_to_string(children).unwrap_or_default();
    match text
        .split_whitespace()
        .next()
        .and_then(|pid| pid.parse().ok())
    {
        Some(child) => countersign_pid(child),
        None => parent,
    }
}
