//! A14, triple handshake: RFC 7627 section 5.3 over full and resumed handshakes.

use crate::attack::{Attack, Control, Found};
use handfast::config::SystemEntropy;
use handfast::connection::ChannelBinding;
use handfast::observe::Script;
use handfast::session::{MemoryStore, SessionCache, SessionStore, TicketKeys};
use handfast::{Client, Error, Misuse, ProtocolVersion, Server};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::{client_hello, server_hello};
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A14",
        name: "extended_master_secret",
        ours: || probe(our_peers),
        controls: &[
            Control {
                broken: "peers_that_never_heard_of_rfc_7627",
                run: || probe(|case| resumed_if(case.comes_back)),
            },
            Control {
                broken: "peers_that_resume_what_was_made_without_it",
                run: || {
                    probe(|case| match (case.offered_first, case.answered) {
                        (false, true) if case.comes_back => Outcome::Resumed,
                        _ => our_peers(case),
                    })
                },
            },
        ],
    },
    Attack {
        id: "A14",
        name: "exporters_without_it",
        ours: || exporters(false),
        controls: &[Control {
            broken: "peers_that_have_it_after_all",
            run: || exporters(true),
        }],
    },
];

#[derive(Clone, Copy, Debug)]
struct Case {
    by_ticket: bool,
    /// The extension in the first handshake's ClientHello.
    offered_first: bool,
    /// This handshake comes back to the first one's session.
    comes_back: bool,
    /// The extension in this ClientHello.
    offered: bool,
    /// And in this ServerHello, where it was offered.
    answered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Full,
    Resumed,
    Aborted,
}

/// RFC 7627 sections 5.2 and 5.3, and our own rule that nothing made without it is kept.
fn wanted(case: Case) -> Outcome {
    match (
        case.comes_back,
        case.offered_first,
        case.offered,
        case.answered,
    ) {
        // "If the original session used the extension but the new ClientHello does not contain
        // it, the server MUST abort"; the same for a client and its ServerHello.
        (true, true, false, _) | (true, true, true, false) => Outcome::Aborted,
        (true, true, true, true) => Outcome::Resumed,
        // "The server MUST NOT use it" where it was made without, and is offered now.
        (true, false, _, true) | (false, _, _, true) => Outcome::Full,
        // Not offered: a full handshake without it. Offered and struck out: keys differ.
        (_, _, true, false) => Outcome::Aborted,
        (_, _, false, false) => Outcome::Full,
    }
}

fn probe(peers: fn(Case) -> Outcome) -> Found {
    let mut found = Found::default();
    let both = [false, true];
    for by_ticket in both {
        for comes_back in both {
            for offered_first in both {
                for (offered, answered) in [(false, false), (true, false), (true, true)] {
                    let case = Case {
                        by_ticket,
                        offered_first,
                        comes_back,
                        offered,
                        answered,
                    };
                    let (wanted, outcome) = (wanted(case), peers(case));
                    found.tried(if wanted == outcome {
                        Ok(())
                    } else {
                        Err(format!("{case:?}: {outcome:?}, wanted {wanted:?}"))
                    });
                }
            }
        }
    }
    found
}

fn resumed_if(comes_back: bool) -> Outcome {
    if comes_back {
        Outcome::Resumed
    } else {
        Outcome::Full
    }
}

/// Strikes the extension out of Hellos while it is told to.
#[derive(Debug, Default)]
struct Strikes(AtomicU8);

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

impl Strikes {
    fn from(&self, hellos: u8) {
        self.0.store(hellos, Ordering::Relaxed);
    }
}

impl Script for Strikes {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        let extension = ExtensionType::EXTENDED_MASTER_SECRET;
        let hellos = self.0.load(Ordering::Relaxed);
        match msg_type {
            HandshakeType::CLIENT_HELLO if hellos & CLIENT_HELLO != 0 => {
                client_hello(&message, |hello| hello.extensions.remove(extension))
            }
            HandshakeType::SERVER_HELLO if hellos & SERVER_HELLO != 0 => {
                server_hello(&message, |hello| hello.extensions.remove(extension))
            }
            _ => vec![message],
        }
    }
}

/// Keeps everything, and can be told to forget.
fn ends(by_ticket: bool, strikes: &Arc<Strikes>) -> (Client, Server, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::default());
    let mut client = config::client();
    client.sessions = Some(Arc::clone(&store) as _);
    let mut server = config::server(KeyKind::EcP256);
    if by_ticket {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
        server.ticket_keys = Some(Arc::new(keys));
    } else {
        server.session_cache = Some(Arc::new(SessionCache::default()));
    }
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.danger_script = Some(Arc::clone(strikes) as _);
    }
    (client.check().unwrap(), server.check().unwrap(), store)
}

fn our_peers(case: Case) -> Outcome {
    let strikes = Arc::new(Strikes::default());
    let (client, server, store) = ends(case.by_ticket, &strikes);
    strikes.from(if case.offered_first { 0 } else { CLIENT_HELLO });
    Pair::new(&client, &server).connect(Delivery::Whole);
    if !case.comes_back {
        while store.take("localhost").is_some() {}
    }
    strikes.from(match (case.offered, case.answered) {
        (false, _) => CLIENT_HELLO,
        (true, false) => SERVER_HELLO,
        (true, true) => 0,
    });
    let mut pair = Pair::new(&client, &server);
    pair.run(Delivery::Whole);
    match (pair.client.error, pair.server.error) {
        (None, None) => {}
        _ => return Outcome::Aborted,
    }
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!(agreed.extended_master_secret, case.answered);
    resumed_if(agreed.is_resumed())
}

/// Without it there is no exporter and no channel binding, on either side: two connections could
/// share a master secret.
fn exporters(has_it: bool) -> Found {
    let mut found = Found::default();
    for by_ticket in [false, true] {
        let strikes = Arc::new(Strikes::default());
        strikes.from(if has_it { 0 } else { CLIENT_HELLO });
        let (client, server, store) = ends(by_ticket, &strikes);
        let mut pair = Pair::new(&client, &server);
        pair.connect(Delivery::Whole);
        for end in [&pair.client, &pair.server] {
            let exported = end.connection.export(b"label", None, &mut [0; 32]);
            found.tried(match exported {
                Err(Error::Misuse(Misuse::NotInThisVersion)) => Ok(()),
                other => Err(format!("exported: {other:?}")),
            });
        }
        for end in [&pair.client, &pair.server] {
            for binding in [ChannelBinding::TlsUnique, ChannelBinding::TlsExporter] {
                let bound = end.connection.channel_binding(binding);
                found.tried(match bound {
                    Err(Error::Misuse(Misuse::NotInThisVersion)) => Ok(()),
                    other => Err(format!("{binding:?}: {other:?}")),
                });
            }
        }
        found.tried(match store.take("localhost") {
            None => Ok(()),
            Some(session) => Err(format!("kept: {session:?}")),
        });
    }
    found
}
