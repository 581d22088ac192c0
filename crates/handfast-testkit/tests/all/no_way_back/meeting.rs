//! How two meet, by a session that was tampered with or not.

use crate::coming_back::cell::{Back, Cell, later};
use handfast::connection::Resumption;
use handfast::session::{MemoryStore, Session, SessionStore};
use handfast::{Client, ClientConfig, Event, Now, Server, ServerConfig};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::stored::checked_again;
use std::sync::Arc;

/// What became of a connection on which both ends agree: neither saw an alert.
pub(super) fn meet(client: &Client, server: &Server, now: Now) -> Option<Resumption> {
    let mut pair = Pair::at(client, server, now);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    let kinds = [&pair.client, &pair.server].map(|end| {
        let warned = |event: &Event| matches!(event, Event::Warning(_));
        assert!(!end.events.iter().any(warned));
        end.connection.negotiated().unwrap().resumption
    });
    assert_eq!(kinds[0], kinds[1]);
    kinds[0]
}

/// A store that has this session and no other.
pub(super) fn holding(session: &Session) -> Arc<MemoryStore> {
    let store = MemoryStore::default();
    store.put("localhost", session.clone());
    Arc::new(store)
}

/// A client that will offer this session.
pub(super) fn client_with(session: &Session, config: ClientConfig) -> Client {
    let sessions = Some(holding(session) as Arc<dyn SessionStore>);
    ClientConfig { sessions, ..config }.check().unwrap()
}

pub(super) fn client_config(back: Back) -> ClientConfig {
    let mut client = Cell::of(back).client_config(&Arc::default());
    client.common.suites = handfast::config::Common::default().suites;
    client
}

pub(super) fn server_config(back: Back) -> ServerConfig {
    let mut server = Cell::of(back).server_config();
    server.common.alpn = Vec::new();
    server.common.suites = handfast::config::Common::default().suites;
    server
}

/// A session of a first meeting at `now`.
pub(super) fn session_at(client: ClientConfig, server: &Server, now: Now) -> Session {
    let store = Arc::new(MemoryStore::default());
    let sessions = Some(store.clone() as Arc<dyn SessionStore>);
    let client = ClientConfig { sessions, ..client };
    assert_eq!(meet(&client.check().unwrap(), server, now), None);
    store.take("localhost").unwrap()
}

pub(super) fn session(back: Back, server: &Server) -> Session {
    session_at(client_config(back), server, later(0))
}

/// The same session under another identity. As bytes a session begins with the time at which it
/// came (8 bytes) and the kind of its identity (1), then the identity behind its length (2).
pub(super) fn renamed(session: &Session, edit: impl FnOnce(&mut Vec<u8>)) -> Session {
    let bytes = session.to_bytes().unwrap();
    let (front, rest) = bytes.split_at(9);
    let (length, rest) = rest.split_at(2);
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let (identity, state) = rest.split_at(length);
    let mut identity = identity.to_vec();
    edit(&mut identity);
    let length = u16::try_from(identity.len()).unwrap().to_be_bytes();
    let bytes = [front, &length, &identity, state].concat();
    Session::from_bytes(&checked_again(bytes)).unwrap()
}

pub(super) fn identity(session: &Session) -> Vec<u8> {
    let mut found = Vec::new();
    let _ = renamed(session, |identity| found.clone_from(identity));
    found
}
