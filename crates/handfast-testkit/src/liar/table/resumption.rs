//! Lies about coming back (RFC 8446 section 4.2.11).

use crate::liar::anatomy::{client_hello, server_hello};
use crate::liar::lie::{Lie, Setup};
use crate::liar::not_extended::NotExtended;
use crate::pair::{Delivery, Pair, now};
use handfast::config::SystemEntropy;
use handfast::obsolete::OBSOLETE;
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{CipherSuite, Fault, ProtocolVersion};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

pub(super) fn lies() -> Vec<Lie> {
    vec![
        Lie::by_client("a binder with a flipped bit", Fault::BinderWrong)
            .with(with_a_session)
            .says(HandshakeType::CLIENT_HELLO, flip_last_bit),
        Lie::by_server("the second of one pre-shared key", Fault::PskIndexWrong)
            .with(with_a_session)
            // pre_shared_key stands last, and its two bytes are the index.
            .says(HandshakeType::SERVER_HELLO, flip_last_bit),
        Lie::by_client(
            "no extended master secret where it is required",
            Fault::ExtendedMasterSecretAbsent,
        )
        .with(|setup| {
            setup.server.common.require_extended_master_secret = true;
            classic(setup);
        })
        .says(HandshakeType::CLIENT_HELLO, unextended),
        Lie::by_server(
            "no answer to an extended master secret that is required",
            Fault::ExtendedMasterSecretAbsent,
        )
        .with(|setup| {
            setup.client.common.require_extended_master_secret = true;
            classic(setup);
        })
        .says(HandshakeType::SERVER_HELLO, unanswered),
        Lie::by_client(
            "a ticket and no extended master secret where it is required",
            Fault::ExtendedMasterSecretAbsent,
        )
        .with(|setup| {
            setup.server.common.require_extended_master_secret = true;
            with_a_classic_session(setup);
        })
        .says(HandshakeType::CLIENT_HELLO, unextended),
        Lie::by_server(
            "a session, and no answer to an extended master secret that is required",
            Fault::ExtendedMasterSecretAbsent,
        )
        .with(|setup| {
            setup.client.common.require_extended_master_secret = true;
            with_a_classic_session(setup);
        })
        .says(HandshakeType::SERVER_HELLO, unanswered),
        Lie::by_client(
            "a ticket without the extended master secret",
            Fault::ExtendedMasterSecretDropped,
        )
        .with(with_a_classic_session)
        .says(HandshakeType::CLIENT_HELLO, unextended),
        Lie::by_server(
            "the extended master secret for a session without it",
            Fault::ExtendedMasterSecretAdded,
        )
        .with(with_an_unbound_session)
        .says(HandshakeType::SERVER_HELLO, |hello| {
            server_hello(&hello, |hello| {
                let extension = ExtensionType::EXTENDED_MASTER_SECRET;
                hello.extensions.add(extension, &[]);
            })
        }),
        Lie::by_server(
            "a session in another version",
            Fault::VersionChangedInSession,
        )
        .with(with_an_old_session)
        .says(HandshakeType::SERVER_HELLO, |hello| {
            server_hello(&hello, |hello| {
                hello.version = ProtocolVersion::TLS_1_1.0.to_be_bytes();
            })
        }),
        Lie::by_server("a session with another suite", Fault::SuiteChangedInSession)
            .with(with_a_classic_session)
            .says(HandshakeType::SERVER_HELLO, |hello| {
                server_hello(&hello, |hello| {
                    let other = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
                    hello.suites = other.0.to_be_bytes().to_vec();
                })
            }),
    ]
}

fn unextended(hello: Vec<u8>) -> Vec<Vec<u8>> {
    client_hello(&hello, |hello| {
        hello
            .extensions
            .remove(ExtensionType::EXTENDED_MASTER_SECRET);
    })
}

fn unanswered(hello: Vec<u8>) -> Vec<Vec<u8>> {
    server_hello(&hello, |hello| {
        hello
            .extensions
            .remove(ExtensionType::EXTENDED_MASTER_SECRET);
    })
}

fn flip_last_bit(mut message: Vec<u8>) -> Vec<Vec<u8>> {
    if let Some(last) = message.last_mut() {
        *last ^= 1;
    }
    vec![message]
}

/// Both speak TLS 1.2 alone.
fn classic(setup: &mut Setup) {
    setup.client.common.versions = vec![ProtocolVersion::TLS_1_2];
    setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
}

/// The client was there before, in TLS 1.2.
fn with_a_classic_session(setup: &mut Setup) {
    classic(setup);
    with_a_session(setup);
}

/// The same with a session that only a policy lets come back.
fn with_an_unbound_session(setup: &mut Setup) {
    setup.client.common.allow_obsolete(&OBSOLETE);
    setup.server.common.allow_obsolete(&OBSOLETE);
    setup.client.common.danger_script = Some(Arc::new(NotExtended));
    with_a_classic_session(setup);
}

/// The same where TLS 1.1 is spoken too, and the suite belongs to both.
fn with_an_old_session(setup: &mut Setup) {
    for common in [&mut setup.client.common, &mut setup.server.common] {
        common.allow_obsolete(&OBSOLETE);
        common.versions = vec![ProtocolVersion::TLS_1_2, ProtocolVersion::TLS_1_1];
        common.suites = vec![
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        ];
    }
    with_a_session(setup);
}

/// The client was there before and has a ticket.
pub(super) fn with_a_session(setup: &mut Setup) {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).expect("the system draws");
    setup.server.ticket_keys = Some(Arc::new(keys));
    setup.client.sessions = Some(Arc::new(MemoryStore::default()));
    let client = setup
        .client
        .clone()
        .check()
        .expect("the client's config is sound");
    let server = setup
        .server
        .clone()
        .check()
        .expect("the server's config is sound");
    Pair::new(&client, &server).connect(Delivery::Whole);
}
