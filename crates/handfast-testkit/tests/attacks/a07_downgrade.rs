//! A7, downgrade: whoever stands between two that speak TLS 1.3 cannot bring them below it, nor
//! change a word of their Hellos; and a client that falls back by itself says so (RFC 7507).

use crate::attack::{Attack, Control, Found};
use handfast::observe::Script;
use handfast::obsolete::MUSEUM;
use handfast::{AlertDescription, ClientConfig, Error, Fault, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::{plain, records};
use handfast_testkit::liar::anatomy::{Block, Hello, client_hello, server_hello};
use handfast_testkit::pair::Pair;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A7",
        name: "hellos_changed_on_the_way",
        ours: || probe(|case| connect(case, &case.client, false)),
        controls: &[Control {
            broken: "a_client_that_falls_back_in_silence",
            run: || probe(falls_back_in_silence),
        }],
    },
    Attack {
        id: "A7",
        name: "older_hellos_changed_on_the_way",
        ours: || older(|case| connect(case, &case.client, false)),
        controls: &[Control {
            broken: "a_client_that_falls_back_in_silence_down_to_ssl_3_0",
            run: || older(falls_all_the_way),
        }],
    },
    Attack {
        id: "A7",
        name: "fallback_scsv",
        ours: || fallback(true),
        controls: &[Control {
            broken: "a_client_that_does_not_say_that_it_falls_back",
            run: || fallback(false),
        }],
    },
    Attack {
        id: "A7",
        name: "mark_in_the_random",
        ours: || mark(|_| {}),
        controls: &[Control {
            broken: "a_server_without_the_mark",
            run: || mark(|hello| hello.random[24..].copy_from_slice(&[1; 8])),
        }],
    },
];

const NEW: ProtocolVersion = ProtocolVersion::TLS_1_3;
const OLD: ProtocolVersion = ProtocolVersion::TLS_1_2;
const OFFERS: [&[ProtocolVersion]; 4] = [&[NEW], &[OLD], &[NEW, OLD], &[OLD, NEW]];

/// What the man in the middle does to the Hellos.
#[derive(Clone, Copy)]
struct Meddling {
    name: &'static str,
    client_hello: fn(&mut Hello),
    server_hello: fn(&mut Hello),
}

const VERSIONS: ExtensionType = ExtensionType::SUPPORTED_VERSIONS;

const MEDDLINGS: [Meddling; 13] = [
    of_client("no supported_versions", |hello| {
        hello.extensions.remove(VERSIONS);
    }),
    of_client("TLS 1.3 becomes unknown", |hello| {
        rewrite(hello, NEW.0, 0x7f04);
    }),
    of_client("TLS 1.3 becomes TLS 1.2", |hello| {
        rewrite(hello, NEW.0, OLD.0);
    }),
    of_client("TLS 1.3 becomes TLS 1.1", |hello| {
        rewrite(hello, NEW.0, 0x0302);
    }),
    of_client("supported_versions of TLS 1.2 alone", |hello| {
        hello.extensions.set(VERSIONS, &[2, 3, 3]);
    }),
    of_client("legacy_version of TLS 1.1, nothing newer", |hello| {
        hello.version = [3, 2];
        hello.extensions.remove(VERSIONS);
    }),
    of_client("legacy_version of SSL 3.0, nothing newer", |hello| {
        hello.version = [3, 0];
        hello.extensions.remove(VERSIONS);
    }),
    of_client("no suite of TLS 1.3", |hello| {
        let kept = hello.suites.chunks(2).filter(|suite| suite[0] != 0x13);
        hello.suites = kept.flatten().copied().collect();
    }),
    of_client("no key_share", |hello| {
        hello.extensions.remove(ExtensionType::KEY_SHARE);
    }),
    of_server("ServerHello without supported_versions", |hello| {
        hello.extensions.remove(VERSIONS);
    }),
    of_server("ServerHello of TLS 1.1", |hello| {
        hello.version = [3, 2];
        hello.extensions.remove(VERSIONS);
    }),
    Meddling {
        name: "no supported_versions, and the mark wiped out",
        client_hello: |hello| hello.extensions.remove(VERSIONS),
        server_hello: |hello| hello.random[24..].fill(7),
    },
    Meddling {
        name: "TLS 1.3 becomes unknown, and the mark wiped out",
        client_hello: |hello| rewrite(hello, NEW.0, 0x7f04),
        server_hello: |hello| hello.random[24..].fill(7),
    },
];

