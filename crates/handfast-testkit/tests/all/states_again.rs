//! Second handshakes among the states: whatever comes on a connection that is there, while it is renewed
//! or the client is asked who it is, has one place and one level of keys. As [`crate::states`]: each
//! legal prefix, then every message at every level; records are forged from the sender's key log.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod forging;

use forging::{Forge, forge};
use handfast::config::{ClientAuth, Renegotiation, Verification};
use handfast::connection::Renewal;
use handfast::observe::{Direction, Observer, Passed};
use handfast::{CipherSuite, Error, Fault, NamedGroup, ProtocolVersion};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::forge::{Secrets, plain};
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{message, new_session_ticket};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_wire::registry::{ContentType, HandshakeType};
use std::sync::{Arc, Mutex};

/// Who hears, in which version, and what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    /// TLS 1.3: a server that has asked its client so often.
    Asking(usize),
    /// The same, and the client has nothing to show.
    AskingInVain,
    /// TLS 1.3: a client that is asked, and has not chosen.
    Asked,
    /// The same, and its config answers at once.
    AskedAtOnce,
    /// TLS 1.2: this side hears it, and it was the server's wish.
    ServersWish(Side),
    /// TLS 1.2: this side hears it, and it was the client's wish.
    ClientsWish(Side),
}

const SCENES: [Scene; 10] = [
    Scene::Asking(0),
    Scene::Asking(1),
    Scene::Asking(2),
    Scene::AskingInVain,
    Scene::Asked,
    Scene::AskedAtOnce,
    Scene::ServersWish(Side::Client),
    Scene::ServersWish(Side::Server),
    Scene::ClientsWish(Side::Client),
    Scene::ClientsWish(Side::Server),
];

impl Scene {
    fn honest(self) -> Side {
        match self {
            Self::Asking(_) | Self::AskingInVain => Side::Server,
            Self::Asked | Self::AskedAtOnce => Side::Client,
            Self::ServersWish(side) | Self::ClientsWish(side) => side,
        }
    }

    fn is_old(self) -> bool {
        matches!(self, Self::ServersWish(_) | Self::ClientsWish(_))
    }
}

/// Under what a record is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Plain,
    /// The keys in use.
    Current,
    /// TLS 1.3: those of the handshake. Before it: those that a renegotiation has replaced.
    Former,
    /// TLS 1.3: those after the next KeyUpdate. Before it: those that a renegotiation is about to bring.
    Next,
    /// Those of the other direction.
    Other,
}

const LEVELS: [Level; 5] = [
    Level::Plain,
    Level::Current,
    Level::Former,
    Level::Next,
    Level::Other,
];

/// What the sender has said, in order, and both Hellos.
#[derive(Debug, Default)]
struct Heard {
    said: Mutex<Vec<Vec<u8>>>,
    /// The randoms of the client's and the server's Hello, of each handshake.
    randoms: Mutex<[Vec<Vec<u8>>; 2]>,
}

impl Observer for Heard {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        let Passed::Handshake { msg_type, bytes } = what else {
            return;
        };
        if direction == Direction::Sent {
            self.said.lock().unwrap().push(bytes.to_vec());
        }
        if matches!(
            msg_type,
            HandshakeType::CLIENT_HELLO | HandshakeType::SERVER_HELLO
        ) {
            let whose = usize::from(msg_type == HandshakeType::SERVER_HELLO);
            self.randoms.lock().unwrap()[whose].push(bytes[6..38].to_vec());
        }
    }
}

/// An honest end that has heard so many legal messages of a second handshake, and their sender.
struct Stage {
    scene: Scene,
    honest: End,
    sender: End,
    heard: Arc<Heard>,
    secrets: Arc<Secrets>,
    /// Messages of the first handshake.
    before: usize,
    count: usize,
    current: Forge,
    /// The renegotiation is done.
    is_renewed: bool,
}

