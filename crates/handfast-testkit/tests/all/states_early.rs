//! Early data among the states: what a server hears behind the ClientHello, and behind
//! EndOfEarlyData, has one place and one level of keys, whether the early data is taken or not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::resumption::{client_config, keys, later, server_config};
use handfast::session::MemoryStore;
use handfast::{CipherSuite, Error, Fault};
use handfast_testkit::forge::{Sealer, Secrets, plain};
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::strikes::Strikes;
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::Arc;

const EARLY: &str = "CLIENT_EARLY_TRAFFIC_SECRET";
const HANDSHAKE: &str = "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
const APPLICATION: &str = "CLIENT_TRAFFIC_SECRET_0";
const END: HandshakeType = HandshakeType::END_OF_EARLY_DATA;

/// Where the server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// It takes early data.
    Taking,
    /// It has heard EndOfEarlyData.
    Ended,
    /// It skips early data.
    Skipping,
}

const STANDS: [Stand; 3] = [Stand::Taking, Stand::Ended, Stand::Skipping];

/// Under what a record is sealed: nothing, or one of the client's secrets.
const LEVELS: [Option<&str>; 4] = [None, Some(EARLY), Some(HANDSHAKE), Some(APPLICATION)];

struct Stage {
    pair: Pair,
    secrets: Arc<Secrets>,
}

impl Stage {
    fn at(stand: Stand) -> Self {
        let store = Arc::new(MemoryStore::default());
        let strikes = Arc::new(Strikes::default());
        let mut client = client_config(&store);
        client.early_data = true;
        let mut server = server_config(&keys());
        server.max_early_data = 100;
        server.strikes = Some(Arc::clone(&strikes) as _);
        // Both know the same secrets; the server has them first.
        let secrets = Arc::new(Secrets::default());
        server.common.key_log = Some(Arc::clone(&secrets) as _);
        client.common.key_log = Some(Arc::clone(&secrets) as _);
        let client = client.check().unwrap();
        let server = server.check().unwrap();
        Pair::at(&client, &server, now()).connect(Delivery::Whole);
        strikes.set_down(stand == Stand::Skipping);
        let mut pair = Pair::at(&client, &server, later(1));
        let flight = pair.client.take_output();
        pair.server.deliver(&flight, pair.now);
        let mut stage = Self { pair, secrets };
        if stand == Stand::Ended {
            let end = stage.seal(Some(EARLY), ContentType::HANDSHAKE, &message(END, &[]));
            stage.deliver(&end);
        }
        assert_eq!(stage.pair.server.error, None);
        stage
    }

    fn seal(&self, level: Option<&str>, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        let Some(label) = level else {
            return plain(content_type, content);
        };
        let secret = self.secrets.last(label).unwrap();
        let suite = CipherSuite::TLS_AES_128_GCM_SHA256;
        let mut sealer = Sealer::new(suite, &secret).unwrap();
        sealer.seal(content_type, content)
    }

    fn deliver(&mut self, record: &[u8]) {
        let now = self.pair.now;
        self.pair.server.deliver(record, now);
    }

    /// What the server says to one record: its fault, and what it took for early data and for data.
    fn hears(
        mut self,
        level: Option<&str>,
        content_type: ContentType,
        content: &[u8],
    ) -> (Option<Error>, usize) {
        let record = self.seal(level, content_type, content);
        self.deliver(&record);
        assert_eq!(self.pair.server.data, b"");
        (self.pair.server.error, self.pair.server.early.len())
    }
}

/// What a record under the wrong keys, or none, leads to; nothing where the keys are right.
fn by_level(stand: Stand, level: Option<&str>) -> Option<Option<Fault>> {
    match (stand, level) {
        (_, None) => Some(Some(Fault::RecordNotProtected)),
        (Stand::Taking, Some(EARLY)) | (Stand::Ended | Stand::Skipping, Some(HANDSHAKE)) => None,
        // What does not open may be early data.
        (Stand::Skipping, _) => Some(None),
        _ => Some(Some(Fault::RecordNotAuthentic)),
    }
}

#[test]
fn every_message_behind_early_data_has_one_place() {
    let known = [
        0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 24, 25, 254, 7, 255,
    ];
    let mut cases = 0;
    for stand in STANDS {
        for level in LEVELS {
            for msg_type in known.map(HandshakeType) {
                let body = if msg_type == END { &[][..] } else { &[0; 32] };
                let bytes = message(msg_type, body);
                let heard = Stage::at(stand).hears(level, ContentType::HANDSHAKE, &bytes);
                let wanted = by_level(stand, level).unwrap_or({
                    let end = stand == Stand::Taking && msg_type == END;
                    let finished = stand != Stand::Taking && msg_type == HandshakeType::FINISHED;
                    match (end, finished) {
                        (true, _) => None,
                        // It has its place, and is not the right one.
                        (_, true) => Some(Fault::FinishedWrong),
                        _ => Some(Fault::MessageUnexpected),
                    }
                });
                let wanted = (wanted.map(Error::Fault), 0);
                assert_eq!(heard, wanted, "{stand:?} {level:?} {msg_type}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 264);
}

#[test]
fn data_is_early_data_under_its_own_keys_alone() {
    for stand in STANDS {
        for level in LEVELS {
            let heard = Stage::at(stand).hears(level, ContentType::APPLICATION_DATA, b"early");
            let wanted = match (by_level(stand, level), stand, level) {
                // Its type is that of protected records, so it is taken for one, and does not open.
                (_, Stand::Skipping, None) => (None, 0),
                (_, _, None) => (Some(Fault::RecordNotAuthentic), 0),
                (Some(fault), ..) => (fault, 0),
                (None, Stand::Taking, _) => (None, 5),
                (None, ..) => (Some(Fault::ApplicationDataUnexpected), 0),
            };
            let wanted = (wanted.0.map(Error::Fault), wanted.1);
            assert_eq!(heard, wanted, "{stand:?} {level:?}");
        }
    }
}
