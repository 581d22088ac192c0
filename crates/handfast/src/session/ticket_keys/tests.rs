use super::*;
use crate::config::SystemEntropy;
use handfast_crypto::random::RandomFailed;

fn open(keys: &TicketKeys, ticket: &[u8], now: Now) -> Option<Vec<u8>> {
    let content = keys.open(ticket, now)?;
    Some(content.session.to_vec())
}

fn seal(keys: &TicketKeys, now: Now) -> Vec<u8> {
    let nonce = keys.draw().unwrap();
    let write = |out: &mut Vec<u8>| -> Result<(), ()> {
        out.extend_from_slice(b"state");
        Ok(())
    };
    keys.seal(5, &nonce, now, write).unwrap().unwrap()
}

fn at(hours: u64) -> Now {
    Now {
        unix_ms: 0,
        monotonic_ms: hours * 60 * 60 * 1000,
    }
}

#[test]
fn a_ticket_is_read_through_two_rotations_and_no_more() {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    let ticket = seal(&keys, at(1));
    for hours in [1, 5, 6, 12, 17] {
        assert_eq!(
            open(&keys, &ticket, at(hours)).as_deref(),
            Some(b"state".as_slice()),
            "{hours}"
        );
    }
    assert_eq!(open(&keys, &ticket, at(18)), None);
}

#[test]
fn machines_with_one_root_read_each_other_while_their_clocks_differ_by_hours() {
    let at = |hours: u64| Now {
        unix_ms: (1_000_000 + hours) * 60 * 60 * 1000,
        monotonic_ms: 5,
    };
    let machine = |root, hours| {
        TicketKeys::from_root(
            &[root, 1].repeat(16).try_into().unwrap(),
            Arc::new(SystemEntropy),
            at(hours),
        )
        .unwrap()
    };
    let (one, other) = (machine(9, 0), machine(9, 40));
    let ticket = seal(&one, at(40));
    // 1,000,040 hours lie in the 166,673rd period, its third hour.
    for hours in [34, 40, 52] {
        assert!(open(&other, &ticket, at(hours)).is_some(), "{hours}");
    }
    for hours in [30, 60] {
        assert!(open(&other, &ticket, at(hours)).is_none(), "{hours}");
    }
    // A clock that is set back reads what it read.
    assert!(open(&other, &ticket, at(40)).is_some());
    assert!(machine(8, 40).open(&ticket, at(40)).is_none());
    let constant = TicketKeys::from_root(&[3; 32], Arc::new(SystemEntropy), at(0));
    assert_eq!(constant.err(), Some(ConfigFault::TicketRoot));
}

/// A wall clock so far from the beginning of a period, and a monotonic one of its own.
fn from_border(milliseconds: i64) -> Now {
    let border = 100_000 * ROTATE_MS;
    Now {
        unix_ms: border.checked_add_signed(milliseconds).unwrap(),
        monotonic_ms: 77,
    }
}

fn rooted<'r>(roots: impl IntoIterator<Item = &'r u8>, now: Now) -> TicketKeys {
    let roots: Vec<[u8; 32]> = roots
        .into_iter()
        .map(|root| [*root, 99].repeat(16).try_into().unwrap())
        .collect();
    TicketKeys::from_roots(&roots, Arc::new(SystemEntropy), now).unwrap()
}

#[test]
fn machines_agree_on_both_sides_of_a_border_between_periods() {
    let moments = [-300_000, -1, 0, 1, 300_000].map(from_border);
    // One machine has run through the border, the other was started at that moment.
    let through = rooted(&[1], from_border(-600_000));
    let mut names = Vec::new();
    for sealed_at in moments {
        let ticket = seal(&through, sealed_at);
        names.push(ticket[..NAME].to_vec());
        for opened_at in moments {
            let fresh = rooted(&[1], opened_at);
            assert!(open(&fresh, &ticket, opened_at).is_some());
            let back = seal(&fresh, opened_at);
            assert!(open(&through, &back, sealed_at).is_some());
        }
    }
    names.dedup();
    assert_eq!(names.len(), 2, "one key before the border, one after it");
}

