//! A TLS 1.2 handshake in which everything that one end says passes through our hands: taken
//! apart into messages and ChangeCipherSpec, changed, and sent in records of our own.

use handfast::config::SystemEntropy;
use handfast::session::{Session, SessionCache, SessionStore, TicketKeys};
use handfast::{CipherSuite, Client, ProtocolVersion, Server};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::{Secrets, plain};
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::textbook::{Records, Suite};
use handfast_testkit::witness::{Witness, messages, records};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex, PoisonError};

/// How the two meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Full,
    Mutual,
    /// With CertificateStatus.
    Status,
    /// With NewSessionTicket.
    Ticket,
    /// With all of these.
    Everything,
    ResumedByTicket,
    ResumedById,
}

impl Shape {
    pub(super) const ALL: [Self; 7] = [
        Self::Full,
        Self::Mutual,
        Self::Status,
        Self::Ticket,
        Self::Everything,
        Self::ResumedByTicket,
        Self::ResumedById,
    ];

    fn is_mutual(self) -> bool {
        matches!(self, Self::Mutual | Self::Everything)
    }

    fn has_status(self) -> bool {
        matches!(self, Self::Status | Self::Everything)
    }

    fn has_ticket(self) -> bool {
        matches!(
            self,
            Self::Ticket | Self::Everything | Self::ResumedByTicket
        )
    }

    pub(super) fn is_resumed(self) -> bool {
        matches!(self, Self::ResumedByTicket | Self::ResumedById)
    }
}

/// What is said: a handshake message, header included, or ChangeCipherSpec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Message(Vec<u8>),
    ChangeCipherSpec,
}

impl Item {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Message(message) => HandshakeType(message[0]).to_string(),
            Self::ChangeCipherSpec => "change_cipher_spec".to_owned(),
        }
    }

    fn is(&self, msg_type: HandshakeType) -> bool {
        matches!(self, Self::Message(message) if message[0] == msg_type.0)
    }
}

/// Keeps the first session and gives it again and again, whatever became of it; or none.
#[derive(Debug)]
struct Shelf {
    gives: bool,
    session: Mutex<Option<Session>>,
}

impl SessionStore for Shelf {
    fn put(&self, _: &str, session: Session) {
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(session);
    }

    fn take(&self, _: &str) -> Option<Session> {
        let kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone().filter(|_| self.gives)
    }
}

/// Both ends' configs, and what lets us read and write in the speaker's place.
pub(super) struct Scene {
    pub(super) shape: Shape,
    pub(super) speaker: Side,
    client: Client,
    server: Server,
    cache: Option<Arc<SessionCache>>,
    secrets: Arc<Secrets>,
    witness: Arc<Witness>,
}

const SUITE: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;

impl Scene {
    /// A scene in which `speaker`'s words pass through our hands.
    pub(super) fn new(shape: Shape, speaker: Side) -> Self {
        let [of_client, of_server] = Witness::of_both();
        let secrets = Arc::new(Secrets::default());
        let mut client = config::client();
        client.common.versions = vec![ProtocolVersion::TLS_1_2];
        client.common.suites = vec![SUITE];
        client.common.observer = Some(of_client.clone());
        client.common.key_log = Some(secrets.clone());
        let mut server = config::server(KeyKind::EcP256);
        if shape.is_mutual() {
            server = config::mutual_server(KeyKind::EcP256);
            client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
        }
        server.common.versions = vec![ProtocolVersion::TLS_1_2];
        server.common.observer = Some(of_server);
        if shape.has_status() {
            let credential = config::credential(certificates::server(KeyKind::EcP256));
            server.credentials = vec![credential.with_ocsp_response(vec![0x30, 0])];
        }
        if shape.has_ticket() || shape.is_resumed() {
            client.sessions = Some(Arc::new(Shelf {
                gives: shape.is_resumed(),
                session: Mutex::default(),
            }));
        }
        if shape.has_ticket() {
            let keys = TicketKeys::new(Arc::new(SystemEntropy), now());
            server.ticket_keys = Some(Arc::new(keys.expect("the system draws")));
        }
        let cache = (shape == Shape::ResumedById).then(Arc::<SessionCache>::default);
        server.session_cache.clone_from(&cache);
        let scene = Self {
            shape,
            speaker,
            client: client.check().expect("a sound config"),
            server: server.check().expect("a sound config"),
            cache,
            secrets,
            witness: of_client,
        };
        if shape.is_resumed() {
            scene.make_session();
        }
        scene
    }

    fn make_session(&self) {
        Pair::new(&self.client, &self.server).connect(Delivery::Whole);
    }

