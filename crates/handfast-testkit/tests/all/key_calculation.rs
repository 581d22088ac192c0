//! The keys of real TLS 1.2 handshakes, calculated a second time by hand: from the private key
//! of the exchange and the messages on the wire to the last record, as RFC 5246 teaches it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{Entropy, SystemEntropy};
use handfast::session::{MemoryStore, TicketKeys};
use handfast::{CipherSuite, Client, NamedGroup, ProtocolVersion, Server};
use handfast_crypto::agreement::{Group, OwnKeyShare};
use handfast_crypto::random::{Random, RandomFailed};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::Secrets;
use handfast_testkit::liar::NotExtended;
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::textbook::{self, Records, Suite};
use handfast_testkit::witness::{Said, Witness, messages, records};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

const SUITES: [(CipherSuite, KeyKind); 6] = [
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        KeyKind::EcP256,
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        KeyKind::EcP256,
    ),
    (
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        KeyKind::EcP256,
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        KeyKind::Rsa { bits: 2048 },
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        KeyKind::Rsa { bits: 2048 },
    ),
    (
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        KeyKind::Rsa { bits: 2048 },
    ),
];
const GROUPS: [(NamedGroup, Group); 4] = [
    (NamedGroup::X25519, Group::X25519),
    (NamedGroup::SECP256R1, Group::P256),
    (NamedGroup::SECP384R1, Group::P384),
    (NamedGroup::SECP521R1, Group::P521),
];

/// Remembers what it gave: the server's private key is among it.
#[derive(Debug, Default)]
struct Remembered(Mutex<Vec<Vec<u8>>>);

impl Entropy for Remembered {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        SystemEntropy.fill(out)?;
        self.0.lock().unwrap().push(out.to_vec());
        Ok(())
    }
}

/// Gives the same bytes again.
struct Again<'b>(&'b [u8]);

impl Random for Again<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomFailed> {
        if out.len() != self.0.len() {
            return Err(RandomFailed);
        }
        out.copy_from_slice(self.0);
        Ok(())
    }
}

/// Both ends, and what a teacher needs to follow them.
struct Class {
    client: Client,
    server: Server,
    secrets: Arc<Secrets>,
    witness: Arc<Witness>,
    drawn: Arc<Remembered>,
    group: Group,
}

impl Class {
    fn new(suite: (CipherSuite, KeyKind), group: (NamedGroup, Group), extended: bool) -> Self {
        let [of_client, of_server] = Witness::of_both();
        let (secrets, drawn) = (Arc::new(Secrets::default()), Arc::<Remembered>::default());
        let mut client = config::client();
        client.common.versions = vec![ProtocolVersion::TLS_1_2];
        client.common.suites = vec![suite.0];
        client.common.groups = config::groups(group.0, suite.1);
        client.common.observer = Some(of_client.clone());
        client.common.key_log = Some(secrets.clone());
        client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
        client.sessions = Some(Arc::new(MemoryStore::default()));
        if !extended {
            client.common.danger_script = Some(Arc::new(NotExtended));
        }
        let mut server = config::mutual_server(suite.1);
        server.common.versions = vec![ProtocolVersion::TLS_1_2];
        server.common.groups = vec![group.0];
        server.common.observer = Some(of_server);
        server.common.entropy = drawn.clone();
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
        server.ticket_keys = Some(Arc::new(keys));
        Self {
            client: client.check().unwrap(),
            server: server.check().unwrap(),
            secrets,
            witness: of_client,
            drawn,
            group: group.1,
        }
    }

    /// One connection: all that was said in it, and its two ends.
    fn connect(&self) -> (Pair, Vec<Said>) {
        let before = self.witness.all().len();
        let mut pair = Pair::new(&self.client, &self.server);
        pair.connect(Delivery::Whole);
        pair.exchange(b"a line of text");
        (pair, self.witness.all().split_off(before))
    }

    /// The premaster secret: the server's private key, found by its public key among what it
    /// drew, and the client's public key.
    fn premaster(&self, server_public: &[u8], client_public: &[u8]) -> Vec<u8> {
        let drawn = self.drawn.0.lock().unwrap();
        // The key is drawn behind the server's random and the name of a session.
        let share = drawn
            .iter()
            .filter_map(|bytes| bytes.get(48..))
            .filter_map(|bytes| OwnKeyShare::generate(self.group, &mut Again(bytes)).ok())
            .find(|share| share.public() == server_public);
        let secret = share.unwrap().agree(client_public).unwrap();
        secret.as_bytes().to_vec()
    }
}

