//! Memory for records, used again by whichever connection moves next.
//!
//! Each thread has its own, so that nobody waits for it. A connection holds some only while bytes
//! lie in it: an idle one has none.

use bytes::BytesMut;
use std::cell::RefCell;

#[derive(Default)]
struct Spare {
    /// For what comes; none is as long as it is when it was taken.
    incoming: Vec<BytesMut>,
    /// For what goes, of [`SHORT`] and of [`LONG`] bytes.
    short: Vec<Vec<u8>>,
    long: Vec<Vec<u8>>,
}

thread_local! {
    static SPARE: RefCell<Spare> = RefCell::new(Spare::default());
}

/// Empty memory for what comes.
pub(crate) fn incoming() -> BytesMut {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().incoming.pop());
    spare.ok().flatten().unwrap_or_default()
}

/// Gives it back.
pub(crate) fn give_incoming(mut memory: BytesMut) {
    memory.clear();
    if !memory.try_reclaim(SHORT) || memory.capacity() > LONG {
        return;
    }
    keep(memory, |spare| &mut spare.incoming);
}

/// Memory of at least `size` bytes for what goes, all of it written once.
pub(crate) fn outgoing(size: usize) -> Vec<u8> {
    let of_size = |all: fn(&mut Spare) -> &mut Vec<Vec<u8>>, size| {
        let spare = SPARE.try_with(|spare| all(&mut spare.borrow_mut()).pop());
        spare.ok().flatten().unwrap_or_else(|| vec![0; size])
    };
    if size <= SHORT {
        of_size(|spare| &mut spare.short, SHORT)
    } else if size <= LONG {
        of_size(|spare| &mut spare.long, LONG)
    } else {
        vec![0; size]
    }
}

/// Gives it back.
pub(crate) fn give_outgoing(memory: Vec<u8>) {
    match memory.len() {
        SHORT => keep(memory, |spare| &mut spare.short),
        LONG => keep(memory, |spare| &mut spare.long),
        _ => {}
    }
}

fn keep<M>(memory: M, kind: fn(&mut Spare) -> &mut Vec<M>) {
    // A thread that ends keeps nothing.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        let kind = kind(&mut spare);
        if kind.len() < MOST {
            kind.push(memory);
        }
    });
}

/// A short answer, or the flight of a handshake, and its overhead.
const SHORT: usize = 4 * 1024;
/// All that is taken from a writer at once, sealed; more than is read at once.
const LONG: usize = 9 * (16_384 + 64);
/// Kept for later, of a kind.
const MOST: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        for (size, real) in [(10, SHORT), (SHORT, SHORT), (SHORT + 1, LONG), (LONG, LONG)] {
            let first = outgoing(size);
            assert_eq!(first.len(), real, "{size}");
            let at = first.as_ptr();
            give_outgoing(first);
            let again = outgoing(size);
            assert_eq!(again.as_ptr(), at, "{size}");
        }
        assert_eq!(outgoing(LONG + 1).len(), LONG + 1);
    }

    #[test]
    fn what_came_is_not_seen_by_the_next() {
        let mut first = incoming();
        first.extend_from_slice(&[7; SHORT + 1]);
        let at = first.as_ptr();
        bytes::Buf::advance(&mut first, 5);
        give_incoming(first);
        let mut again = incoming();
        assert!(again.is_empty());
        again.extend_from_slice(b"a");
        assert_eq!((again.as_ptr(), &*again), (at, &b"a"[..]));
    }

    #[test]
    fn a_thread_keeps_a_few_and_nothing_huge() {
        for _ in 0..2 * MOST {
            give_outgoing(vec![0; LONG]);
            give_outgoing(vec![0; LONG + 1]);
            give_incoming(BytesMut::with_capacity(LONG + 1));
            give_incoming(BytesMut::new());
        }
        SPARE.with_borrow(|spare| {
            let kept = [spare.incoming.len(), spare.short.len(), spare.long.len()];
            assert_eq!(kept, [0, 0, MOST]);
        });
    }
}
