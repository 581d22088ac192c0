//! What must hold where a client comes back.

use crate::demo::judge::check::{Check, check, start};
use crate::demo::judge::flow::{
    ABBREVIATED, MASTER, PSK, given_id, has_key_share, offered_id, passed, waits,
};
use crate::demo::play::Played;
use crate::demo::wrap::grouped;
use handfast::connection::Resumption;

/// All that must hold beside a connection as it should be.
pub(super) fn came_back(played: &Played, first: Option<&Played>, by: Resumption) -> Vec<Check> {
    let Some(first) = first else {
        return vec![check(false, "there was a first visit")];
    };
    let mut checks = vec![
        same_session(played, first, by),
        passed(
            played,
            if by == Resumption::Psk {
                PSK
            } else {
                ABBREVIATED
            },
            "no Certificate passed, and nothing was signed",
        ),
        waits(played, 1),
        fewer_bytes(played, first),
    ];
    checks.extend(match by {
        Resumption::Psk => vec![check(
            has_key_share(played) && has_other_keys(played, first),
            "keys were agreed on anew: they are not those of the first visit",
        )],
        Resumption::SessionId => vec![same_id(played, first), old_secret(played, first)],
        _ => vec![old_secret(played, first)],
    });
    checks
}

fn same_session(played: &Played, first: &Played, by: Resumption) -> Check {
    let said = |played: &Played, wanted: Option<Resumption>| {
        [&played.client, &played.server].into_iter().all(|end| {
            end.negotiated
                .as_ref()
                .is_some_and(|negotiated| negotiated.resumption == wanted)
        })
    };
    let how = match by {
        Resumption::Psk => "pre-shared key",
        Resumption::SessionId => "session ID",
        _ => "ticket",
    };
    check(
        said(first, None) && said(played, Some(by)),
        format!("a full handshake first; now both sides go on with it, by {how}"),
    )
}

fn fewer_bytes(played: &Played, first: &Played) -> Check {
    let handshake = |played: &Played| played.client.crossed.len();
    let (now, then) = (handshake(played), handshake(first));
    let (now_words, then_words) = (grouped(now), grouped(then));
    check(
        now < then,
        format!("{now_words} bytes crossed the wire; on the first visit {then_words}"),
    )
}

/// A secret that both sides can export tells the keys of two connections apart.
fn has_other_keys(played: &Played, first: &Played) -> bool {
    played.client.exported.is_some() && played.client.exported != first.client.exported
}

fn old_secret(played: &Played, first: &Played) -> Check {
    let now = played.client_side.secret(MASTER);
    let then = first.client_side.secret(MASTER);
    let shown = start(now.as_deref());
    check(
        now.is_some() && now == then && has_other_keys(played, first),
        format!("the old master secret ({shown}) and two new randoms made new keys"),
    )
}

fn same_id(played: &Played, first: &Played) -> Check {
    let given = given_id(first).filter(|id| !id.is_empty());
    let shown = start(given.as_deref());
    check(
        given.is_some() && given == offered_id(played) && given == given_id(played),
        format!("the number ({shown}) is the one that the server gave on the first visit"),
    )
}
