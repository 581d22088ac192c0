//! What is in the museum's ledger is recognised, and never negotiated.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::config::Common;
use handfast::connection::RefusalDetail;
use handfast::observe::{Direction, Observer, Passed, Script};
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};
use handfast::{CipherSuite, ClientConfig, ConfigFault, Fault};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::museum::{self, Code};
use handfast_wire::registry::{
    ClientCertificateType, CompressionMethod, HandshakeType, ProtocolVersion,
};
use std::sync::{Arc, Mutex};

/// None, and every policy that there is.
const POLICIES: [Option<&Policy>; 4] = [None, Some(&COMPATIBLE), Some(&OBSOLETE), Some(&MUSEUM)];

fn client(policy: Option<&'static Policy>, change: impl Fn(&mut Common)) -> ClientConfig {
    let mut client = config::client();
    if let Some(policy) = policy {
        client.common.allow_obsolete(policy);
    }
    change(&mut client.common);
    client
}

#[test]
fn nothing_of_it_can_be_put_into_a_config_under_any_policy() {
    let mut tried = 0;
    for code in museum::ALL.iter().flat_map(museum::Exhibit::codes) {
        for policy in POLICIES {
            let refused = |change: &dyn Fn(&mut Common)| client(policy, change).check().err();
            let (got, wanted) = match code {
                Code::Suite(suite) => (
                    refused(&|common| common.suites.push(suite)),
                    ConfigFault::SuiteUnknown(suite),
                ),
                Code::Version(version) => (
                    refused(&|common| common.versions.push(version)),
                    ConfigFault::VersionUnknown(version),
                ),
                Code::Group(group) => (
                    refused(&|common| common.groups.push(group)),
                    ConfigFault::GroupUnknown(group),
                ),
                Code::Scheme(scheme) => (
                    refused(&|common| common.schemes.push(scheme)),
                    ConfigFault::SchemeUnknown(scheme),
                ),
                // A config has no place for these: see below.
                _ => continue,
            };
            assert_eq!(got, Some(wanted), "{code}");
            tried += 1;
        }
    }
    assert!(tried > 600, "{tried}");
    // The control: what is spoken, and in no list yet, is taken.
    let current = |common: &mut Common| common.suites.push(CipherSuite::TLS_AES_128_CCM_SHA256);
    assert!(client(None, current).check().is_ok());
}

/// Client certificate types that were asked for, and compression methods that were offered.
#[derive(Debug, Default)]
struct Seen(Mutex<(Vec<u8>, Vec<u8>)>);

impl Observer for Seen {
    fn passed(&self, _: Direction, what: Passed<'_>) {
        let Passed::Handshake { msg_type, bytes } = what else {
            return;
        };
        let mut seen = self.0.lock().unwrap();
        if msg_type == HandshakeType::CERTIFICATE_REQUEST {
            let count = usize::from(bytes[4]);
            seen.0.extend(&bytes[5..5 + count]);
        }
        if msg_type == HandshakeType::CLIENT_HELLO {
            // Version and random, then the session ID and the suites with their lengths.
            let id = 39 + usize::from(bytes[38]);
            let suites = usize::from(u16::from_be_bytes([bytes[id], bytes[id + 1]]));
            let methods = id + 2 + suites;
            let count = usize::from(bytes[methods]);
            seen.1.extend(&bytes[methods + 1..=methods + count]);
        }
    }
}

#[test]
fn no_message_of_ours_asks_for_a_retired_certificate_or_offers_to_compress() {
    for policy in POLICIES {
        let seen = Arc::new(Seen::default());
        let mut client = client(policy, |common| {
            common.versions = vec![ProtocolVersion::TLS_1_2];
        });
        client.common.observer = Some(Arc::clone(&seen) as Arc<_>);
        let mut server = config::mutual_server(KeyKind::EcP256);
        if let Some(policy) = policy {
            server.common.allow_obsolete(policy);
        }
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let seen = seen.0.lock().unwrap();
        assert!(!seen.0.is_empty(), "the server asks");
        for code in &seen.0 {
            let code = Code::ClientCertificate(ClientCertificateType(*code));
            assert!(museum::exhibit_of(code).is_none(), "{code}");
        }
        assert_eq!(seen.1, [CompressionMethod::NULL.0]);
    }
}

/// Puts other suites into a ClientHello of TLS 1.2.
#[derive(Debug)]
struct Offers(Vec<CipherSuite>);

impl Script for Offers {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        let codes = self.0.iter().flat_map(|suite| suite.0.to_be_bytes());
        client_hello(&message, |hello| hello.suites = codes.collect())
    }
}

#[test]
fn a_client_that_offers_nothing_else_is_refused_with_what_each_suite_is() {
    let offers = vec![
        CipherSuite::TLS_RSA_EXPORT_WITH_RC4_40_MD5,
        CipherSuite::TLS_RSA_WITH_DES_CBC_SHA,
        CipherSuite::TLS_DHE_DSS_WITH_AES_128_CBC_SHA,
        CipherSuite::TLS_DH_RSA_WITH_AES_128_CBC_SHA,
        CipherSuite::TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA,
        CipherSuite::TLS_RSA_WITH_CAMELLIA_128_CBC_SHA,
    ];
    let names = [
        "export keys of 40 and 56 bits",
        "single DES",
        "DSS",
        "static DH",
        "static ECDH",
        "Fortezza",
        "Camellia",
    ];
    for policy in POLICIES {
        let mut client = client(policy, |common| {
            common.versions = vec![ProtocolVersion::TLS_1_2];
        });
        client.common.danger_script = Some(Arc::new(Offers(offers.clone())));
        let mut server = config::server(KeyKind::Rsa { bits: 2048 });
        if let Some(policy) = policy {
            server.common.allow_obsolete(policy);
        }
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        pair.run(Delivery::Whole);
        let refusal = pair.server.connection.refusal().unwrap();
        assert_eq!(refusal.fault, Fault::SuiteNotCommon);
        let RefusalDetail::Offers { peer, .. } = &refusal.detail else {
            panic!("{refusal}");
        };
        let wanted = offers.iter().zip(names);
        let wanted: Vec<_> = wanted
            .map(|(suite, name)| format!("{suite} ({name})"))
            .collect();
        assert_eq!(peer, &wanted);
    }
}
