//! Remedies that need a peer of a kind that no config of ours makes: each is applied as it stands, and
//! then the two sides meet. And none names what the config has already.

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use crate::mended::mend;
use handfast::config::{Exception, Peer, Relaxed, Trust, Verification};
use handfast::observe::Script;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
use handfast::report::{Change, PolicyName, Report};
use handfast::{
    CipherSuite, ClientConfig, Credential, Error, Fault, ProtocolVersion, Roots, ServerConfig,
    ServerName, SignatureScheme,
};
use handfast_pki::load;
use handfast_pki::verify::exceptions::Exceptions;
use handfast_pki::verify::policy::Policy;
use handfast_testkit::certificates::{Flaw, KeyKind};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const TLS12: ProtocolVersion = ProtocolVersion::TLS_1_2;
const TLS13: ProtocolVersion = ProtocolVersion::TLS_1_3;

fn met(client: &ClientConfig, server: &ServerConfig) -> Pair {
    let client = client.clone().check().expect("sound");
    let server = server.clone().check().expect("sound");
    let mut pair = Pair::new(&client, &server);
    pair.run(Delivery::Whole);
    pair
}

/// The client is refused for this, has this remedy first, and is let through by it.
fn mends(mut client: ClientConfig, server: &ServerConfig, fault: Fault, wanted: &[Change]) -> Pair {
    let pair = met(&client, server);
    assert_eq!(pair.client.error, Some(Error::Fault(fault)), "the control");
    let report: Report = pair.client.connection.report().unwrap();
    assert_eq!(report.remedies()[0].changes, wanted, "{report}");
    assert!(mend(&mut client.common, wanted));
    let pair = met(&client, server);
    assert_eq!((pair.client.error, pair.server.error), (None, None));
    assert!(pair.client.is_connected() && pair.server.is_connected());
    pair
}

/// A server whose Diffie-Hellman group has 1024 bits.
#[derive(Debug)]
struct ShortPrime;

impl Script for ShortPrime {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::SERVER_KEY_EXCHANGE {
            return vec![message];
        }
        // RFC 5246 section 7.4.3: p, g and Ys, each with its length, and the signature.
        let number = |at: usize| {
            let length = usize::from(u16::from_be_bytes([message[at], message[at + 1]]));
            (&message[at + 2..at + 2 + length], at + 2 + length)
        };
        let (p, at) = number(4);
        let (g, at) = number(at);
        let (ys, at) = number(at);
        let mut body = Vec::new();
        for part in [&p[..128], g, &ys[..127]] {
            body.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
            body.extend(part);
        }
        body.extend(&message[at..]);
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        vec![[&message[..1], &length[1..], &body].concat()]
    }
}

#[test]
fn a_short_prime_is_gone_round_by_another_key_exchange() {
    let by_rsa = CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256;
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&COMPATIBLE);
        common.versions = vec![TLS12];
        common.suites = vec![CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, by_rsa];
    }
    server.common.danger_script = Some(Arc::new(ShortPrime));
    let pair = mends(client, &server, Fault::PrimeShort, &[Change::NoFields]);
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!(agreed.suite, by_rsa);
}

/// A self-signed certificate with its key, as a device of 2005 has it: RSA with 1024 bits.
const DEVICE: &[u8] = include_bytes!("data/rsa-1024.pem");

/// The device, and a client that believes its certificate.
fn device() -> (ClientConfig, ServerConfig) {
    let device = Credential::new(
        load::certificates(DEVICE).unwrap(),
        load::private_key(DEVICE, None).unwrap(),
    );
    let device = device.unwrap();
    let mut roots = Roots::new();
    roots.add(device.chain()[0].clone()).unwrap();
    let policy = Policy {
        exceptions: Exceptions::danger_allow(&[Exceptions::RSA_1024]),
        ..Policy::default()
    };
    let judged = Verification::chain_with_policy(Trust::Roots(roots), policy);
    let mut server = config::server(RSA_2048);
    server.common.allow_obsolete(&MUSEUM);
    server.credentials = vec![device];
    (ClientConfig::with_verification(judged), server)
}