fn pair(scene: Scene) -> (Pair, Arc<Heard>, Arc<Secrets>) {
    let (heard, secrets) = (Arc::new(Heard::default()), Arc::new(Secrets::default()));
    let mut client = config::client();
    let mut server = config::server(KeyKind::EcP256);
    client.post_handshake_auth = true;
    match scene {
        Scene::AskingInVain => {}
        Scene::Asked => client.ask_for_credential = true,
        _ => client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))],
    }
    let rules = Verification::chain(config::trust());
    server.later_client_auth = match scene {
        Scene::AskingInVain => ClientAuth::Request(rules),
        _ => ClientAuth::Require(rules),
    };
    let (version, suite) = if scene.is_old() {
        (
            ProtocolVersion::TLS_1_2,
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        )
    } else {
        (
            ProtocolVersion::TLS_1_3,
            CipherSuite::TLS_AES_128_GCM_SHA256,
        )
    };
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![version];
        common.suites = vec![suite];
        common.groups = vec![NamedGroup::X25519, NamedGroup::SECP256R1];
        common.renegotiation = Renegotiation::ALLOW;
    }
    let common = match scene.honest() {
        Side::Client => &mut server.common,
        Side::Server => &mut client.common,
    };
    common.observer = Some(Arc::clone(&heard) as _);
    common.key_log = Some(Arc::clone(&secrets) as _);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    (pair, heard, secrets)
}

impl Stage {
    fn begin(scene: Scene) -> Self {
        let (mut pair, heard, secrets) = pair(scene);
        let before = heard.said.lock().unwrap().len();
        let (wish, by, times) = match scene {
            Scene::Asking(times) => (Renewal::ClientCertificate, Side::Server, times),
            Scene::AskingInVain => (Renewal::ClientCertificate, Side::Server, 1),
            Scene::Asked => (Renewal::ClientCertificate, Side::Server, 8),
            Scene::AskedAtOnce => (Renewal::ClientCertificate, Side::Server, 2),
            Scene::ServersWish(_) => (Renewal::ClientCertificate, Side::Server, 1),
            Scene::ClientsWish(_) => (Renewal::Keys, Side::Client, 1),
        };
        let end = match by {
            Side::Client => &mut pair.client,
            Side::Server => &mut pair.server,
        };
        for _ in 0..times {
            end.connection.renew(wish, now()).unwrap();
        }
        let (honest, sender) = match scene.honest() {
            Side::Client => (pair.client, pair.server),
            Side::Server => (pair.server, pair.client),
        };
        let current = forge(scene, &heard, &secrets, Level::Current, false);
        let mut stage = Self {
            scene,
            honest,
            sender,
            heard,
            secrets,
            before,
            count: 0,
            current,
            is_renewed: false,
        };
        stage.exchange();
        stage
    }

    /// After so many legal messages; nothing when there are not so many.
    fn after(scene: Scene, count: usize) -> Option<Self> {
        let mut stage = Self::begin(scene);
        for _ in 0..count {
            let next = stage.next()?;
            if scene.is_old() && next[0] == HandshakeType::FINISHED.0 {
                let record = stage.current.seal(ContentType::CHANGE_CIPHER_SPEC, &[1]);
                stage.honest.deliver(&record, now());
                stage.is_renewed = true;
                stage.current = forge(scene, &stage.heard, &stage.secrets, Level::Current, true);
            }
            let record = stage.current.seal(ContentType::HANDSHAKE, &next);
            stage.honest.deliver(&record, now());
            stage.count += 1;
            stage.exchange();
        }
        Some(stage)
    }

    /// The sender hears what the honest end says; what it says itself is known from its observer.
    fn exchange(&mut self) {
        self.sender.take_output();
        let words = self.honest.take_output();
        self.sender.deliver(&words, now());
        self.sender.take_output();
        let ends = (self.honest.error, self.sender.error);
        assert_eq!(ends, (None, None), "{:?} {}", self.scene, self.count);
    }

    fn next(&self) -> Option<Vec<u8>> {
        let said = self.heard.said.lock().unwrap();
        // A Finished is made when it is sent: of two answers at once, after the second's CertificateVerify.
        let two_answers = [0, 1, 4, 2, 3, 5];
        let at = match self.scene {
            Scene::Asking(2) => *two_answers.get(self.count)?,
            _ => self.count,
        };
        said.get(self.before + at).cloned()
    }

    /// What is left to come of the handshake that runs, by type.
    fn is_next(&self, msg_type: u8) -> bool {
        self.next().is_some_and(|next| next[0] == msg_type)
    }

