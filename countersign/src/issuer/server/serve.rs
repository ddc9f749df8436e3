//! What a connection sees.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value as Json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::handle::Shared;
use crate::issuer::url::{CERTS, METADATA};

/// Connections at once; others wait.
const MAX_CONNECTIONS: usize = 64;

/// Bytes of a request's head.
const MAX_HEAD: usize = 8 * 1024;

/// How long a connection may take, from its first byte to its last.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long to wait after the system refused to give a connection.
const BACK_OFF: Duration = Duration::from_millis(100);

/// How long others may keep a document. Half of the time after which verifiers ask again.
const CACHE: HeaderValue = HeaderValue::from_static("max-age=300");

/// Accepts until it is dropped. Connections end with it.
pub(super) async fn accept(listener: TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    // It is never closed.
    while let Ok(place) = places.clone().acquire_owned().await {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((socket, _)) => {
                let (tls, shared) = (tls.clone(), shared.clone());
                connections.spawn(async move {
                    let _ = timeout(DEADLINE, connection(socket, tls, shared)).await;
                    drop(place);
                });
            }
            Err(_) => sleep(BACK_OFF).await,
        }
    }
}

/// One connection; whatever goes wrong ends it, and it alone.
async fn connection(socket: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(stream) = tls.accept(socket).await else {
        return;
    };
    let service = service_fn(move |request| answer(request, shared.clone()));
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(DEADLINE)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let Some(name) = path
        .strip_prefix(shared.url.path())
        .filter(|name| [METADATA, CERTS].contains(name))
    else {
        return Ok(plain(StatusCode::NOT_FOUND));
    };
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED);
        let methods = HeaderValue::from_static("GET, HEAD");
        refusal.headers_mut().insert(ALLOW, methods);
        return Ok(refusal);
    }
    let is_metadata = name == METADATA;
    // Files may have to be read.
    let keys = tokio::task::spawn_blocking(move || {
        let keys = shared.keys.jwks(super::handle::now())?;
        Ok::<_, super::IssuerError>(if is_metadata {
            shared.url.metadata(&keys)
        } else {
            keys.to_json()
        })
    });
    Ok(match keys.await {
        Ok(Ok(document)) => json(&document),
        _ => plain(StatusCode::INTERNAL_SERVER_ERROR),
    })
}

fn json(document: &Json) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{document:#}\n")));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, CACHE);
    response
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
