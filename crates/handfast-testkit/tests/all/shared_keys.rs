//! TLS 1.3 with keys that both sides have known before (RFC 8446 section 2.2, RFC 9258).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::{PreSharedKey, PskHash, Trust, UnknownName};
use handfast::connection::{PeerStanding, Question, Resumption};
use handfast::session::{MemoryStore, SessionStore};
use handfast::{
    Answer, CipherSuite, ClientConfig, ConfigFault, Error, Fault, NamedGroup, ProtocolVersion,
    Roots, ServerConfig,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::codec::Wire;
use handfast_wire::extension::ImportedIdentity;
use std::cell::RefCell;
use std::rc::Rc;
use std::slice::from_ref;
use std::sync::Arc;

use crate::resumption::{keys, later};

pub(crate) const SHA256: CipherSuite = CipherSuite::TLS_AES_128_GCM_SHA256;
pub(crate) const SHA384: CipherSuite = CipherSuite::TLS_AES_256_GCM_SHA384;

pub(crate) fn key(identity: &str) -> PreSharedKey {
    PreSharedKey::new(identity.as_bytes(), &[0x5a; 32]).unwrap()
}

pub(crate) fn wrong(identity: &str) -> PreSharedKey {
    PreSharedKey::new(identity.as_bytes(), &[0xa5; 32]).unwrap()
}

/// A client that trusts nobody but whoever knows its keys.
pub(crate) fn client(keys: &[PreSharedKey]) -> ClientConfig {
    let mut client = ClientConfig::new(Trust::Roots(Roots::new()));
    client.psks = keys.to_vec();
    client.require_psk = !keys.is_empty();
    client
}

pub(crate) fn server(keys: &[PreSharedKey]) -> ServerConfig {
    let mut server = ServerConfig::without_credential();
    server.psks = keys.to_vec();
    server
}

/// A server that has a certificate, too.
pub(crate) fn certified(keys: &[PreSharedKey]) -> ServerConfig {
    let mut server = config::server(KeyKind::EcP256);
    server.psks = keys.to_vec();
    server
}

fn pair(client: ClientConfig, server: ServerConfig) -> Pair {
    Pair::new(&client.check().unwrap(), &server.check().unwrap())
}

pub(crate) fn run(client: ClientConfig, server: ServerConfig) -> Pair {
    let mut pair = pair(client, server);
    pair.run(Delivery::Whole);
    pair
}

pub(crate) fn errors(pair: &Pair) -> (Option<Error>, Option<Error>) {
    (pair.client.error, pair.server.error)
}

pub(crate) fn told(fault: Fault) -> (Option<Error>, Option<Error>) {
    (
        Some(Error::PeerAlert(fault.alert())),
        Some(Error::Fault(fault)),
    )
}

/// Both have met by this key, and neither has shown a certificate.
pub(crate) fn met_by(mut pair: Pair, identity: &str) -> Pair {
    assert_eq!(errors(&pair), (None, None));
    pair.exchange(b"a line of text");
    for end in [&pair.client, &pair.server] {
        let negotiated = end.connection.negotiated().unwrap();
        assert_eq!(negotiated.version, ProtocolVersion::TLS_1_3);
        assert_eq!(negotiated.peer_standing, PeerStanding::SharedKey);
        let met = negotiated.psk_identity.as_deref();
        assert_eq!(met, Some(identity.as_bytes()));
        assert!(negotiated.peer_chain.is_empty() && negotiated.own_chain().is_empty());
    }
    pair
}

/// The server has shown its certificate.
pub(crate) fn met_by_certificate(pair: &Pair) {
    assert_eq!(errors(pair), (None, None));
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.peer_standing, PeerStanding::Verified);
    assert_eq!(negotiated.psk_identity, None);
}

pub(crate) fn suite(pair: &Pair) -> CipherSuite {
    pair.client.connection.negotiated().unwrap().suite
}

/// A key as it is, for each hash, and imported, by each hash.
pub(crate) fn every_form() -> Vec<PreSharedKey> {
    let hashes = [PskHash::Sha256, PskHash::Sha384];
    let plain = hashes.map(|hash| key("pump 7").with_hash(hash));
    let imported = plain.clone().map(|key| key.imported(b"readings").unwrap());
    let between = key("pump 7").imported_between(b"pump 7", b"the pit");
    [&plain[..], &imported[..], &[between.unwrap()]].concat()
}

