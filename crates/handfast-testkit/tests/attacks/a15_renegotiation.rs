//! A15, injection by renegotiation and denial of service by it. A connection has one handshake unless
//! its config says otherwise, and whoever wants a second one is refused. Where there may be more, both
//! ends say which handshake each follows (RFC 5746), the keys are bound to what was said (RFC 7627),
//! who the peers are stays, and a peer begins but a few.

mod bindings;
mod floods;
mod splice;

use crate::attack::{Attack, Control, Found};
use crate::victim::{Filtered, LINE, Make, Met, SIDES, meet, ours};
use handfast::observe::Script;
use handfast::obsolete::MUSEUM;
use handfast::{
    AlertDescription, Client, ClientConfig, Error, Fault, ProtocolVersion, Server, ServerConfig,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::{plain, records};
use handfast_testkit::liar::anatomy::{Hello, client_hello, message, server_hello};
use handfast_testkit::liar::{Side, record};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::witness::messages;
use handfast_wire::registry::{ContentType, ExtensionType, HandshakeType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A15",
        name: "renegotiation_info_in_a_first_handshake",
        ours: || not_empty(ours),
        controls: &[Control {
            broken: "a_peer_that_does_not_look_at_it",
            run: || not_empty(|end| Filtered::boxed(end, look_away)),
        }],
    },
    Attack {
        id: "A15",
        name: "secured_renegotiation",
        ours: || answered(ours).and(offered(|_| ())),
        controls: &[
            Control {
                broken: "a_server_without_rfc_5746",
                run: || answered(|end| Filtered::boxed(end, look_away)),
            },
            Control {
                broken: "a_client_without_rfc_5746",
                run: || offered(look_away_from),
            },
        ],
    },
    Attack {
        id: "A15",
        name: "hellos_once_connected",
        ours: || once_connected(ours),
        controls: &[Control {
            broken: "a_peer_that_lets_them_pass",
            run: || once_connected(|end| Filtered::boxed_once_connected(end, lets_pass)),
        }],
    },
    Attack {
        id: "A15",
        name: "a_clients_bytes_behind_an_attackers",
        ours: || spliced(false),
        controls: &[Control {
            broken: "a_server_of_2009",
            run: || spliced(true),
        }],
    },
    Attack {
        id: "A15",
        name: "a_handshake_inside_an_attackers",
        ours: || splice::inside(true),
        controls: &[Control {
            broken: "ends_that_do_not_look_at_renegotiation_info",
            run: || splice::inside(false),
        }],
    },
    Attack {
        id: "A15",
        name: "the_triple_handshake",
        ours: || bindings::unbound(true),
        controls: &[Control {
            broken: "a_peer_that_is_bound_all_the_same",
            run: || bindings::unbound(false),
        }],
    },
    Attack {
        id: "A15",
        name: "identities_swapped",
        ours: || bindings::swapped(true),
        controls: &[Control {
            broken: "a_server_that_has_forgotten_who_it_was",
            run: || bindings::swapped(false),
        }],
    },
    Attack {
        id: "A15",
        name: "renegotiations_without_end",
        ours: || floods::carried_through(|setting| setting),
        controls: &[Control {
            broken: "a_peer_that_takes_them_all",
            run: || floods::carried_through(|_| floods::WITHOUT_END),
        }],
    },
    Attack {
        id: "A15",
        name: "a_thousand_wishes_by_any_setting",
        ours: || floods::unanswered(ours),
        controls: &[Control {
            broken: "a_peer_that_warns_of_each",
            run: || floods::unanswered(|end| Filtered::boxed_once_connected(end, warns)),
        }],
    },
    Attack {
        id: "A15",
        name: "a_thousand_requests",
        ours: || thousands(ours),
        controls: &[Control {
            broken: "a_peer_that_answers_each_by_a_warning",
            run: || thousands(|end| Filtered::boxed_once_connected(end, warns)),
        }],
    },
];

/// Those that know renegotiation.
const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];
/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV.
const SCSV: [u8; 2] = [0, 0xff];
const INFO: ExtensionType = ExtensionType::RENEGOTIATION_INFO;
const HANDSHAKE: ContentType = ContentType::HANDSHAKE;

/// Both speak this version alone.
fn configs(version: ProtocolVersion) -> (ClientConfig, ServerConfig) {
    let (mut client, mut server) = (
        config::client(),
        config::server(KeyKind::Rsa { bits: 2048 }),
    );
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
    }
    (client, server)
}

