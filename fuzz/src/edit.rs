//! Changes to bytes, as a fuzzer proposes them.

use arbitrary::Arbitrary;

/// One change.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum Edit {
    /// Changes one byte.
    Change { at: u16, with: u8 },
    /// Sets two bytes, as lengths and code points are.
    Number { at: u16, to: u16 },
    /// Takes bytes away.
    Remove { at: u16, length: u8 },
    /// Puts bytes in.
    Insert { at: u16, bytes: Vec<u8> },
    /// Says a part again right behind itself.
    Repeat { at: u16, length: u16 },
    /// Ends early.
    Cut { at: u16 },
}

impl Edit {
    /// Applies the change; places beyond the end wrap around.
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        let place = |at: u16| usize::from(at) % (length + 1);
        match self {
            Self::Change { at, with } => {
                if let Some(byte) = bytes.get_mut(place(*at)) {
                    *byte ^= *with;
                }
            }
            Self::Number { at, to } => {
                let slots = bytes.iter_mut().skip(place(*at));
                for (slot, byte) in slots.zip(to.to_be_bytes()) {
                    *slot = byte;
                }
            }
            Self::Remove { at, length: many } => {
                let start = place(*at);
                let end = (start + usize::from(*many)).min(length);
                bytes.drain(start..end);
            }
            Self::Insert { at, bytes: new } => {
                let start = place(*at);
                bytes.splice(start..start, new.iter().copied());
            }
            Self::Repeat { at, length: many } => {
                let start = place(*at);
                let end = (start + usize::from(*many)).min(length);
                let again = bytes[start..end].to_vec();
                bytes.splice(end..end, again);
            }
            Self::Cut { at } => bytes.truncate(place(*at)),
        }
    }
}