fn body(said: &[Said], msg_type: HandshakeType) -> &[u8] {
    let mut found = said.iter().filter(|(_, one)| one[0] == msg_type.0);
    &found.next().unwrap().1[4..]
}

/// Client random and server random: they stand behind two bytes of version.
fn randoms(said: &[Said]) -> [[u8; 32]; 2] {
    [HandshakeType::CLIENT_HELLO, HandshakeType::SERVER_HELLO]
        .map(|hello| body(said, hello)[2..34].try_into().unwrap())
}

/// Everything that was said before the `nth` Finished.
fn before_finished(said: &[Said], nth: usize) -> Vec<u8> {
    let mut places = (0..said.len()).filter(|at| said[*at].1[0] == HandshakeType::FINISHED.0);
    let upto = places.nth(nth).unwrap();
    said[..upto]
        .iter()
        .flat_map(|(_, one)| one.clone())
        .collect()
}

/// What one end sent after its ChangeCipherSpec, opened with its keys; the last content is data.
fn opened(end: &End, mut keys: Records) -> Vec<Vec<u8>> {
    let records = records(&end.sent);
    let change = records
        .iter()
        .position(|one| one[0] == ContentType::CHANGE_CIPHER_SPEC.0);
    let protected = &records[change.unwrap() + 1..];
    let types: Vec<u8> = protected.iter().map(|record| record[0]).collect();
    let wanted = [ContentType::HANDSHAKE, ContentType::APPLICATION_DATA].map(|one| one.0);
    assert_eq!(types, wanted);
    protected
        .iter()
        .map(|one| keys.open(one).unwrap())
        .collect()
}

/// Both Finished and a line of data each way, by keys that the test cut.
fn check_records(pair: &Pair, said: &[Said], suite: &Suite, master: &[u8]) {
    let [client_random, server_random] = randoms(said);
    let keys = suite.keys(master, &client_random, &server_random);
    // AEAD: no MAC keys, and of the nonce what no record carries.
    assert!(keys.client.mac_key.is_empty() && keys.server.mac_key.is_empty());
    let salt = if suite.lengths.key == 32 && suite.lengths.iv == 12 {
        12
    } else {
        4
    };
    assert_eq!((keys.client.iv.len(), keys.server.iv.len()), (salt, salt));
    let first = said
        .iter()
        .find(|(_, one)| one[0] == HandshakeType::FINISHED.0);
    let first = first.unwrap().0;
    for (end, side, label, keys) in [
        (&pair.client, Side::Client, "client finished", &keys.client),
        (&pair.server, Side::Server, "server finished", &keys.server),
    ] {
        let contents = opened(end, suite.records(keys));
        let before = before_finished(said, usize::from(side != first));
        let verify_data = textbook::verify_data(suite.hash, master, label, &before);
        assert_eq!(verify_data.len(), 12);
        let finished = [&[HandshakeType::FINISHED.0, 0, 0, 12], &verify_data[..]].concat();
        assert_eq!(contents[0], finished, "{label}");
        assert_eq!(contents[1], b"a line of text");
    }
    // The other side's keys open nothing.
    let crossed = records(&pair.client.sent);
    let last = crossed.last().unwrap();
    assert_eq!(suite.records(&keys.server).open(last), None);
}

