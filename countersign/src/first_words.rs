//! A connection whose first words are this side's.
//!
//! TCP_QUICKACK of Linux, tcp(7).

use nix::sys::socket::SetSockOpt as _;
use tokio::net::TcpSocket;

/// The option.
#[derive(Debug, Clone, Copy)]
struct QuickAck;

nix::setsockopt_impl!(
    QuickAck,
    libc::IPPROTO_TCP,
    libc::TCP_QUICKACK,
    bool,
    nix::sys::socket::sockopt::SetBool
);

/// Lets the hello itself acknowledge what the server's system said: it follows soon, and the server need be woken once
/// only. Should it not follow soon, the acknowledgement goes out without it, some 40 ms later. Where setting that fails,
/// there is one packet more, and nothing else.
pub(crate) fn say_hello_at_once(socket: &TcpSocket) {
    let _ = QuickAck.set(socket, &false);
}