#[test]
fn both_meet_by_a_key_in_any_form_without_certificate_and_beside_one() {
    for key in every_form() {
        let keys = [key];
        met_by(run(client(&keys), server(&keys)), "pump 7");
        met_by(run(client(&keys), certified(&keys)), "pump 7");
        let mut retried = server(&keys);
        retried.common.groups = vec![NamedGroup::SECP384R1];
        let pair = met_by(run(client(&keys), retried), "pump 7");
        assert!(pair.client.connection.negotiated().unwrap().retried);
        let mut in_bytes = self::pair(client(&keys), server(&keys));
        in_bytes.connect(Delivery::Chunks(1));
        met_by(in_bytes, "pump 7");
    }
}

#[test]
fn the_suite_goes_by_the_key_and_an_imported_one_goes_with_any() {
    let narrow = |suites: &[CipherSuite], key: PreSharedKey| {
        let mut server = server(&[key]);
        server.common.suites = suites.to_vec();
        server
    };
    let plain = key("pump 7").with_hash(PskHash::Sha384);
    for retries in [false, true] {
        for (first, second) in [(SHA256, SHA384), (SHA384, SHA256)] {
            let mut server = narrow(&[first, second], plain.clone());
            if retries {
                server.common.groups = vec![NamedGroup::SECP256R1];
            }
            let pair = met_by(run(client(from_ref(&plain)), server), "pump 7");
            assert_eq!(suite(&pair), SHA384);
            let imported = plain.clone().imported(b"").unwrap();
            let mut server = narrow(&[first, second], imported.clone());
            if retries {
                server.common.groups = vec![NamedGroup::SECP256R1];
            }
            let pair = met_by(run(client(&[imported]), server), "pump 7");
            assert_eq!(suite(&pair), first);
        }
    }
    // No suite with its hash: it would never serve.
    let unspoken = Some(ConfigFault::PskHashUnspoken);
    let mut server = narrow(&[SHA256], plain.clone());
    server.common.versions = vec![ProtocolVersion::TLS_1_3];
    assert_eq!(server.check().err(), unspoken);
    let mut client = client(&[plain]);
    client.common.suites = vec![SHA256];
    assert_eq!(client.check().err(), unspoken);
}

/// RFC 8446 section 4.1.2: it may leave out the key, and nothing else.
#[test]
fn a_client_whose_key_does_not_go_with_a_retrys_suite_goes_on_without_it() {
    let mut server = certified(&[key("pump 8")]);
    server.common.suites = vec![SHA256];
    server.common.groups = vec![NamedGroup::SECP384R1];
    let mut client = config::client();
    client.psks = vec![key("pump 7").with_hash(PskHash::Sha384)];
    met_by_certificate(&run(client, server));
}

#[test]
fn of_several_keys_the_servers_best_is_taken() {
    let keys = ["a", "b", "c"].map(key);
    let [a, b, c] = keys.clone();
    met_by(run(client(&keys), server(from_ref(&c))), "c");
    met_by(run(client(&keys), server(&[key("d"), b.clone(), a])), "b");
    let imported = c.clone().imported(b"readings").unwrap();
    // A key and the same one imported are two: neither passes for the other.
    met_by(
        run(
            client(&[c.clone(), imported.clone()]),
            server(from_ref(&imported)),
        ),
        "c",
    );
    let fault = told(Fault::PskNotCommon);
    assert_eq!(
        errors(&run(client(from_ref(&c)), server(&[imported]))),
        fault
    );
    let other = c.imported(b"commands").unwrap();
    let imported = key("c").imported(b"readings").unwrap();
    assert_eq!(errors(&run(client(&[other]), server(&[imported]))), fault);
    let twice = server(&[b.clone(), b]).check().unwrap_err();
    assert_eq!(twice, ConfigFault::ListedTwice("identities of shared keys"));
}

#[test]
fn a_client_that_requires_a_key_takes_no_certificate_for_it() {
    let keys = [key("pump 7")];
    let mut required = config::client();
    required.psks = keys.to_vec();
    let optional = required.clone();
    required.require_psk = true;
    // The server knows no key: it shows its certificate, which one client takes.
    met_by_certificate(&run(optional.clone(), certified(&[])));
    let refused = run(required.clone(), certified(&[]));
    assert_eq!(
        refused.client.error,
        Some(Error::Fault(Fault::PskNotChosen))
    );
    met_by_certificate(&run(optional.clone(), certified(&[key("pump 8")])));
    let refused = run(required.clone(), certified(&[key("pump 8")]));
    assert_eq!(
        refused.client.error,
        Some(Error::Fault(Fault::PskNotChosen))
    );
    // Nor by an older version.
    let mut old = certified(&[]);
    old.common.versions = vec![ProtocolVersion::TLS_1_2];
    met_by_certificate(&run(optional, old.clone()));
    let refused = run(required.clone(), old);
    assert_ne!(refused.client.error, None);
    assert!(!refused.server.is_connected());
    met_by(run(required, certified(&keys)), "pump 7");
}

