//! A man in the middle who answers both sides with a public key of his own and passes everything else on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use countersign::classad::ClassAd;
use countersign::core::crypto::{ChannelKey, KeyPair};
use countersign::core::names::attrs;
use countersign::core::wire::{Codec, Encoder, HANDSHAKE_AD, Message, StringForm};

use super::victim::Way;

/// What he comes away with.
#[derive(Debug)]
pub(super) struct Loot {
    /// The server's reply to the hello.
    pub(super) reply: ClassAd,
    /// The server's decision about the victim, which was encrypted.
    pub(super) decision: ClassAd,
    /// The answer to the victim's command, which was encrypted.
    pub(super) answer: ClassAd,
    /// The key of the session that the server holds for the victim's.
    pub(super) key: ChannelKey,
}

/// What he does about FS's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trick {
    /// Nothing.
    None,
    /// He tells the server that the client saw the server's own address.
    OtherBinding,
    /// He asks the client for a path that invites no binding, which is the one the server then looks at.
    NoBinding,
}

/// One end of a connection.
pub(super) struct Leg {
    pub(super) stream: TcpStream,
    codec: Codec,
}

impl Leg {
    pub(super) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        Self {
            stream,
            codec: Codec::new(1 << 20),
        }
    }

    pub(super) fn receive(&mut self, what: &str) -> Result<Message, String> {
        let mut buffer = [0; 16384];
        loop {
            match self.codec.next_message() {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => {}
                Err(error) => return Err(format!("{what}: {error}")),
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(format!("{what}: closed")),
                Ok(read) => self.codec.feed(&buffer[..read]),
                Err(error) => return Err(format!("{what}: {error}")),
            }
        }
    }

    pub(super) fn send(&mut self, message: &Message) -> Result<(), String> {
        let bytes = self.codec.encode(message).map_err(|e| e.to_string())?;
        self.stream.write_all(&bytes).map_err(|e| e.to_string())
    }
}

fn pass(from: &mut Leg, to: &mut Leg, what: &str) -> Result<Message, String> {
    let message = from.receive(what)?;
    to.send(&message)?;
    Ok(message)
}

pub(super) fn clear() -> Encoder {
    Encoder::new(StringForm::Terminated)
}

/// Puts another key into an ad and gives the one that was there.
fn replace_key(ad: &mut ClassAd, own: &KeyPair) -> Result<String, String> {
    let theirs = ad
        .get_str(attrs::ECDH_PUBLIC_KEY)
        .ok_or("there is no key in the ad")?
        .to_owned();
    ad.insert(attrs::ECDH_PUBLIC_KEY, own.public_base64());
    Ok(theirs)
}

/// Relays one connection, and the command's answer.
pub(super) fn relay(
    listener: &TcpListener,
    server: SocketAddr,
    way: Way,
    trick: Trick,
) -> Result<Loot, String> {
    let client = listener.accept().map_err(|e| e.to_string())?.0;
    let mut client = Leg::new(client);
    let mut server = Leg::new(TcpStream::connect(server).map_err(|e| e.to_string())?);
    let own = KeyPair::generate(&mut countersign::SystemEntropy).map_err(|e| e.to_string())?;

    let hello = client.receive("the hello")?;
    let mut decoder = hello.decoder();
    let command = decoder.int("command").map_err(|e| e.to_string())?;
    let mut ad = decoder
        .ad("hello", HANDSHAKE_AD)
        .map_err(|e| e.to_string())?;
    let client_key = replace_key(&mut ad, &own)?;
    server.send(&clear().int(command).ad(&ad).finish())?;

    let message = server.receive("the reply")?;
    let mut reply = read(&message)?;
    let server_key = replace_key(&mut reply, &own)?;
    client.send(&clear().ad(&reply).finish())?;

    pass(&mut client, &mut server, "the mask")?;
    pass(&mut server, &mut client, "the choice")?;
    match way {
        Way::Token | Way::SelfMade => {
            pass(&mut client, &mut server, "the token")?;
            pass(&mut server, &mut client, "the server's proof")?;
            pass(&mut client, &mut server, "the client's proof")?;
        }
        Way::ClaimToBe => {
            pass(&mut client, &mut server, "the claim")?;
            pass(&mut server, &mut client, "the answer")?;
        }
        Way::Fs | Way::UnboundFs => directory(&mut client, &mut server, trick)?,
    }
    let flag = pass(&mut server, &mut client, "the key flag")?;
    if flag.decoder().int("flag") != Ok(0) {
        pass(&mut server, &mut client, "the wrapped key")?;
    }
    let key = own.agree(&server_key).map_err(|e| e.to_string())?;
    server.codec.protect(&key, [1; 16]);
    let with_client = own.agree(&client_key).map_err(|e| e.to_string())?;
    client.codec.protect(&with_client, [2; 16]);
    let decision = pass(&mut server, &mut client, "the decision")?;
    let answer = pass(&mut server, &mut client, "the answer to the command")?;
    Ok(Loot {
        reply,
        decision: read(&decision)?,
        answer: read(&answer)?,
        key,
    })
}

pub(super) fn read(message: &Message) -> Result<ClassAd, String> {
    message
        .decoder()
        .ad("an ad", HANDSHAKE_AD)
        .map_err(|error| error.to_string())
}

fn directory(client: &mut Leg, server: &mut Leg, trick: Trick) -> Result<(), String> {
    let path = server.receive("the path")?;
    let text = path
        .decoder()
        .string("path", 8192)
        .map_err(|e| e.to_string())?
        .to_owned();
    if trick == Trick::NoBinding {
        // The server takes a report without a binding, and then looks at the path as it stands; but the client adds
        // its own behind the last `_`. So it is told a path that has none there.
        client.send(&clear().string(text.trim_end_matches('_')).finish())?;
    } else {
        client.send(&path)?;
    }
    let report = client.receive("the report")?;
    if trick == Trick::OtherBinding {
        let address = server.stream.peer_addr().map_err(|e| e.to_string())?;
        let status = report.decoder().int("status").map_err(|e| e.to_string())?;
        let lie = clear().int(status).string(&address.to_string());
        server.send(&lie.finish())?;
    } else {
        server.send(&report)?;
    }
    let verdict = pass(server, client, "the verdict")?;
    match verdict.decoder().int("verdict") {
        Ok(0) => Ok(()),
        other => Err(format!("the server's verdict is {other:?}")),
    }
}