fn follow(suite: (CipherSuite, KeyKind), group: (NamedGroup, Group), extended: bool) {
    let class = Class::new(suite, group, extended);
    let suite = Suite::of(suite.0).unwrap();
    let (pair, said) = class.connect();
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.extended_master_secret, extended);

    // The premaster secret: ECDH of what both key exchange messages carry (RFC 8422 section
    // 5.10). The public key stands behind curve type, curve and a length; the client's behind
    // a length.
    let exchange = body(&said, HandshakeType::SERVER_KEY_EXCHANGE);
    let server_public = &exchange[4..4 + usize::from(exchange[3])];
    let client_public = &body(&said, HandshakeType::CLIENT_KEY_EXCHANGE)[1..];
    let premaster = class.premaster(server_public, client_public);

    // The master secret.
    let [client_random, server_random] = randoms(&said);
    let master = if extended {
        let last = HandshakeType::CLIENT_KEY_EXCHANGE.0;
        let upto = said.iter().position(|(_, one)| one[0] == last).unwrap();
        let messages: Vec<u8> = said[..=upto].iter().flat_map(|one| one.1.clone()).collect();
        textbook::extended_master_secret(suite.hash, &premaster, &messages)
    } else {
        textbook::master_secret(suite.hash, &premaster, &client_random, &server_random)
    };
    // The key log says the same: CLIENT_RANDOM <client random> <master secret>.
    let logged = class.secrets.all();
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].label, "CLIENT_RANDOM");
    assert_eq!(logged[0].client_random, client_random);
    assert_eq!(logged[0].secret, master);
    check_records(&pair, &said, &suite, &master);

    // Come back: the same master secret where a session is kept at all, new randoms, new keys.
    let (pair, said) = class.connect();
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.is_resumed(), extended);
    let again = class.secrets.last("CLIENT_RANDOM").unwrap();
    assert_eq!(again == master, extended);
    check_records(&pair, &said, &suite, &again);
    let [client_again, server_again] = randoms(&said);
    let old = suite.keys(&master, &client_random, &server_random);
    let new = suite.keys(&again, &client_again, &server_again);
    for (old, new) in [(&old.client, &new.client), (&old.server, &new.server)] {
        assert!(old.key != new.key && old.iv != new.iv);
    }
}

#[test]
fn the_keys_of_every_suite_come_out_by_hand() {
    for suite in SUITES {
        for extended in [true, false] {
            follow(suite, GROUPS[0], extended);
        }
    }
}

#[test]
fn the_keys_of_every_group_come_out_by_hand() {
    for group in GROUPS {
        follow(SUITES[1], group, true);
    }
}

/// Hand and engine against each other where they must differ: with one bit of either random
/// changed, no key of a real connection comes out.
#[test]
fn with_another_random_or_premaster_no_record_opens() {
    let class = Class::new(SUITES[0], GROUPS[0], false);
    let suite = Suite::of(SUITES[0].0).unwrap();
    let (pair, said) = class.connect();
    let exchange = body(&said, HandshakeType::SERVER_KEY_EXCHANGE);
    let server_public = &exchange[4..4 + usize::from(exchange[3])];
    let client_public = &body(&said, HandshakeType::CLIENT_KEY_EXCHANGE)[1..];
    let premaster = class.premaster(server_public, client_public);
    let [client_random, server_random] = randoms(&said);
    let opens = |premaster: &[u8], client: &[u8; 32], server: &[u8; 32]| {
        let master = textbook::master_secret(suite.hash, premaster, client, server);
        let keys = suite.keys(&master, client, server);
        [(&pair.client, &keys.client), (&pair.server, &keys.server)].map(|(end, keys)| {
            let records = records(&end.sent);
            let change = records.iter().position(|one| one[0] == 20).unwrap();
            suite.records(keys).open(records[change + 1]).is_some()
        })
    };
    assert_eq!(
        opens(&premaster, &client_random, &server_random),
        [true, true]
    );
    for bit in 0..256 {
        let flip = |number: &[u8]| -> [u8; 32] {
            let mut number: [u8; 32] = number.try_into().unwrap();
            number[bit / 8] ^= 1 << (bit % 8);
            number
        };
        for (premaster, client, server) in [
            (flip(&premaster), client_random, server_random),
            (
                premaster[..].try_into().unwrap(),
                flip(&client_random),
                server_random,
            ),
            (
                premaster[..].try_into().unwrap(),
                client_random,
                flip(&server_random),
            ),
        ] {
            assert_eq!(
                opens(&premaster, &client, &server),
                [false, false],
                "bit {bit}"
            );
        }
    }
}

/// The flights on the wire hold the messages that were said, in that order.
#[test]
fn the_hand_and_the_wire_tell_of_the_same_messages() {
    let class = Class::new(SUITES[0], GROUPS[0], true);
    let (pair, said) = class.connect();
    for (end, side) in [(&pair.client, Side::Client), (&pair.server, Side::Server)] {
        let plain: Vec<u8> = records(&end.sent)
            .into_iter()
            .take_while(|one| one[0] == ContentType::HANDSHAKE.0)
            .flat_map(|one| one[5..].to_vec())
            .collect();
        let plain = messages(&plain);
        let of_side = said.iter().filter(|(one, _)| *one == side);
        let of_side: Vec<_> = of_side.map(|(_, message)| &message[..]).collect();
        let (finished, rest) = of_side.split_last().unwrap();
        assert_eq!((finished[0], rest), (HandshakeType::FINISHED.0, &plain[..]));
    }
}
