//! A17, resumption across hosts and rules (CVE-2025-23419, CVE-2025-23048, CVE-2025-68121): a
//! session goes on for the host and under the rules that it was made for, and nowhere else,
//! whoever brings it.

mod revoked;
mod shared_keys;

use crate::attack::{Attack, Control, Found};
use crate::tickets::{Greedy, Keep, Kind, client};
use handfast::config::{ClientAuth, Trust, UnknownName, Verification};
use handfast::session::Session;
use handfast::{Client, Credential, Roots, Server, ServerConfig, ServerName};
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_pki::verify::policy::Policy;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{End, Pair, now};
use handfast_testkit::stored::checked_again;
use std::sync::{Arc, OnceLock};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A17",
        name: "sessions_of_another_host_or_other_rules",
        ours: || crossings(rules, Door::Own),
        controls: &[Control {
            broken: "a_server_that_judges_hosts_alike",
            run: || crossings(|_| ("a.test", ClientAuth::None, None), Door::Own),
        }],
    },
    Attack {
        id: "A17",
        name: "sessions_carried_through_one_door",
        ours: || crossings(rules, Door::Shared),
        controls: &[Control {
            broken: "a_door_behind_which_all_is_alike",
            run: || crossings(|_| ("a.test", ClientAuth::None, None), Door::Shared),
        }],
    },
    Attack {
        id: "A17",
        name: "sessions_of_shared_keys",
        ours: || shared_keys::crossings(shared_keys::keys),
        controls: &[Control {
            broken: "servers_that_never_change_a_key",
            run: || shared_keys::crossings(|_| shared_keys::keys(0)),
        }],
    },
    Attack {
        id: "A17",
        name: "authorities_revoked_under_a_session",
        ours: || revoked::crossings(true),
        controls: &[Control {
            broken: "a_server_that_asks_nobody_about_revocation",
            run: || revoked::crossings(false),
        }],
    },
    Attack {
        id: "A17",
        name: "configs_changed_under_a_session",
        ours: || changes(|server, change| change(server)),
        controls: &[
            Control {
                broken: "a_server_that_goes_on_by_its_old_rules",
                run: || changes(|server, _| server),
            },
            Control {
                broken: "a_server_that_forgets_at_each_change",
                run: || {
                    changes(|server, change| ServerConfig {
                        client_auth: ClientAuth::Request(Verification::danger_accept_anyone()),
                        ..change(server)
                    })
                },
            },
        ],
    },
];

/// A virtual host: its name, how it judges clients, and its caller's label.
type Rules = (&'static str, ClientAuth, Option<&'static [u8]>);

/// Ten ways to be one.
fn rules(which: usize) -> Rules {
    let strict = Policy {
        rsa_bits_min: 3072,
        ..Policy::MODERN
    };
    let strict = Verification::chain_with_policy(trust(&[root()]), strict);
    let (host, auth, label): (_, _, Option<&[u8]>) = match which {
        0 => ("a.test", ClientAuth::None, None),
        1 => ("b.test", ClientAuth::None, None),
        2 => ("a.test", ClientAuth::Request(chain(&[root()])), None),
        3 => ("a.test", ClientAuth::Require(chain(&[root()])), None),
        4 => (
            "a.test",
            ClientAuth::Require(chain(&[root(), other()])),
            None,
        ),
        5 => ("a.test", ClientAuth::Require(strict), None),
        6 => (
            "a.test",
            ClientAuth::Require(Verification::danger_accept_anyone()),
            None,
        ),
        7 => ("b.test", ClientAuth::Require(chain(&[root()])), None),
        // Where the caller judges, it alone knows by what rules, and says so by a label.
        8 => (
            "a.test",
            ClientAuth::Require(Verification::ask()),
            Some(b"rules of May"),
        ),
        _ => (
            "a.test",
            ClientAuth::Require(Verification::ask()),
            Some(b"rules of June"),
        ),
    };
    (host, auth, label)
}

const WAYS: usize = 10;

fn root() -> &'static Authority {
    certificates::root()
}

fn validity() -> Validity {
    Validity::days(certificates::now_unix(), 30)
}

/// Another authority for clients.
fn other() -> &'static Authority {
    static OTHER: OnceLock<Authority> = OnceLock::new();
    OTHER.get_or_init(|| Authority::new("Another root", validity(), KeyKind::EcP256).unwrap())
}

fn trust(authorities: &[&Authority]) -> Trust {
    let mut roots = Roots::new();
    for authority in authorities {
        roots.add(authority.root_der().clone()).unwrap();
    }
    Trust::Roots(roots)
}

