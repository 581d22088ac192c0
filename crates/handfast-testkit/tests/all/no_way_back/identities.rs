//! Identities that lead nowhere: unknown, damaged, foreign, and of the other version.

use super::meeting::{client_config, client_with, identity, meet, renamed, server_config, session};
use super::{GCM_128, NEW, OLD, OLD_128};
use crate::coming_back::cell::{Back, later};
use handfast::session::Session;
use handfast::{CipherSuite, ProtocolVersion};
use handfast_testkit::stored::checked_again;

/// Tries a session under another identity; first the control.
fn try_identities(back: Back, identities: &[Vec<u8>]) {
    let server = server_config(back).check().unwrap();
    let good = session(back, &server);
    for other in identities {
        let other = renamed(&good, |identity| identity.clone_from(other));
        let client = client_with(&other, client_config(back));
        let came_back = meet(&client, &server, later(1));
        assert_eq!(came_back, None, "{back:?} {:?}", identity(&other));
    }
    let client = client_with(&good, client_config(back));
    let came_back = meet(&client, &server, later(2));
    assert_eq!(came_back, Some(back.resumption()), "{back:?}: the control");
}

#[test]
fn an_unknown_identity_of_any_length_leads_to_a_full_handshake() {
    for back in Back::ALL {
        let lengths: &[usize] = match back {
            Back::SessionId => &[1, 2, 15, 16, 17, 31, 32],
            _ => &[
                1, 12, 15, 16, 17, 27, 28, 43, 44, 45, 200, 1000, 16_000, 30_000, 65_535,
            ],
        };
        let identities: Vec<_> = lengths.iter().map(|length| vec![0xa5; *length]).collect();
        try_identities(back, &identities);
    }
}

#[test]
fn a_damaged_identity_leads_to_a_full_handshake_whichever_byte_is_damaged() {
    for back in Back::ALL {
        let server = server_config(back).check().unwrap();
        let good = session(back, &server);
        let whole = identity(&good);
        let try_one = |damaged: &[u8]| {
            let other = renamed(&good, |identity| *identity = damaged.to_vec());
            let client = client_with(&other, client_config(back));
            let came_back = meet(&client, &server, later(1));
            assert_eq!(came_back, None, "{back:?} {damaged:?}");
        };
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            try_one(&damaged);
        }
        // Cut short, and longer than it was.
        for length in [1, whole.len() / 2, whole.len() - 1] {
            try_one(&whole[..length]);
        }
        try_one(&[&whole[..], &[0]].concat());
        let client = client_with(&good, client_config(back));
        let came_back = meet(&client, &server, later(2));
        assert_eq!(came_back, Some(back.resumption()), "{back:?}: the control");
    }
}

/// Identities that another server gave, or this one for another version or in another way.
#[test]
fn a_foreign_identity_leads_to_a_full_handshake() {
    for back in Back::ALL {
        let mut everything = server_config(back);
        everything.common.versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
        let elsewhere = server_config(back).check().unwrap();
        let mut foreign = vec![identity(&session(back, &elsewhere))];
        // What the very same server gave in the other version.
        let server = everything.check().unwrap();
        let other = match back {
            Back::SessionId => Back::KeptPsk,
            Back::KeptPsk => Back::SessionId,
            Back::Ticket => Back::SealedPsk,
            Back::SealedPsk => Back::Ticket,
        };
        foreign.push(identity(&session(other, &server)));
        let good = session(back, &server);
        for identity in &foreign {
            let other = renamed(&good, |own| own.clone_from(identity));
            let client = client_with(&other, client_config(back));
            assert_eq!(meet(&client, &server, later(1)), None, "{back:?}");
        }
        let client = client_with(&good, client_config(back));
        let came_back = meet(&client, &server, later(2));
        assert_eq!(came_back, Some(back.resumption()), "{back:?}: the control");
    }
}

/// The same session under another version and suite, which stand in its state behind two bytes;
/// known by a ticket, as the byte before the identity's length says.
fn dressed_up(session: &Session, version: ProtocolVersion, suite: CipherSuite) -> Session {
    let mut bytes = session.to_bytes().unwrap().to_vec();
    bytes[8] = 0;
    let state = 11 + identity(session).len();
    bytes[state + 2..state + 4].copy_from_slice(&version.0.to_be_bytes());
    bytes[state + 4..state + 6].copy_from_slice(&suite.0.to_be_bytes());
    let dressed = Session::from_bytes(&checked_again(bytes)).unwrap();
    assert_eq!(
        (session.version() == version, dressed.version()),
        (false, version)
    );
    dressed
}

/// A client that knows the master secret of a TLS 1.2 session could make a binder of it: only
/// the server can tell that its own ticket is no pre-shared key (RFC 8446 section 4.6.1).
#[test]
fn a_session_dressed_up_as_one_of_the_other_version_leads_to_a_full_handshake() {
    for (made_as, offered_as, suite) in [
        (Back::Ticket, Back::SealedPsk, GCM_128),
        (Back::SessionId, Back::KeptPsk, GCM_128),
        (Back::SealedPsk, Back::Ticket, OLD_128),
    ] {
        let mut server = server_config(made_as);
        server.common.versions = vec![NEW, OLD];
        let server = server.check().unwrap();
        let good = session(made_as, &server);
        let client = client_with(&good, client_config(made_as));
        let came_back = meet(&client, &server, later(1));
        assert_eq!(
            came_back,
            Some(made_as.resumption()),
            "{made_as:?}: the control"
        );
        let good = session(made_as, &server);
        let dressed = dressed_up(&good, offered_as.version(), suite);
        let client = client_with(&dressed, client_config(offered_as));
        assert_eq!(meet(&client, &server, later(1)), None, "{made_as:?}");
    }
}