/// Every version, the newest first.
const LADDER: [ProtocolVersion; 5] = [
    NEW,
    OLD,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];

/// What he does where neither may name TLS 1.3.
const OLDER: [Meddling; 6] = [
    of_client("legacy_version one lower", |hello| {
        hello.version[1] = hello.version[1].saturating_sub(1);
        hello.extensions.remove(VERSIONS);
    }),
    of_client("legacy_version of TLS 1.0, nothing newer", |hello| {
        hello.version = [3, 1];
        hello.extensions.remove(VERSIONS);
    }),
    of_server("a ServerHello one lower", |hello| {
        hello.version[1] = hello.version[1].saturating_sub(1);
    }),
    of_server("a ServerHello of SSL 3.0", |hello| {
        hello.version = [3, 0];
        hello.extensions.remove(VERSIONS);
    }),
    Meddling {
        name: "legacy_version one lower, and the mark wiped out",
        client_hello: |hello| {
            hello.version[1] = hello.version[1].saturating_sub(1);
            hello.extensions.remove(VERSIONS);
        },
        server_hello: |hello| hello.random[24..].fill(7),
    },
    Meddling {
        name: "legacy_version of SSL 3.0 without an extension, and the mark wiped out",
        client_hello: |hello| {
            hello.version = [3, 0];
            hello.extensions = Block::default();
        },
        server_hello: |hello| hello.random[24..].fill(7),
    },
];

const fn of_client(name: &'static str, client_hello: fn(&mut Hello)) -> Meddling {
    Meddling {
        name,
        client_hello,
        server_hello: |_| {},
    }
}

const fn of_server(name: &'static str, server_hello: fn(&mut Hello)) -> Meddling {
    Meddling {
        name,
        client_hello: |_| {},
        server_hello,
    }
}

/// Another version in supported_versions, where it stands there.
fn rewrite(hello: &mut Hello, from: u16, to: u16) {
    let Some((_, list)) = hello
        .extensions
        .0
        .iter_mut()
        .find(|(one, _)| *one == VERSIONS)
    else {
        return;
    };
    for pair in list[1..].chunks_exact_mut(2) {
        if *pair == from.to_be_bytes() {
            pair.copy_from_slice(&to.to_be_bytes());
        }
    }
}

struct Case {
    client: Vec<ProtocolVersion>,
    server: Vec<ProtocolVersion>,
    meddling: Meddling,
}

/// How a connection through the man in the middle ended.
struct Outcome {
    /// What both took for agreed, if they did.
    version: Option<ProtocolVersion>,
    /// A Hello was changed.
    meddled: bool,
}

fn probe(peers: fn(&Case) -> Outcome) -> Found {
    meddled(&OFFERS, &OFFERS, &MEDDLINGS, peers)
}

/// Every range of versions from TLS 1.3 to SSL 3.0 for a client; for a server each version alone,
/// and all from one on.
fn older(peers: fn(&Case) -> Outcome) -> Found {
    let range = |newest: usize, oldest: usize| &LADDER[newest..=oldest];
    let clients: Vec<_> = (0..LADDER.len())
        .flat_map(|oldest| (0..=oldest).map(move |newest| range(newest, oldest)))
        .collect();
    let alone = (0..LADDER.len()).map(|at| range(at, at));
    let servers: Vec<_> = alone
        .chain((0..LADDER.len() - 1).map(|newest| range(newest, LADDER.len() - 1)))
        .collect();
    let all = [&MEDDLINGS[..], &OLDER].concat();
    meddled(&clients, &servers, &all, peers)
}