fn ends(version: ProtocolVersion) -> (Client, Server) {
    let (client, server) = configs(version);
    (client.check().unwrap(), server.check().unwrap())
}

/// What is done with a Hello.
type Edit = fn(&mut Hello);

/// Changes one end's Hello.
#[derive(Debug)]
struct Changed(HandshakeType, Edit);

impl Script for Changed {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::CLIENT_HELLO if self.0 == msg_type => client_hello(&bytes, self.1),
            HandshakeType::SERVER_HELLO if self.0 == msg_type => server_hello(&bytes, self.1),
            _ => vec![bytes],
        }
    }
}

/// The suite and the extension are taken out.
fn look_away_from(hello: &mut Hello) {
    let is_suite = |suite: &&[u8]| **suite != SCSV;
    hello.suites = hello
        .suites
        .chunks(2)
        .filter(is_suite)
        .collect::<Vec<_>>()
        .concat();
    hello.extensions.remove(INFO);
}

/// A peer that reads on where renegotiation is told of.
fn look_away(record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    // An encrypted record may begin with any byte: a Hello bears its length and its version.
    let is_hello = matches!(record[..], [22, _, _, _, _, 1 | 2, 0, high, low, 3, ..]
        if usize::from(u16::from_be_bytes([high, low])) + 9 <= record.len());
    if !is_hello {
        return record;
    }
    let mut content = Vec::new();
    for one in messages(&record[5..]) {
        content.extend(match HandshakeType(one[0]) {
            HandshakeType::CLIENT_HELLO => client_hello(one, look_away_from).concat(),
            HandshakeType::SERVER_HELLO => server_hello(one, look_away_from).concat(),
            _ => one.to_vec(),
        });
    }
    let length = (content.len() as u16).to_be_bytes();
    [&record[..3], &length, &content].concat()
}

/// Types of the records that were said.
fn types(said: &[u8]) -> Vec<u8> {
    records(said).iter().map(|record| record[0]).collect()
}

/// RFC 5746 sections 3.4 and 3.6: what it holds is empty, or the handshake ends at once.
fn not_empty(make: Make) -> Found {
    const INFOS: [Edit; 4] = [
        |hello| hello.extensions.set(INFO, &[1, 0]),
        |hello| hello.extensions.set(INFO, &[&[12][..], &[7; 12]].concat()),
        |hello| hello.extensions.set(INFO, &[&[36][..], &[7; 36]].concat()),
        |hello| {
            hello
                .extensions
                .set(INFO, &[&[255][..], &[0; 255]].concat());
        },
    ];
    let mut found = Found::default();
    for version in VERSIONS {
        for side in SIDES {
            for (number, edit) in INFOS.into_iter().enumerate() {
                let (mut client, mut server) = configs(version);
                // Whoever is not the victim says it. A client's own words stand before the alert.
                let before: &[u8] = match side {
                    Side::Client => {
                        let lie = Changed(HandshakeType::SERVER_HELLO, edit);
                        server.common.danger_script = Some(Arc::new(lie));
                        &[22]
                    }
                    Side::Server => {
                        let lie = Changed(HandshakeType::CLIENT_HELLO, edit);
                        client.common.danger_script = Some(Arc::new(lie));
                        &[]
                    }
                };
                let pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
                let met = meet(pair, side, make, |_, record| record);
                let case = format!("{version} {side:?} {number}");
                found.tried(match (met.victim.error(), types(&met.said)) {
                    (Some(Error::Fault(fault)), said)
                        if fault.alert() == AlertDescription::HANDSHAKE_FAILURE
                            && said == [before, &[21]].concat() =>
                    {
                        Ok(())
                    }
                    (error, said) => Err(format!("{case}: {error:?}, and says {said:?}")),
                });
            }
        }
    }
    found
}

/// RFC 5746 section 3.6: a server that is asked by the suite or by the extension says in its
/// Hello that it knows; one that is not asked does not.
fn answered(make: Make) -> Found {
    const ASKS: [(&str, Edit); 3] = [
        ("the suite", |hello| hello.suites.extend(SCSV)),
        ("the extension", |hello| hello.extensions.set(INFO, &[0])),
        ("both", |hello| {
            hello.suites.extend(SCSV);
            hello.extensions.set(INFO, &[0]);
        }),
    ];
    let mut found = Found::default();
    for version in VERSIONS {
        assert_eq!(answer(version, look_away_from, ours), None, "{version}");
        for (name, edit) in ASKS {
            let answer = answer(version, edit, make);
            found.tried(if answer == Some(vec![0]) {
                Ok(())
            } else {
                Err(format!("{version}, asked by {name}: {answer:?}"))
            });
        }
    }
    found
}

