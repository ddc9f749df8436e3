//! Connections from a loopback address of one's choice.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Hands one connection on to `server`, which sees it come from `source`. Gives the address to connect to.
pub(super) async fn relay(server: SocketAddr, source: IpAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        if let Ok((mut client, _)) = listener.accept().await
            && let Ok(mut server) = connect(server, source).await
        {
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    });
    Ok(address)
}

async fn connect(server: SocketAddr, source: IpAddr) -> io::Result<TcpStream> {
    let socket = if server.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.bind((source, 0).into())?;
    socket.connect(server).await
}
