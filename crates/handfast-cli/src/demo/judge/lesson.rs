//! What must hold of the numbers of a lesson.

use crate::demo::judge::check::{Check, check, start};
use crate::demo::judge::flow::MASTER;
use crate::demo::numbers::{encrypted_premaster, numbers};
use crate::demo::play::Played;
use handfast_wire::handshake::ClientHello;

/// The premaster secret, the master secret and the key block, of both sides.
pub(super) fn keys(played: &Played) -> Vec<Check> {
    let (ours, theirs) = (played.client_side.numbers(), played.server_side.numbers());
    let crossed = &played.client.crossed;
    let hidden = |secret: &[u8]| !secret.is_empty() && !crossed.shows(secret);
    let opened = ours.premaster.len() == 48 && ours.premaster == theirs.premaster;
    let sent = crossed.shows(&encrypted_premaster(played)) && hidden(&ours.premaster);
    let logged = played.client_side.secret(MASTER);
    let cut: usize = numbers(played)
        .iter()
        .filter(|one| one.is_piece)
        .map(|one| one.bytes.len())
        .sum();
    vec![
        check(
            opened && sent,
            "the server opened what the client had made; only its encrypted form crossed",
        ),
        check(
            offered_version(played) == ours.premaster.get(..2).map(<[u8]>::to_vec),
            "it begins with the version that the ClientHello offered, so that nobody can lower it",
        ),
        check(
            ours.master == theirs.master
                && logged.as_ref() == Some(&ours.master)
                && hidden(&ours.master),
            format!(
                "both sides made the same master secret ({}), the one that a key log tells",
                start(Some(&ours.master))
            ),
        ),
        check(
            ours == theirs && hidden(&ours.block) && cut == ours.block.len(),
            "both sides cut the same key block into the same keys, and not a byte was left",
        ),
    ]
}

/// The version in the ClientHello's old field.
fn offered_version(played: &Played) -> Option<Vec<u8>> {
    use handfast_wire::codec::Wire;
    let hello = crate::demo::judge::flow::client_hello(played)?;
    let hello = ClientHello::decode(&hello).ok()?;
    Some(hello.legacy_version.0.to_be_bytes().to_vec())
}