/// What the server's Hello holds of it.
fn answer(version: ProtocolVersion, edit: Edit, make: Make) -> Option<Vec<u8>> {
    let (mut client, server) = configs(version);
    let asked = Asked(edit);
    client.common.danger_script = Some(Arc::new(asked));
    let Pair {
        mut client, server, ..
    } = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let mut victim = make(server);
    victim.hear(&client.take_output());
    let said = victim.say();
    let mut info = None;
    let first = messages(&records(&said)[0][5..])[0].to_vec();
    let _ = server_hello(&first, |hello| {
        let all = &hello.extensions.0;
        info = all.iter().find(|(one, _)| *one == INFO).cloned();
    });
    info.map(|(_, content)| content)
}

/// Asks for it in one way alone.
#[derive(Debug)]
struct Asked(Edit);

impl Script for Asked {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![bytes];
        }
        client_hello(&bytes, |hello| {
            look_away_from(hello);
            (self.0)(hello);
        })
    }
}

/// Our client asks, in every version (RFC 5746 section 3.4).
fn offered(change: Edit) -> Found {
    let mut found = Found::default();
    for version in VERSIONS {
        let (mut client, server) = configs(version);
        let lie = Changed(HandshakeType::CLIENT_HELLO, change);
        client.common.danger_script = Some(Arc::new(lie));
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        let first = pair.client.take_output();
        let mut asks = false;
        let _ = client_hello(&first[5..], |hello| {
            let has_suite = hello.suites.chunks(2).any(|suite| suite == SCSV);
            asks = has_suite || hello.extensions.0.contains(&(INFO, vec![0]));
        });
        found.tried(if asks {
            Ok(())
        } else {
            Err(format!("{version}: a client does not ask"))
        });
    }
    found
}

/// A connection, and what its other end says to begin anew.
fn connected(version: ProtocolVersion, side: Side, make: Make) -> (Met, Vec<u8>) {
    let (client, server) = ends(version);
    let met = meet(Pair::new(&client, &server), side, make, |_, record| record);
    assert!(met.victim.is_connected() && met.victim.data() == LINE);
    let wish = match side {
        Side::Client => message(HandshakeType::HELLO_REQUEST, &[]),
        Side::Server => Pair::new(&client, &server).client.take_output()[5..].to_vec(),
    };
    (met, wish)
}

/// The wish for another handshake ends the connection, whole or in pieces: nothing is handed out that
/// came behind it, and nothing is said but one alert.
fn once_connected(make: Make) -> Found {
    let mut found = Found::default();
    for version in VERSIONS.into_iter().chain([ProtocolVersion::TLS_1_3]) {
        for side in SIDES {
            for pieces in [1, 2] {
                let (mut met, wish) = connected(version, side, make);
                for piece in wish.chunks(wish.len().div_ceil(pieces)) {
                    let bytes = record(&mut met.peer, HANDSHAKE, piece);
                    met.victim.hear(&bytes);
                }
                let more = met.peer.write(LINE);
                met.victim.hear(&more);
                let said = met.victim.say();
                met.peer.deliver(&said, now());
                let wanted = match version {
                    ProtocolVersion::TLS_1_3 => Fault::MessageUnexpected,
                    _ => Fault::RenegotiationRefused,
                };
                let case = format!("{version} {side:?} in {pieces} pieces");
                let (error, count) = (met.victim.error(), records(&said).len());
                let is_told = matches!(met.peer.error, Some(Error::PeerAlert(_)));
                let is_quiet = met.victim.data() == LINE && count == 1 && is_told;
                found.tried(if error == Some(Error::Fault(wanted)) && is_quiet {
                    Ok(())
                } else {
                    Err(format!(
                        "{case}: {error:?}, {count} records, the peer {:?}",
                        met.peer.error
                    ))
                });
            }
        }
    }
    found
}

fn lets_pass(record: Vec<u8>, _: &mut Vec<u8>) -> Vec<u8> {
    if record[0] == HANDSHAKE.0 {
        Vec::new()
    } else {
        record
    }
}

