//! A36, logs and oracles: whatever does not decrypt is told by one alert, and what a peer wrote
//! comes into our errors escaped and cut short (CVE-2025-58189).

use crate::attack::{Attack, Control, Found};
use crate::victim::{LINE, Met, SIDES, Victim, meet, ours};
use handfast::connection::Refusal;
use handfast::observe::Script;
use handfast::{AlertDescription, CipherSuite, Credential, Error, Fault, ServerConfig};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, Profile, Validity};
use handfast_ca::subject::Subject;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::liar::anatomy::{certificate, client_hello};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use handfast_testkit::shape::Shape;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A36",
        name: "alerts_of_what_does_not_decrypt",
        ours: || alerts(ours),
        controls: &[Control {
            broken: "a_peer_that_tells_short_records_apart",
            run: || alerts(|end| Box::new(Telltale { end, short: false })),
        }],
    },
    Attack {
        id: "A36",
        name: "words_of_peers_in_errors",
        ours: || words(|refusal, _| refusal.to_string()),
        controls: &[
            Control {
                broken: "an_error_that_repeats_what_it_heard",
                run: || words(|refusal, heard| format!("{}: {heard}", refusal.fault)),
            },
            Control {
                broken: "an_error_that_repeats_it_all",
                run: || {
                    words(|refusal, heard| {
                        heard.escape_default().to_string().repeat(60) + refusal.fault.name()
                    })
                },
            },
        ],
    },
];

/// What may be done to a protected record.
fn spoilt(record: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let last = record.len() - 1;
    for at in [
        5,
        6,
        12,
        13,
        14,
        last / 2,
        last - 16,
        last - 15,
        last - 1,
        last,
    ] {
        let mut one = record.to_vec();
        one[at] ^= 0x80;
        all.push(one);
    }
    for body in LENGTHS {
        all.push(with_body(record, vec![0; body]));
        all.push(with_body(
            record,
            record[5..].iter().copied().cycle().take(body).collect(),
        ));
    }
    let mut other_version = record.to_vec();
    other_version[2] ^= 2;
    all.push(other_version);
    all.retain(|one| one != record);
    all
}

/// Lengths around those of tags, explicit nonces and type bytes, and the longest.
const LENGTHS: [usize; 19] = [
    0, 1, 2, 7, 8, 9, 15, 16, 17, 18, 23, 24, 25, 26, 39, 255, 1000, 0x4000, 0x4100,
];

fn with_body(record: &[u8], body: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&record[..3], &length, &body].concat()
}

const SUITES: [CipherSuite; 4] = [
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// Each spoilt record in place of a good one, to both ends, in four suites: one alert, of one
/// length.
fn alerts(make: crate::victim::Make) -> Found {
    let mut found = Found::default();
    for suite in SUITES {
        let is_new = suite.0 >> 8 == 0x13;
        let shape = if is_new { Shape::Full } else { Shape::Old };
        let (mut client, server) = shape.configs();
        client.common.suites = vec![suite];
        let (client, server) = shape.met(client, server);
        for side in SIDES {
            let mut lengths = Vec::new();
            for which in 0.. {
                let pair = Pair::new(&client, &server);
                let mut met = meet(pair, side, make, |_, record| record);
                let record = met.peer.write(LINE);
                let Some(bytes) = spoilt(&record).get(which).cloned() else {
                    break;
                };
                met.victim.hear(&bytes);
                let case = format!("{suite} {side:?} {} bytes", bytes.len());
                found.tried(told(&mut met, &mut lengths).map_err(|why| format!("{case}: {why}")));
            }
        }
    }
    found
}

fn told(met: &mut Met, lengths: &mut Vec<usize>) -> Result<(), String> {
    let error = met.victim.error();
    let said = met.victim.say();
    lengths.push(said.len());
    met.peer.deliver(&said, now());
    let heard = Some(Error::PeerAlert(AlertDescription::BAD_RECORD_MAC));
    let is_one = lengths.iter().all(|length| *length == lengths[0]);
    if error == Some(Error::Fault(Fault::RecordNotAuthentic)) && met.peer.error == heard && is_one {
        Ok(())
    } else {
        Err(format!(
            "{error:?}, heard as {:?}, {} bytes",
            met.peer.error,
            said.len()
        ))
    }
}

/// Tells a record that is too short to have been one from a record that is only wrong, as the
/// padding oracles did.
struct Telltale {
    end: End,
    short: bool,
}

impl Victim for Telltale {
    fn hear(&mut self, bytes: &[u8]) {
        self.short = bytes.len() < 5 + 17;
        self.end.deliver(bytes, now());
    }

    fn say(&mut self) -> Vec<u8> {
        self.end.take_output()
    }

    fn error(&self) -> Option<Error> {
        let error = self.end.error;
        if self.short && error.is_some() {
            Some(Error::Fault(Fault::AlertMalformed))
        } else {
            error
        }
    }

    fn data(&self) -> &[u8] {
        &self.end.data
    }

    fn is_connected(&self) -> bool {
        self.end.is_connected()
    }
}

/// A line that a reader of the log would take for ours, and what terminals obey.
const WORDS: [&str; 12] = [
    "\nFORGED all is well",
    "\r\nFORGED all is well",
    "a\rFORGED",
    "\u{1b}[2J\u{1b}]0;FORGED\u{7}",
    "\0FORGED",
    "\u{9b}31mFORGED",
    "\u{202e}FORGED\u{202c}",
    "\u{2028}FORGED",
    "\u{7f}\u{8}\u{8}\u{8}FORGED",
    "%s%n{}{0}$(FORGED)`FORGED`",
    "\u{feff}\u{200b}FORGED",
    "\u{85}FORGED",
];

/// Nobody reads more.
const LONGEST: usize = 8 * 1024;

/// How an error reads; a control may know what the peer wrote.
type Read = fn(&Refusal, &str) -> String;

fn words(read: Read) -> Found {
    let mut found = Found::default();
    for heard in WORDS.iter().map(|one| (*one).to_owned()).chain([long()]) {
        for (place, refusal) in refusals(&heard) {
            let text = read(&refusal, &heard);
            found.tried(is_harmless(&text).map_err(|why| format!("{place} {heard:?}: {why}")));
        }
    }
    found
}

fn long() -> String {
    "\u{1}".repeat(250)
}

fn is_harmless(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("{} bytes", text.len()));
    }
    let is_obeyed = |one: &char| {
        // An error of several lines is ours to write: that no line is forged is looked at below.
        (one.is_control() && *one != '\n')
            || matches!(one, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if let Some(one) = text.chars().find(is_obeyed) {
        return Err(format!("holds {}", one.escape_unicode()));
    }
    if text
        .lines()
        .any(|line| line.trim_start().starts_with("FORGED"))
    {
        return Err("a line is forged".to_owned());
    }
    Ok(())
}

/// Refusals in which a peer had a word, by where it wrote it.
fn refusals(heard: &str) -> Vec<(&'static str, Refusal)> {
    let mut all = Vec::new();
    all.extend(of_server(
        "protocols",
        vec![heard.as_bytes().to_vec(); 60],
        None,
    ));
    all.extend(of_server("server name", Vec::new(), Some(heard)));
    for (place, profile) in profiles(heard) {
        all.extend(of_client(place, &profile));
    }
    all
}

/// Writes a host name into the ClientHello.
#[derive(Debug)]
struct Names(String);

impl Script for Names {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        client_hello(&message, |hello| {
            let name = self.0.as_bytes();
            let length = |bytes: usize| u16::try_from(bytes).unwrap().to_be_bytes();
            let list = [&length(name.len() + 3)[..], &[0], &length(name.len()), name].concat();
            hello.extensions.set(ExtensionType::SERVER_NAME, &list);
        })
    }
}

