//! What may answer at an address instead of an HTCondor daemon.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Something that is no HTCondor daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Odd {
    /// Nobody listens there.
    Nobody,
    /// Accepts, reads, and says nothing. `condor_ping` waits for it without end.
    Silent,
    /// Answers as a web server answers what it does not understand.
    Http,
    /// Speaks first, as an SSH server does.
    Ssh,
    /// Hangs up at once.
    HangsUp,
    /// Reads a little, then hangs up.
    ReadsAndHangsUp,
}

impl Odd {
    /// Puts it on a free port and returns its address. It stays for as long as the process does.
    #[must_use]
    pub fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("<{}>", listener.local_addr().unwrap());
        if self != Self::Nobody {
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    thread::spawn(move || self.answer(stream));
                }
            });
        }
        address
    }

    fn answer(self, mut stream: TcpStream) {
        let mut bytes = [0; 4096];
        match self {
            Self::Nobody | Self::HangsUp => {}
            Self::ReadsAndHangsUp => drop(stream.read(&mut bytes)),
            Self::Silent => while stream.read(&mut bytes).is_ok_and(|count| count > 0) {},
            Self::Http => {
                let _ = stream.read(&mut bytes);
                let _ = stream.write_all(
                    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 12\r\n\r\nBad Request\n",
                );
            }
            Self::Ssh => {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
                while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
            }
        }
    }
}
