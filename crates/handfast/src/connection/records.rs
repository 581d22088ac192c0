//! Looking at a record before it is opened, and counting what comes in a row.

use crate::fault::Fault;
use handfast_wire::handshake::Ssl2Header;
use handfast_wire::record::{MAX_PLAINTEXT, RecordHeader};
use handfast_wire::registry::ContentType;
#[cfg(not(feature = "legacy"))]
use handfast_wire::registry::ProtocolVersion;

/// What lies at the front of the buffer.
pub(crate) enum Record<'b> {
    Whole(Whole<'b>),
    /// A ClientHello in SSL 2.0's format, without its header.
    #[cfg(feature = "legacy")]
    Ssl2Hello(&'b mut [u8]),
    /// So many bytes are missing.
    Missing(usize),
}

/// A whole record.
pub(crate) struct Whole<'b> {
    pub(crate) header: &'b [u8; RecordHeader::LENGTH],
    pub(crate) body: &'b mut [u8],
}

/// Checks the header at the front of `buffer` and cuts the record off.
/// `first` says that a server has seen no record yet; `expansion` is by how many bytes a protected
/// record may be longer than its content.
pub(crate) fn inspect(
    buffer: &mut [u8],
    first: bool,
    protected: bool,
    expansion: usize,
) -> Result<Record<'_>, Fault> {
    if first {
        refuse_plain_http(buffer)?;
        if let Some(header) = Ssl2Header::peek(buffer) {
            return ssl2_hello(header, buffer);
        }
    }
    let Some(header) = RecordHeader::peek(buffer) else {
        return Ok(Record::Missing(
            RecordHeader::LENGTH.saturating_sub(buffer.len()),
        ));
    };
    let known = matches!(
        header.content_type,
        ContentType::CHANGE_CIPHER_SPEC
            | ContentType::ALERT
            | ContentType::HANDSHAKE
            | ContentType::APPLICATION_DATA
    );
    let major = header.legacy_record_version.0 >> 8;
    if first && (!known || major != 3) {
        return Err(if known {
            Fault::RecordVersionWrong
        } else {
            Fault::NotTls
        });
    }
    if !known {
        return Err(Fault::RecordTypeUnknown);
    }
    if major != 3 {
        return Err(Fault::RecordVersionWrong);
    }
    let length = usize::from(header.length);
    if length > MAX_PLAINTEXT + expansion {
        return Err(Fault::RecordTooLong);
    }
    // Early data that is to be skipped is protected, whatever we are.
    let plain = !protected && header.content_type != ContentType::APPLICATION_DATA;
    if plain && length > MAX_PLAINTEXT {
        return Err(Fault::PlaintextTooLong);
    }
    let total = RecordHeader::LENGTH + length;
    let have = buffer.len();
    let Some((header, rest)) = buffer.split_first_chunk_mut() else {
        return Ok(Record::Missing(total.saturating_sub(have)));
    };
    match rest.get_mut(..length) {
        Some(body) => Ok(Record::Whole(Whole { header, body })),
        None => Ok(Record::Missing(total.saturating_sub(have))),
    }
}

/// Nothing of SSL 2.0 but its ClientHello, as the way to a newer version (RFC 6176 section 2).
#[cfg(feature = "legacy")]
fn ssl2_hello(header: Ssl2Header, buffer: &mut [u8]) -> Result<Record<'_>, Fault> {
    let length = usize::from(header.length);
    if length > MAX_PLAINTEXT {
        return Err(Fault::PlaintextTooLong);
    }
    let missing = (Ssl2Header::LENGTH + length).saturating_sub(buffer.len());
    let message = buffer.get_mut(Ssl2Header::LENGTH..Ssl2Header::LENGTH + length);
    Ok(message.map_or(Record::Missing(missing), Record::Ssl2Hello))
}

#[cfg(not(feature = "legacy"))]
fn ssl2_hello(_: Ssl2Header, buffer: &mut [u8]) -> Result<Record<'_>, Fault> {
    let version = buffer.get(3..5);
    if version == Some(&ProtocolVersion::SSL_2_0.0.to_be_bytes()) {
        return Err(Fault::Ssl2Alone);
    }
    Err(Fault::Ssl2HelloRefused)
}

/// Someone who speaks HTTP here deserves to hear so.
fn refuse_plain_http(buffer: &[u8]) -> Result<(), Fault> {
    // Five bytes tell: a caller that reads as many as are needed has no more.
    const METHODS: [&[u8]; 8] = [
        b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIO", b"DELET", b"PATCH", b"TRACE",
    ];
    if METHODS.iter().any(|method| buffer.starts_with(method)) {
        return Err(Fault::PlainHttp);
    }
    if buffer.starts_with(b"CONNECT ") || buffer.starts_with(b"CONNE") {
        return Err(Fault::PlainHttpProxy);
    }
    Ok(())
}

