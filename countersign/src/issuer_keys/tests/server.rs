//! An issuer on this machine's loopback, with a certificate of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What is answered.
pub(super) enum Answer {
    /// Status 200.
    Ok(String),
    /// A status without a body.
    Status(u16),
    /// A redirect.
    To(String),
    /// A body without end, as long as somebody reads it.
    Endless,
    /// A byte now and then.
    Drip,
    /// Nothing, ever.
    Nothing,
    /// The connection ends in the middle.
    Broken,
}

type Handler = dyn Fn(&str) -> Answer + Send + Sync;

/// The issuer.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) port: u16,
    /// Goes with the last clone.
    pub(super) folder: Arc<super::Folder>,
    pub(super) certificate: PathBuf,
    pub(super) asked: Arc<Mutex<Vec<String>>>,
    pub(super) connections: Arc<AtomicUsize>,
    pub(super) open: Arc<AtomicUsize>,
    pub(super) most_open: Arc<AtomicUsize>,
    handler: Arc<Mutex<Arc<Handler>>>,
}

impl Server {
    /// Starts one whose certificate is for `names`.
    pub(super) async fn start(names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let folder = super::folder();
        let certificate = folder.join("ca.pem");
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let nothing: Arc<Handler> = Arc::new(|_| Answer::Status(404));
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            folder: Arc::new(folder),
            certificate,
            asked: Arc::default(),
            connections: Arc::default(),
            open: Arc::default(),
            most_open: Arc::default(),
            handler: Arc::new(Mutex::new(nothing)),
        };
        let (this, acceptor) = (server.clone(), TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (this, acceptor) = (this.clone(), acceptor.clone());
                tokio::spawn(async move {
                    this.connections.fetch_add(1, Ordering::SeqCst);
                    let open = this.open.fetch_add(1, Ordering::SeqCst) + 1;
                    this.most_open.fetch_max(open, Ordering::SeqCst);
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = this.talk(&mut stream).await;
                        let _ = stream.shutdown().await;
                    }
                    this.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    async fn talk<S>(&self, stream: &mut S) -> std::io::Result<()>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let handler = self.handler.lock().unwrap().clone();
        let start = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
        match handler(&path) {
            Answer::Ok(body) => {
                let head = format!("{start}Content-Length: {}\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await
            }
            Answer::Status(status) => {
                let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).await
            }
            Answer::To(to) => {
                let head = format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).await
            }
            Answer::Endless => {
                stream.write_all(format!("{start}\r\n").as_bytes()).await?;
                loop {
                    stream.write_all(&[b' '; 8192]).await?;
                }
            }
            Answer::Drip => {
                let head = format!("{start}Content-Length: 1000\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                loop {
                    stream.write_all(b" ").await?;
                    stream.flush().await?;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            Answer::Nothing => {
                // Until the other side hangs up.
                stream.read_buf(&mut Vec::new()).await.map(|_| ())
            }
            Answer::Broken => {
                let head = format!("{start}Content-Length: 1000\r\n\r\n{{");
                stream.write_all(head.as_bytes()).await
            }
        }
    }

    pub(super) fn answers(&self, handler: impl Fn(&str) -> Answer + Send + Sync + 'static) {
        *self.handler.lock().unwrap() = Arc::new(handler);
    }

    /// Answers as an issuer does, with keys of these names.
    pub(super) fn publishes(&self, kids: &[&str]) {
        let (jwks, metadata) = (super::jwks(kids), self.metadata("/jwks"));
        self.answers(move |path| match path {
            "/jwks" => Answer::Ok(jwks.clone()),
            path if path.ends_with("/.well-known/openid-configuration") => {
                Answer::Ok(metadata.clone())
            }
            _ => Answer::Status(404),
        });
    }

    pub(super) fn metadata(&self, jwks: &str) -> String {
        format!(
            "{{\"issuer\":\"?\",\"jwks_uri\":\"{}{jwks}\"}}",
            self.issuer()
        )
    }

    pub(super) fn issuer(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}
