//! Sessions that began by a key which both sides knew before: they end with it.

use super::{identity, issued, server};
use crate::attack::Found;
use crate::tickets::{Greedy, Keep, Kind, client};
use handfast::config::{ClientAuth, PreSharedKey, PskHash};
use handfast::connection::PeerStanding;
use handfast::{Client, ProtocolVersion, Server, ServerName};
use handfast_testkit::pair::{End, Pair, now};
use std::sync::Arc;

/// What a server knows.
pub(super) fn keys(which: usize) -> Vec<PreSharedKey> {
    let key = |identity: &str, byte| PreSharedKey::new(identity.as_bytes(), &[byte; 32]).unwrap();
    match which {
        0 => vec![key("pump 7", 1)],
        // The same name, another key.
        1 => vec![key("pump 7", 2)],
        // The same key, another name.
        2 => vec![key("pump 8", 1)],
        3 => vec![key("pump 8", 3), key("pump 7", 1)],
        4 => vec![],
        // The same key for another purpose.
        5 => vec![key("pump 7", 1).imported(b"elsewhere").unwrap()],
        6 => vec![key("pump 9", 4).with_hash(PskHash::Sha384)],
        _ => vec![key("pump 9", 5)],
    }
}

/// Servers of one host, each with its keys.
const WAYS: usize = 8;
/// The second one of these knows what sessions of the first began by.
const KNOWN: (usize, usize) = (0, 3);

/// A client that knows these keys, and comes back wherever it can.
fn visitor(kind: Kind, keys: &[PreSharedKey]) -> (Client, Arc<Greedy>) {
    let store = Arc::new(Greedy::default());
    let mut client = client(kind, Arc::clone(&store) as _);
    client.psks = keys.to_vec();
    (client.check().unwrap(), store)
}

struct Met {
    resumed: bool,
    by_key: bool,
    said: Vec<u8>,
}

fn meet(client: &Client, server: &Server, keep: &Keep) -> Met {
    let mut pair = Pair {
        client: End::new(
            client
                .connect(ServerName::parse("a.test").unwrap(), now())
                .unwrap(),
        ),
        server: End::new(server.accept(now()).unwrap()),
        now: now(),
    };
    let resumed = keep.run(&mut pair);
    let agreed = pair.server.connection.negotiated();
    Met {
        resumed,
        by_key: agreed.is_some_and(|agreed| agreed.peer_standing == PeerStanding::SharedKey),
        said: pair.client.sent,
    }
}

/// All ordered pairs of servers that share what sessions come back by, and not their keys. The client
/// knows all that the first server does, and comes back by its session to wherever it is known. Before TLS 1.3
/// no such session is kept.
pub(super) fn crossings(keys_of: fn(usize) -> Vec<PreSharedKey>) -> Found {
    let mut found = Found::default();
    let tls13 = |kind: &Kind| kind.version() == ProtocolVersion::TLS_1_3;
    for kind in Kind::ALL.into_iter().filter(tls13) {
        for from in (0..WAYS).filter(|from| !keys(*from).is_empty()) {
            for to in 0..WAYS {
                let keep = Keep::system(kind);
                let server = |which| {
                    let mut config = keep.give(kind, server(ClientAuth::None, issued()));
                    config.psks = keys_of(which);
                    config.check().unwrap()
                };
                let (first, second) = (server(from), server(to));
                let (client, store) = visitor(kind, &keys_of(from));
                let met = meet(&client, &first, &keep);
                assert!(
                    !met.resumed && met.by_key,
                    "{kind:?} {from}: it is known by its key"
                );
                let session = store.0.lock().unwrap().clone().unwrap();
                let Met { resumed, said, .. } = meet(&client, &second, &keep);
                let identity = identity(&session);
                let is_offered = said.windows(identity.len()).any(|one| one == identity);
                assert!(is_offered, "{kind:?} {from} {to}: nothing was tried");
                if from == to || (from, to) == KNOWN {
                    assert!(resumed, "{kind:?} {from} {to}: the way back is open");
                    continue;
                }
                found.tried(if resumed {
                    Err(format!("{kind:?}: a session of {from} went on at {to}"))
                } else {
                    Ok(())
                });
            }
        }
    }
    found
}