/// What a server says that serves nothing of what is asked for.
fn of_server(
    place: &'static str,
    protocols: Vec<Vec<u8>>,
    name: Option<&str>,
) -> Option<(&'static str, Refusal)> {
    let (mut client, mut server) = Shape::Full.configs();
    client.common.alpn = protocols;
    server.common.alpn = vec![b"h2".to_vec()];
    server.unknown_name = handfast::config::UnknownName::Refuse;
    if let Some(name) = name {
        client.common.danger_script = Some(Arc::new(Names(name.to_owned())));
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    assert!(pair.server.error.is_some(), "{place}: {name:?} was taken");
    let refusal = pair.server.connection.refusal()?;
    // A refusal is not to be had for keeps: what it says is made anew from its parts.
    Some((place, owned(refusal)))
}

fn owned(refusal: &Refusal) -> Refusal {
    use handfast::connection::RefusalDetail as Detail;
    let detail = match &refusal.detail {
        Detail::Offers { what, peer, own } => Detail::Offers {
            what,
            peer: peer.clone(),
            own: own.clone(),
        },
        Detail::Certificate(rejection) => Detail::Certificate(rejection.clone()),
        Detail::Decode(decode) => Detail::Decode(*decode),
        _ => Detail::None,
    };
    Refusal::new(refusal.fault, detail)
}

/// Certificates of another authority that bear the words.
fn profiles(heard: &str) -> Vec<(&'static str, Profile)> {
    let validity = Validity::days(certificates::now_unix(), 30);
    let names = [AlternativeName::dns("localhost")];
    let mut subject = Profile::server(&names, validity, KeyKind::EcP256);
    let heard_first: String = heard.chars().take(60).collect();
    subject.subject = Subject::named(&heard_first).expect("it has at most 60 characters");
    let other = [AlternativeName::dns(heard)];
    let mut name = Profile::server(&other, validity, KeyKind::EcP256);
    name.subject = Subject::empty();
    vec![("subject", subject), ("alternative name", name)]
}

/// Shows another certificate than its own.
#[derive(Debug)]
struct Shows(Vec<u8>);

impl Script for Shows {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::CERTIFICATE {
            certificate(&message, |chain| chain.entries[0].0.clone_from(&self.0))
        } else {
            vec![message]
        }
    }
}

/// What a client says of such a certificate: nothing where it could not be issued.
fn of_client(place: &'static str, profile: &Profile) -> Option<(&'static str, Refusal)> {
    let is_subject = place == "subject";
    let validity = Validity::days(certificates::now_unix(), 30);
    let stranger;
    let authority = if is_subject {
        stranger = Authority::new("A stranger", validity, KeyKind::EcP256).unwrap();
        &stranger
    } else {
        certificates::intermediate()
    };
    let issued = authority.issue(profile).ok()?;
    let key = issued.key().clone();
    let server = match Credential::new(issued.chain().to_vec(), key) {
        Ok(credential) => ServerConfig::new(credential),
        // Not even readable: in the place of another one.
        Err(_) => {
            let (_, mut server) = Shape::Full.configs();
            server.common.danger_script = Some(Arc::new(Shows(issued.chain()[0].to_vec())));
            server
        }
    };
    let (client, _) = Shape::Full.configs();
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    assert!(pair.client.error.is_some(), "{place} was taken");
    Some((place, owned(pair.client.connection.refusal()?)))
}
