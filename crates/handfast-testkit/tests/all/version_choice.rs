//! Which version is spoken: the highest in common (RFC 8446 section 4.2.1), the mark of a
//! downgrade (section 4.1.3), and TLS_FALLBACK_SCSV (RFC 7507), in every combination.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::observe::Script;
use handfast::{
    AlertDescription, CipherSuite, ConfigFault, Error, Fault, NamedGroup, ProtocolVersion,
};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{Hello, client_hello, server_hello};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::witness::Witness;
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::Arc;

const OLD: ProtocolVersion = ProtocolVersion::TLS_1_2;
const NEW: ProtocolVersion = ProtocolVersion::TLS_1_3;
/// What one end may speak; the order does not matter.
const SPOKEN: [&[ProtocolVersion]; 4] = [&[OLD], &[NEW], &[NEW, OLD], &[OLD, NEW]];

/// Changes the Hello of the end whose config holds it.
#[derive(Clone, Copy)]
struct Edit(fn(&mut Hello));

impl core::fmt::Debug for Edit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Edit")
    }
}

impl Script for Edit {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::CLIENT_HELLO => client_hello(&message, self.0),
            HandshakeType::SERVER_HELLO => server_hello(&message, self.0),
            _ => vec![message],
        }
    }
}

/// What one handshake came to.
struct Met {
    pair: Pair,
    /// The last eight bytes of the server's random, once it has said one.
    tail: Option<[u8; 8]>,
}

impl Met {
    fn versions(&self) -> [Option<ProtocolVersion>; 2] {
        [&self.pair.client, &self.pair.server].map(|end| {
            let negotiated = end.connection.negotiated();
            negotiated.map(|negotiated| negotiated.version)
        })
    }
}

fn meet(
    ours: &[ProtocolVersion],
    theirs: &[ProtocolVersion],
    client_edit: Option<fn(&mut Hello)>,
    server_edit: Option<fn(&mut Hello)>,
) -> Met {
    let script = |edit| Arc::new(Edit(edit)) as Arc<dyn Script>;
    let [of_client, of_server] = Witness::of_both();
    let mut client = config::client();
    client.common.versions = ours.to_vec();
    client.common.danger_script = client_edit.map(script);
    client.common.observer = Some(of_client.clone());
    let mut server = config::server(KeyKind::EcP256);
    server.common.versions = theirs.to_vec();
    server.common.danger_script = server_edit.map(script);
    server.common.observer = Some(of_server);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    let said = of_client.of(Side::Server);
    let hello = said
        .iter()
        .find(|one| one[0] == HandshakeType::SERVER_HELLO.0);
    let tail = hello.map(|hello| hello[30..38].try_into().unwrap());
    Met { pair, tail }
}

fn highest_common(ours: &[ProtocolVersion], theirs: &[ProtocolVersion]) -> Option<ProtocolVersion> {
    let common = ours.iter().filter(|version| theirs.contains(version));
    common.max().copied()
}

fn refused(met: &Met, fault: Fault, case: &str) {
    assert_eq!(met.pair.server.error, Some(fault.into()), "{case}");
    let alert = Some(Error::PeerAlert(fault.alert()));
    assert_eq!(met.pair.client.error, alert, "{case}");
    assert_eq!(met.versions(), [None, None], "{case}");
}

#[test]
fn the_highest_version_in_common_is_spoken_and_marked_where_the_server_knows_a_higher() {
    for ours in SPOKEN {
        for theirs in SPOKEN {
            let case = format!("{ours:?} meets {theirs:?}");
            let mut met = meet(ours, theirs, None, None);
            let chosen = highest_common(ours, theirs);
            let Some(version) = chosen else {
                refused(&met, Fault::VersionNotCommon, &case);
                let alert = Fault::VersionNotCommon.alert();
                assert_eq!(alert, AlertDescription::PROTOCOL_VERSION);
                assert_eq!(met.tail, None, "{case}");
                continue;
            };
            assert_eq!(met.versions(), [chosen, chosen], "{case}");
            let is_marked = met.tail == Some(*b"DOWNGRD\x01");
            assert_eq!(is_marked, version == OLD && theirs.contains(&NEW), "{case}");
            met.pair.exchange(b"a line of text");
        }
    }
}

