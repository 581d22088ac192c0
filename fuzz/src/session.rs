//! A hostile store: sessions that were changed while they were kept, at either end.

use crate::edit::Edit;
use arbitrary::Arbitrary;
use handfast::connection::Question;
use handfast::session::{Session, SessionValue};
use handfast::{Answer, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Answerer, Delivery, Pair};
use handfast_testkit::stored::checked_again;

/// What the store does to the session between two visits.
#[derive(Arbitrary, Debug)]
pub struct Hostile {
    tls12: bool,
    /// True: the server's store; false: the client's.
    at_server: bool,
    edits: Vec<Edit>,
    /// By somebody who knows the form, not by accident.
    knows_digest: bool,
    /// Given instead of the session.
    instead: Option<Vec<u8>>,
}

/// Two visits: the second one resumes, or is full, or is refused, and a session that
/// can be read is written as it was read.
///
/// # Panics
/// Where one of these does not hold.
pub fn hostile(plan: &Hostile) {
    let version = if plan.tls12 {
        ProtocolVersion::TLS_1_2
    } else {
        ProtocolVersion::TLS_1_3
    };
    let mut client = config::client();
    client.common.versions = vec![version];
    client.ask_for_sessions = true;
    let mut server = config::server(KeyKind::EcP256);
    server.common.versions = vec![version];
    server.ask_for_sessions = true;
    let client = client.check().expect("a sound config");
    let server = server.check().expect("a sound config");

    let mut first = Pair::new(&client, &server);
    first.client.answerer = answers(None);
    first.server.answerer = answers(None);
    first.connect(Delivery::Whole);
    let [ours, theirs] = [&mut first.client, &mut first.server].map(|end| {
        end.connection
            .take_sessions()
            .pop()
            .expect("a session")
            .value
    });

    let (kept, honest) = if plan.at_server {
        (theirs, ours)
    } else {
        (ours, theirs)
    };
    let mut bytes = plan
        .instead
        .clone()
        .unwrap_or_else(|| kept.as_bytes().to_vec());
    for edit in plan.edits.iter().take(16) {
        edit.apply(&mut bytes);
    }
    if plan.knows_digest {
        bytes = checked_again(bytes);
    }
    if let Ok(session) = Session::from_bytes(&bytes) {
        let again = session.to_bytes().expect("it was short enough");
        let reread = Session::from_bytes(&again).expect("it was written here");
        assert_eq!(reread.to_bytes().expect("the same"), again);
    }
    let changed = SessionValue::new(bytes);
    let (ours, theirs) = if plan.at_server {
        (honest, changed)
    } else {
        (changed, honest)
    };
    let mut second = Pair::new(&client, &server);
    second.client.answerer = answers(Some(ours));
    second.server.answerer = answers(Some(theirs));
    second.run(Delivery::Whole);
    let both = [&second.client, &second.server].map(|end| end.is_connected());
    if both == [true, true] {
        second.exchange(b"a line of text");
        return;
    }
    assert!(second.client.error.is_some() || second.server.error.is_some());
}

/// Gives this session to whoever asks, once for each key.
fn answers(value: Option<SessionValue>) -> Option<Answerer> {
    Some(Box::new(move |question| match question {
        Question::LoadSession { keys, .. } => {
            Answer::Sessions(keys.iter().map(|_| value.clone()).collect())
        }
        _ => Answer::Failed,
    }))
}