#[test]
fn a_root_is_changed_machine_by_machine_and_no_ticket_is_lost() {
    let now = from_border(0);
    // Each step on one machine first: what either seals the other reads.
    let steps: [&[u8]; 4] = [&[1], &[1, 2], &[2, 1], &[2]];
    let machine = rooted(steps[0], now);
    for pair in steps.windows(2) {
        let [before, after] = [pair[0], pair[1]].map(|roots| rooted(roots, now));
        let tickets = [&before, &after].map(|one| seal(one, now));
        // The old root goes only when nothing that it sealed is alive.
        let until = if pair[1].len() > 1 { 2 } else { 1 };
        for ticket in &tickets[2 - until..] {
            assert!(open(&before, ticket, now).is_some(), "{pair:?}");
            assert!(open(&after, ticket, now).is_some(), "{pair:?}");
        }
    }
    let ticket = seal(&machine, now);
    let root = |first: u8| -> [u8; 32] { [first, 99].repeat(16).try_into().unwrap() };
    machine.replace_roots([&root(2), &root(1)], now).unwrap();
    assert!(open(&machine, &ticket, now).is_some());
    let sealed_by_new = seal(&machine, now);
    assert!(open(&rooted(&[2], now), &sealed_by_new, now).is_some());
    // What is refused changes nothing.
    let none: [&[u8; 32]; 0] = [];
    assert!(machine.replace_roots(none, now).is_err());
    assert!(machine.replace_roots([&root(3), &[0; 32]], now).is_err());
    assert!(open(&machine, &ticket, now).is_some());
    machine.replace_roots([&root(2)], now).unwrap();
    assert!(open(&machine, &ticket, now).is_none());
    assert!(open(&machine, &sealed_by_new, now).is_some());
}

#[test]
fn a_long_sleep_forgets_every_key() {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    let ticket = seal(&keys, at(0));
    assert_eq!(open(&keys, &ticket, at(1000)), None);
    let again = seal(&keys, at(1000));
    assert!(open(&keys, &again, at(1001)).is_some());
}

#[test]
fn a_key_is_read_for_as_long_after_a_gap_as_without_one() {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    let ticket = seal(&keys, at(1));
    // One call in the third period: the key is as old as if there had been one in each.
    assert!(open(&keys, &ticket, at(12)).is_some());
    assert_eq!(keys.ring.load().keys.len(), KEPT);
    assert!(open(&keys, &ticket, at(17)).is_some());
    assert!(open(&keys, &ticket, at(18)).is_none());
}

#[test]
fn threads_that_seal_and_open_while_keys_rotate_read_each_other() {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    let together = std::sync::Barrier::new(4);
    let nonces: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let seal_and_open = |step: u64| {
                    // No thread may lag behind for so long that its keys are gone.
                    if step.is_multiple_of(48) {
                        together.wait();
                    }
                    let now = at(step / 8);
                    let ticket = seal(&keys, now);
                    assert!(open(&keys, &ticket, now).is_some(), "{step}");
                    ticket[..NAME + NONCE].to_vec()
                };
                scope.spawn(move || (0..400).map(seal_and_open).collect::<Vec<_>>())
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let different: std::collections::HashSet<_> = nonces.iter().collect();
    assert_eq!(different.len(), 4 * 400);
    // 50 hours are eight periods: each of them has one key, whoever drew it.
    let names: std::collections::HashSet<_> = nonces.iter().map(|n| &n[..NAME]).collect();
    assert_eq!(names.len(), 9);
}

/// Seals so often under one key; gives how many nonces there were.
fn nonces(seals: usize) -> usize {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    let sealed = (0..seals).map(|_| seal(&keys, at(0)));
    let nonces = sealed.map(|ticket| ticket[NAME..NAME + NONCE].to_vec());
    nonces.collect::<std::collections::HashSet<_>>().len()
}

#[test]
fn no_nonce_comes_twice() {
    assert_eq!(nonces(1 << 16), 1 << 16);
}

#[test]
#[ignore = "takes seconds: `cargo test --release -p handfast --lib ticket_keys -- --ignored`"]
fn no_nonce_comes_twice_in_a_million() {
    assert_eq!(nonces(1 << 20), 1 << 20);
}

#[test]
fn foreign_and_damaged_tickets_are_not_read() {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    let ticket = seal(&keys, at(0));
    let restarted = TicketKeys::new(Arc::new(SystemEntropy), at(0)).unwrap();
    assert_eq!(open(&restarted, &ticket, at(0)), None);
    for at_byte in 0..ticket.len() {
        let mut damaged = ticket.clone();
        damaged[at_byte] ^= 1;
        assert_eq!(open(&keys, &damaged, at(0)), None, "{at_byte}");
        assert_eq!(open(&keys, &ticket[..at_byte], at(0)), None, "{at_byte}");
    }
}

#[test]
fn a_source_that_fails_or_gives_a_constant_makes_no_key() {
    #[derive(Debug)]
    struct Constant;
    impl Entropy for Constant {
        fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
            out.fill(7);
            Ok(())
        }
    }
    assert_eq!(
        TicketKeys::new(Arc::new(Constant), at(0)).err(),
        Some(OwnFailure::Random)
    );
}