#[test]
fn a_fallback_is_refused_where_the_server_knows_a_higher_version_than_is_offered() {
    let scsv: fn(&mut Hello) = |hello| {
        let code = CipherSuite::TLS_FALLBACK_SCSV.0.to_be_bytes();
        hello.suites.extend(code);
    };
    for ours in SPOKEN {
        for theirs in SPOKEN {
            let case = format!("{ours:?} falls back to {theirs:?}");
            let met = meet(ours, theirs, Some(scsv), None);
            let chosen = highest_common(ours, theirs);
            match chosen {
                // RFC 7507 s3: "(unless it responds with a fatal protocol_version alert ...)".
                None => refused(&met, Fault::VersionNotCommon, &case),
                Some(version) if theirs.iter().any(|theirs| *theirs > version) => {
                    refused(&met, Fault::FallbackInappropriate, &case);
                    let alert = Fault::FallbackInappropriate.alert();
                    assert_eq!(alert, AlertDescription::INAPPROPRIATE_FALLBACK);
                }
                Some(_) => assert_eq!(met.versions(), [chosen, chosen], "{case}"),
            }
        }
    }
}

/// A mark in an answer of TLS 1.2 means something to clients that offered TLS 1.3.
#[test]
fn a_mark_is_heeded_by_clients_that_offered_more_than_the_answer() {
    let edits: [fn(&mut Hello); 3] = [
        |hello| hello.random[24..].copy_from_slice(b"DOWNGRD\x01"),
        |hello| hello.random[24..].copy_from_slice(b"DOWNGRD\x00"),
        // Not a mark: one bit off. The control.
        |hello| hello.random[24..].copy_from_slice(b"DOWNGRD\x03"),
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        for ours in SPOKEN {
            let met = meet(ours, &[OLD], None, Some(edit));
            if !ours.contains(&OLD) {
                refused(&met, Fault::VersionNotCommon, "TLS 1.3 alone");
                continue;
            }
            // Whoever goes on finds that the random that was signed is another.
            let wanted = if ours.contains(&NEW) && at < 2 {
                assert_eq!(
                    Fault::Downgrade.alert(),
                    AlertDescription::ILLEGAL_PARAMETER
                );
                Fault::Downgrade
            } else {
                Fault::SignatureWrong
            };
            assert_eq!(met.pair.client.error, Some(wanted.into()), "{ours:?} {at}");
            let alert = Some(Error::PeerAlert(wanted.alert()));
            assert_eq!(met.pair.server.error, alert, "{ours:?} {at}");
        }
    }
}

