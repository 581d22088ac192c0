//! Two configs that trust each other, and handshakes between them in memory.

use crate::Result;
use handfast::config::Trust;
use handfast::stream::now;
use handfast::{
    Client, ClientConfig, Connection, Credential, Event, Roots, Server, ServerConfig, ServerName,
};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_crypto::signature::KeyKind;

pub(crate) const HOST: &str = "crowd.test";

/// Two configs that trust each other.
pub(crate) struct Meeting {
    pub(crate) client: ClientConfig,
    pub(crate) server: ServerConfig,
    /// The root's certificate.
    pub(crate) root: Vec<u8>,
}

impl Meeting {
    pub(crate) fn new() -> Result<Self> {
        let validity = Validity::days(now().unix_ms / 1000, 1);
        let root = Authority::new("Crowd root", validity, KeyKind::EcP256)?;
        let names = [AlternativeName::dns(HOST)];
        let issued = root.issue_server(&names, validity, KeyKind::EcP256)?;
        let mut roots = Roots::new();
        roots.add(root.root_der().clone())?;
        let (chain, key) = issued.into_parts();
        Ok(Self {
            root: root.root_der().to_vec(),
            client: ClientConfig::new(Trust::Roots(roots)),
            server: ServerConfig::new(Credential::new(chain, key)?),
        })
    }
}

/// All that a connection wants to send.
pub(crate) fn say(connection: &mut Connection, to: &mut Vec<u8>) -> Result<()> {
    while connection.wants_send() {
        let start = to.len();
        to.resize(start + connection.send_size(0), 0);
        let written = connection.send(&[], to.get_mut(start..).unwrap_or_default())?;
        to.truncate(start + written);
    }
    Ok(())
}

/// Gives bytes to a connection until it wants more; tells whether it is connected.
pub(crate) fn hear(connection: &mut Connection, bytes: &mut Vec<u8>) -> Result<bool> {
    let mut connected = false;
    loop {
        let received = connection.receive(bytes, now())?;
        bytes.drain(..received.consumed.min(bytes.len()));
        match received.event {
            None => return Ok(connected),
            Some(Event::Connected) => connected = true,
            Some(_) => {}
        }
    }
}

/// A handshake to its end.
pub(crate) fn connect(client: &Client, server: &Server) -> Result<(Connection, Connection)> {
    let mut ours = client.connect(ServerName::parse(HOST)?, now())?;
    let mut theirs = server.accept(now())?;
    let mut wire = Vec::new();
    let (mut here, mut there) = (false, false);
    for _ in 0..6 {
        say(&mut ours, &mut wire)?;
        there |= hear(&mut theirs, &mut wire)?;
        say(&mut theirs, &mut wire)?;
        here |= hear(&mut ours, &mut wire)?;
        if here && there && !ours.wants_send() && !theirs.wants_send() {
            return Ok((ours, theirs));
        }
    }
    Err("the two did not come together".into())
}
