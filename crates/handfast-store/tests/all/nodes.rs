//! Nodes that share a store.

use crate::node::{Node, VERSIONS, Visitor, roots};
use core::time::Duration;
use handfast::ProtocolVersion;
use handfast_store::{FileStore, Guarded, MemoryStore, Store};
use handfast_testkit::peer::Folder;
use std::sync::Arc;

/// Time enough on a busy machine.
fn patient(store: impl Store + 'static) -> Guarded {
    Guarded::new(store).with_budget(Duration::from_secs(5))
}

/// One store as two nodes see it.
fn shared() -> Vec<(&'static str, [Guarded; 2], Option<Folder>)> {
    let memory = Arc::new(MemoryStore::with_fresh_keys(1000));
    let folder = Folder::new().unwrap();
    let opened = || patient(FileStore::open(folder.path()).unwrap());
    let files = [opened(), opened()];
    vec![
        (
            "memory",
            [patient(Arc::clone(&memory)), patient(memory)],
            None,
        ),
        ("file", files, Some(folder)),
    ]
}

#[tokio::test]
async fn a_client_comes_back_to_a_node_that_never_saw_it() {
    for version in VERSIONS {
        for (which, stores, _folder) in shared() {
            let [one, other] = stores.map(|store| Node::new(store, version));
            let visitor = Visitor::new(version);
            assert!(!visitor.visit(&one).await.is_resumed, "{which} {version}");
            for node in [&other, &one, &other] {
                assert!(visitor.visit(node).await.is_resumed, "{which} {version}");
            }
            let counts = other.sessions.store().counts();
            assert_eq!(
                (counts.failed, counts.too_slow),
                (0, 0),
                "{which} {version}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_of_tls_1_3_is_good_once_among_all_nodes_and_an_older_one_for_as_long_as_it_lives()
 {
    for version in VERSIONS {
        for (which, stores, _folder) in shared() {
            let [one, other] = stores.map(|store| Node::new(store, version));
            let visitor = Visitor::new(version);
            visitor.visit(&one).await;
            let session = visitor.newest();
            let mut came_back = Vec::new();
            for node in [&one, &other, &one] {
                visitor.has_only(&session);
                came_back.push(visitor.visit(node).await.is_resumed);
            }
            let expected = match version {
                ProtocolVersion::TLS_1_3 => [true, false, false],
                _ => [true; 3],
            };
            assert_eq!(came_back, expected, "{which} {version}");
        }
    }
}

#[tokio::test]
async fn a_node_with_another_root_knows_nobody() {
    for version in VERSIONS {
        let memory = Arc::new(MemoryStore::with_fresh_keys(1000));
        let one = Node::new(patient(Arc::clone(&memory)), version);
        let stranger = Node::of(patient(memory), version, &roots(2));
        let visitor = Visitor::new(version);
        visitor.visit(&one).await;
        assert!(!visitor.visit(&stranger).await.is_resumed);
        assert!(visitor.visit(&stranger).await.is_resumed, "the control");
    }
}

/// RFC 5246 s7.2.2: nobody comes back by the session of a connection that failed.
#[tokio::test]
async fn the_session_of_a_connection_that_failed_is_forgotten_by_all_nodes() {
    let version = ProtocolVersion::TLS_1_2;
    for fails in [false, true] {
        for (which, stores, _folder) in shared() {
            let [one, other] = stores.map(|store| Node::new(store, version));
            let visitor = Visitor::new(version);
            let session = visitor.visit_that_ends(&one, fails).await;
            visitor.has_only(&session);
            let is_resumed = visitor.visit(&other).await.is_resumed;
            assert_eq!(is_resumed, !fails, "{which}");
        }
    }
}