fn warns(record: Vec<u8>, answers: &mut Vec<u8>) -> Vec<u8> {
    if record[0] == HANDSHAKE.0 {
        let no = AlertDescription::NO_RENEGOTIATION_RESERVED.0;
        answers.extend(plain(ContentType::ALERT, &[1, no]));
        return Vec::new();
    }
    record
}

/// A server as the attacker of 2009 met it: what he has sealed with his own keys reaches it under
/// those, or, where it takes any handshake for its client's next one, as a connection that goes on.
struct Spliced {
    first: End,
    second: Option<End>,
    server: Server,
    begins_anew: bool,
}

impl Spliced {
    /// Gives what the client behind the attacker hears.
    fn hear(&mut self, attacker: &mut End, from_client: &[u8]) -> Vec<u8> {
        if self.begins_anew {
            let begin = || End::new(self.server.accept(now()).unwrap());
            let second = self.second.get_or_insert_with(begin);
            second.deliver(from_client, now());
            return second.take_output();
        }
        let content_type = ContentType(from_client[0]);
        let sealed = record(attacker, content_type, &from_client[5..]);
        self.first.deliver(&sealed, now());
        attacker.deliver(&self.first.take_output(), now());
        // The attacker has nothing that he could pass on.
        assert!(matches!(attacker.error, Some(Error::PeerAlert(_))));
        Vec::new()
    }

    /// All that the application behind the server takes for one client's words.
    fn data(&self) -> Vec<u8> {
        let second = self.second.iter().flat_map(|end| &end.data);
        self.first.data.iter().chain(second).copied().collect()
    }
}

/// CVE-2009-3555: an attacker says the beginning of a request, then lets a client's own handshake and
/// request pass behind it.
fn spliced(begins_anew: bool) -> Found {
    const BEGINNING: &[u8] = b"GET /transfer?to=mallory HTTP/1.1\r\nX-Ignore: ";
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nCookie: secret\r\n\r\n";
    let mut found = Found::default();
    for version in VERSIONS {
        let (client, server) = ends(version);
        let mut first = Pair::new(&client, &server);
        first.connect(Delivery::Whole);
        let beginning = first.client.write(BEGINNING);
        first.server.deliver(&beginning, now());
        let mut attacker = first.client;
        let mut victim = Spliced {
            first: first.server,
            second: None,
            server: server.clone(),
            begins_anew,
        };
        let mut honest = Pair::new(&client, &server).client;
        loop {
            let said = honest.take_output();
            for one in records(&said) {
                let heard = victim.hear(&mut attacker, &one);
                honest.deliver(&heard, now());
            }
            if said.is_empty() {
                break;
            }
        }
        if honest.is_connected() {
            let request = honest.write(REQUEST);
            for one in records(&request) {
                victim.hear(&mut attacker, &one);
            }
        }
        let refused = victim.first.error == Some(Error::Fault(Fault::RenegotiationRefused));
        let is_dead = refused && !honest.is_connected() && victim.data() == BEGINNING;
        found.tried(if is_dead {
            Ok(())
        } else {
            Err(format!(
                "{version}: {:?}",
                String::from_utf8_lossy(&victim.data())
            ))
        });
    }
    found
}

/// A thousand wishes, one after the other: the first ends it, in one alert, and memory is taken for
/// nothing but that.
fn thousands(make: Make) -> Found {
    const MOST_SAID: usize = 128;
    const MOST_TAKEN: u64 = 16 * 1024;
    let mut found = Found::default();
    for version in VERSIONS {
        for side in SIDES {
            let (mut met, wish) = connected(version, side, make);
            let wishes: Vec<_> = (0..1000)
                .map(|_| record(&mut met.peer, HANDSHAKE, &wish))
                .collect();
            let mut said = 0;
            let victim = &mut met.victim;
            let taken = allocation_counter::measure(|| {
                for wish in &wishes {
                    victim.hear(wish);
                    said += victim.say().len();
                    // As a driver does: who has ended hears no more.
                    if victim.error().is_some() {
                        break;
                    }
                }
            });
            let total = taken.bytes_total;
            let case = format!("{version} {side:?}: {said} bytes said, {total} taken");
            let ended = victim.error() == Some(Error::Fault(Fault::RenegotiationRefused));
            found.tried(if ended && said <= MOST_SAID && total <= MOST_TAKEN {
                Ok(())
            } else {
                Err(format!("{case}: {:?}", victim.error()))
            });
        }
    }
    found
}