#[test]
fn a_key_stands_alone_only_where_both_say_so() {
    let keys = [key("pump 7")];
    let alone = |allows: [bool; 2], offers_both: bool| {
        let (mut client, mut server) = (client(&keys), server(&keys));
        client.danger_psk_without_key_exchange = allows[0];
        server.danger_psk_without_key_exchange = allows[1];
        if !offers_both {
            client.common.danger_script = Some(Arc::new(OnlyAlone));
        }
        run(client, server)
    };
    let group = |pair: &Pair| pair.client.connection.negotiated().unwrap().group;
    for allows in [[false, false], [false, true], [true, false], [true, true]] {
        // A key exchange goes before.
        let pair = met_by(alone(allows, true), "pump 7");
        assert_ne!(group(&pair), NamedGroup(0), "{allows:?}");
    }
    // Where they have no group in common, none is left to go before.
    for allows in [[false, false], [false, true], [true, false], [true, true]] {
        for key in every_form() {
            let (mut client, mut server) = (client(from_ref(&key)), server(&[key]));
            client.danger_psk_without_key_exchange = allows[0];
            server.danger_psk_without_key_exchange = allows[1];
            client.common.groups = vec![NamedGroup::SECP256R1];
            server.common.groups = vec![NamedGroup::X25519];
            let pair = run(client, server);
            if allows == [true, true] {
                assert_eq!(group(&met_by(pair, "pump 7")), NamedGroup(0));
            } else {
                assert_eq!(errors(&pair), told(Fault::GroupNotCommon));
            }
        }
    }
    let pair = alone([true, true], false);
    // The script broke the binder: the server says so, after it took the mode.
    assert_eq!(errors(&pair), told(Fault::BinderWrong));
    let pair = alone([true, false], false);
    assert_eq!(errors(&pair), told(Fault::PskModesNotCommon));
}

/// Says that a key may stand alone, and in no other way.
#[derive(Debug)]
struct OnlyAlone;

impl handfast::observe::Script for OnlyAlone {
    fn say(
        &self,
        msg_type: handfast_wire::registry::HandshakeType,
        mut message: Vec<u8>,
    ) -> Vec<Vec<u8>> {
        // psk_key_exchange_modes with both: it stays as long.
        let modes = [0, 45, 0, 3, 2, 1, 0];
        let _ = msg_type;
        if let Some(at) = message.windows(modes.len()).position(|one| one == modes) {
            message[at + 5] = 0;
        }
        vec![message]
    }
}

#[test]
fn a_name_that_is_not_known_means_a_certificate_or_the_end() {
    let known = [key("pump 7")];
    let mut client = config::client();
    client.psks = vec![key("pump 8")];
    met_by_certificate(&run(client.clone(), certified(&known)));
    assert_eq!(
        errors(&run(client.clone(), server(&known))),
        told(Fault::PskNotCommon)
    );
    // A client without any.
    client.psks.clear();
    assert_eq!(
        errors(&run(client.clone(), server(&known))),
        told(Fault::PskNotCommon)
    );
    client.psks = vec![wrong("pump 7")];
    assert_eq!(
        errors(&run(client.clone(), server(&known))),
        told(Fault::BinderWrong)
    );
    assert_eq!(
        errors(&run(client, certified(&known))),
        told(Fault::BinderWrong)
    );
}

#[test]
fn a_host_that_is_refused_is_refused_with_a_key_too() {
    let keys = [key("pump 7")];
    let mut server = certified(&keys);
    server.unknown_name = UnknownName::Refuse;
    met_by(run(client(&keys), server.clone()), "pump 7");
    let client = client(&keys).check().unwrap();
    let name = handfast::ServerName::parse("other.test").unwrap();
    let mut pair = pair(self::client(&keys), server);
    let now = pair.now;
    pair.client = handfast_testkit::pair::End::new(client.connect(name, now).unwrap());
    pair.run(Delivery::Whole);
    assert_eq!(errors(&pair), told(Fault::ServerNameUnknown));
}

