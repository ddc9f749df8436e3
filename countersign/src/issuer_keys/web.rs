//! One question over HTTPS, within limits.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_methods::scitokens::{KeysUnavailable, MAX_JWKS};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::Address;
use super::roots::Roots;

/// The most redirects that are followed for one question.
const MAX_REDIRECTS: usize = 3;

/// The most that is kept of an answer before its body, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The most addresses of a host that are tried.
const MAX_TRIED: usize = 4;

/// The way to the issuers.
#[derive(Debug)]
pub(super) struct Web {
    roots: Arc<Roots>,
    /// The system's resolver cannot be told to give up: those who wait for it keep their place.
    lookups: Arc<Semaphore>,
}

/// What is being asked for at the moment, and until when.
#[derive(Debug)]
pub(super) struct Errand {
    url: Mutex<String>,
    deadline: Instant,
}

impl Errand {
    pub(super) fn new(time: Duration) -> Self {
        Self {
            url: Mutex::default(),
            deadline: Instant::now() + time,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What was being asked for when time ran out.
    pub(super) fn out_of_time(&self, time: Duration) -> KeysUnavailable {
        let url = self.url.lock().unwrap_or_else(PoisonError::into_inner);
        KeysUnavailable::Unreachable {
            url: url.clone(),
            problem: format!("there was no whole answer within {} s", time.as_secs_f32()),
        }
    }
}

/// An answer that is no redirect.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Keeps a connection going for as long as this lives.
struct Going(tokio::task::JoinHandle<()>);

impl Drop for Going {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Web {
    pub(super) fn new(roots: Arc<Roots>, lookups: usize) -> Self {
        Self {
            roots,
            lookups: Arc::new(Semaphore::new(lookups)),
        }
    }

    /// Asks, and follows redirects of the same server. Only the body of a good answer is read.
    pub(super) async fn get(&self, url: &str, errand: &Errand) -> Result<Answer, KeysUnavailable> {
        let mut here = Address::parse(url)?;
        for _ in 0..=MAX_REDIRECTS {
            *errand.url.lock().unwrap_or_else(PoisonError::into_inner) = here.as_str().to_owned();
            let (answer, _going) = self.ask(&here, errand).await?;
            let status = answer.status();
            if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                let body = match status {
                    StatusCode::OK => body(answer.into_body(), &here).await?,
                    _ => Vec::new(),
                };
                return Ok(Answer { status, body });
            }
            let location = answer.headers().get(LOCATION);
            let location = location.and_then(|text| text.to_str().ok()).unwrap_or("");
            let to = here.redirect(location);
            let refused = |problem| KeysUnavailable::Redirected {
                from: here.as_str().to_owned(),
                to: to.clone(),
                problem,
            };
            let there = match Address::parse(&to) {
                Ok(there) => there,
                Err(KeysUnavailable::NotHttps { .. }) => {
                    return Err(refused("that is not https"));
                }
                Err(_) => return Err(refused("that is no address")),
            };
            if !there.is_same_origin(&here) {
                return Err(refused(
                    "only redirects to the same host and port are followed",
                ));
            }
            here = there;
        }
        Err(KeysUnavailable::Redirected {
            from: url.to_owned(),
            to: here.as_str().to_owned(),
            problem: "that is one redirect too many",
        })
    }

    async fn ask(
        &self,
        address: &Address,
        errand: &Errand,
    ) -> Result<(Response<Incoming>, Going), KeysUnavailable> {
        let unreachable = |problem: String| KeysUnavailable::Unreachable {
            url: address.as_str().to_owned(),
            problem,
        };
        let stream = self
            .connect(address, errand.deadline)
            .await
            .map_err(unreachable)?;
        let hyper = |error: hyper::Error| unreachable(format!("no HTTP is spoken there: {error}"));
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
            .await
            .map_err(hyper)?;
        let going = Going(tokio::spawn(async move {
            // What goes wrong with it, the one who waits for the answer learns.
            let _ = connection.await;
        }));
        let request = Request::get(address.path.as_str())
            .header(HOST, address.authority())
            .header(USER_AGENT, "countersign")
            .header(ACCEPT, "application/json")
            .body(Empty::new())
            .map_err(|error| KeysUnavailable::BadUrl {
                url: address.as_str().to_owned(),
                problem: error.to_string(),
            })?;
        let answer = sender.send_request(request).await.map_err(hyper)?;
        Ok((answer, going))
    }

    /// A connection to one of the host's addresses that shows the host's certificate.
    async fn connect(
        &self,
        address: &Address,
        deadline: Instant,
    ) -> Result<TlsStream<TcpStream>, String> {
        let roots = self.roots.clone();
        let config = tokio::task::spawn_blocking(move || roots.config())
            .await
            .map_err(|_| "the CA certificates cannot be read".to_owned())??;
        let name = ServerName::try_from(address.host.clone()).map_err(|error| error.to_string())?;
        let addresses = self.look_up(&address.host, address.port).await?;
        let mut problem = format!("{} has no address", address.host);
        let mut left = u32::try_from(addresses.len()).unwrap_or(1);
        for one in addresses {
            // An address that does not answer must not use up the time of the next one.
            let share = deadline.saturating_duration_since(Instant::now()) / left.max(1);
            left = left.saturating_sub(1);
            match timeout(share, TcpStream::connect(one)).await {
                Ok(Ok(stream)) => {
                    let tls = TlsConnector::from(config).connect(name, stream);
                    return match timeout_at(deadline, tls).await {
                        Ok(Ok(stream)) => Ok(stream),
                        Ok(Err(error)) => Err(format!("TLS with {one}: {error}")),
                        Err(_) => Err(format!("TLS with {one}: no answer in time")),
                    };
                }
                Ok(Err(error)) => problem = format!("connecting to {one}: {error}"),
                Err(_) => problem = format!("connecting to {one}: no answer in time"),
            }
        }
        Err(problem)
    }

    async fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
        if let Ok(address) = host.parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let permit = self.lookups.clone().acquire_owned().await;
        let permit = permit.map_err(|error| error.to_string())?;
        let name = host.to_owned();
        let found = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), port))
                .map(|all| all.take(MAX_TRIED).collect())
        });
        match found.await {
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(error)) => Err(format!("looking up {host}: {error}")),
            Err(_) => Err(format!("looking up {host}: it failed")),
        }
    }
}

/// An answer's body, if it is within the limit.
async fn body(mut body: Incoming, address: &Address) -> Result<Vec<u8>, KeysUnavailable> {
    let too_large = || KeysUnavailable::TooLarge {
        url: address.as_str().to_owned(),
        limit: MAX_JWKS,
    };
    let limit = u64::try_from(MAX_JWKS).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| KeysUnavailable::Unreachable {
            url: address.as_str().to_owned(),
            problem: format!("the answer breaks off: {error}"),
        })?;
        let data = frame.into_data().unwrap_or_default();
        if bytes.len() + data.len() > MAX_JWKS {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
