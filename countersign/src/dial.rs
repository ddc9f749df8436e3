//! From an address to a TCP connection.

use std::net::SocketAddr;
use std::sync::Arc;

use countersign_core::error_stack::cedar;
use countersign_core::sinful::{Candidate, Host, LocalNetwork, Route};
use countersign_core::trace::{Event, Trace};
use countersign_core::{Cause, ErrorStack, Failure, Stage};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::Target;
use crate::drive::{Deadline, instant_after};
use crate::first_words::say_hello_at_once;

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
    deadline: Deadline,
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
    let problem = match route.candidates.first() {
        None => "the address names no host".to_owned(),
        Some(candidate) => match resolve(candidate, network).await {
            Err(problem) => problem,
            Ok(addresses) => match first(&addresses, deadline, trace).await {
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
                Err(Silent::Last) => return Err(deadline.over(target, trace)),
                Err(Silent::Not(problems)) => match (&candidate.host, problems.as_slice()) {
                    (Host::Ip(_), [(_, problem)]) => problem.clone(),
                    _ => named(&problems),
                },
            },
        },
    };
    let address = target.address.given().to_owned();
    Err(failed(
        target,
        Cause::Unreachable { address, problem },
        trace,
    ))
}

type Connected = (TcpStream, SocketAddr, SocketAddr);

/// Why no address could be connected to.
enum Silent {
    /// The last one did not answer before all time was used up.
    Last,
    /// All of them failed before that.
    Not(Vec<(SocketAddr, String)>),
}

/// Connects to the first address that answers. Each but the last gets its share of the time only:
/// what leads nowhere must leave some for the others.
async fn first(
    addresses: &[SocketAddr],
    deadline: Deadline,
    trace: &mut Trace,
) -> Result<Connected, Silent> {
    let mut problems = Vec::new();
    let count = addresses.len();
    for (at, &address) in addresses.iter().enumerate() {
        let is_last = at + 1 == count;
        let left = deadline.at.saturating_duration_since(Instant::now());
        let until = match u32::try_from(count - at) {
            Ok(share) if !is_last => instant_after(left / share),
            _ => deadline.at,
        };
        let connected = timeout_at(until, connect(address)).await;
        let problem = match connected {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(error)) => error.to_string(),
            Err(_) if count == 1 => return Err(Silent::Last),
            Err(_) => "no answer in its share of the time".to_owned(),
        };
        trace.push(Event::Unreachable {
            candidate: address.to_string(),
            problem: problem.clone(),
        });
        if is_last && Instant::now() >= deadline.at {
            return Err(Silent::Last);
        }
        problems.push((address, problem));
    }
    Err(Silent::Not(problems))
}

fn named(problems: &[(SocketAddr, String)]) -> String {
    let named = problems
        .iter()
        .map(|(address, problem)| format!("{address}: {problem}"));
    named.collect::<Vec<_>>().join("; ")
}

async fn connect(address: SocketAddr) -> std::io::Result<Connected> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    say_hello_at_once(&socket);
    let stream = socket.connect(address).await?;
    // The handshake is a conversation of small messages.
    stream.set_nodelay(true)?;
    let (peer, local) = (stream.peer_addr()?, stream.local_addr()?);
    Ok((stream, peer, local))
}

async fn resolve(candidate: &Candidate, network: &LocalNetwork) -> Result<Vec<SocketAddr>, String> {
    match &candidate.host {
        Host::Ip(ip) => Ok(vec![SocketAddr::new(*ip, candidate.port)]),
        Host::Name(name) => match lookup_host((name.as_str(), candidate.port)).await {
            Ok(found) => usable(found, network).map_err(|problem| format!("{name}: {problem}")),
            Err(error) => Err(format!("{name}: {error}")),
        },
    }
}

/// The addresses of protocols that are enabled, the preferred protocol's first, otherwise in the
/// resolver's order.
fn usable(
    found: impl Iterator<Item = SocketAddr>,
    network: &LocalNetwork,
) -> Result<Vec<SocketAddr>, String> {
    let mut addresses = Vec::new();
    let mut passed_over = Vec::new();
    for address in found {
        let (enabled, knob) = if address.is_ipv4() {
            (network.enable_ipv4, "ENABLE_IPV4")
        } else {
            (network.enable_ipv6, "ENABLE_IPV6")
        };
        if !enabled {
            passed_over.push(format!("{} ({knob} is false)", address.ip()));
        } else if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(if passed_over.is_empty() {
            "has no address".into()
        } else {
            format!("has no address to use but {}", passed_over.join(", "))
        });
    }
    addresses.sort_by_key(|address| address.is_ipv4() != network.prefer_outbound_ipv4);
    Ok(addresses)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn addresses(text: &[&str]) -> Vec<SocketAddr> {
        text.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_settings_choose_among_a_names_addresses() {
        let found = addresses(&["[::1]:9", "10.0.0.1:9", "[::2]:9", "10.0.0.2:9", "[::1]:9"]);
        let with = |change: fn(&mut LocalNetwork)| {
            let mut network = LocalNetwork::default();
            change(&mut network);
            usable(found.clone().into_iter(), &network)
        };
        let v4_first = ["10.0.0.1:9", "10.0.0.2:9", "[::1]:9", "[::2]:9"];
        let v6_first = ["[::1]:9", "[::2]:9", "10.0.0.1:9", "10.0.0.2:9"];
        assert_eq!(with(|_| ()), Ok(addresses(&v4_first)));
        let prefer_v6 = with(|network| network.prefer_outbound_ipv4 = false);
        assert_eq!(prefer_v6, Ok(addresses(&v6_first)));
        let only_v6 = with(|network| network.enable_ipv4 = false);
        assert_eq!(only_v6, Ok(addresses(&["[::1]:9", "[::2]:9"])));
        let only_v4 = with(|network| network.enable_ipv6 = false);
        assert_eq!(only_v4, Ok(addresses(&["10.0.0.1:9", "10.0.0.2:9"])));
        let none = with(|network| (network.enable_ipv4, network.enable_ipv6) = (false, false));
        assert!(
            none.unwrap_err()
                .contains("10.0.0.1 (ENABLE_IPV4 is false)")
        );
    }

    #[test]
    fn one_address_does_not_use_up_the_others_time() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let full = full_backlog();
            let silent = full.0;
            let good = listener.local_addr().unwrap();
            let mut trace = Trace::default();
            let deadline = Deadline::after(Duration::from_secs(1));
            let connected = first(&[silent, good], deadline, &mut trace).await;
            assert!(connected.is_ok_and(|(_, peer, _)| peer == good));
            assert_eq!(trace.iter().count(), 1);

            drop(listener);
            let deadline = Deadline::after(Duration::from_secs(1));
            let failed = first(&[silent, good], deadline, &mut trace).await;
            let Err(Silent::Not(problems)) = failed else {
                unreachable!("both fail in time");
            };
            let text = named(&problems);
            assert!(text.contains(&silent.to_string()) && text.contains(&good.to_string()));

            let deadline = Deadline::after(Duration::from_millis(200));
            let late = first(&[good, silent], deadline, &mut trace).await;
            assert!(matches!(late, Err(Silent::Last)));
        });
    }

    /// A listener with no room for another connection, which so is never answered.
    fn full_backlog() -> (SocketAddr, std::net::TcpListener, Vec<std::net::TcpStream>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) =
            std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100))
        {
            waiting.push(stream);
        }
        (address, listener, waiting)
    }
}
