//! Encrypted ClientHello: a client that seals whatever it likes, ends that lie, and texts.

use crate::connection::same_fault_again;
use crate::edit::Edit;
use crate::pair::{Liar, Lie};
use arbitrary::Arbitrary;
use handfast::config::Ech;
use handfast::ech::{EchConfigList, EchKey, EchStatus};
use handfast::observe::Script;
use handfast::{ClientConfig, Error, Fault, NamedGroup, Server, ServerConfig, ServerName};
use handfast_testkit::liar::anatomy::{body, encrypted_extensions};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::{config, ech};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::{Arc, LazyLock};

/// What a hostile peer does.
#[derive(Arbitrary, Debug)]
pub enum Plan {
    /// It is the client, and has sealed this.
    Sealed(Sealed),
    /// It is one of two ends, and lies.
    Lying(Lying),
}

/// A ClientHello that is sealed by hand.
#[derive(Arbitrary, Debug)]
pub struct Sealed {
    /// Changes of the inner ClientHello as it is encoded.
    inner: Vec<Edit>,
    /// What stands behind it.
    padding: Vec<u8>,
    /// The places that the inner one takes from the outer one.
    outer_extensions: Option<Vec<u8>>,
    /// Changes of the outer ClientHello once all is sealed.
    outer: Vec<Edit>,
    piece: u8,
}

/// Two ends, of which one lies.
#[derive(Arbitrary, Debug)]
pub struct Lying {
    mode: Mode,
    retry: bool,
    server_lies: bool,
    lies: Vec<Lie>,
    /// What the server says in encrypted_client_hello of its EncryptedExtensions.
    retry_configs: Option<Told>,
}

/// What the client does about it, and whether the server has the key.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Accepted,
    Rejected,
    NotThere,
    Grease,
}

/// Retry configs as a server tells them.
#[derive(Arbitrary, Clone, Debug)]
enum Told {
    Bytes(Vec<u8>),
    Changed(Vec<Edit>),
}

/// Does what the plan says.
///
/// # Panics
/// Where what holds for any peer does not.
pub fn hostile(plan: &Plan) {
    match plan {
        Plan::Sealed(plan) => sealed(plan),
        Plan::Lying(plan) => lying(plan),
    }
}

static OPENER: LazyLock<Server> = LazyLock::new(|| {
    let mut server = ech::server(&[ech::known_key()]);
    server.common.alpn = vec![b"h2".to_vec()];
    server.check().expect("a sound config")
});

/// The ClientHello of a client that knows nothing of this, header included.
static PLAIN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut client = config::client();
    client.common.alpn = vec![b"h2".to_vec()];
    client.common.groups = vec![NamedGroup::X25519];
    let mut flight = first_flight(client);
    flight.drain(..5);
    flight
});

fn first_flight(client: ClientConfig) -> Vec<u8> {
    let client = client.check().expect("a sound config");
    let name = ServerName::parse("localhost").expect("a name");
    End::new(client.connect(name, now()).expect("the client begins")).take_output()
}

/// The longest message that is sealed: an extension has 16 bits for it and its tag.
const LONGEST: usize = 32_000;

fn sealed(plan: &Sealed) {
    let mut encoded = ech::encoded_inner(&PLAIN, |inner| {
        if let Some(named) = &plan.outer_extensions {
            let kind = ExtensionType::ECH_OUTER_EXTENSIONS;
            inner.extensions.add(kind, named);
        }
    });
    let whole = encoded.clone();
    plan.inner.iter().for_each(|edit| edit.apply(&mut encoded));
    encoded.extend_from_slice(&plan.padding);
    encoded.truncate(LONGEST);
    let padding = encoded.strip_prefix(&whole[..]);
    let is_honest = padding.is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
        && plan.outer_extensions.is_none();
    let mut message = ech::sealed_bytes(&PLAIN, &encoded).remove(0);
    let honest = message.clone();
    plan.outer.iter().for_each(|edit| edit.apply(&mut message));
    let mut stream = Vec::new();
    for part in message.chunks(1 << 14) {
        let length = u16::try_from(part.len()).expect("a record's length");
        stream.extend_from_slice(&[22, 3, 1]);
        stream.extend_from_slice(&length.to_be_bytes());
        stream.extend_from_slice(part);
    }
    let mut end = End::new(OPENER.accept(now()).expect("the server begins"));
    match plan.piece {
        0 => end.deliver(&stream, now()),
        size => stream
            .chunks(usize::from(size))
            .for_each(|piece| end.deliver(piece, now())),
    }
    let answer = end.take_output();
    if is_honest && message == honest {
        assert_eq!(end.error, None);
        assert_eq!(answer.first(), Some(&22), "it is opened and answered");
    }
    assert!(!end.is_connected() && end.data.is_empty());
    same_fault_again(&mut end);
}

/// Tells what is planned instead of the truth.
#[derive(Debug)]
struct Teller {
    told: Told,
    liar: Liar,
}

impl Script for Teller {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        let said = match msg_type {
            HandshakeType::ENCRYPTED_EXTENSIONS => self.instead(&message),
            _ => message,
        };
        self.liar.say(msg_type, said)
    }
}