/// Nobody connects below the best common version, nor where a Hello was changed.
fn meddled(
    clients: &[&[ProtocolVersion]],
    servers: &[&[ProtocolVersion]],
    meddlings: &[Meddling],
    peers: fn(&Case) -> Outcome,
) -> Found {
    let mut found = Found::default();
    for client in clients {
        for server in servers {
            for meddling in meddlings.iter().copied() {
                let case = Case {
                    client: client.to_vec(),
                    server: server.to_vec(),
                    meddling,
                };
                let common = client.iter().filter(|one| server.contains(one));
                let best = common.max_by_key(|one| one.0).copied();
                let outcome = peers(&case);
                let told = format!("{client:?} {server:?}, {}", meddling.name);
                found.tried(match outcome.version {
                    Some(version) if outcome.meddled || Some(version) != best => {
                        Err(format!("{told}: connected with {version}"))
                    }
                    None if best.is_some() && !outcome.meddled => {
                        Err(format!("{told}: nothing changed and not connected"))
                    }
                    _ => Ok(()),
                });
            }
        }
    }
    found
}

fn configs(client: &[ProtocolVersion], server: &[ProtocolVersion]) -> (ClientConfig, ServerConfig) {
    let is_older = |version: &ProtocolVersion| *version < OLD;
    let has_older = client.iter().chain(server).any(is_older);
    let kind = if has_older {
        KeyKind::Rsa { bits: 2048 }
    } else {
        KeyKind::EcP256
    };
    let (mut ours, mut theirs) = (config::client(), config::server(kind));
    if has_older {
        ours.common.allow_obsolete(&MUSEUM);
        theirs.common.allow_obsolete(&MUSEUM);
    }
    ours.common.versions = client.to_vec();
    theirs.common.versions = server.to_vec();
    ours.common.groups.retain(|group| group.0 < 0x100);
    (ours, theirs)
}

/// One connection through the man in the middle.
fn connect(case: &Case, offers: &[ProtocolVersion], says_fallback: bool) -> Outcome {
    let (mut client, server) = configs(offers, &case.server);
    if says_fallback {
        client.common.danger_script = Some(Arc::new(Scsv));
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let mut meddled = false;
    let mut meddle = |bytes: Vec<u8>| {
        let mut passed = Vec::new();
        for record in records(&bytes) {
            let changed = changed(&record, &case.meddling);
            meddled |= changed != record;
            passed.extend(changed);
        }
        passed
    };
    loop {
        let from_client = meddle(pair.client.take_output());
        pair.server.deliver(&from_client, pair.now);
        let from_server = meddle(pair.server.take_output());
        pair.client.deliver(&from_server, pair.now);
        if from_client.is_empty() && from_server.is_empty() {
            break;
        }
    }
    let agreed = pair.client.connection.negotiated().map(|one| one.version);
    let alive = pair.client.error.is_none() && pair.server.error.is_none();
    Outcome {
        version: agreed.filter(|_| alive && pair.server.is_connected()),
        meddled,
    }
}

/// A record in which a Hello stands first, changed; any other as it is.
fn changed(record: &[u8], meddling: &Meddling) -> Vec<u8> {
    if record[0] != ContentType::HANDSHAKE.0 || record.len() < 9 {
        return record.to_vec();
    }
    let length = 4 + usize::from(u16::from_be_bytes([record[7], record[8]]));
    let Some(message) = record.get(5..5 + length) else {
        return record.to_vec();
    };
    let hello = match HandshakeType(record[5]) {
        HandshakeType::CLIENT_HELLO => client_hello(message, meddling.client_hello),
        HandshakeType::SERVER_HELLO => server_hello(message, meddling.server_hello),
        _ => return record.to_vec(),
    };
    let mut bytes = plain(
        ContentType::HANDSHAKE,
        &[&hello.concat()[..], &record[5 + length..]].concat(),
    );
    bytes[1..3].copy_from_slice(&record[1..3]);
    bytes
}

/// What browsers did once: after a failure, again with less, and no word about it.
fn falls_back_in_silence(case: &Case) -> Outcome {
    let first = connect(case, &case.client, false);
    if first.version.is_some() || !case.client.contains(&OLD) {
        return first;
    }
    connect(case, &[OLD], false)
}

/// The same, version by version, as those did whom POODLE met.
fn falls_all_the_way(case: &Case) -> Outcome {
    let tries = (0..case.client.len()).map(|from| connect(case, &case.client[from..], false));
    let mut last = None;
    for outcome in tries {
        if outcome.version.is_some() {
            return outcome;
        }
        last = Some(outcome);
    }
    last.unwrap()
}

/// Says TLS_FALLBACK_SCSV.
#[derive(Debug)]
struct Scsv;

impl Script for Scsv {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::CLIENT_HELLO {
            client_hello(&message, |hello| hello.suites.extend([0x56, 0]))
        } else {
            vec![message]
        }
    }
}

