//! A handshake from end to end, and a record from one to the other.

use crate::Result;
use crate::ends::NOW;
use crate::scenario::Part;
use handfast::{Connection, Event};
use std::ops::Range;

/// Turns of the client and the server, after which only the client may have something to read:
/// Finished of TLS 1.2, a ticket of TLS 1.3.
const ROUND_TRIPS: usize = 2;

/// What lies between two ends, one way: memory that is there before anything is counted.
#[derive(Debug)]
pub struct Wire {
    bytes: Vec<u8>,
    length: usize,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            bytes: vec![0; 64 * 1024],
            length: 0,
        }
    }
}

impl Wire {
    /// True when nothing is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Drives both ends until their handshake is over. `turn` runs each piece of an end's work, and may
/// count it.
///
/// # Errors
/// The engine's, and when the handshake does not end.
pub fn shake_hands(
    client: &mut Connection,
    server: &mut Connection,
    (to_server, to_client): (&mut Wire, &mut Wire),
    turn: &mut Turn<'_>,
) -> Result<()> {
    for _ in 0..ROUND_TRIPS {
        turn(Part::Client, &mut || drive(client, to_client, to_server))?;
        turn(Part::Server, &mut || drive(server, to_server, to_client))?;
    }
    if !to_client.is_empty() {
        turn(Part::Client, &mut || drive(client, to_client, to_server))?;
    }
    if client.is_handshaking() || server.is_handshaking() {
        return Err("the handshake did not end".into());
    }
    Ok(())
}

/// Runs a piece of an end's work.
pub type Turn<'t> = dyn FnMut(Part, &mut dyn FnMut() -> Result<()>) -> Result<()> + 't;

/// Lets an end take all of `input` and say what it has to say.
fn drive(end: &mut Connection, input: &mut Wire, output: &mut Wire) -> Result<()> {
    let mut at = 0;
    loop {
        let received = end.receive(&mut input.bytes[at..input.length], NOW)?;
        at += received.consumed;
        match received.event {
            Some(Event::Connected) => {}
            Some(event) => return Err(format!("{event:?} in a handshake").into()),
            None => break,
        }
    }
    input.length = 0;
    if end.wants_send() {
        output.length += end.send(&[], &mut output.bytes[output.length..])?;
    }
    Ok(())
}

/// Seals `content` into `wire`; gives the record's place.
///
/// # Errors
/// The engine's.
pub fn seal(
    end: &mut Connection,
    content: &[u8],
    wire: &mut [u8],
    at: usize,
) -> Result<Range<usize>> {
    let length = end.send(&[content], &mut wire[at..])?;
    Ok(at..at + length)
}

/// Opens the record where it lies.
///
/// # Errors
/// The engine's, and when it was not content of that length.
pub fn open(end: &mut Connection, record: &mut [u8], length: usize) -> Result<()> {
    match end.receive(record, NOW)?.event {
        Some(Event::Data(content)) if content.len() == length => Ok(()),
        other => Err(format!("{other:?}, not {length} bytes of content").into()),
    }
}
