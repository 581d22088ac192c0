//! A13, SWEET32 and RC4: what leaks by itself is offered to nobody who did not ask for it by name.

use crate::attack::{Attack, Control, Found};
use handfast::ClientConfig;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE};
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::client_hello;
use handfast_testkit::pair::Pair;
use handfast_wire::registry::CipherSuite;

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A13",
        name: "ciphers_in_our_first_bytes",
        ours: || {
            let first = hellos(
                &BAD,
                &[|_| (), |client| client.common.allow_obsolete(&COMPATIBLE)],
            );
            // What is worse than Triple DES is offered only where it is named itself.
            first.and(hellos(
                &WORST,
                &[|client| client.common.allow_obsolete(&MUSEUM)],
            ))
        },
        controls: &[Control {
            broken: "a_client_that_offers_triple_des",
            run: || hellos(&BAD, &[|client| client.common.allow_obsolete(&OBSOLETE)]),
        }],
    },
    Attack {
        id: "A13",
        name: "nothing_unencrypted_or_unnamed_by_any_policy_of_use",
        ours: || by_policies(&WORST),
        controls: &[Control {
            broken: "what_obsolete_lets_in",
            run: || by_policies(&["_3DES_"]),
        }],
    },
];

/// What the names of such suites hold.
const BAD: [&str; 9] = [
    "_3DES_", "_DES_", "_DES40_", "_RC4_", "_RC2_", "_IDEA_", "_NULL_", "_anon_", "_EXPORT",
];
/// The same without what old devices need.
const WORST: [&str; 8] = [
    "_DES_", "_DES40_", "_RC4_", "_RC2_", "_IDEA_", "_NULL_", "_anon_", "_EXPORT",
];

fn is_of(suite: CipherSuite, words: &[&str]) -> bool {
    suite
        .name()
        .is_some_and(|name| words.iter().any(|word| name.contains(word)))
}

/// Every suite that has a number in IANA's registry and such a name is looked for among those of
/// the ClientHello, byte by byte.
pub(crate) fn hellos(words: &[&str], configs: &[fn(&mut ClientConfig)]) -> Found {
    let mut found = Found::default();
    let bad: Vec<_> = CipherSuite::ALL
        .iter()
        .filter(|suite| is_of(**suite, words))
        .collect();
    assert!(bad.len() > 90, "{}", bad.len());
    for change in configs {
        let mut client = config::client();
        change(&mut client);
        let server = config::server(handfast_testkit::certificates::KeyKind::EcP256);
        let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
        let bytes = pair.client.take_output();
        let mut suites = Vec::new();
        let _ = client_hello(&bytes[5..], |hello| suites.clone_from(&hello.suites));
        assert!(suites.len() >= 18, "a list as it is on the wire");
        for suite in &bad {
            let number = suite.0.to_be_bytes();
            let is_there = suites.chunks(2).any(|one| one == number);
            found.tried(if is_there {
                Err(format!("{suite} is offered"))
            } else {
                Ok(())
            });
        }
    }
    found
}

/// No suite of the policies that people need is of these.
fn by_policies(words: &[&str]) -> Found {
    let mut found = Found::default();
    for policy in [&COMPATIBLE, &OBSOLETE, &MUSEUM] {
        for suite in policy.suites() {
            found.tried(if is_of(*suite, words) {
                Err(format!("{} lets in {suite}", policy.name()))
            } else {
                Ok(())
            });
        }
    }
    found
}

/// A GiB of Triple DES is the end of a connection: on either side, whoever sends.
pub(crate) fn past_a_gib() -> Result<(), String> {
    use handfast_testkit::certificates::KeyKind;
    use handfast_testkit::pair::{Delivery, now};
    let (mut client, mut server) = (config::client(), config::server(KeyKind::EcP256));
    for common in [&mut client.common, &mut server.common] {
        common.allow_obsolete(&OBSOLETE);
        common.versions = vec![handfast::ProtocolVersion::TLS_1_2];
        common.suites = vec![CipherSuite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA];
    }
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.connect(Delivery::Whole);
    let megabyte = vec![7; 1 << 20];
    for number in 0..1030 {
        let mut out = vec![0; pair.client.connection.send_size(megabyte.len())];
        match pair.client.connection.send(&[&megabyte], &mut out) {
            Ok(written) => {
                pair.server.deliver(&out[..written], now());
                pair.server.data.clear();
            }
            Err(error) if number > 1000 => {
                println!("after {number} MiB: {error}");
                return Ok(());
            }
            Err(error) => return Err(format!("after {number} MiB: {error}")),
        }
        if let Some(error) = pair.server.error {
            return Err(format!("the reader: {error}"));
        }
    }
    Err("more than a GiB passed".to_owned())
}