    /// There are such keys now.
    fn has(&self, level: Level) -> bool {
        let is_known = || {
            let all = self.secrets.all();
            all.iter()
                .filter(|one| one.label == "CLIENT_RANDOM")
                .count()
                > 1
        };
        match level {
            Level::Former if self.scene.is_old() => self.is_renewed,
            Level::Next if self.scene.is_old() => !self.is_renewed && is_known(),
            _ => true,
        }
    }

    fn seal(&mut self, level: Level, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        match level {
            Level::Plain => plain(content_type, content),
            Level::Current => self.current.seal(content_type, content),
            _ => {
                let (scene, renewed) = (self.scene, self.is_renewed);
                let mut other = forge(scene, &self.heard, &self.secrets, level, renewed);
                other.seal(content_type, content)
            }
        }
    }
}

/// What must come of a message.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Refused(Fault),
    /// It is taken.
    Taken,
    /// It has its place here; its dummy body may be refused.
    Placed,
}

fn wanted(stage: &Stage, msg_type: u8, level: Level) -> Wanted {
    let scene = stage.scene;
    let is_next = stage.is_next(msg_type);
    let is_over = stage.next().is_none();
    let msg_type = HandshakeType(msg_type);
    let unexpected = Wanted::Refused(Fault::MessageUnexpected);
    match level {
        Level::Current => {}
        Level::Plain if !scene.is_old() => return Wanted::Refused(Fault::RecordNotProtected),
        _ => return Wanted::Refused(Fault::RecordNotAuthentic),
    }
    match scene {
        Scene::Asking(_) | Scene::AskingInVain => {
            let inside = stage.count > 0 && !is_over && !is_next_answer(stage);
            match msg_type {
                _ if is_next => Wanted::Taken,
                HandshakeType::KEY_UPDATE if !inside => Wanted::Taken,
                _ => unexpected,
            }
        }
        Scene::Asked | Scene::AskedAtOnce => match msg_type {
            HandshakeType::KEY_UPDATE | HandshakeType::NEW_SESSION_TICKET => Wanted::Taken,
            HandshakeType::CERTIFICATE_REQUEST if stage.count == 8 => {
                Wanted::Refused(Fault::TooManyRequests)
            }
            HandshakeType::CERTIFICATE_REQUEST => Wanted::Taken,
            _ => unexpected,
        },
        Scene::ServersWish(Side::Client) | Scene::ClientsWish(Side::Client) => {
            client_wants(stage, msg_type, is_next)
        }
        Scene::ServersWish(Side::Server) | Scene::ClientsWish(Side::Server) => match msg_type {
            HandshakeType::FINISHED => unexpected,
            _ if is_next => Wanted::Taken,
            // Its pace is not that of dice: what comes of it is another test's.
            HandshakeType::CLIENT_HELLO if is_over => Wanted::Placed,
            _ => unexpected,
        },
    }
}

/// The client's next message begins an answer.
fn is_next_answer(stage: &Stage) -> bool {
    stage.is_next(HandshakeType::CERTIFICATE.0)
}

fn client_wants(stage: &Stage, msg_type: HandshakeType, is_next: bool) -> Wanted {
    let next = stage.next().map(|next| HandshakeType(next[0]));
    let (request, done) = (
        HandshakeType::CERTIFICATE_REQUEST,
        HandshakeType::SERVER_HELLO_DONE,
    );
    match (next, msg_type) {
        // RFC 5246 s7.4.1.1: in a handshake it is ignored, and before and after it a wish.
        (_, HandshakeType::HELLO_REQUEST) => Wanted::Taken,
        (_, HandshakeType::FINISHED) => Wanted::Refused(Fault::MessageUnexpected),
        _ if is_next => Wanted::Taken,
        // A server may ask for a certificate or not.
        (Some(next), msg_type) if next == done && msg_type == request => {
            let said = stage.heard.said.lock().unwrap();
            let mut heard = said[stage.before..stage.before + stage.count].iter();
            if heard.any(|one| one[0] == request.0) {
                Wanted::Refused(Fault::MessageUnexpected)
            } else {
                Wanted::Placed
            }
        }
        (Some(next), msg_type) if next == request && msg_type == done => Wanted::Placed,
        _ => Wanted::Refused(Fault::MessageUnexpected),
    }
}