/// The names that the server's caller was asked for.
type Asked = Rc<RefCell<Vec<Vec<u8>>>>;

/// Both callers are asked: the client's has this key, the server's another.
fn asked(
    ours: Option<PreSharedKey>,
    theirs: Option<PreSharedKey>,
    server: ServerConfig,
) -> (Pair, Asked) {
    let mut client = config::client();
    client.ask_for_psk = true;
    let mut pair = pair(
        client,
        ServerConfig {
            ask_for_psk: true,
            ..server
        },
    );
    let asked = Asked::default();
    pair.client.answerer = Some(Box::new(move |question| match question {
        Question::Psk {
            version: ProtocolVersion::TLS_1_3,
            identity: None,
            hint: None,
        } => Answer::Psk(ours.clone()),
        _ => Answer::Failed,
    }));
    let names = Rc::clone(&asked);
    pair.server.answerer = Some(Box::new(move |question| match question {
        Question::Psk {
            version: ProtocolVersion::TLS_1_3,
            identity: Some(identity),
            hint: None,
        } => {
            names.borrow_mut().push(identity.to_vec());
            let imported = ImportedIdentity::decode(identity).ok();
            let name = imported.map_or(identity, |one| one.external_identity.0);
            Answer::Psk(theirs.clone().filter(|key| key.identity() == name))
        }
        _ => Answer::Failed,
    }));
    pair.run(Delivery::Whole);
    (pair, asked)
}

#[test]
fn callers_that_keep_the_keys_are_asked() {
    for form in every_form() {
        for server in [server(&[]), certified(&[])] {
            let (pair, asked) = asked(Some(form.clone()), Some(form.clone()), server);
            met_by(pair, "pump 7");
            assert_eq!(asked.borrow().len(), 1);
        }
    }
    // Neither has one: by certificate.
    let (pair, asked_for) = asked(None, Some(key("pump 7")), certified(&[]));
    met_by_certificate(&pair);
    assert!(asked_for.borrow().is_empty());
    let (pair, asked_for) = asked(Some(key("pump 8")), Some(key("pump 7")), certified(&[]));
    met_by_certificate(&pair);
    assert_eq!(*asked_for.borrow(), [b"pump 8".to_vec()]);
    let (pair, _) = asked(Some(key("pump 8")), Some(key("pump 7")), server(&[]));
    assert_eq!(errors(&pair), told(Fault::PskNotCommon));
}

#[test]
fn a_client_that_names_many_keys_makes_the_caller_look_for_few() {
    let names: Vec<_> = (0..8)
        .map(|number| key(&format!("pump {number}")))
        .collect();
    for (known, wanted) in [("pump 2", 3), ("pump 3", 4), ("pump 4", 4)] {
        let mut server = certified(&[]);
        server.ask_for_psk = true;
        let mut client = config::client();
        client.psks.clone_from(&names);
        let mut pair = pair(client, server);
        let asked = Asked::default();
        let list = Rc::clone(&asked);
        pair.server.answerer = Some(Box::new(move |question| {
            let Question::Psk { identity, .. } = question else {
                return Answer::Failed;
            };
            list.borrow_mut().push(identity.unwrap().to_vec());
            Answer::Psk(Some(key(known)).filter(|key| Some(key.identity()) == identity))
        }));
        pair.run(Delivery::Whole);
        assert_eq!(asked.borrow().len(), wanted, "{known}");
        if known == "pump 4" {
            met_by_certificate(&pair);
        } else {
            met_by(pair, known);
        }
    }
}

#[test]
fn a_store_that_is_down_fails_the_handshake_unless_names_are_hidden() {
    for hides in [false, true] {
        let mut server = certified(&[]);
        (server.ask_for_psk, server.hide_unknown_psks) = (true, hides);
        let mut client = config::client();
        client.psks = vec![key("pump 7")];
        let mut pair = pair(client, server);
        pair.server.answerer = Some(Box::new(|_| Answer::Failed));
        pair.run(Delivery::Whole);
        match hides {
            true => met_by_certificate(&pair),
            false => assert_eq!(
                pair.server.error,
                Some(Error::Own(handfast::OwnFailure::AnswerFailed))
            ),
        }
    }
}

/// A client and a server that come back to each other, by these keys.
struct Returning {
    store: Arc<MemoryStore>,
    keys: Arc<handfast::session::TicketKeys>,
}