impl Teller {
    fn instead(&self, message: &[u8]) -> Vec<u8> {
        let kind = ExtensionType::ENCRYPTED_CLIENT_HELLO;
        let mut said = encrypted_extensions(message, |block| {
            let is_there = block.0.iter().any(|(one, _)| *one == kind);
            let content = match &self.told {
                Told::Bytes(bytes) => bytes.clone(),
                Told::Changed(edits) => {
                    let mut content = match is_there {
                        true => block.content(kind).to_vec(),
                        false => ech::list(&[ech::known_key()]).as_bytes().to_vec(),
                    };
                    edits.iter().for_each(|edit| edit.apply(&mut content));
                    content
                }
            };
            if body(message).len() + content.len() < 60_000 {
                block.set(kind, &content);
            }
        });
        said.remove(0)
    }
}

impl Lying {
    fn configs(&self) -> (ClientConfig, ServerConfig) {
        let known = ech::known_key();
        let mut client = config::client();
        client.common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
        client.key_shares = Some(vec![NamedGroup::X25519]);
        client.ech = match self.mode {
            Mode::Grease => Ech::Grease,
            _ => Ech::Configs(ech::list(&[known.clone()])),
        };
        let keys = match self.mode {
            Mode::Accepted => vec![known],
            Mode::Rejected | Mode::Grease => vec![OTHER.clone()],
            Mode::NotThere => Vec::new(),
        };
        let mut server = ech::server(&keys);
        if self.retry {
            server.common.groups = vec![NamedGroup::SECP256R1];
        }
        let liar = Liar::new(&self.lies);
        let script: Arc<dyn Script> = match (&self.retry_configs, self.server_lies) {
            (Some(told), true) => Arc::new(Teller {
                told: told.clone(),
                liar,
            }),
            _ => Arc::new(liar),
        };
        let common = match self.server_lies {
            true => &mut server.common,
            false => &mut client.common,
        };
        common.danger_script = Some(script);
        (client, server)
    }
}

static OTHER: LazyLock<EchKey> = LazyLock::new(|| ech::key(8));

fn lying(plan: &Lying) {
    let (client, server) = plan.configs();
    let client = client.check().expect("a sound config");
    let server = server.check().expect("a sound config");
    let mut pair = Pair::new(&client, &server);
    pair.run(Delivery::Whole);
    same_fault_again(&mut pair.client);
    same_fault_again(&mut pair.server);
    let status = |end: &End| end.connection.negotiated().map(|it| it.ech);
    let (ours, fault) = (status(&pair.client), pair.client.error);
    if plan.server_lies {
        // Whatever a server says, the client does not show whom it asks for.
        let shows = shows_name(&pair.client.sent);
        assert_eq!(shows, plan.mode == Mode::Grease, "{ours:?} {fault:?}");
        if pair.client.is_connected() && plan.mode != Mode::Grease {
            assert_eq!((plan.mode, ours), (Mode::Accepted, Some(EchStatus::Accepted)));
        }
        if let Some(told) = pair.client.connection.ech_retry_configs() {
            assert_eq!(fault, Some(Error::Fault(Fault::EchRejected)));
            assert_eq!(EchConfigList::from_bytes(told.as_bytes()).as_ref(), Ok(told));
        }
    }
    let is_honest = plan.lies.is_empty() && !(plan.server_lies && plan.retry_configs.is_some());
    if is_honest {
        match plan.mode {
            Mode::Accepted => assert_eq!((fault, ours), (None, Some(EchStatus::Accepted))),
            Mode::Grease => assert!(pair.client.is_connected()),
            _ => assert_eq!(fault, Some(Error::Fault(Fault::EchRejected))),
        }
        let told = pair.client.connection.ech_retry_configs();
        assert_eq!(told.is_some(), plan.mode == Mode::Rejected);
    }
}

fn shows_name(sent: &[u8]) -> bool {
    sent.windows(9).any(|window| window == b"localhost")
}

/// Reads bytes as a list and as text; what was read is read again as it is written, and a list that is
/// usable is used.
///
/// # Panics
/// Where that does not hold.
pub fn text(bytes: &[u8]) {
    let lists = [
        EchConfigList::from_bytes(bytes),
        EchConfigList::from_text(bytes),
    ];
    for list in lists.into_iter().flatten() {
        let again = EchConfigList::from_bytes(list.as_bytes());
        assert_eq!(again.as_ref(), Ok(&list));
        for text in [list.to_base64(), list.to_pem()] {
            assert_eq!(EchConfigList::from_text(text.as_bytes()).as_ref(), Ok(&list));
        }
        assert_eq!(list.is_usable(), list.public_name().is_some());
        if let Some(name) = list.public_name() {
            let mut client = config::client();
            client.common.groups = vec![NamedGroup::X25519];
            client.ech = Ech::Configs(list.clone());
            let flight = first_flight(client);
            let is_shown = flight.windows(name.len()).any(|one| one == name.as_bytes());
            assert!(is_shown, "{name} is shown");
            assert!(!shows_name(&flight) || name.contains("localhost"));
        }
    }
    if let Ok(key) = EchKey::from_pem(bytes) {
        let again = EchKey::from_pem(key.to_pem().as_bytes()).expect("a key that was written");
        assert_eq!(again.config(), key.config());
    }
}