/// Tries one message; gives what went wrong.
fn try_message(mut stage: Stage, msg_type: u8, level: Level) -> Result<(), String> {
    let wanted = wanted(&stage, msg_type, level);
    let bytes = match (stage.next(), HandshakeType(msg_type)) {
        (Some(next), _) if next[0] == msg_type => next,
        (_, HandshakeType::KEY_UPDATE) => message(HandshakeType::KEY_UPDATE, &[0]),
        (_, HandshakeType::HELLO_REQUEST) => message(HandshakeType::HELLO_REQUEST, &[]),
        (_, HandshakeType::NEW_SESSION_TICKET) => new_session_ticket(|_| {}),
        (_, HandshakeType::CERTIFICATE_REQUEST) if !stage.scene.is_old() => {
            let body = [&[1, 7][..], &[0, 8], &[0, 13, 0, 4, 0, 2, 4, 3]].concat();
            message(HandshakeType::CERTIFICATE_REQUEST, &body)
        }
        (_, other) => message(other, &[0; 8]),
    };
    let record = stage.seal(level, ContentType::HANDSHAKE, &bytes);
    stage.honest.deliver(&record, now());
    judge(stage, &wanted)
}

fn judge(mut stage: Stage, wanted: &Wanted) -> Result<(), String> {
    let error = stage.honest.error;
    let fault = match wanted {
        Wanted::Taken if error.is_none() => return Ok(()),
        Wanted::Placed if error != Some(Fault::MessageUnexpected.into()) => return Ok(()),
        Wanted::Refused(fault) if error == Some((*fault).into()) => *fault,
        _ => return Err(format!("wanted {wanted:?}, got {error:?}")),
    };
    let words = stage.honest.take_output();
    stage.sender.deliver(&words, now());
    if stage.sender.error != Some(Error::PeerAlert(fault.alert())) {
        return Err(format!("{fault:?} was heard as {:?}", stage.sender.error));
    }
    if stage.honest.data.is_empty() {
        Ok(())
    } else {
        Err("data was handed out".to_owned())
    }
}

/// Every state of every scene with these types; gives the number of cases.
fn enumerate(types: &[u8]) -> usize {
    let (mut cases, mut wrong) = (0, Vec::new());
    for scene in SCENES {
        let mut count = 0;
        while Stage::after(scene, count).is_some() {
            for msg_type in types {
                for level in LEVELS {
                    let stage = Stage::after(scene, count).unwrap();
                    if !stage.has(level) {
                        continue;
                    }
                    cases += 1;
                    if let Err(why) = try_message(stage, *msg_type, level) {
                        let msg_type = HandshakeType(*msg_type);
                        wrong.push(format!(
                            "{scene:?} after {count}, {msg_type} {level:?}: {why}"
                        ));
                    }
                }
            }
            count += 1;
        }
        assert!(
            count >= 2 || scene == Scene::Asking(0),
            "{scene:?}: {count}"
        );
    }
    let all = wrong.join("\n");
    assert!(wrong.is_empty(), "{} of {cases}:\n{all}", wrong.len());
    cases
}

#[test]
fn every_message_of_a_second_handshake_has_one_place() {
    let known = [0, 1, 2, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24, 254, 7];
    println!("{} cases", enumerate(&known));
}

#[test]
#[ignore = "takes two minutes: every number that a type can have"]
fn every_number_in_a_second_handshake_has_one_place() {
    let all: Vec<u8> = (0..=255).collect();
    let cases = enumerate(&all);
    println!("{cases} cases");
    assert!(cases > 20_000);
}

/// Where data is taken while a second handshake runs.
fn takes_data(stage: &Stage) -> bool {
    let is_over = stage.next().is_none();
    match stage.scene {
        Scene::Asking(_) | Scene::AskingInVain => {
            stage.count == 0 || is_over || is_next_answer(stage)
        }
        Scene::Asked | Scene::AskedAtOnce => true,
        // It may be under way until keys change.
        Scene::ServersWish(_) | Scene::ClientsWish(_) => true,
    }
}

/// Every state of every scene.
fn at_every_state(mut act: impl FnMut(Stage, &str)) {
    for scene in SCENES {
        let mut count = 0;
        while let Some(stage) = Stage::after(scene, count) {
            act(stage, &format!("{scene:?} after {count}"));
            count += 1;
        }
    }
}

