//! What every wire type must hold to, as functions that the tests call.

use handfast_wire::codec::{DecodeFault, FaultKind, Recorder, Wire};

/// A field that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) depth: usize,
    pub(crate) start: usize,
    /// Where it ended; nothing while it is open.
    pub(crate) end: Option<usize>,
}

/// Keeps every field, and the starts of list entries.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) fields: Vec<Field>,
    pub(crate) entries: Vec<(usize, usize)>,
    open: Vec<usize>,
}

impl Recorder for Seen {
    fn enter(&mut self, name: &'static str, at: usize) {
        self.open.push(self.fields.len());
        self.fields.push(Field {
            name,
            depth: self.open.len(),
            start: at,
            end: None,
        });
    }
    fn leave(&mut self, at: usize) {
        let last = self.open.pop().unwrap();
        self.fields[last].end = Some(at);
    }
    fn entry(&mut self, index: usize, at: usize) {
        self.entries.push((index, at));
    }
}

impl Seen {
    /// The names of the fields that were entered and not left, outermost first.
    pub(crate) fn open_names(&self) -> Vec<&'static str> {
        self.open
            .iter()
            .map(|open| self.fields[*open].name)
            .collect()
    }

    /// Checks the dissector's promise up to byte `end`: the outermost fields
    /// follow each other without a gap from `start`, and every field lies within
    /// the one that holds it.
    pub(crate) fn check_cover(&self, start: usize, end: usize) {
        let mut at = start;
        let mut holders: Vec<&Field> = Vec::new();
        for field in &self.fields {
            holders.truncate(field.depth - 1);
            let field_end = field.end.unwrap_or(end);
            assert!(field.start <= field_end && field_end <= end, "{field:?}");
            match holders.last() {
                Some(holder) => {
                    assert!(field.start >= holder.start, "{field:?}");
                    assert!(field_end <= holder.end.unwrap_or(end), "{field:?}");
                }
                None => {
                    assert_eq!(field.start, at, "a gap before {field:?}");
                    at = field_end;
                }
            }
            holders.push(field);
        }
        assert_eq!(at, end, "bytes that no field holds");
    }
}

/// Everything that a message must hold to, on one good body. `whole` are the
/// lengths at which a prefix happens to be a message of its own.
pub(crate) fn check<'a, M: Wire<'a> + PartialEq + std::fmt::Debug>(
    bytes: &'a [u8],
    whole: &[usize],
) {
    let message = M::decode(bytes).unwrap();
    assert_eq!(message.encode().unwrap(), bytes, "round trip");

    let mut seen = Seen::default();
    assert_eq!(M::decode_recorded(bytes, &mut seen).unwrap(), message);
    seen.check_cover(0, bytes.len());
    assert_eq!(seen.open_names(), [""; 0]);

    for length in (0..bytes.len()).filter(|length| !whole.contains(length)) {
        check_broken::<M>(&bytes[..length]);
    }
}

/// Everything that a fault must hold to, on bytes that are no message.
pub(crate) fn check_broken<'a, M: Wire<'a> + std::fmt::Debug>(bytes: &'a [u8]) -> DecodeFault {
    let fault = M::decode(bytes).unwrap_err();
    let mut seen = Seen::default();
    assert_eq!(M::decode_recorded(bytes, &mut seen).unwrap_err(), fault);
    assert!(fault.at <= bytes.len());
    let open = seen.open_names();
    assert_eq!(fault.path.names().collect::<Vec<_>>(), open, "{fault}");
    if fault.kind != FaultKind::Trailing {
        assert_ne!(open.len(), 0, "a fault names its field: {fault:?}");
        seen.check_cover(0, bytes.len());
    }
    fault
}

/// One byte more than a message is refused as left over.
pub(crate) fn check_trailing<'a, M: Wire<'a> + std::fmt::Debug>(longer: &'a [u8]) {
    let fault = M::decode(longer).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Trailing);
    assert_eq!(fault.at, longer.len() - 1);
}