#[test]
fn a_key_of_1024_bits_takes_the_policy_and_where_that_is_there_an_older_version() {
    let (mut client, mut server) = device();
    server.common.versions = vec![TLS12];
    client.common.allow_obsolete(&COMPATIBLE);
    let obsolete = [Change::Policy(PolicyName::Obsolete)];
    mends(client, &server, Fault::CertificateKeyWeak, &obsolete);

    let (mut client, mut server) = device();
    server.common.versions = vec![TLS13, TLS12];
    client.common.allow_obsolete(&OBSOLETE);
    let older = [Change::Newest(TLS12)];
    mends(client, &server, Fault::CertificateKeyWeak, &older);
}

/// A server that signs by SHA-1 whatever it is offered.
#[derive(Debug)]
struct Sha1Anyway;

impl Script for Sha1Anyway {
    fn say(&self, msg_type: HandshakeType, mut message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type == HandshakeType::SERVER_KEY_EXCHANGE {
            // RFC 8422 section 5.4: a named curve, a point with its length, and the scheme.
            let at = 8 + usize::from(message[7]);
            let sha1 = SignatureScheme::RSA_PKCS1_SHA1.0.to_be_bytes();
            message[at..at + 2].copy_from_slice(&sha1);
        }
        vec![message]
    }
}

#[test]
fn a_signature_by_sha1_takes_the_policy_that_reads_it() {
    let sha1 = SignatureScheme::RSA_PKCS1_SHA1;
    let mut server = config::server(RSA_2048);
    server.common.allow_obsolete(&OBSOLETE);
    server.common.versions = vec![TLS12];
    server.common.danger_script = Some(Arc::new(Sha1Anyway));
    let wanted = [Change::Policy(PolicyName::Obsolete)];
    let mut client = config::client();
    let pair = met(&client, &server);
    let fault = Error::Fault(Fault::SchemeNotOffered);
    assert_eq!(pair.client.error, Some(fault), "the control");
    let report = pair.client.connection.report().unwrap();
    assert_eq!(report.remedies()[0].changes, wanted, "{report}");
    assert!(mend(&mut client.common, &wanted));
    // With a better one at hand ours would sign by that, and call it SHA-1.
    server.common.danger_script = None;
    let by_sha1 = server.credentials.remove(0).with_schemes(&[sha1]);
    server.credentials.push(by_sha1.unwrap());
    let pair = met(&client, &server);
    assert_eq!(pair.client.error, None);
    let agreed = pair.client.connection.negotiated().unwrap();
    assert_eq!(agreed.peer_scheme, Some(sha1));
}

#[test]
fn a_certificate_that_breaks_one_rule_is_let_through_by_the_exception_that_is_named_last() {
    let localhost = Peer::Name(ServerName::parse("localhost").unwrap());
    let elsewhere = Relaxed::OtherName(ServerName::parse("elsewhere.test").unwrap());
    for (flaw, relaxed) in [
        (Flaw::Expired, Relaxed::Expired),
        (Flaw::NotYetValid, Relaxed::NotYetValid),
        (Flaw::WrongName, elsewhere),
    ] {
        let server = ServerConfig::new(config::credential(&flaw.server()));
        let mut client = config::client();
        let pair = met(&client, &server);
        let report = pair.client.connection.report().unwrap();
        let last = report.remedies().last().unwrap();
        let named = Change::Exception(relaxed.to_string());
        assert_eq!(last.changes, [named], "{flaw:?}: {report}");
        assert!(last.lets_in.is_some() && report.remedies().len() > 1);
        let until = pair.now.unix_s() + 60;
        let one = Exception::danger_relax(localhost.clone(), relaxed, "a test", until);
        client.exceptions = vec![one];
        assert!(met(&client, &server).client.is_connected(), "{flaw:?}");
        // The server, which is told by an alert, has none to offer.
        let told = pair.server.connection.report().unwrap();
        let is_exception = |change: &Change| matches!(change, Change::Exception(_));
        let mut offered = told.remedies().iter().flat_map(|one| &one.changes);
        assert!(!offered.any(is_exception), "{told}");
    }
    // The control: for a certificate of nobody's there is none without a file.
    let server = ServerConfig::new(config::credential(&Flaw::UnknownRoot.server()));
    let pair = met(&config::client(), &server);
    let report = pair.client.connection.report().unwrap();
    assert!(report.remedies().iter().all(|one| one.changes.is_empty()));
}

