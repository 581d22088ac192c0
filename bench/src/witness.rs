//! What the wire says about how a client came: the same for every library.

use crate::Result;
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, HandshakeHeader, ServerHello};
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};

/// How a client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// With a full handshake.
    Anew,
    /// TLS 1.3: the server took a pre-shared key.
    Psk,
    /// TLS 1.2: with a ticket (RFC 5077), and the session ID came back.
    Ticket,
    /// TLS 1.2: with a session ID alone, and it came back.
    SessionId,
}

/// Reads the first flights of both sides.
pub(crate) fn witness(client_flight: &[u8], server_flight: &[u8]) -> Result<Came> {
    let (client, server) = (first(client_flight)?, first(server_flight)?);
    if (client.0, server.0) != (HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO) {
        return Err("the flights do not begin with Hellos".into());
    }
    let asked = ClientHello::decode(client.1).map_err(|_| "no ClientHello")?;
    let answer = ServerHello::decode(server.1).map_err(|_| "no ServerHello")?;
    if answer
        .extensions
        .find(ExtensionType::SUPPORTED_VERSIONS)
        .is_some()
    {
        let psk = answer.extensions.find(ExtensionType::PRE_SHARED_KEY);
        return Ok(if psk.is_some() { Came::Psk } else { Came::Anew });
    }
    let id = asked.legacy_session_id.0;
    if id.is_empty() || id != answer.legacy_session_id_echo.0 {
        return Ok(Came::Anew);
    }
    let ticket = asked.extensions.find(ExtensionType::SESSION_TICKET);
    Ok(if ticket.is_some_and(|ticket| !ticket.is_empty()) {
        Came::Ticket
    } else {
        Came::SessionId
    })
}

/// The first message of a flight; it lies whole in the first record.
fn first(flight: &[u8]) -> Result<(HandshakeType, &[u8])> {
    let [kind, _, _, high, low, rest @ ..] = flight else {
        return Err("no record".into());
    };
    let record = rest.get(..usize::from(u16::from_be_bytes([*high, *low])));
    let whole = record
        .filter(|_| *kind == ContentType::HANDSHAKE.0)
        .ok_or("no handshake record")?;
    let header = HandshakeHeader::peek(whole).ok_or("no message")?;
    let end = HandshakeHeader::LENGTH + usize::try_from(header.length)?;
    let body = whole.get(HandshakeHeader::LENGTH..end);
    Ok((header.msg_type, body.ok_or("a message in pieces")?))
}
