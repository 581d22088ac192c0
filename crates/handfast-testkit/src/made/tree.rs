//! DER as a tree: read leniently, changed anywhere, written strictly.
//!
//! Whatever a strict reader accepts must come back unchanged: [`reencoded`]. And changing a tree
//! gives mutants that are damaged in one place alone, as all lengths around it are right again.

use crate::made::der::element;

/// One element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its tag byte.
    pub tag: u8,
    /// What it holds.
    pub holds: Holds,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Other elements.
    Nodes(Vec<Node>),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Node {
    /// Reads bytes that are one element. Lengths need not be in their shortest form.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match take(bytes, 0)? {
            (node, []) => Some(node),
            _ => None,
        }
    }

    /// Writes it with the shortest lengths and, below a SET, in order.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        match &self.holds {
            Holds::Bytes(bytes) => element(self.tag, &[bytes]),
            Holds::Nodes(nodes) => {
                let mut parts: Vec<_> = nodes.iter().map(Self::write).collect();
                if self.tag == SET {
                    parts.sort();
                }
                element(self.tag, &[&parts.concat()])
            }
        }
    }

    /// Itself and all below, in the order written.
    pub fn count(&self) -> usize {
        let below = match &self.holds {
            Holds::Nodes(nodes) => nodes.iter().map(Self::count).sum(),
            Holds::Bytes(_) => 0,
        };
        below + 1
    }

    /// The element at this place of that order; 0 is itself.
    pub fn at(&mut self, place: usize) -> Option<&mut Self> {
        let Some(mut place) = place.checked_sub(1) else {
            return Some(self);
        };
        let Holds::Nodes(nodes) = &mut self.holds else {
            return None;
        };
        for node in nodes {
            let count = node.count();
            if place < count {
                return node.at(place);
            }
            place -= count;
        }
        None
    }

    /// Brings primitive values into the one form that DER has for them.
    fn normalize(&mut self) {
        match (&mut self.holds, self.tag) {
            (Holds::Nodes(nodes), _) => nodes.iter_mut().for_each(Self::normalize),
            (Holds::Bytes(bytes), BOOLEAN) => {
                let set = bytes.iter().any(|byte| *byte != 0);
                *bytes = vec![if set { 0xff } else { 0 }];
            }
            (Holds::Bytes(bytes), INTEGER | ENUMERATED) => {
                let spare =
                    |bytes: &[u8]| matches!(bytes, [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..]);
                while spare(bytes) {
                    bytes.remove(0);
                }
            }
            (Holds::Bytes(bytes), BIT_STRING) => {
                let unused = bytes.first().copied().unwrap_or(0).min(7);
                if let (2.., Some(last)) = (bytes.len(), bytes.last_mut()) {
                    *last &= 0xff << unused;
                }
            }
            (Holds::Bytes(_), _) => {}
        }
    }
}

/// The same, decoded and encoded anew by DER's rules; `None` if it is no element at all.
#[must_use]
pub fn reencoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut node = Node::read(bytes)?;
    node.normalize();
    Some(node.write())
}

/// A change of a tree.
#[derive(Clone, Debug)]
pub enum Change {
    /// Another tag.
    Tag(u8),
    /// One bit of its bytes.
    Flip(u16),
    /// Other bytes.
    Bytes(Vec<u8>),
    /// What it holds last comes twice.
    Twice,
    /// What it holds last goes.
    Remove,
    /// What it holds first comes last.
    Swap,
}

impl Change {
    /// Applies the change at a place, which wraps around; true if anything changed.
    pub fn apply(&self, tree: &mut Node, place: usize) -> bool {
        let place = place % tree.count();
        let Some(node) = tree.at(place) else {
            return false;
        };
        let before = node.clone();
        match (self, &mut node.holds) {
            (Self::Tag(tag), _) => node.tag = *tag,
            (Self::Flip(at), Holds::Bytes(bytes)) if !bytes.is_empty() => {
                let bit = usize::from(*at) % (bytes.len() * 8);
                if let Some(byte) = bytes.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            (Self::Bytes(new), _) => node.holds = Holds::Bytes(new.clone()),
            (Self::Twice, Holds::Nodes(nodes)) => {
                let last = nodes.last().cloned();
                nodes.extend(last);
            }
            (Self::Remove, Holds::Nodes(nodes)) => {
                nodes.pop();
            }
            (Self::Swap, Holds::Nodes(nodes)) if !nodes.is_empty() => nodes.rotate_left(1),
            _ => {}
        }
        *node != before
    }
}

fn take(bytes: &[u8], depth: usize) -> Option<(Node, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f || depth > 40 {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let fits = !digits.is_empty() && digits.len() <= 4;
            let value = |sum, digit: &u8| sum << 8 | usize::from(*digit);
            (fits.then(|| digits.iter().fold(0, value))?, rest)
        }
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    let holds = if tag & 0x20 == 0 {
        Holds::Bytes(inside.to_vec())
    } else {
        let mut nodes = Vec::new();
        let mut left = inside;
        while !left.is_empty() {
            let (node, after) = take(left, depth + 1)?;
            nodes.push(node);
            left = after;
        }
        Holds::Nodes(nodes)
    };
    Some((Node { tag, holds }, rest))
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const ENUMERATED: u8 = 0x0a;
const SET: u8 = 0x31;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificates::root;

    #[test]
    fn a_certificate_comes_back_as_it_was() {
        let der = root().root_der();
        assert_eq!(reencoded(der).as_deref(), Some(der.as_ref()));
    }

    #[test]
    fn what_is_not_der_comes_back_otherwise() {
        for (wrong, right) in [
            (&[0x30, 0x81, 3, 1, 1, 0xff][..], &[0x30, 3, 1, 1, 0xff][..]),
            (&[1, 1, 7], &[1, 1, 0xff]),
            (&[2, 2, 0, 5], &[2, 1, 5]),
            (&[3, 2, 4, 0xff], &[3, 2, 4, 0xf0]),
            (&[0x31, 6, 2, 1, 9, 1, 1, 0], &[0x31, 6, 1, 1, 0, 2, 1, 9]),
        ] {
            assert_eq!(reencoded(wrong).as_deref(), Some(right));
            assert_eq!(reencoded(right).as_deref(), Some(right));
        }
        assert_eq!(reencoded(&[0x30, 0x80, 0, 0]), None);
    }

    #[test]
    fn every_element_can_be_changed() {
        let tree = Node::read(root().root_der()).expect("a tree");
        assert!(tree.count() > 40);
        for place in 0..tree.count() {
            let mut changed = tree.clone();
            assert!(Change::Tag(0x1e).apply(&mut changed, place));
            assert_ne!(changed.write(), tree.write());
        }
    }
}
