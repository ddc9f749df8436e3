//! A TCP proxy that counts the frames of each direction and does one thing to one of them.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is done to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harm {
    /// Half of it, and then the end.
    Truncate,
    /// A header that claims more than there is.
    Oversize,
    Drop,
    Duplicate,
    /// After the next one.
    Swap,
    /// This bit of this byte is turned over.
    Flip(usize, u8),
    /// Nothing more is handed on, and nothing is closed.
    Stall,
}

/// Which frame, counted from 0 in its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blow {
    pub(super) to_client: bool,
    pub(super) frame: usize,
    pub(super) harm: Harm,
}

/// The lengths of the frames seen in a connection, headers included: to the client, and to the server.
pub(super) type Lengths = [Vec<usize>; 2];

/// A proxy in front of a server.
pub(super) struct Proxy {
    /// Where it listens.
    pub(super) address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    blow: Option<Blow>,
    lengths: Lengths,
}

impl Proxy {
    pub(super) fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("<{}>", listener.local_addr().unwrap());
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = state.clone();
        // It ends with the process: nothing but tests connects to it.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else {
                    continue; // Whoever uses the proxy asks in the end whether the server still lives.
                };
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let blow = shared.lock().unwrap().blow;
                for to_client in [true, false] {
                    let (from, to) = if to_client {
                        (&server, &client)
                    } else {
                        (&client, &server)
                    };
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let harm = blow
                        .filter(|blow| blow.to_client == to_client)
                        .map(|blow| (blow.frame, blow.harm));
                    let state = shared.clone();
                    thread::spawn(move || {
                        let _ = carry(&from, &to, harm, |length| {
                            let place = usize::from(!to_client);
                            state.lock().unwrap().lengths[place].push(length);
                        });
                        let _ = from.shutdown(Shutdown::Both);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self { address, state }
    }

    /// What happens to the connections that are made from now on.
    pub(super) fn set(&self, blow: Option<Blow>) {
        let mut state = self.state.lock().unwrap();
        state.blow = blow;
        state.lengths = Lengths::default();
    }

    /// The frames seen since.
    pub(super) fn lengths(&self) -> Lengths {
        self.state.lock().unwrap().lengths.clone()
    }
}

fn carry(
    mut from: &TcpStream,
    mut to: &TcpStream,
    harm: Option<(usize, Harm)>,
    mut saw: impl FnMut(usize),
) -> std::io::Result<()> {
    let mut held: Option<Vec<u8>> = None;
    for index in 0.. {
        let mut header = [0; 5];
        from.read_exact(&mut header)?;
        let length = u32::from_be_bytes(header[1..].try_into().unwrap()) as usize;
        let mut frame = vec![0; 5 + length];
        frame[..5].copy_from_slice(&header);
        from.read_exact(&mut frame[5..])?;
        saw(frame.len());
        let now = harm.filter(|(at, _)| *at == index).map(|(_, harm)| harm);
        match now {
            None => {
                to.write_all(&frame)?;
                if let Some(frame) = held.take() {
                    to.write_all(&frame)?;
                }
            }
            Some(Harm::Truncate) => {
                to.write_all(&frame[..frame.len() / 2])?;
                return Ok(());
            }
            Some(Harm::Oversize) => {
                frame[1..5].copy_from_slice(&(length as u32 + 1000).to_be_bytes());
                to.write_all(&frame)?;
            }
            Some(Harm::Drop) => {}
            Some(Harm::Duplicate) => {
                to.write_all(&frame)?;
                to.write_all(&frame)?;
            }
            Some(Harm::Swap) => held = Some(frame),
            Some(Harm::Flip(byte, bit)) => {
                let last = frame.len() - 1;
                frame[byte.min(last)] ^= 1 << bit;
                to.write_all(&frame)?;
            }
            Some(Harm::Stall) => {
                std::io::copy(&mut from, &mut std::io::sink())?;
                // The server may have said all it had to say. The client must not learn that it hung up.
                while !matches!(to.peek(&mut [0]), Ok(0) | Err(_)) {
                    thread::sleep(Duration::from_millis(10));
                }
                return Ok(());
            }
        }
    }
    Ok(())
}
