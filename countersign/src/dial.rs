//! From an address to a TCP connection.

use std::net::SocketAddr;
use std::sync::Arc;

use countersign_core::error_stack::cedar;
use countersign_core::sinful::{Candidate, Host, LocalNetwork, Route};
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, ErrorStack, Failure, Stage};
use tokio::net::{TcpStream, lookup_host};

use crate::Target;

/// A connection, and what is known about it.
pub(crate) struct Dialled {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) route: Route,
}

/// Connects to a target. As HTCondor does, only the best candidate is tried; a host name may
/// stand for several addresses.
pub(crate) async fn dial(
    target: &Target,
    network: &LocalNetwork,
    trace: &mut Trace,
) -> Result<Dialled, Failure> {
    trace.push(Event::Dialling {
        address: target.address.given().to_owned(),
        source: target.source.clone(),
    });
    let route = target
        .address
        .route(network)
        .map_err(|refusal| failed(target, Cause::Unroutable(refusal), trace))?;
    let mut problem = "the address names no host".to_owned();
    if let Some(candidate) = route.candidates.first() {
        let addresses = resolve(candidate).await;
        match addresses {
            Err(error) => problem = error,
            Ok(addresses) => {
                for address in addresses {
                    match connect(address).await {
                        Ok((stream, peer, local)) => {
                            trace.push(Event::Connected {
                                peer,
                                local,
                                shared_port_id: route.shared_port_id.clone(),
                            });
                            return Ok(Dialled {
                                stream,
                                peer,
                                local,
                                route,
                            });
                        }
                        Err(error) => {
                            problem = error.to_string();
                            trace.push(Event::Unreachable {
                                candidate: address.to_string(),
                                problem: problem.clone(),
                            });
                        }
                    }
                }
            }
        }
    }
    let address = target.address.given().to_owned();
    Err(failed(
        target,
        Cause::Unreachable { address, problem },
        trace,
    ))
}

async fn connect(address: SocketAddr) -> std::io::Result<(TcpStream, SocketAddr, SocketAddr)> {
    let stream = TcpStream::connect(address).await?;
    // The handshake is a conversation of small messages.
    stream.set_nodelay(true)?;
    let (peer, local) = (stream.peer_addr()?, stream.local_addr()?);
    Ok((stream, peer, local))
}

async fn resolve(candidate: &Candidate) -> Result<Vec<SocketAddr>, String> {
    match &candidate.host {
        Host::Ip(ip) => Ok(vec![SocketAddr::new(*ip, candidate.port)]),
        Host::Name(name) => match lookup_host((name.as_str(), candidate.port)).await {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) => Err(format!("{name}: {error}")),
        },
    }
}

fn failed(target: &Target, cause: Cause, trace: &mut Trace) -> Failure {
    let mut stack = ErrorStack::default();
    stack.push(
        "CEDAR",
        cedar::CONNECT_FAILED,
        format!("Failed to connect to {}", target.address.given()),
    );
    let cause = Arc::new(cause);
    trace.push(Event::Failed {
        stage: Stage::Connect,
        cause: cause.clone(),
    });
    Failure {
        stage: Stage::Connect,
        cause,
        stack,
    }
}