/// One offer as it stands in a ClientHello, and the version that it leads to with a server that
/// speaks TLS 1.2 and TLS 1.3, with one of TLS 1.2 alone, and with one of TLS 1.3 alone.
type Offer = (&'static str, fn(&mut Hello), [Option<ProtocolVersion>; 3]);

fn set_versions(hello: &mut Hello, versions: &[u16]) {
    let list: Vec<u8> = versions.iter().flat_map(|one| one.to_be_bytes()).collect();
    let length = u8::try_from(list.len()).unwrap();
    let content = [&[length][..], &list].concat();
    let extension = ExtensionType::SUPPORTED_VERSIONS;
    hello.extensions.set(extension, &content);
}

const OFFERS: [Offer; 9] = [
    (
        "both, the older first",
        |hello| set_versions(hello, &[0x0303, 0x0304]),
        [Some(NEW), Some(OLD), Some(NEW)],
    ),
    (
        "unknown versions around TLS 1.3",
        |hello| set_versions(hello, &[0x7a7a, 0x0305, 0x0304, 0x7f1c, 0x0302]),
        [Some(NEW), None, Some(NEW)],
    ),
    (
        "TLS 1.2 in the list alone",
        |hello| set_versions(hello, &[0x0303]),
        [Some(OLD), Some(OLD), None],
    ),
    (
        "unknown versions alone",
        |hello| set_versions(hello, &[0x7a7a, 0x0305]),
        [None, None, None],
    ),
    (
        "versions below TLS 1.2 alone",
        |hello| set_versions(hello, &[0x0302, 0x0301, 0x0300]),
        [None, None, None],
    ),
    (
        "no list, TLS 1.2",
        |hello| {
            hello.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
            hello.version = [3, 3];
        },
        [Some(OLD), Some(OLD), None],
    ),
    (
        "no list, a number of TLS 1.3 in the old field",
        |hello| {
            hello.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
            hello.version = [3, 4];
        },
        [Some(OLD), Some(OLD), None],
    ),
    (
        "no list, TLS 1.1",
        |hello| {
            hello.extensions.remove(ExtensionType::SUPPORTED_VERSIONS);
            hello.version = [3, 2];
        },
        [None, None, None],
    ),
    (
        "the list goes before the old field",
        |hello| hello.version = [3, 1],
        [Some(NEW), Some(OLD), Some(NEW)],
    ),
];

/// What a server answers to offers that our client would not make.
#[test]
fn a_server_goes_by_the_list_and_without_one_by_the_old_field() {
    for (name, edit, wanted) in OFFERS {
        let servers: [&[ProtocolVersion]; 3] = [&[NEW, OLD], &[OLD], &[NEW]];
        for (theirs, wanted) in servers.into_iter().zip(wanted) {
            let case = format!("{name}, to {theirs:?}");
            let met = meet(&[NEW, OLD], theirs, Some(edit), None);
            let Some(version) = wanted else {
                refused(&met, Fault::VersionNotCommon, &case);
                continue;
            };
            assert!(met.tail.is_some(), "{case}: {:?}", met.pair.server.error);
            let is_marked = met.tail == Some(*b"DOWNGRD\x01");
            assert_eq!(is_marked, version == OLD && theirs.contains(&NEW), "{case}");
            // A client that said otherwise in its heart: the mark is what tells it.
            if is_marked {
                let downgrade = Some(Fault::Downgrade.into());
                assert_eq!(met.pair.client.error, downgrade, "{case}");
            } else {
                assert_eq!(met.versions()[0], wanted, "{case}");
            }
        }
    }
}

/// Where only groups that resist quantum computers will do, TLS 1.2, which has none, is no way
/// around them.
#[test]
fn a_server_that_requires_post_quantum_groups_does_not_speak_tls12() {
    let server = |versions: &[ProtocolVersion], groups: &[NamedGroup]| {
        let mut server = config::server(KeyKind::EcP256);
        server.common.versions = versions.to_vec();
        server.common.groups = groups.to_vec();
        server.require_post_quantum = true;
        server.check()
    };
    let groups = [NamedGroup::X25519, NamedGroup::X25519MLKEM768];
    let strict = server(&[NEW, OLD], &groups).unwrap();
    for (ours, chosen) in [(&[OLD][..], None), (&[NEW, OLD], Some(NEW))] {
        let mut client = config::client();
        client.common.versions = ours.to_vec();
        let mut pair = Pair::new(&client.check().unwrap(), &strict);
        pair.run(Delivery::Whole);
        let negotiated = pair.server.connection.negotiated();
        assert_eq!(negotiated.map(|one| one.version), chosen, "{ours:?}");
        if let Some(negotiated) = negotiated {
            assert_eq!(negotiated.group, NamedGroup::X25519MLKEM768);
        } else {
            let wanted = Some(Fault::VersionNotCommon.into());
            assert_eq!(pair.server.error, wanted);
        }
    }
    // A config that could serve nobody says so.
    for (versions, groups) in [(&[OLD][..], &groups[..]), (&[NEW, OLD], &groups[..1])] {
        let refused = server(versions, groups).err();
        assert!(
            matches!(refused, Some(ConfigFault::ListEmpty(_))),
            "{refused:?}"
        );
    }
}
