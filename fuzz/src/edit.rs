//! Changes to bytes, as a fuzzer proposes them.

use arbitrary::Arbitrary;
use handfast_testkit::made::tree::{Change, Node};

/// Changes to a tree of DER, and to its bytes after that.
#[derive(Arbitrary, Clone, Debug)]
pub struct Edits {
    tree: Vec<(u16, TreeEdit)>,
    bytes: Vec<Edit>,
}

/// One change of an element.
#[derive(Arbitrary, Clone, Debug)]
enum TreeEdit {
    Tag(u8),
    Flip(u16),
    Bytes(Vec<u8>),
    Twice,
    Remove,
    Swap,
}

impl Edits {
    /// The bytes, changed; trees keep all lengths right.
    pub(crate) fn apply(&self, der: &[u8]) -> Vec<u8> {
        let mut bytes = match Node::read(der).filter(|_| !self.tree.is_empty()) {
            Some(mut tree) => {
                for (place, edit) in &self.tree {
                    edit.change().apply(&mut tree, usize::from(*place));
                }
                tree.write()
            }
            None => der.to_vec(),
        };
        self.bytes.iter().for_each(|edit| edit.apply(&mut bytes));
        bytes
    }
}

impl TreeEdit {
    fn change(&self) -> Change {
        match self {
            Self::Tag(tag) => Change::Tag(*tag),
            Self::Flip(at) => Change::Flip(*at),
            Self::Bytes(bytes) => Change::Bytes(bytes.clone()),
            Self::Twice => Change::Twice,
            Self::Remove => Change::Remove,
            Self::Swap => Change::Swap,
        }
    }
}

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
