//! Somebody on the TCP path between client and server: passes records on and changes one.

use crate::demo::side::{Entry, Side};
use crate::demo::strike::strike;
use crate::demo::tapped::remaining;
use handfast_wire::record::RecordHeader;
use handfast_wire::registry::{CipherSuite, ContentType, NamedGroup};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

/// What the middleman does.
#[derive(Clone, Debug)]
pub(super) enum Meddling {
    /// Passes everything on as it is.
    Nothing,
    /// Flips one bit of the server's record that holds the page.
    FlipBit {
        /// Bytes of plaintext in the record.
        content: usize,
        /// Which of them to change.
        at: usize,
        /// The bit.
        mask: u8,
        /// What that would do.
        says: String,
    },
    /// Leaves only these in the ClientHello.
    StrikeAllBut {
        suites: &'static [CipherSuite],
        groups: &'static [NamedGroup],
    },
}

/// Takes one connection from `listener` and relays it to `server`.
pub(super) fn relay(
    listener: &TcpListener,
    server: SocketAddr,
    meddling: Meddling,
    side: &Side,
    until: Instant,
) -> io::Result<()> {
    let (client, _) = listener.accept()?;
    let server = TcpStream::connect_timeout(&server, remaining(until)?)?;
    for tcp in [&client, &server] {
        tcp.set_nodelay(true)?;
    }
    let (up, down) = (
        |record: &mut Vec<u8>| edit_client(&meddling, record, side),
        |record: &mut Vec<u8>| edit_server(&meddling, record, side),
    );
    thread::scope(|scope| {
        scope.spawn(|| pass(&client, &server, until, up));
        pass(&server, &client, until, down);
    });
    Ok(())
}

/// Passes records on until the end of the stream, which is passed on too.
fn pass(from: &TcpStream, to: &TcpStream, until: Instant, mut edit: impl FnMut(&mut Vec<u8>)) {
    let mut next = || -> io::Result<()> {
        let (mut from, mut to) = (from, to);
        let mut record = vec![0; RecordHeader::LENGTH];
        from.set_read_timeout(Some(remaining(until)?))?;
        from.read_exact(&mut record)?;
        let length = RecordHeader::peek(&record).map_or(0, |header| header.length);
        record.resize(RecordHeader::LENGTH + usize::from(length), 0);
        from.read_exact(record.get_mut(RecordHeader::LENGTH..).unwrap_or_default())?;
        edit(&mut record);
        to.write_all(&record)
    };
    while next().is_ok() {}
    // The end of the stream, or a peer that is gone: the other side shall know.
    let _ = to.shutdown(Shutdown::Write);
}

fn edit_client(meddling: &Meddling, record: &mut Vec<u8>, side: &Side) {
    let Meddling::StrikeAllBut { suites, groups } = meddling else {
        return;
    };
    let Some(struck) = strike(record, suites, groups) else {
        return;
    };
    side.note(Entry::Meddled {
        says: format!("strikes {}", struck.names.join(", ")),
        bytes: struck.message_bytes,
    });
    *record = struck.record;
}

fn edit_server(meddling: &Meddling, record: &mut [u8], side: &Side) {
    let Meddling::FlipBit {
        content,
        at,
        mask,
        says,
    } = meddling
    else {
        return;
    };
    let is_page = RecordHeader::peek(record).is_some_and(|header| {
        header.content_type == ContentType::APPLICATION_DATA
            && usize::from(header.length) == content + OVERHEAD
    });
    let Some(byte) = record.get_mut(RecordHeader::LENGTH + at) else {
        return;
    };
    if is_page {
        *byte ^= mask;
        side.note(Entry::Meddled {
            says: says.clone(),
            bytes: record.len(),
        });
    }
}

/// The type byte and the tag of every suite that the demo offers.
const OVERHEAD: usize = 1 + 16;
