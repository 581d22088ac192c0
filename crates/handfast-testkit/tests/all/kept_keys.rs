//! TLS 1.3: a session that began by a shared key ends with the key, also where the caller has the keys.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, keys, later, server_config};
use crate::shared_keys::{key, wrong};
use handfast::config::PreSharedKey;
use handfast::connection::{PeerStanding, Question};
use handfast::session::MemoryStore;
use handfast::{Answer, ClientConfig, Fault, ServerConfig};
use handfast_testkit::pair::{Delivery, Pair};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// What the caller says of any name: that it is down, or which key it has.
type Has = Option<Option<PreSharedKey>>;

fn has(key: PreSharedKey) -> Has {
    Some(Some(key))
}

fn configs(named: &[PreSharedKey]) -> (ClientConfig, ServerConfig) {
    let mut client = client_config(&Arc::new(MemoryStore::default()));
    client.psks = named.to_vec();
    let mut server = server_config(&keys());
    server.ask_for_psk = true;
    server.common.session_scope = Some(b"pumps".to_vec());
    (client, server)
}

/// One connection, and the names that the server's caller was asked for.
fn meet(client: ClientConfig, server: ServerConfig, has: Has, at: u64) -> (Pair, Vec<Vec<u8>>) {
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let mut pair = Pair::at(&client, &server, later(at));
    let asked = Rc::new(RefCell::new(Vec::new()));
    let names = Rc::clone(&asked);
    pair.server.answerer = Some(Box::new(move |question| match (question, &has) {
        (Question::Psk { identity, .. }, Some(key)) => {
            let identity = identity.unwrap();
            names.borrow_mut().push(identity.to_vec());
            Answer::Psk(key.clone().filter(|key| key.identity() == identity))
        }
        _ => Answer::Failed,
    }));
    pair.run(Delivery::Whole);
    (pair, asked.take())
}

/// As whom the server knows the client, and whether by a session.
fn known(pair: &Pair) -> (Option<&[u8]>, bool) {
    let negotiated = pair.server.connection.negotiated().unwrap();
    let is_by_key = negotiated.peer_standing == PeerStanding::SharedKey;
    assert_eq!(is_by_key, negotiated.psk_identity.is_some());
    (negotiated.psk_identity.as_deref(), negotiated.is_resumed())
}

const PUMP_7: Option<&[u8]> = Some(b"pump 7");

#[test]
fn a_key_that_the_caller_has_taken_away_does_not_come_back_by_a_session() {
    for hides in [false, true] {
        let (client, mut server) = configs(&[key("pump 7")]);
        server.hide_unknown_psks = hides;
        let meet = |has, at| meet(client.clone(), server.clone(), has, at);
        let (first, _) = meet(has(key("pump 7")), 0);
        assert_eq!(known(&first), (PUMP_7, false));
        let (back, asked) = meet(has(key("pump 7")), 1);
        assert_eq!(known(&back), (PUMP_7, true));
        assert_eq!(asked, [b"pump 7"], "once: the client names it, too");
        let (gone, asked) = meet(Some(None), 2);
        assert_eq!(known(&gone), (None, false));
        assert_eq!(asked, [b"pump 7"]);
    }
}

#[test]
fn a_session_whose_key_the_client_does_not_name_goes_on_by_what_the_caller_says_of_the_key() {
    // So many names that the caller is not asked for the last one.
    let many = ["a", "b", "c", "d", "pump 7"].map(key);
    let says = [
        (has(key("pump 7")), (PUMP_7, true)),
        (has(wrong("pump 7")), (None, false)),
        (has(key("pump 8")), (None, false)),
        (Some(None), (None, false)),
    ];
    for (says, expected) in says {
        let (mut client, server) = configs(&[key("pump 7")]);
        meet(client.clone(), server.clone(), has(key("pump 7")), 0);
        client.psks = many.to_vec();
        let (back, asked) = meet(client, server, says, 1);
        assert_eq!(known(&back), expected);
        assert_eq!(asked.last().map(Vec::as_slice), PUMP_7);
        assert_eq!(asked.len(), 5);
    }
}

#[test]
fn a_caller_that_cannot_say_ends_the_session_and_not_the_handshake() {
    let (client, mut server) = configs(&[key("pump 7")]);
    server.hide_unknown_psks = true;
    meet(client.clone(), server.clone(), has(key("pump 7")), 0);
    let (back, _) = meet(client, server, None, 1);
    assert_eq!(known(&back), (None, false));
}

#[test]
fn a_key_that_was_changed_ends_the_sessions_that_began_by_it() {
    let (client, mut server) = configs(&[key("pump 7")]);
    meet(client.clone(), server.clone(), has(key("pump 7")), 0);
    // The client still has the old one.
    server.hide_unknown_psks = true;
    let (back, _) = meet(client.clone(), server.clone(), has(wrong("pump 7")), 1);
    assert_eq!(known(&back), (None, false));
}

#[test]
fn a_key_that_was_changed_under_a_name_that_is_not_hidden_is_a_wrong_key() {
    let (client, server) = configs(&[key("pump 7")]);
    meet(client.clone(), server.clone(), has(key("pump 7")), 0);
    let (back, _) = meet(client, server, has(wrong("pump 7")), 1);
    assert_eq!(back.server.error, Some(Fault::BinderWrong.into()));
}

#[test]
fn a_client_whose_caller_has_the_key_no_longer_offers_no_session_of_it() {
    let (mut client, server) = configs(&[]);
    client.ask_for_psk = true;
    client.common.session_scope = Some(b"pumps".to_vec());
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    for (ours, expected) in [
        (Some(key("pump 7")), (PUMP_7, false)),
        (Some(key("pump 7")), (PUMP_7, true)),
        (None, (None, false)),
    ] {
        let mut pair = Pair::new(&client, &server);
        pair.client.answerer = Some(Box::new(move |_| Answer::Psk(ours.clone())));
        pair.server.answerer = Some(Box::new(|_| Answer::Psk(Some(key("pump 7")))));
        pair.run(Delivery::Whole);
        assert_eq!(known(&pair), expected);
    }
}
