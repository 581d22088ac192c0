//! Two engines in memory: a man between them who changes the stream, and a peer
//! who lies inside the encryption.

use crate::connection::same_fault_again;
use crate::edit::Edit;
use arbitrary::Arbitrary;
use handfast::config::{ClientAuth, Entropy, Padding, Renegotiation};
use handfast::connection::Renewal;
use handfast::observe::Script;
use handfast::{CipherSuite, Client, NamedGroup, ProtocolVersion, Server};
use handfast_crypto::random::RandomFailed;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{End, Pair};
use handfast_wire::registry::HandshakeType;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// How the two ends are set up.
#[derive(Arbitrary, Clone, Debug)]
pub struct Setup {
    versions: Versions,
    suite: u8,
    group: u8,
    retry: bool,
    mutual: bool,
    cookie: bool,
    middlebox_compatibility: bool,
    padding: Option<u8>,
    record_size_limit: Option<u8>,
    renewal: Option<Renewing>,
    seed: u64,
}

/// What is asked for once both are connected.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Renewing {
    ClientKeys,
    ServerKeys,
    ClientCertificate,
}

/// Which versions the ends speak.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Versions {
    Tls13,
    Tls12,
    BothBoth,
    ClientBoth,
    ServerBoth,
}

impl Versions {
    fn of(self, is_client: bool) -> Vec<ProtocolVersion> {
        let both = vec![ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2];
        match self {
            Self::Tls13 => vec![ProtocolVersion::TLS_1_3],
            Self::BothBoth => both,
            Self::ClientBoth if is_client => both,
            Self::ServerBoth if !is_client => both,
            Self::Tls12 | Self::ClientBoth | Self::ServerBoth => vec![ProtocolVersion::TLS_1_2],
        }
    }
}

/// What a man in the middle does.
#[derive(Arbitrary, Debug)]
pub struct Tampering {
    setup: Setup,
    /// Bytes delivered at once; 0 for all.
    piece: u8,
    /// Which flight, counted over both directions, is changed how.
    edits: Vec<(u8, Edit)>,
    /// What each end says once connected.
    data: Vec<u8>,
}

/// What a lying peer does.
#[derive(Arbitrary, Debug)]
pub struct Lying {
    setup: Setup,
    piece: u8,
    server_lies: bool,
    lies: Vec<Lie>,
    data: Vec<u8>,
}

/// One lie about the message of that number.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) struct Lie {
    message: u8,
    /// Edits to its body; its header then says the new length.
    edits: Vec<Edit>,
    /// Edits to the whole message after that, header included.
    raw: Option<Edit>,
    how: How,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum How {
    Instead,
    Before,
    After,
    Never,
    AsType(u8),
}

/// A reproducible source: each draw continues a counter.
#[derive(Debug)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomFailed> {
        for chunk in out.chunks_mut(8) {
            let mut next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            next ^= next >> 27;
            for (slot, byte) in chunk.iter_mut().zip(next.to_be_bytes()) {
                *slot = byte;
            }
        }
        Ok(())
    }
}

const SUITES: [CipherSuite; 4] = [
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_AES_128_CCM_SHA256,
];

/// What an end that knows TLS 1.2 has for it.
const CLASSIC_SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// The first two are TLS 1.2's too.
const GROUPS: [NamedGroup; 4] = [
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::X25519MLKEM768,
    NamedGroup::MLKEM768,
];