fn chain(authorities: &[&Authority]) -> Verification {
    Verification::chain(trust(authorities))
}

/// One certificate for both hosts.
fn issued() -> &'static Issued {
    static ISSUED: OnceLock<Issued> = OnceLock::new();
    ISSUED.get_or_init(both_hosts)
}

fn both_hosts() -> Issued {
    let names = ["a.test", "b.test"].map(AlternativeName::dns);
    let authority = certificates::intermediate();
    authority
        .issue_server(&names, validity(), KeyKind::EcP256)
        .unwrap()
}

fn server(client_auth: ClientAuth, issued: &Issued) -> ServerConfig {
    let chain = issued.chain().to_vec();
    let credential = Credential::new(chain, issued.key().clone()).unwrap();
    ServerConfig {
        client_auth,
        unknown_name: UnknownName::Refuse,
        ..ServerConfig::new(credential)
    }
}

/// A client that shows a certificate where it is asked, and offers any session anywhere.
fn attacker(kind: Kind) -> (Client, Arc<Greedy>) {
    let store = Arc::new(Greedy::default());
    let mut client = client(kind, Arc::clone(&store) as _);
    client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    (client.check().unwrap(), store)
}

/// How a client came back.
struct Back {
    resumed: bool,
    /// What the client said.
    said: Vec<u8>,
}

fn connect(client: &Client, server: &Server, host: &str, keep: &Keep) -> Back {
    connect_by(client, server, None, host, keep)
}

/// Where there is a door, clients come to it, and it lets them in to the server that they mean.
fn connect_by(
    client: &Client,
    server: &Server,
    door: Option<&Server>,
    host: &str,
    keep: &Keep,
) -> Back {
    let name = ServerName::parse(host).unwrap();
    let mut pair = Pair {
        client: End::new(client.connect(name, now()).unwrap()),
        server: End::new(door.unwrap_or(server).accept(now()).unwrap()),
        now: now(),
    };
    Back {
        resumed: keep.run_as(&mut pair, door.and(Some(server.clone()))),
        said: pair.client.sent,
    }
}

/// Where clients of several virtual hosts come in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Each host has its own.
    Own,
    /// One config shows each ClientHello to its caller, who swaps the host's config in.
    Shared,
}

/// All ordered pairs of ten virtual hosts that share what sessions come back by.
fn crossings(rules: fn(usize) -> Rules, door: Door) -> Found {
    let mut found = Found::default();
    for kind in Kind::ALL {
        let own = ["a.test", "b.test"].map(|host| (host, own_session(kind, host)));
        for from in 0..WAYS {
            for to in 0..WAYS {
                let keep = Keep::system(kind);
                let server = |which| {
                    let (host, client_auth, label) = rules(which);
                    let mut config = keep.give(kind, server(client_auth, issued()));
                    config.common.session_scope = label.map(<[u8]>::to_vec);
                    (host, config.check().unwrap())
                };
                let ((host, first), (there, second)) = (server(from), server(to));
                let mut front = keep.give(kind, self::server(ClientAuth::None, issued()));
                front.ask_for_config = true;
                let front = (door == Door::Shared).then(|| front.check().unwrap());
                let front = front.as_ref();
                let (client, store) = attacker(kind);
                assert!(!connect_by(&client, &first, front, host, &keep).resumed);
                let session = store.0.lock().unwrap().take().unwrap();
                let (_, own) = own.iter().find(|(host, _)| *host == there).unwrap();
                *store.0.lock().unwrap() = Some(as_if_for(own, &session));
                let Back { resumed, said } = connect_by(&client, &second, front, there, &keep);
                let identity = identity(&session);
                let is_offered = said.windows(identity.len()).any(|one| one == identity);
                assert!(is_offered, "{kind:?} {from} {to}: nothing was tried");
                if from == to {
                    assert!(resumed, "{kind:?} {from}: the way back is open");
                    continue;
                }
                found.tried(if resumed {
                    Err(format!("{kind:?}: a session of {from} went on at {to}"))
                } else {
                    Ok(())
                });
            }
        }
    }
    found
}

/// The session as the attacker has to hold it for its own client to offer it where it offers
/// this one of its own.
fn as_if_for(own: &Session, session: &Session) -> Session {
    let own = own.to_bytes().unwrap();
    let mut bytes = session.to_bytes().unwrap().to_vec();
    let (to, from) = (scope_place(&bytes), scope_place(&own));
    bytes[to..to + 32].copy_from_slice(&own[from..from + 32]);
    Session::from_bytes(&checked_again(bytes)).unwrap()
}