/// A client whose first try was cut off comes with TLS 1.2: a server that speaks more refuses it
/// by inappropriate_fallback, and one that does not takes it.
fn fallback(says_so: bool) -> Found {
    let mut found = Found::default();
    for server in OFFERS {
        let (mut client, server_config) = configs(&[OLD], server);
        if says_so {
            client.common.danger_script = Some(Arc::new(Scsv));
        }
        let mut pair = Pair::new(&client.check().unwrap(), &server_config.check().unwrap());
        pair.run(handfast_testkit::pair::Delivery::Whole);
        let ended = (pair.server.error, pair.client.error);
        let refused = (
            Some(Error::Fault(Fault::FallbackInappropriate)),
            Some(Error::PeerAlert(AlertDescription::INAPPROPRIATE_FALLBACK)),
        );
        // RFC 7507 s3: unless the version is not spoken at all.
        let wanted = match (server.contains(&NEW), server.contains(&OLD)) {
            (true, true) => ended == refused,
            (true, false) => ended.0 == Some(Error::Fault(Fault::VersionNotCommon)),
            _ => ended == (None, None),
        };
        found.tried(if wanted {
            Ok(())
        } else {
            Err(format!("{server:?}: {ended:?}"))
        });
    }
    found
}

/// Says another ServerHello.
#[derive(Debug)]
struct Says(fn(&mut Hello));

impl Script for Says {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::SERVER_HELLO {
            server_hello(&message, self.0)
        } else {
            vec![message]
        }
    }
}

/// A server that could do more marks its random (RFC 8446 section 4.1.3), and a client that could
/// do more refuses the mark though the server's own transcript agrees with what came.
fn mark(server_hello: fn(&mut Hello)) -> Found {
    let mut found = Found::default();
    for server in [&[NEW, OLD][..], &[OLD, NEW]] {
        let (mut client, mut theirs) = configs(&[NEW, OLD], server);
        // It hides TLS 1.3, and its transcript knows: Finished would be right.
        client.common.danger_script = Some(Arc::new(Hides));
        theirs.common.danger_script = Some(Arc::new(Says(server_hello)));
        let mut pair = Pair::new(&client.check().unwrap(), &theirs.check().unwrap());
        pair.run(handfast_testkit::pair::Delivery::Whole);
        found.tried(match pair.client.error {
            Some(Error::Fault(Fault::Downgrade)) => Ok(()),
            other => Err(format!("{server:?}: {other:?}")),
        });
    }
    found
}

/// A client that offers TLS 1.3 and whose Hello does not say so.
#[derive(Debug)]
struct Hides;

impl Script for Hides {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::CLIENT_HELLO {
            client_hello(&message, |hello| rewrite(hello, NEW.0, 0x7f04))
        } else {
            vec![message]
        }
    }
}