impl Setup {
    fn ends(&self, scripts: [Option<Arc<dyn Script>>; 2]) -> Option<(Client, Server)> {
        let [client_script, server_script] = scripts;
        let suite = *SUITES.get(usize::from(self.suite) % SUITES.len())?;
        let classic = usize::from(self.suite / 16) % CLASSIC_SUITES.len();
        let groups = match self.versions {
            Versions::Tls13 => &GROUPS[..],
            _ => &GROUPS[..2],
        };
        let group = *groups.get(usize::from(self.group) % groups.len())?;
        let mut client = config::client();
        let mut server = config::server(KeyKind::EcP256);
        if self.mutual {
            server = config::mutual_server(KeyKind::EcP256);
            client.credentials = vec![config::credential(certificates::client(KeyKind::Ed25519))];
        }
        server.cookie = self.cookie;
        server.common.suites = vec![suite, *CLASSIC_SUITES.get(classic)?];
        server.common.groups = vec![group];
        server.common.versions = self.versions.of(false);
        client.common.suites = [&SUITES[..], &CLASSIC_SUITES].concat();
        client.common.groups = GROUPS.to_vec();
        client.common.versions = self.versions.of(true);
        client.post_handshake_auth = self.renewal.is_some();
        server.later_client_auth = ClientAuth::require(config::trust());
        if let (Some(Renewing::ClientCertificate), false) = (self.renewal, self.mutual) {
            client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
        }
        if self.retry {
            client.key_shares = Some(Vec::new());
        }
        for (common, script, seed) in [
            (&mut client.common, client_script, self.seed),
            (&mut server.common, server_script, !self.seed),
        ] {
            common.renegotiation = match self.renewal {
                None => Renegotiation::Refuse,
                Some(_) => Renegotiation::ALLOW,
            };
            common.alpn = vec![b"h2".to_vec()];
            common.middlebox_compatibility = self.middlebox_compatibility;
            common.padding = self
                .padding
                .map_or(Padding::None, |to| Padding::Multiple(u16::from(to).max(2)));
            common.record_size_limit = self.record_size_limit.map(|add| 64 + u16::from(add));
            common.entropy = Arc::new(Counter(AtomicU64::new(seed)));
            common.danger_script = script;
        }
        Some((client.check().ok()?, server.check().ok()?))
    }

    /// Asks for a renewal in time; what comes of it is the engine's to say.
    fn renew(&self, round: usize, pair: &mut Pair) {
        let (end, what) = match self.renewal {
            Some(Renewing::ClientKeys) => (&mut pair.client, Renewal::Keys),
            Some(Renewing::ServerKeys) => (&mut pair.server, Renewal::Keys),
            Some(Renewing::ClientCertificate) => (&mut pair.server, Renewal::ClientCertificate),
            None => return,
        };
        if round == 4 && end.is_connected() && end.error.is_none() {
            let _ = end.connection.renew(what, pair.now);
        }
    }
}

fn may_write(end: &End) -> bool {
    end.is_connected() && end.error.is_none() && !end.connection.is_held()
}

/// Two honest ends and a man who changes what passes between them.
pub fn tampered(plan: &Tampering) {
    let Some((client, server)) = plan.setup.ends([None, None]) else {
        return;
    };
    let mut pair = Pair::new(&client, &server);
    let mut flight = 0;
    let mut changed = false;
    for round in 0..16 {
        plan.setup.renew(round, &mut pair);
        let mut silent = true;
        for to_server in [true, false] {
            let (from, to) = match to_server {
                true => (&mut pair.client, &mut pair.server),
                false => (&mut pair.server, &mut pair.client),
            };
            let mut bytes = from.take_output();
            if round > 2 && may_write(from) && !plan.data.is_empty() {
                bytes.extend(from.write(&plan.data));
            }
            let before = bytes.clone();
            for (_, edit) in plan.edits.iter().filter(|(at, _)| *at == flight) {
                edit.apply(&mut bytes);
            }
            changed |= bytes != before;
            flight = flight.saturating_add(1);
            silent &= bytes.is_empty();
            deliver(to, &bytes, plan.piece, pair.now);
        }
        if silent && round > 8 {
            break;
        }
    }
    let said = [&plan.data[..]; 16].concat();
    for end in [&mut pair.client, &mut pair.server] {
        assert!(said.starts_with(&end.data), "only what was said arrives");
        same_fault_again(end);
    }
    let connected = pair.client.is_connected() && pair.server.is_connected();
    if connected {
        agree(&pair);
    }
    if !changed {
        assert!(connected, "{:?} {:?}", pair.client.error, pair.server.error);
        assert_eq!((pair.client.error, pair.server.error), (None, None));
    }
}

