//! Somebody on the way who takes down what the client says, and who may hold back what the server says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};

/// What is done on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing.
    Straight,
    /// The server's bytes go one by one.
    Dribble,
    /// Each connection comes from one of so many addresses.
    From(u8),
}

/// The way to a server: its port, and all that clients have said.
pub(crate) struct Wire {
    pub(crate) port: u16,
    pub(crate) heard: Arc<Mutex<Vec<u8>>>,
}

pub(crate) async fn to(server: SocketAddr, way: Way) -> Wire {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let taken = heard.clone();
    tokio::spawn(async move {
        let mut number: u8 = 0;
        while let Ok((client, _)) = listener.accept().await {
            let socket = TcpSocket::new_v4().unwrap();
            if let Way::From(addresses) = way {
                let from = Ipv4Addr::new(127, 0, 0, 10 + number % addresses);
                number = (number + 1) % addresses;
                socket.bind(SocketAddr::new(IpAddr::V4(from), 0)).unwrap();
            }
            let taken = taken.clone();
            tokio::spawn(async move {
                let Ok(server) = socket.connect(server).await else {
                    return;
                };
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let forth = async {
                    let mut buffer = vec![0; 16_384];
                    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
                        if !matches!(way, Way::From(_)) {
                            taken.lock().unwrap().extend(&buffer[..read]);
                        }
                        if to_server.write_all(&buffer[..read]).await.is_err() {
                            break;
                        }
                    }
                    let _ = to_server.shutdown().await;
                };
                let back = async {
                    let mut buffer = vec![0; if way == Way::Dribble { 1 } else { 16_384 }];
                    let mut slow = 400;
                    while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
                        if way == Way::Dribble && slow > 0 {
                            tokio::time::sleep(Duration::from_millis(1)).await;
                            slow -= 1;
                        }
                        if to_client.write_all(&buffer[..read]).await.is_err() {
                            break;
                        }
                    }
                    let _ = to_client.shutdown().await;
                };
                tokio::join!(forth, back);
            });
        }
    });
    Wire { port, heard }
}