/// What came in a row, each with its limit (`attacks.md`, A21).
#[derive(Default)]
pub(crate) struct Counts {
    /// Records of any kind.
    pub(crate) records: u32,
    /// Records that carried nothing.
    pub(crate) empty: u8,
    /// ChangeCipherSpecs that meant nothing.
    pub(crate) dummies: u8,
    since_data: SinceData,
}

/// What came since there was data: eight bytes, so that each record of data clears them at once.
#[derive(Default)]
#[repr(C, align(8))]
struct SinceData {
    warnings: u8,
    key_updates: u8,
    tickets: u8,
    requests: u8,
    hello_requests: u8,
    _spare: [u8; 3],
}

const MAX_EMPTY: u8 = 32;
const MAX_WARNINGS: u8 = 4;
const MAX_KEY_UPDATES: u8 = 32;
const MAX_TICKETS: u8 = 32;
const MAX_REQUESTS: u8 = 32;
const MAX_HELLO_REQUESTS: u8 = 32;

impl Counts {
    /// Application data came, perhaps none.
    pub(crate) fn data(&mut self, bytes: usize) -> Result<(), Fault> {
        if bytes == 0 {
            return self.nothing();
        }
        self.empty = 0;
        self.since_data = SinceData::default();
        Ok(())
    }

    /// A record came that carries nothing.
    pub(crate) fn nothing(&mut self) -> Result<(), Fault> {
        count(&mut self.empty, MAX_EMPTY, Fault::TooManyEmptyRecords)
    }

    pub(crate) fn warning(&mut self) -> Result<(), Fault> {
        count(
            &mut self.since_data.warnings,
            MAX_WARNINGS,
            Fault::TooManyWarningAlerts,
        )
    }

    pub(crate) fn key_update(&mut self) -> Result<(), Fault> {
        count(
            &mut self.since_data.key_updates,
            MAX_KEY_UPDATES,
            Fault::TooManyKeyUpdates,
        )
    }

    /// A HelloRequest came that is not heard.
    pub(crate) fn hello_request(&mut self) -> Result<(), Fault> {
        count(
            &mut self.since_data.hello_requests,
            MAX_HELLO_REQUESTS,
            Fault::TooManyHelloRequests,
        )
    }

    pub(crate) fn ticket(&mut self) -> Result<(), Fault> {
        count(
            &mut self.since_data.tickets,
            MAX_TICKETS,
            Fault::TooManyTickets,
        )
    }

    pub(crate) fn request(&mut self) -> Result<(), Fault> {
        count(
            &mut self.since_data.requests,
            MAX_REQUESTS,
            Fault::TooManyRequests,
        )
    }
}

fn count(counter: &mut u8, most: u8, fault: Fault) -> Result<(), Fault> {
    *counter = counter.saturating_add(1);
    if *counter > most { Err(fault) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first bytes alone, and only to a server.
    #[test]
    fn ssl_2_0s_form_is_known_by_its_first_five_bytes() {
        for (version, name) in [([0, 2], "alone"), ([3, 1], "newer")] {
            let mut five = [0x80, 0x2e, 1, version[0], version[1]];
            let told = inspect(&mut five, true, false, 256);
            #[cfg(not(feature = "legacy"))]
            match name {
                "alone" => assert_eq!(told.err(), Some(Fault::Ssl2Alone)),
                _ => assert_eq!(told.err(), Some(Fault::Ssl2HelloRefused)),
            }
            #[cfg(feature = "legacy")]
            assert!(matches!(told, Ok(Record::Missing(43))), "{name}");
            let later = inspect(&mut five, false, false, 256);
            assert_eq!(later.err(), Some(Fault::RecordTypeUnknown), "{name}");
        }
    }

    #[test]
    fn plain_http_is_known_by_its_first_five_bytes() {
        for line in [
            "GET / HTTP/1.1",
            "DELETE /x HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "PATCH /x HTTP/1.1",
        ] {
            let mut five = line.as_bytes()[..5].to_vec();
            assert_eq!(
                inspect(&mut five, true, false, 256).err(),
                Some(Fault::PlainHttp),
                "{line}"
            );
        }
        let mut five = *b"CONNE";
        assert_eq!(
            inspect(&mut five, true, false, 256).err(),
            Some(Fault::PlainHttpProxy)
        );
        let mut ssh = *b"SSH-2";
        assert_eq!(
            inspect(&mut ssh, true, false, 256).err(),
            Some(Fault::NotTls)
        );
    }
}
