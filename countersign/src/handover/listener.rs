//! Taking over the socket that a parent bound for this process.

use std::net::TcpListener;

use countersign_core::session::SocketKind;
use rustix::net::{SocketType, listen, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::Inheritance;

/// How many connections wait to be accepted.
const BACKLOG: i32 = 1024;

/// Why the inherited socket cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// The parent gave an endpoint of a shared port.
    #[error(
        "the parent gave an endpoint of its shared port, which this program does not serve: set \
         USE_SHARED_PORT = False for it, or tell it where to listen"
    )]
    SharedPort,
    /// There is no TCP socket.
    #[error("the parent left no TCP socket to take commands on (is it in DC_DAEMON_LIST?)")]
    NoSocket,
    /// What is there is another thing.
    #[error(
        "descriptor {descriptor}, which CONDOR_INHERIT names, is no bound TCP socket here: {problem}"
    )]
    NotASocket {
        /// The descriptor.
        descriptor: i32,
        /// The operating system's words.
        problem: std::io::Error,
    },
}

impl Inheritance {
    /// The TCP socket on which the parent expects commands to be taken, listening.
    ///
    /// It is a copy of the inherited descriptor: what a variable says is not to be trusted with a descriptor
    /// that something else in this process may own. Needs Linux 5.6.
    ///
    /// # Errors
    /// [`ListenerError`].
    pub fn listener(&self) -> Result<TcpListener, ListenerError> {
        let inherit = self.inherit().ok_or(ListenerError::NoSocket)?;
        let socket = inherit
            .command_sockets
            .iter()
            .find(|socket| socket.kind == SocketKind::Stream);
        let descriptor = match socket.and_then(|socket| socket.descriptor()) {
            Some(descriptor) => descriptor,
            None if inherit.shared_port.is_some() => return Err(ListenerError::SharedPort),
            None => return Err(ListenerError::NoSocket),
        };
        copy(descriptor).map_err(|problem| ListenerError::NotASocket {
            descriptor,
            problem,
        })
    }
}

fn copy(descriptor: i32) -> std::io::Result<TcpListener> {
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    let copy = pidfd_getfd(&own, descriptor, PidfdGetfdFlags::empty())?;
    if sockopt::socket_type(&copy)? != SocketType::STREAM {
        return Err(std::io::Error::other("it is not a stream"));
    }
    listen(&copy, BACKLOG)?;
    // As on the sockets that a peer binds itself, for every connection that is accepted.
    sockopt::set_tcp_nodelay(&copy, true)?;
    let listener = TcpListener::from(copy);
    listener.local_addr()?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd as _;

    fn inherited(state: &str) -> Result<TcpListener, ListenerError> {
        let text = format!("7 <127.0.0.1:1> 0 {state} 0");
        Inheritance::read(Some(&text), "", true).unwrap().listener()
    }

    #[test]
    fn the_same_socket() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let copy = inherited(&format!("1 {}*6*0*", socket.as_raw_fd())).unwrap();
        assert_eq!(copy.local_addr().unwrap(), socket.local_addr().unwrap());
    }

    #[test]
    fn what_is_no_socket() {
        let file = std::fs::File::open("/dev/null").unwrap();
        for state in [format!("1 {}*", file.as_raw_fd()), "1 9999*".to_owned()] {
            assert!(matches!(
                inherited(&state),
                Err(ListenerError::NotASocket { .. })
            ));
        }
        assert!(matches!(inherited("2 5*"), Err(ListenerError::NoSocket)));
        assert!(matches!(
            inherited("SharedPort:x*"),
            Err(ListenerError::SharedPort)
        ));
    }
}
