//! Somebody in between who takes the public keys out of both sides' ads: then the server makes the session's key up and
//! sends it, as it does to a client from before HTCondor 9.0, protected by the method.

use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use countersign::core::names::attrs;
use countersign::core::wire::HANDSHAKE_AD;

use super::relay::{Leg, clear, read};

/// He, for as long as this lives.
pub(crate) struct NoKeys {
    listening: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl NoKeys {
    /// In front of the daemon at this address.
    ///
    /// # Errors
    /// No port is to be had, or the address is none.
    pub(crate) fn before(address: &str) -> Result<Self, String> {
        let inside = address.trim_matches(['<', '>']);
        let server = inside.split('?').next().unwrap_or_default();
        let server = server.parse().map_err(|_| format!("{address}?"))?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
        let listening = listener.local_addr().map_err(|e| e.to_string())?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // Where it fails both sides see a closed connection, and the test what they make of it.
                let _ = between(client, server);
            }
        });
        Ok(Self { listening, stop })
    }

    /// Where he listens.
    pub(crate) fn address(&self) -> String {
        format!("<{}>", self.listening)
    }
}

impl Drop for NoKeys {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.listening);
    }
}

fn between(client: TcpStream, server: SocketAddr) -> Result<(), String> {
    let mut client = Leg::new(client);
    let mut server = Leg::new(TcpStream::connect(server).map_err(|e| e.to_string())?);
    let hello = client.receive("the hello")?;
    let mut decoder = hello.decoder();
    let command = decoder.int("command").map_err(|e| e.to_string())?;
    let mut ad = decoder
        .ad("hello", HANDSHAKE_AD)
        .map_err(|e| e.to_string())?;
    ad.remove(attrs::ECDH_PUBLIC_KEY);
    server.send(&clear().int(command).ad(&ad).finish())?;
    let mut reply = read(&server.receive("the reply")?)?;
    reply.remove(attrs::ECDH_PUBLIC_KEY);
    client.send(&clear().ad(&reply).finish())?;
    let (client, server) = (&client.stream, &server.stream);
    thread::scope(|scope| {
        let pass = |mut from: &TcpStream, mut to: &TcpStream| {
            let _ = copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        };
        scope.spawn(move || pass(client, server));
        pass(server, client);
    });
    Ok(())
}