#[test]
fn no_remedy_names_a_policy_that_the_config_has() {
    use ProtocolVersion as V;
    let policies = [
        (PolicyName::Compatible, &COMPATIBLE),
        (PolicyName::Obsolete, &OBSOLETE),
        (PolicyName::Museum, &MUSEUM),
    ];
    for (name, policy) in policies {
        for (version, suite) in [
            (V::TLS_1_0, CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
            (V::TLS_1_2, CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA),
        ] {
            let mut server = config::server(RSA_2048);
            server.common.allow_obsolete(&MUSEUM);
            server.common.versions = vec![version];
            server.common.suites = vec![suite];
            let mut client = config::client();
            client.common.allow_obsolete(policy);
            // What the policy brings was taken away again.
            client.common.versions = vec![V::TLS_1_3, V::TLS_1_2];
            client.common.suites = ClientConfig::with_verification(Verification::ask())
                .common
                .suites;
            let pair = met(&client, &server);
            assert!(
                !pair.client.is_connected(),
                "{name:?} {version}: the control"
            );
            let report = pair.client.connection.report().unwrap();
            let changes = report.remedies().iter().flat_map(|one| &one.changes);
            let mut named = changes.filter_map(|change| match change {
                Change::Policy(named) => Some(*named),
                _ => None,
            });
            assert!(
                named.all(|named| named > name),
                "{name:?} {version}: {report}"
            );
        }
    }
    // A version that the policy has and the list lacks is added by itself, and that is enough.
    let mut server = config::server(RSA_2048);
    server.common.allow_obsolete(&OBSOLETE);
    server.common.versions = vec![V::TLS_1_0];
    let mut client = config::client();
    client.common.allow_obsolete(&OBSOLETE);
    client.common.versions = vec![V::TLS_1_3, V::TLS_1_2];
    let report = met(&client, &server).client.connection.report().unwrap();
    let changes = report.remedies()[0].changes.clone();
    assert_eq!(changes, [Change::Version(V::TLS_1_0)], "{report}");
    assert!(mend(&mut client.common, &changes));
    assert!(met(&client, &server).client.is_connected());
    // The same of a server, which knows what it was offered.
    let mut client = config::client();
    client.common.allow_obsolete(&OBSOLETE);
    client.common.versions = vec![V::TLS_1_0];
    let mut server = config::server(RSA_2048);
    server.common.allow_obsolete(&OBSOLETE);
    server.common.versions = vec![V::TLS_1_3, V::TLS_1_2];
    let report = met(&client, &server).server.connection.report().unwrap();
    assert_eq!(report.remedies()[0].changes, [Change::Version(V::TLS_1_0)]);
}

#[test]
fn a_client_by_a_shared_key_is_told_that_the_key_may_be_unknown() {
    let key = handfast::config::PreSharedKey::new(b"pump 7", &[0x5a; 32]).unwrap();
    let mut client = config::client();
    client.psks = vec![key];
    client.require_psk = true;
    let mut server = config::server(RSA_2048);
    server.psks = vec![handfast::config::PreSharedKey::new(b"pump 8", &[0x5b; 32]).unwrap()];
    server.credentials.clear();
    let report = met(&client, &server).client.connection.report().unwrap();
    assert_eq!(report.remedies()[0].id, "shared-key.unknown", "{report}");
    // The control: without such a key it is about something else.
    let plain = config::client();
    let report = met(&plain, &server).client.connection.report().unwrap();
    assert_ne!(report.remedies()[0].id, "shared-key.unknown", "{report}");
}
