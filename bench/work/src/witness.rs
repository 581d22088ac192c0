//! What the wire says about how a client came: the same for every library.

use crate::Result;
use crate::task::{Group, Keys, Scenario, Suite, Version};
use handfast_wire::codec::Wire;
use handfast_wire::handshake::{ClientHello, HandshakeHeader, ServerHello};
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};

/// How a client came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
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
pub fn witness(client_flight: &[u8], server_flight: &[u8]) -> Result<Came> {
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

/// Refuses a handshake that agreed on another version, suite or group than the row says.
pub fn agreed(server_flight: &[u8], scenario: Scenario) -> Result<()> {
    let answer = ServerHello::decode(first(server_flight)?.1).map_err(|_| "no ServerHello")?;
    let share = answer.extensions.find(ExtensionType::KEY_SHARE);
    let group = match scenario.version {
        Version::Tls13 => share.and_then(|share| share.first_chunk::<2>().copied()),
        Version::Tls12 => curve(server_flight),
    };
    let got = (answer.cipher_suite.0, group.map(u16::from_be_bytes));
    let group = match scenario.group {
        Group::X25519 => 0x001d,
        Group::Hybrid => 0x11ec,
        Group::P384 => 0x0018,
    };
    let full = scenario.version == Version::Tls13 || scenario.back.is_none();
    let wanted = (suite(scenario), full.then_some(group));
    if got == wanted {
        Ok(())
    } else {
        Err(format!("agreed on {got:04x?}, not {wanted:04x?}").into())
    }
}

/// The group of TLS 1.2's ServerKeyExchange (RFC 8422 section 5.4), if there is one.
fn curve(flight: &[u8]) -> Option<[u8; 2]> {
    let (mut joined, mut rest) = (Vec::new(), flight);
    while let [22, _, _, high, low, after @ ..] = rest {
        let (record, next) =
            after.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        joined.extend_from_slice(record);
        rest = next;
    }
    let mut messages = joined.as_slice();
    while let Some(header) = HandshakeHeader::peek(messages) {
        let body = messages.get(HandshakeHeader::LENGTH..)?;
        let (body, next) = body.split_at_checked(usize::try_from(header.length).ok()?)?;
        if header.msg_type == HandshakeType::SERVER_KEY_EXCHANGE {
            return body.get(1..3)?.try_into().ok();
        }
        messages = next;
    }
    None
}

/// IANA's numbers.
fn suite(scenario: Scenario) -> u16 {
    match (scenario.version, scenario.keys, scenario.suite) {
        (Version::Tls13, _, Suite::Aes128) => 0x1301,
        (Version::Tls13, _, Suite::Aes256) => 0x1302,
        (Version::Tls13, _, Suite::ChaCha20) => 0x1303,
        (Version::Tls12, Keys::Rsa2048, Suite::Aes128) => 0xc02f,
        (Version::Tls12, Keys::Rsa2048, Suite::Aes256) => 0xc030,
        (Version::Tls12, Keys::Rsa2048, Suite::ChaCha20) => 0xcca8,
        (Version::Tls12, _, Suite::Aes128) => 0xc02b,
        (Version::Tls12, _, Suite::Aes256) => 0xc02c,
        (Version::Tls12, _, Suite::ChaCha20) => 0xcca9,
    }
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
