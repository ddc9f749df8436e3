//! A relay that makes every client one from before 9.0, which knows no key exchange by ECDH: it takes the public key out
//! of the hello, and hands on all the rest.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use countersign::core::names::attrs;
use countersign::core::wire::{Codec, Encoder, HANDSHAKE_AD, Message, StringForm};

/// Runs for as long as this lives.
#[derive(Debug)]
pub(crate) struct Relay {
    at: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    ends: AtomicBool,
    /// How many keys were taken out.
    taken: AtomicUsize,
}

impl Relay {
    /// In front of the server at this address.
    pub(crate) fn before(server: &str) -> Result<Self, String> {
        let server: SocketAddr = server
            .trim_matches(['<', '>'])
            .split('?')
            .next()
            .and_then(|socket| socket.parse().ok())
            .ok_or_else(|| format!("{server} is no address"))?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let at = listener.local_addr().map_err(|error| error.to_string())?;
        let shared = Arc::new(Shared::default());
        let state = shared.clone();
        let thread = thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if state.ends.load(Ordering::Relaxed) {
                    return;
                }
                let state = state.clone();
                thread::spawn(move || serve(client, server, &state));
            }
        });
        Ok(Self {
            at,
            shared,
            thread: Some(thread),
        })
    }

    /// Its own address, by this name if the server has one.
    pub(crate) fn address(&self, alias: Option<&str>) -> String {
        match alias {
            Some(alias) => format!("<{}?alias={alias}>", self.at),
            None => format!("<{}>", self.at),
        }
    }

    /// How many keys were taken out since the last time.
    pub(crate) fn taken(&self) -> usize {
        self.shared.taken.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.at);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One connection. Whatever goes wrong ends it, which both sides notice.
fn serve(mut client: TcpStream, server: SocketAddr, shared: &Shared) -> Option<()> {
    let mut server = TcpStream::connect(server).ok()?;
    let mut codec = Codec::new(1 << 20);
    let mut buffer = [0; 16384];
    let hello = loop {
        if let Some(hello) = codec.next_message().ok()? {
            break hello;
        }
        match client.read(&mut buffer).ok()? {
            0 => return None,
            count => codec.feed(&buffer[..count]),
        }
    };
    let bytes = codec.encode(&without_key(&hello, shared)?).ok()?;
    server.write_all(&bytes).ok()?;
    let (mut from_server, mut to_client) = (server.try_clone().ok()?, client.try_clone().ok()?);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Write);
    let _ = back.join();
    Some(())
}

/// The hello without its public key; what has none, as a resumption, as it is.
fn without_key(hello: &Message, shared: &Shared) -> Option<Message> {
    let mut decoder = hello.decoder();
    let command = decoder.int("command").ok()?;
    let mut ad = decoder.ad("hello", HANDSHAKE_AD).ok()?;
    if ad.remove(attrs::ECDH_PUBLIC_KEY).is_none() {
        return Some(hello.clone());
    }
    shared.taken.fetch_add(1, Ordering::Relaxed);
    let encoder = Encoder::new(StringForm::Terminated);
    Some(encoder.int(command).ad(&ad).finish())
}