/// Any session of the attacker's own for that host.
fn own_session(kind: Kind, host: &str) -> Session {
    let (client, store) = attacker(kind);
    let keep = Keep::system(kind);
    let server = keep.give(kind, server(ClientAuth::None, issued()));
    connect(&client, &server.check().unwrap(), host, &keep);
    store.0.lock().unwrap().take().unwrap()
}

/// What a server knows a session by.
fn identity(session: &Session) -> Vec<u8> {
    let bytes = session.to_bytes().unwrap();
    let length = usize::from(u16::from_be_bytes([bytes[9], bytes[10]]));
    bytes[11..11 + length].to_vec()
}

/// Where the scope stands in a session's bytes: received (8), kind (1), identity (2 and its
/// length); form and parts (2), version and suite (4), secret (1 and its length), group (2), time
/// (6), lifetime (4).
fn scope_place(session: &[u8]) -> usize {
    let identity = usize::from(u16::from_be_bytes([session[9], session[10]]));
    let state = 11 + identity;
    assert_eq!(session[state], 2, "the form of sessions has changed");
    let secret = usize::from(session[state + 6]);
    state + 7 + secret + 2 + 6 + 4
}

type Change = fn(ServerConfig) -> ServerConfig;

/// What becomes of a config between two connections, and whether its sessions go on.
const CHANGES: [(&str, bool, Change); 11] = [
    ("nothing changed", true, |server| server),
    ("the certificate renewed", true, |server| {
        let renewed = both_hosts();
        self::server(server.client_auth.clone(), &renewed).with_rest_of(server)
    }),
    ("built anew with the same values", true, |server| {
        self::server(ClientAuth::Require(chain(&[root(), other()])), issued()).with_rest_of(server)
    }),
    ("the same anchors in another order", true, |server| {
        judged(server, ClientAuth::Require(chain(&[other(), root()])))
    }),
    ("an anchor less", false, |server| {
        judged(server, ClientAuth::Require(chain(&[root()])))
    }),
    ("another anchor", false, |server| {
        let third = Authority::new("A third root", validity(), KeyKind::EcP256).unwrap();
        judged(server, ClientAuth::Require(chain(&[root(), &third])))
    }),
    ("clients need not say", false, |server| {
        judged(server, ClientAuth::Request(chain(&[root(), other()])))
    }),
    ("clients are not asked", false, |server| {
        judged(server, ClientAuth::None)
    }),
    ("anyone will do", false, |server| {
        judged(
            server,
            ClientAuth::Require(Verification::danger_accept_anyone()),
        )
    }),
    ("a label", false, |mut server| {
        server.common.session_scope = Some(b"rules of May".to_vec());
        server
    }),
    ("a stricter policy", false, |server| {
        let strict = Policy {
            intermediates_max: 2,
            ..Policy::MODERN
        };
        let trust = trust(&[root(), other()]);
        let judge = Verification::chain_with_policy(trust, strict);
        judged(server, ClientAuth::Require(judge))
    }),
];

fn judged(server: ServerConfig, client_auth: ClientAuth) -> ServerConfig {
    ServerConfig {
        client_auth,
        ..server
    }
}

/// A config that takes on another's way to keep sessions.
trait WithRestOf {
    fn with_rest_of(self, other: Self) -> Self;
}

impl WithRestOf for ServerConfig {
    fn with_rest_of(self, other: Self) -> Self {
        Self {
            common: other.common,
            ticket_keys: other.ticket_keys,
            session_cache: other.session_cache,
            ask_for_sessions: other.ask_for_sessions,
            ..self
        }
    }
}

/// A config is changed, checked again, and the client comes back.
fn changes(apply: fn(ServerConfig, Change) -> ServerConfig) -> Found {
    let mut found = Found::default();
    for kind in Kind::ALL {
        for (name, goes_on, change) in CHANGES {
            let auth = ClientAuth::Require(chain(&[root(), other()]));
            let keep = Keep::system(kind);
            let config = keep.give(kind, server(auth, issued()));
            let (client, _) = attacker(kind);
            let before = config.clone().check().unwrap();
            assert!(!connect(&client, &before, "a.test", &keep).resumed);
            let changed = apply(config, change).check().unwrap();
            let resumed = connect(&client, &changed, "a.test", &keep).resumed;
            found.tried(if resumed == goes_on {
                Ok(())
            } else {
                Err(format!("{kind:?}, {name}: resumed is {resumed}"))
            });
        }
    }
    found
}