impl Returning {
    fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new(8)),
            keys: keys(),
        }
    }

    fn client(&self, keys: &[PreSharedKey]) -> ClientConfig {
        ClientConfig {
            sessions: Some(Arc::clone(&self.store) as Arc<dyn SessionStore>),
            ..client(keys)
        }
    }

    fn server(&self, keys: &[PreSharedKey]) -> ServerConfig {
        ServerConfig {
            ticket_keys: Some(Arc::clone(&self.keys)),
            ..server(keys)
        }
    }

    fn meet(&self, client: ClientConfig, server: ServerConfig, seconds: u64) -> Pair {
        let (client, server) = (client.check().unwrap(), server.check().unwrap());
        let mut pair = Pair::at(&client, &server, later(seconds));
        pair.connect(Delivery::Whole);
        pair
    }
}

#[test]
fn a_session_that_began_by_a_key_goes_on_while_both_have_the_key() {
    for form in every_form() {
        let back = Returning::new();
        let ours = [form.clone()];
        let resumed = |pair: &Pair| {
            let ends = [&pair.client, &pair.server];
            let by = ends.map(|end| end.connection.negotiated().unwrap().resumption);
            assert_eq!(by[0], by[1]);
            by[0] == Some(Resumption::Psk)
        };
        for seconds in 0..3 {
            let pair = back.meet(back.client(&ours), back.server(&ours), seconds);
            let pair = met_by(pair, "pump 7");
            assert_eq!(resumed(&pair), seconds > 0);
        }
        // The server has changed the key, or has none of that name: nobody comes back by the old one.
        let changed = match form.context() {
            Some(context) => wrong("pump 7").imported(context).unwrap(),
            None => wrong("pump 7"),
        };
        let two = [key("pump 8"), form.clone()];
        let pair = back.meet(back.client(&two), back.server(&[key("pump 8"), changed]), 4);
        let pair = met_by(pair, "pump 8");
        assert!(!resumed(&pair));
        // The client has another one now: what the old one began is not offered.
        let back = Returning::new();
        met_by(
            back.meet(back.client(&ours), back.server(&two), 0),
            "pump 7",
        );
        let pair = back.meet(back.client(&[key("pump 8")]), back.server(&two), 1);
        assert!(!resumed(&met_by(pair, "pump 8")));
        assert!(resumed(&back.meet(
            back.client(&ours),
            back.server(&two),
            2
        )));
    }
}

#[test]
fn a_session_by_certificate_is_none_for_who_requires_a_key_and_the_other_way_round() {
    let back = Returning::new();
    let keys = [key("pump 7")];
    let mut without = config::client();
    without.sessions = Some(Arc::clone(&back.store) as Arc<dyn SessionStore>);
    let mut server = certified(&keys);
    server.ticket_keys = Some(Arc::clone(&back.keys));
    met_by_certificate(&back.meet(without.clone(), server.clone(), 0));
    let mut required = without.clone();
    (required.psks, required.require_psk) = (keys.to_vec(), true);
    let pair = met_by(back.meet(required, server.clone(), 1), "pump 7");
    assert!(!pair.client.connection.negotiated().unwrap().is_resumed());
    // Without the key, what it began is not there; what the certificate began is.
    let pair = back.meet(without, server, 2);
    met_by_certificate(&pair);
    assert!(pair.client.connection.negotiated().unwrap().is_resumed());
}

#[test]
fn where_the_caller_has_the_keys_sessions_go_on_under_its_label_alone() {
    for label in [None, Some(b"keys of today".to_vec())] {
        let back = Returning::new();
        let mut server = back.server(&[]);
        server.ask_for_psk = true;
        server.common.session_scope.clone_from(&label);
        for seconds in 0..2 {
            let client = back.client(&[key("pump 7")]).check().unwrap();
            let server = server.clone().check().unwrap();
            let mut pair = Pair::at(&client, &server, later(seconds));
            pair.server.answerer = Some(Box::new(|question| match question {
                Question::Psk { identity, .. } => {
                    Answer::Psk(Some(key("pump 7")).filter(|key| Some(key.identity()) == identity))
                }
                _ => Answer::Failed,
            }));
            pair.connect(Delivery::Whole);
            let pair = met_by(pair, "pump 7");
            let resumed = pair.client.connection.negotiated().unwrap().is_resumed();
            assert_eq!(resumed, label.is_some() && seconds > 0);
        }
    }
}