    /// The curtain rises.
    pub(super) fn play(&self) -> Play<'_> {
        // A play that ended badly took its session with it.
        if self.cache.as_ref().is_some_and(|cache| cache.is_empty()) {
            self.make_session();
        }
        let said_before = self.witness.all().len();
        let pair = Pair::new(&self.client, &self.server);
        let (speaker, honest) = match self.speaker {
            Side::Client => (pair.client, pair.server),
            Side::Server => (pair.server, pair.client),
        };
        let mut play = Play {
            scene: self,
            said_before,
            speaker,
            honest,
            reading: None,
            writing: None,
            greeted: self.speaker == Side::Client,
        };
        if self.speaker == Side::Server {
            // It speaks when it is spoken to.
            play.answer();
        }
        play
    }

    /// Every flight of the speaker's, as it says them.
    pub(super) fn flights(&self) -> Vec<Vec<Item>> {
        let mut play = self.play();
        let mut flights = Vec::new();
        while let Some(flight) = play.listen() {
            play.speak(&flight, false);
            flights.push(flight);
            play.answer();
        }
        assert_eq!((play.speaker.error, play.honest.error), (None, None));
        assert!(play.speaker.is_connected() && play.honest.is_connected());
        let negotiated = play.honest.connection.negotiated();
        let resumed = negotiated.is_some_and(handfast::Negotiated::is_resumed);
        assert_eq!(resumed, self.shape.is_resumed());
        flights
    }
}

/// One handshake.
pub(super) struct Play<'s> {
    scene: &'s Scene,
    said_before: usize,
    pub(super) speaker: End,
    pub(super) honest: End,
    /// Opens what the speaker seals.
    reading: Option<Records>,
    /// Seals what we say in its place: there once ChangeCipherSpec was said.
    writing: Option<Records>,
    /// The honest end may know of keys.
    greeted: bool,
}

impl Play<'_> {
    /// The speaker's next flight; nothing when it has nothing to say.
    pub(super) fn listen(&mut self) -> Option<Vec<Item>> {
        let bytes = self.speaker.take_output();
        if bytes.is_empty() {
            return None;
        }
        let mut items = Vec::new();
        for record in records(&bytes) {
            if record[0] == ContentType::CHANGE_CIPHER_SPEC.0 {
                items.push(Item::ChangeCipherSpec);
                self.reading = Some(self.keys());
                continue;
            }
            assert_eq!(
                record[0],
                ContentType::HANDSHAKE.0,
                "{:?}",
                self.speaker.error
            );
            let content = match &mut self.reading {
                None => record[5..].to_vec(),
                Some(keys) => keys.open(record).expect("the speaker's own record"),
            };
            items.extend(
                messages(&content)
                    .into_iter()
                    .map(|one| Item::Message(one.to_vec())),
            );
        }
        Some(items)
    }

    /// Says these in the speaker's place; `joined` puts messages of one level into one record.
    pub(super) fn speak(&mut self, items: &[Item], joined: bool) {
        let mut waiting: Vec<u8> = Vec::new();
        for item in items {
            match item {
                Item::Message(message) => {
                    waiting.extend(message);
                    self.greeted |= item.is(HandshakeType::SERVER_HELLO);
                    if !joined {
                        self.say(ContentType::HANDSHAKE, &core::mem::take(&mut waiting));
                    }
                }
                Item::ChangeCipherSpec => {
                    self.say(ContentType::HANDSHAKE, &core::mem::take(&mut waiting));
                    self.say(ContentType::CHANGE_CIPHER_SPEC, &[1]);
                    if self.greeted && self.writing.is_none() {
                        self.writing = Some(self.keys());
                    }
                }
            }
        }
        self.say(ContentType::HANDSHAKE, &waiting);
    }

    /// True when a certificate was shown, so that no session can have gone on.
    pub(super) fn is_full(&self) -> bool {
        let said = self.scene.witness.all().split_off(self.said_before);
        said.iter()
            .any(|(_, one)| one[0] == HandshakeType::CERTIFICATE.0)
    }

    /// One record at the speaker's current level.
    pub(super) fn say(&mut self, content_type: ContentType, content: &[u8]) {
        if content.is_empty() {
            return;
        }
        let record = match &mut self.writing {
            None => plain(content_type, content),
            Some(keys) => keys.seal(content_type, content),
        };
        self.honest.deliver(&record, now());
    }

    /// One record at the level that the speaker is not at.
    pub(super) fn say_at_the_wrong_level(&mut self, content_type: ContentType, content: &[u8]) {
        let record = match &mut self.writing {
            None => self.keys().seal(content_type, content),
            Some(_) => plain(content_type, content),
        };
        self.honest.deliver(&record, now());
    }

    /// The speaker hears what the honest end says.
    pub(super) fn answer(&mut self) {
        let words = self.honest.take_output();
        self.speaker.deliver(&words, now());
    }

    /// The keys that the speaker writes with, by the textbook; of zeros before there are any.
    fn keys(&self) -> Records {
        let suite = Suite::of(SUITE).expect("a suite of TLS 1.2");
        let said = self.scene.witness.all().split_off(self.said_before);
        let random = |hello: HandshakeType| -> [u8; 32] {
            let found = said.iter().find(|(_, one)| one[0] == hello.0);
            let bytes = found.and_then(|(_, one)| one[6..].first_chunk().copied());
            bytes.unwrap_or_default()
        };
        let client_random = random(HandshakeType::CLIENT_HELLO);
        let master = self.scene.secrets.last("CLIENT_RANDOM");
        let master = master.unwrap_or_else(|| vec![0; 48]);
        let keys = suite.keys(
            &master,
            &client_random,
            &random(HandshakeType::SERVER_HELLO),
        );
        suite.records(match self.scene.speaker {
            Side::Client => &keys.client,
            Side::Server => &keys.server,
        })
    }
}