/// Both ends tell the same story about what was agreed on.
fn agree(pair: &Pair) {
    let client = pair.client.connection.negotiated().expect("connected");
    let server = pair.server.connection.negotiated().expect("connected");
    assert_eq!(client.version, server.version);
    assert_eq!(client.suite, server.suite);
    assert_eq!(client.group, server.group);
    assert_eq!(client.retried, server.retried);
    assert_eq!(client.alpn, server.alpn);
    assert_eq!(client.server_name, server.server_name);
    assert_eq!(client.own_scheme, server.peer_scheme);
    assert_eq!(client.peer_scheme, server.own_scheme);
    let export = |end: &End| {
        let mut out = [0; 16];
        let outcome = end.connection.export(b"EXPORTER-fuzz", None, &mut out);
        (outcome, out)
    };
    assert_eq!(export(&pair.client), export(&pair.server));
}

/// Says the plan's lies; messages are counted from 0.
#[derive(Debug)]
pub(crate) struct Liar {
    lies: Mutex<Vec<Lie>>,
    said: AtomicUsize,
}

impl Liar {
    pub(crate) fn new(lies: &[Lie]) -> Self {
        Self {
            lies: Mutex::new(lies.to_vec()),
            said: AtomicUsize::new(0),
        }
    }
}

impl Script for Liar {
    fn say(&self, _msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        let number = self.said.fetch_add(1, Ordering::Relaxed);
        let mut out = vec![message];
        let lies = self.lies.lock().expect("nobody panics with the lock");
        for lie in lies.iter().filter(|lie| usize::from(lie.message) == number) {
            let Some(truth) = out.first().filter(|said| said.len() >= 4).cloned() else {
                break;
            };
            let (header, body) = truth.split_at(4);
            let mut body = body.to_vec();
            lie.edits.iter().for_each(|edit| edit.apply(&mut body));
            let mut said = header.to_vec();
            if let How::AsType(to) = lie.how {
                said[0] = to;
            }
            let length = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
            said.splice(1.., length.into_iter().skip(1));
            said.extend(body);
            if let Some(edit) = &lie.raw {
                edit.apply(&mut said);
            }
            match lie.how {
                How::Instead | How::AsType(_) => out[0] = said,
                How::Before => out.insert(0, said),
                How::After => out.push(said),
                How::Never => {
                    out.remove(0);
                }
            }
        }
        out
    }
}

/// One end lies in its handshake messages; the other must stay sound.
pub fn lied_to(plan: &Lying) {
    let liar: Arc<dyn Script> = Arc::new(Liar::new(&plan.lies));
    let scripts = match plan.server_lies {
        true => [None, Some(liar)],
        false => [Some(liar), None],
    };
    let Some((client, server)) = plan.setup.ends(scripts) else {
        return;
    };
    let mut pair = Pair::new(&client, &server);
    for round in 0..14 {
        plan.setup.renew(round, &mut pair);
        for to_server in [true, false] {
            let (from, to) = match to_server {
                true => (&mut pair.client, &mut pair.server),
                false => (&mut pair.server, &mut pair.client),
            };
            let mut bytes = from.take_output();
            if round > 2 && may_write(from) && !plan.data.is_empty() {
                bytes.extend(from.write(&plan.data));
            }
            deliver(to, &bytes, plan.piece, pair.now);
        }
    }
    same_fault_again(&mut pair.client);
    same_fault_again(&mut pair.server);
    if plan.lies.is_empty() {
        assert!(pair.client.is_connected() && pair.server.is_connected());
    }
}

fn deliver(to: &mut End, bytes: &[u8], piece: u8, now: handfast::Now) {
    match piece {
        0 => to.deliver(bytes, now),
        size => bytes
            .chunks(usize::from(size))
            .for_each(|piece| to.deliver(piece, now)),
    }
}
