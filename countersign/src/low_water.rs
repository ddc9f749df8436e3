//! How many bytes must have arrived before the operating system wakes this program.
//!
//! SO_RCVLOWAT of Linux, socket(7). Being woken is a good part of what a handshake costs, and
//! some messages are of no use before the next one has come.

use nix::sys::socket::SetSockOpt as _;
use tokio::net::TcpStream;

/// The option.
#[derive(Debug, Clone, Copy)]
struct ReceiveLowWater;

nix::setsockopt_impl!(
    ReceiveLowWater,
    libc::SOL_SOCKET,
    libc::SO_RCVLOWAT,
    i32,
    nix::sys::socket::sockopt::SetStruct<'_, i32>
);

/// What a connection's option is set to.
#[derive(Debug)]
pub(crate) struct LowWater(usize);

impl LowWater {
    /// As it is on every new connection: one byte is enough.
    pub(crate) const ONE: Self = Self(1);

    /// Sets it, unless it is that already. Where that fails, this program is woken more often
    /// than it need be, and nothing else.
    pub(crate) fn set(&mut self, stream: &TcpStream, bytes: usize) {
        let Ok(value) = i32::try_from(bytes) else {
            return;
        };
        if self.0 != bytes && ReceiveLowWater.set(stream, &value).is_ok() {
            self.0 = bytes;
        }
    }
}