#[test]
fn data_has_its_places_in_a_second_handshake_too() {
    at_every_state(|mut stage, case| {
        let taken = takes_data(&stage);
        let record = stage.seal(Level::Current, ContentType::APPLICATION_DATA, b"data");
        stage.honest.deliver(&record, now());
        if taken {
            let (error, data) = (stage.honest.error, &stage.honest.data[..]);
            assert_eq!((error, data), (None, &b"data"[..]), "{case}");
        } else {
            let unexpected = Wanted::Refused(Fault::ApplicationDataUnexpected);
            assert_eq!(judge(stage, &unexpected), Ok(()), "{case}");
        }
    });
}

#[test]
fn change_cipher_spec_has_its_place_in_a_second_handshake_too() {
    at_every_state(|mut stage, case| {
        let awaited = stage.scene.is_old() && stage.is_next(HandshakeType::FINISHED.0);
        let wanted = if awaited {
            Wanted::Taken
        } else {
            Wanted::Refused(Fault::ChangeCipherSpecUnexpected)
        };
        let record = stage.seal(Level::Current, ContentType::CHANGE_CIPHER_SPEC, &[1]);
        stage.honest.deliver(&record, now());
        assert_eq!(judge(stage, &wanted), Ok(()), "{case}");
    });
    at_every_state(|mut stage, case| {
        let is_renewing = stage.honest.connection.is_renewing();
        let fault = match (is_renewing, stage.scene.is_old()) {
            (true, true) => Fault::RecordNotAuthentic,
            (true, false) => Fault::RecordNotProtected,
            (false, _) => Fault::ChangeCipherSpecUnexpected,
        };
        let record = plain(ContentType::CHANGE_CIPHER_SPEC, &[1]);
        stage.honest.deliver(&record, now());
        assert_eq!(judge(stage, &Wanted::Refused(fault)), Ok(()), "{case}");
    });
}

#[test]
fn heartbeats_and_alerts_in_the_clear_are_refused_in_a_second_handshake_too() {
    at_every_state(|mut stage, case| {
        let record = stage.seal(Level::Current, ContentType(24), &[1, 0x40, 0]);
        stage.honest.deliver(&record, now());
        let unknown = Wanted::Refused(Fault::RecordTypeUnknown);
        assert_eq!(judge(stage, &unknown), Ok(()), "{case}");
    });
    at_every_state(|mut stage, case| {
        let fault = if stage.scene.is_old() {
            Fault::RecordNotAuthentic
        } else {
            Fault::RecordNotProtected
        };
        // close_notify.
        let record = plain(ContentType::ALERT, &[1, 0]);
        stage.honest.deliver(&record, now());
        assert_eq!(judge(stage, &Wanted::Refused(fault)), Ok(()), "{case}");
    });
}

/// A peer may hang up at any state, and what was known of it before stays.
#[test]
fn a_peer_may_hang_up_in_any_state_of_a_second_handshake() {
    at_every_state(|mut stage, case| {
        let record = stage.seal(Level::Current, ContentType::ALERT, &[1, 0]);
        stage.honest.deliver(&record, now());
        assert_eq!(stage.honest.error, None, "{case}");
        let last = stage.honest.events.last();
        assert_eq!(last, Some(&handfast::Event::Closed), "{case}");
    });
}

/// Under the new keys nothing comes before Finished.
#[test]
fn data_between_change_cipher_spec_and_finished_is_refused() {
    at_every_state(|mut stage, case| {
        if !stage.scene.is_old() || !stage.is_next(HandshakeType::FINISHED.0) {
            return;
        }
        let record = stage.seal(Level::Current, ContentType::CHANGE_CIPHER_SPEC, &[1]);
        stage.honest.deliver(&record, now());
        stage.is_renewed = true;
        let mut current = forge(
            stage.scene,
            &stage.heard,
            &stage.secrets,
            Level::Current,
            true,
        );
        let record = current.seal(ContentType::APPLICATION_DATA, b"data");
        stage.honest.deliver(&record, now());
        let unexpected = Wanted::Refused(Fault::ApplicationDataUnexpected);
        assert_eq!(judge(stage, &unexpected), Ok(()), "{case}");
    });
}
