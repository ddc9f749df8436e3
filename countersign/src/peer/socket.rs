//! The peer's sockets, with no more system calls than a handshake needs.
//!
//! As tokio's own, but that a connection is watched for what arrives only: one that can be written to, as nearly every one
//! can at any time, wakes nobody. It becomes tokio's own once a command is to be served.

use std::future::poll_fn;
use std::io::{ErrorKind, Result};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvFlags, SendFlags, Shutdown, SocketFlags, acceptfrom_with, recv, send, shutdown,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpSocket;

use crate::drive::READ;

/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    socket: AsyncFd<std::net::TcpListener>,
    address: SocketAddr,
}

impl Listener {
    /// Listens.
    pub(super) fn bind(address: SocketAddr) -> Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        // Linux gives it to every connection that is accepted.
        socket.set_nodelay(true)?;
        socket.bind(address)?;
        Self::of(socket.listen(BACKLOG)?.into_std()?)
    }

    /// Takes a socket that listens.
    pub(super) fn of(socket: std::net::TcpListener) -> Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            address: socket.local_addr()?,
            socket: watch(socket, Interest::READABLE)?,
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next connection, and its other end.
    pub(super) async fn accept(&self) -> Result<(Socket, SocketAddr)> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Result<(Socket, SocketAddr)>> {
        loop {
            let mut ready = ready!(self.socket.poll_read_ready(cx))?;
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            match acceptfrom_with(self.socket.get_ref(), flags) {
                Ok((accepted, peer)) => {
                    // Asking is cheaper than to accept in vain, for which a socket is made first.
                    if !self.has_more() {
                        ready.clear_ready();
                    }
                    let peer = SocketAddr::try_from(peer.ok_or(Errno::AFNOSUPPORT)?)?;
                    return Poll::Ready(Ok((self.accepted(accepted)?, peer)));
                }
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    fn accepted(&self, accepted: OwnedFd) -> Result<Socket> {
        let stream = TcpStream::from(accepted);
        let local = if self.address.ip().is_unspecified() {
            stream.local_addr()?
        } else {
            self.address
        };
        let stream = watch(stream, Interest::READABLE)?;
        Ok(Socket { stream, local })
    }

    /// Whether another connection waits. Yes where that cannot be told.
    fn has_more(&self) -> bool {
        let mut asked = [PollFd::new(self.socket.get_ref(), PollFlags::IN)];
        poll(&mut asked, Some(&Timespec::default())) != Ok(0)
    }
}

/// A connection until its handshake is done.
#[derive(Debug)]
pub(super) struct Socket {
    stream: AsyncFd<TcpStream>,
    local: SocketAddr,
}

impl Socket {
    /// This end.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Hands over what has arrived, and says how much; 0 once the other end has closed. Nothing is allocated for a
    /// connection that says nothing: the buffer is there only while there is something to read.
    pub(super) async fn read(&self, mut take: impl FnMut(&[u8])) -> Result<usize> {
        poll_fn(|cx| {
            loop {
                let mut ready = ready!(self.stream.poll_read_ready(cx))?;
                let mut buffer = [const { MaybeUninit::uninit() }; READ];
                match recv(&self.stream, &mut buffer[..], RecvFlags::empty()) {
                    Ok(((bytes, _), read)) => {
                        // There is no more; to hear that from the system would cost another call.
                        if (1..READ).contains(&read) {
                            ready.clear_ready();
                        }
                        take(bytes);
                        return Poll::Ready(Ok(read));
                    }
                    Err(Errno::AGAIN) => ready.clear_ready(),
                    Err(Errno::INTR) => {}
                    Err(error) => return Poll::Ready(Err(error.into())),
                }
            }
        })
        .await
    }

    /// Sends.
    pub(super) async fn send(&self, bytes: &[u8]) -> Result<()> {
        self.send_all(bytes, SendFlags::NOSIGNAL).await
    }

    /// Sends the last bytes. They go out together with word that they are: each packet is work for both ends.
    pub(super) async fn send_last(&self, bytes: &[u8]) -> Result<()> {
        let flags = SendFlags::NOSIGNAL | SendFlags::MORE;
        self.send_all(bytes, flags).await?;
        Ok(shutdown(&self.stream, Shutdown::Write)?)
    }

    async fn send_all(&self, mut bytes: &[u8], flags: SendFlags) -> Result<()> {
        while !bytes.is_empty() {
            match send(&self.stream, bytes, flags) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(Errno::AGAIN) => self.writable().await?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits until the other end takes more. This is so seldom that it can be watched for by another descriptor.
    async fn writable(&self) -> Result<()> {
        let twin = self.stream.get_ref().try_clone()?;
        let twin = watch(twin, Interest::WRITABLE)?;
        twin.writable().await.map(drop)
    }

    /// The connection as tokio's own.
    pub(super) fn into_tokio(self) -> Result<tokio::net::TcpStream> {
        tokio::net::TcpStream::from_std(self.stream.into_inner())
    }
}

/// Watches a socket.
#[expect(
    deprecated,
    reason = "what is watched must keep its descriptor, as std's sockets do; what replaces this is unsafe"
)]
fn watch<T: Into<OwnedFd> + AsRawFd>(socket: T, interest: Interest) -> Result<AsyncFd<T>> {
    AsyncFd::with_interest(socket, interest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::Ipv4Addr;
    use std::thread;
    use std::time::Duration;

    use tokio::time::timeout;

    fn listener() -> Listener {
        Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap()
    }

    #[tokio::test]
    async fn connections_that_come_together_are_all_accepted() {
        let listener = listener();
        for _ in 0..3 {
            let clients: Vec<TcpStream> = (0..5)
                .map(|_| TcpStream::connect(listener.address()).unwrap())
                .collect();
            for client in &clients {
                let accepted = timeout(Duration::from_secs(5), listener.accept()).await;
                let (socket, peer) = accepted.unwrap().unwrap();
                assert_eq!(peer, client.local_addr().unwrap());
                assert_eq!(socket.local(), client.peer_addr().unwrap());
                assert!(socket.stream.get_ref().nodelay().unwrap());
            }
        }
    }

    #[tokio::test]
    async fn what_is_read_and_that_there_is_no_more() {
        let listener = listener();
        let mut client = TcpStream::connect(listener.address()).unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        client.write_all(&[7; READ + 1]).unwrap();
        drop(client);
        let mut got = Vec::new();
        while socket
            .read(|bytes| got.extend_from_slice(bytes))
            .await
            .unwrap()
            > 0
        {}
        assert_eq!(got, [7; READ + 1]);
    }

    #[tokio::test]
    async fn a_client_that_reads_late_gets_everything() {
        const MUCH: usize = 16 << 20;
        let listener = listener();
        let mut client = TcpStream::connect(listener.address()).unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let reader = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            let mut got = Vec::new();
            client.read_to_end(&mut got).map(|_| got.len())
        });
        socket.send(&vec![1; MUCH]).await.unwrap();
        socket.send_last(b"the end").await.unwrap();
        drop(socket);
        assert_eq!(reader.join().unwrap().unwrap(), MUCH + 7);
    }

    #[tokio::test]
    async fn the_last_words_arrive_though_something_was_not_read() {
        let listener = listener();
        let mut client = TcpStream::connect(listener.address()).unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        client.write_all(b"unread").unwrap();
        timeout(Duration::from_secs(5), socket.stream.readable())
            .await
            .unwrap()
            .unwrap()
            .retain_ready();
        socket.send_last(b"no").await.unwrap();
        drop(socket);
        let mut got = [0; 2];
        client.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"no");
    }
}
