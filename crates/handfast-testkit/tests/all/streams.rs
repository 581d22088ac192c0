//! RC4 and no encryption at all, which a museum may name.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use handfast::obsolete::{MUSEUM, OBSOLETE};
use handfast::{CipherSuite, ConfigFault, Error, Fault, ProtocolVersion};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

const VERSIONS: [ProtocolVersion; 4] = [
    ProtocolVersion::TLS_1_2,
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];
const KINDS: [KeyKind; 2] = [KeyKind::EcP256, KeyKind::Rsa { bits: 2048 }];
const TEXT: &[u8] = b"what nobody is to read";

fn streams(version: ProtocolVersion, kind: KeyKind) -> Vec<CipherSuite> {
    let fits = |suite: &CipherSuite| {
        let name = suite.to_string();
        let is_stream = name.contains("_RC4_") || name.contains("_WITH_NULL_");
        let key = name.contains("_ECDSA_") == (kind == KeyKind::EcP256);
        let hash = version == ProtocolVersion::TLS_1_2 || !name.ends_with("_SHA256");
        let curves = version > ProtocolVersion::SSL_3_0 || !name.contains("_ECDHE_");
        is_stream && key && hash && curves
    };
    let named = MUSEUM.named_suites().iter().copied();
    named.filter(fits).collect()
}

fn pair(suites: [&[CipherSuite]; 2], version: ProtocolVersion, kind: KeyKind) -> Pair {
    let (mut client, mut server) = (config::client(), config::server(kind));
    let [of_client, of_server] = suites;
    for (common, suites) in [
        (&mut client.common, of_client),
        (&mut server.common, of_server),
    ] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![version];
        common.suites.extend(suites);
    }
    client.common.suites = of_client.to_vec();
    Pair::new(&client.check().unwrap(), &server.check().unwrap())
}

#[test]
fn streams_of_every_version_connect_where_a_museum_names_them() {
    let mut met = 0;
    for version in VERSIONS {
        for kind in KINDS {
            for suite in streams(version, kind) {
                let mut pair = pair([&[suite]; 2], version, kind);
                pair.connect(Delivery::Chunks(7));
                let agreed = pair.client.connection.negotiated().unwrap();
                assert_eq!((agreed.suite, agreed.version), (suite, version));
                pair.exchange(&[7; 40_000]);
                // One stream for all records: the second is another one.
                let records = [pair.client.write(TEXT), pair.client.write(TEXT)];
                let name = suite.to_string();
                let mac_len = match name.rsplit('_').next() {
                    Some("MD5") => 16,
                    Some("SHA") => 20,
                    _ => 32,
                };
                for record in records.iter() {
                    // Neither IV nor padding, and no byte that goes ahead.
                    assert_eq!(record.len(), 5 + TEXT.len() + mac_len, "{suite} {version}");
                    let shown = record.windows(TEXT.len()).any(|part| part == TEXT);
                    assert_eq!(shown, name.contains("_NULL_"), "{suite}");
                    pair.server.deliver(record, pair.now);
                }
                assert_ne!(records[0][5..], records[1][5..], "{suite}");
                assert!(pair.server.data.ends_with(&[TEXT, TEXT].concat()));
                // Nobody changes a byte, though everyone may read it.
                let mut record = pair.client.write(TEXT);
                record[10] ^= 1;
                pair.server.deliver(&record, pair.now);
                let wrong = Error::Fault(Fault::RecordNotAuthentic);
                assert_eq!(pair.server.error, Some(wrong), "{suite}");
                met += 1;
            }
        }
    }
    assert_eq!(met, 9 + 2 * 8 + 4);
}

#[test]
fn streams_come_by_themselves_nowhere_and_no_other_policy_lets_them_be_named() {
    for kind in KINDS {
        let version = ProtocolVersion::TLS_1_2;
        let suites = streams(version, kind);
        let mut unnamed = pair([&suites, &[]], version, kind);
        unnamed.run(Delivery::Whole);
        let refused = Some(Error::Fault(Fault::SuiteNotCommon));
        assert_eq!(unnamed.server.error, refused);
        for suite in suites {
            for policy in [None, Some(&OBSOLETE)] {
                let mut client = config::client();
                if let Some(policy) = policy {
                    client.common.allow_obsolete(policy);
                }
                client.common.suites.push(suite);
                let fault = client.check().err();
                assert_eq!(fault, Some(ConfigFault::SuiteObsolete(suite)));
            }
        }
    }
}

/// RFC 7366 section 3: what both sides would agree to under a block cipher.
#[test]
fn a_stream_is_chosen_also_where_encrypt_then_mac_was_offered() {
    let block = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
    let stream = CipherSuite::TLS_ECDHE_RSA_WITH_RC4_128_SHA;
    let kind = KeyKind::Rsa { bits: 2048 };
    let (mut client, mut server) = (config::client(), config::server(kind));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&MUSEUM);
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.suites = vec![stream, block];
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    pair.exchange(TEXT);
    assert_eq!(pair.client.connection.negotiated().unwrap().suite, stream);
}
