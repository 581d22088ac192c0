//! The end that is attacked: one of ours, or one that is broken on purpose.

use handfast::{AlertDescription, Error};
use handfast_testkit::forge::records;
use handfast_testkit::liar::{Side, record};
use handfast_testkit::pair::{End, Pair, now};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::ContentType;

/// An end as the attacker sees it.
pub(crate) trait Victim {
    /// Bytes come from the wire.
    fn hear(&mut self, bytes: &[u8]);
    /// What it sends.
    fn say(&mut self) -> Vec<u8>;
    /// What ended it.
    fn error(&self) -> Option<Error>;
    /// What it handed out.
    fn data(&self) -> &[u8];
    /// True once it took the handshake for done.
    fn is_connected(&self) -> bool;
}

impl Victim for End {
    fn hear(&mut self, bytes: &[u8]) {
        self.deliver(bytes, now());
    }

    fn say(&mut self) -> Vec<u8> {
        self.take_output()
    }

    fn error(&self) -> Option<Error> {
        self.error
    }

    fn data(&self) -> &[u8] {
        &self.data
    }

    fn is_connected(&self) -> bool {
        Self::is_connected(self)
    }
}

/// Makes the victim out of one of our ends.
pub(crate) type Make = fn(End) -> Box<dyn Victim>;

/// Our end as it is.
pub(crate) fn ours(end: End) -> Box<dyn Victim> {
    Box::new(end)
}

/// Turns a record into what the end hears, and adds what is answered at once.
pub(crate) type Filter = fn(Vec<u8>, &mut Vec<u8>) -> Vec<u8>;

/// An end that lets a filter at what it hears.
pub(crate) struct Filtered {
    end: End,
    filter: Filter,
    /// The filter is there only once the handshake is done.
    late: bool,
    answers: Vec<u8>,
}

impl Filtered {
    pub(crate) fn boxed(end: End, filter: Filter) -> Box<dyn Victim> {
        Box::new(Self {
            end,
            filter,
            late: false,
            answers: Vec::new(),
        })
    }

    /// The same, with the filter only once the handshake is done.
    pub(crate) fn boxed_once_connected(end: End, filter: Filter) -> Box<dyn Victim> {
        Box::new(Self {
            end,
            filter,
            late: true,
            answers: Vec::new(),
        })
    }
}

impl Victim for Filtered {
    fn hear(&mut self, bytes: &[u8]) {
        for record in records(bytes) {
            let heard = if self.late && !self.end.is_connected() {
                record
            } else {
                (self.filter)(record, &mut self.answers)
            };
            self.end.deliver(&heard, now());
        }
    }

    fn say(&mut self) -> Vec<u8> {
        let mut said = core::mem::take(&mut self.answers);
        said.extend(self.end.take_output());
        said
    }

    fn error(&self) -> Option<Error> {
        self.end.error
    }

    fn data(&self) -> &[u8] {
        &self.end.data
    }

    fn is_connected(&self) -> bool {
        self.end.is_connected()
    }
}

/// A victim and an honest end that talked through the attacker.
pub(crate) struct Met {
    pub(crate) victim: Box<dyn Victim>,
    pub(crate) peer: End,
    /// Records on their way to the victim.
    pub(crate) records: usize,
    /// How many of them made the victim connected.
    pub(crate) connected_after: usize,
    /// All that the victim said.
    pub(crate) said: Vec<u8>,
}

pub(crate) const LINE: &[u8] = b"a line of text";

/// Runs a handshake and a line to the victim. Each record on its way there passes `tamper`,
/// which is told its number.
pub(crate) fn meet(
    pair: Pair,
    side: Side,
    make: Make,
    mut tamper: impl FnMut(usize, Vec<u8>) -> Vec<u8>,
) -> Met {
    let (victim, peer) = match side {
        Side::Client => (pair.client, pair.server),
        Side::Server => (pair.server, pair.client),
    };
    let mut met = Met {
        victim: make(victim),
        peer,
        records: 0,
        connected_after: 0,
        said: Vec::new(),
    };
    let mut written = false;
    loop {
        // The client speaks first.
        let said = met.victim.say();
        met.said.extend(&said);
        met.peer.deliver(&said, now());
        let mut coming = met.peer.take_output();
        if met.peer.is_connected() && met.peer.error.is_none() && !written {
            written = true;
            coming.extend(met.peer.write(LINE));
        }
        for record in records(&coming) {
            let bytes = tamper(met.records, record);
            met.records += 1;
            met.victim.hear(&bytes);
            if met.connected_after == 0 && met.victim.is_connected() {
                met.connected_after = met.records;
            }
        }
        if said.is_empty() && coming.is_empty() {
            return met;
        }
    }
}

/// The same between two who are honest.
pub(crate) fn honest(shape: Shape, side: Side) -> Met {
    let met = meet(pair(shape), side, ours, |_, record| record);
    assert_eq!((met.victim.error(), met.victim.data()), (None, LINE));
    met
}

/// A record of any type under the keys that the peer has, for the victim.
pub(crate) fn sealed(met: &mut Met, content_type: ContentType, content: &[u8]) -> Vec<u8> {
    record(&mut met.peer, content_type, content)
}

pub(crate) fn pair(shape: Shape) -> Pair {
    let (client, server) = shape.ends();
    Pair::new(&client, &server)
}

pub(crate) const SIDES: [Side; 2] = [Side::Client, Side::Server];

/// The victim refused, and the peer hears this alert.
pub(crate) fn refused_with(
    met: &mut Met,
    alert: AlertDescription,
    case: &str,
) -> Result<(), String> {
    let told = match met.victim.error() {
        Some(Error::Fault(fault)) => fault.alert(),
        other => return Err(format!("{case}: ended with {other:?}")),
    };
    if told == alert {
        Ok(())
    } else {
        Err(format!("{case}: told by {told}"))
    }
}
