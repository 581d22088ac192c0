//! Lies about early data (RFC 8446 sections 4.2.10 and 4.5).

use crate::liar::anatomy::{encrypted_extensions, message};
use crate::liar::lie::{Lie, Setup, record};
use crate::pair::{Delivery, End, Pair, now};
use crate::strikes::Strikes;
use handfast::config::SystemEntropy;
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{CipherSuite, Fault, ProtocolVersion};
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};
use std::sync::Arc;

const EE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
const END: HandshakeType = HandshakeType::END_OF_EARLY_DATA;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = by_clients();
    all.extend(by_servers());
    all
}

fn by_clients() -> Vec<Lie> {
    use Fault::{EndOfEarlyDataMalformed, MessageInterleaved, MessageUnexpected, TooMuchEarlyData};
    let c = |name, fault| Lie::by_client(name, fault).with(with_early_data);
    vec![
        c("one byte of early data too many", TooMuchEarlyData)
            .early(|liar| data(liar, usize::from(MOST) + 1)),
        c(
            "one byte of early data too many, in two records",
            TooMuchEarlyData,
        )
        .early(|liar| [data(liar, 1), data(liar, usize::from(MOST))].concat()),
        c("EndOfEarlyData with content", EndOfEarlyDataMalformed)
            .says(END, |_| vec![message(END, &[0])]),
        c("EndOfEarlyData left out", Fault::RecordNotAuthentic).says(END, |_| vec![]),
        c("EndOfEarlyData twice", Fault::MessageAcrossKeyChange)
            .says(END, |one| vec![one.clone(), one]),
        c("Finished in place of EndOfEarlyData", MessageUnexpected)
            .says(END, |_| vec![message(HandshakeType::FINISHED, &[0; 32])]),
        c(
            "early data in the middle of EndOfEarlyData",
            MessageInterleaved,
        )
        .early(|liar| {
            let half = record(liar, ContentType::HANDSHAKE, &[END.0, 0]);
            [half, data(liar, 1)].concat()
        }),
    ]
}

fn by_servers() -> Vec<Lie> {
    use Fault::{EarlyDataAlpnChanged, EarlyDataOlderVersion, EarlyDataSuiteChanged};
    let s = Lie::by_server;
    vec![
        s(
            "early data accepted under another suite",
            EarlyDataSuiteChanged,
        )
        .with(|setup| {
            setup.server.common.suites = vec![CipherSuite::TLS_AES_128_GCM_SHA256];
            with_early_data(setup);
            setup.server.common.suites = vec![CipherSuite::TLS_CHACHA20_POLY1305_SHA256];
        })
        .says(EE, accept)
        .unheard(),
        s(
            "early data accepted under another application protocol",
            EarlyDataAlpnChanged,
        )
        .with(|setup| {
            setup.client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            setup.server.common.alpn = vec![b"http/1.1".to_vec()];
            with_early_data(setup);
            setup.server.common.alpn = vec![b"h2".to_vec()];
        })
        .says(EE, accept)
        .unheard(),
        s(
            "early data accepted where the session does not go on",
            Fault::ExtensionNotOffered,
        )
        .with(|setup| {
            with_early_data(setup);
            setup.server.ticket_keys = None;
        })
        .says(EE, accept),
        s("TLS 1.2 after early data", EarlyDataOlderVersion)
            .with(|setup| {
                with_early_data(setup);
                let versions = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
                setup.client.common.versions = versions;
                setup.server.common.versions = vec![ProtocolVersion::TLS_1_2];
            })
            .unheard(),
    ]
}

fn accept(extensions: Vec<u8>) -> Vec<Vec<u8>> {
    encrypted_extensions(&extensions, |block| {
        block.add(ExtensionType::EARLY_DATA, &[]);
    })
}

fn data(liar: &mut End, bytes: usize) -> Vec<u8> {
    record(liar, ContentType::APPLICATION_DATA, &vec![b'x'; bytes])
}

/// Bytes of early data that the server takes.
const MOST: u8 = 40;

/// The client was there before, and may send early data.
pub(super) fn with_early_data(setup: &mut Setup) {
    let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).expect("the system draws");
    setup.server.ticket_keys = Some(Arc::new(keys));
    setup.server.max_early_data = MOST.into();
    setup.server.strikes = Some(Arc::new(Strikes::default()));
    setup.client.sessions = Some(Arc::new(MemoryStore::default()));
    setup.client.early_data = true;
    let client = setup.client.clone().check();
    let server = setup.server.clone().check();
    let (client, server) = (client.expect("sound"), server.expect("sound"));
    Pair::new(&client, &server).connect(Delivery::Whole);
}
