//! A36, logs and oracles: where unknown identities are hidden, nothing that a server says, and no
//! place at which it says it, tells which identities there are (RFC 4279 section 2).

use crate::attack::{Attack, Control, Found};
use handfast::config::PreSharedKey;
use handfast::connection::{Answer, Question};
use handfast::obsolete::OBSOLETE;
use handfast::{CipherSuite, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::forge::records;
use handfast_testkit::pair::{Pair, now};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A36",
    name: "identities_of_shared_keys",
    ours: || probe(|server| server.hide_unknown_psks = true),
    controls: &[Control {
        broken: "a_server_that_tells_unknown_identities",
        run: || probe(|server| server.hide_unknown_psks = false),
    }],
}];

const RSA_2048: KeyKind = KeyKind::Rsa { bits: 2048 };
const SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_PSK_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_PSK_WITH_AES_128_GCM_SHA256,
];

/// What the caller's store says of an identity that it does not have.
type Says = fn() -> Answer;

/// The config's own keys, or a store that knows one and says so of the others.
const STORES: [Option<Says>; 3] = [None, Some(|| Answer::Psk(None)), Some(|| Answer::Failed)];

fn key(identity: &[u8], byte: u8) -> PreSharedKey {
    PreSharedKey::new(identity, &[byte; 64]).unwrap()
}

/// A known identity under a wrong key is what every other must look like.
fn probe(change: fn(&mut ServerConfig)) -> Found {
    let mut found = Found::default();
    for suite in SUITES {
        for (at, store) in STORES.into_iter().enumerate() {
            let heard = |identity: &[u8]| said(suite, store, change, key(identity, 2));
            let known = heard(b"pump 7");
            for identity in [&b"pump 8"[..], b"pump", b"", &[b'7'; 900]] {
                let unknown = heard(identity);
                found.tried(if unknown == known {
                    Ok(())
                } else {
                    Err(format!("{suite}, store {at}: {unknown:?}, not {known:?}"))
                });
            }
        }
    }
    found
}

/// What the server answers to each record from ClientKeyExchange on.
fn said(
    suite: CipherSuite,
    store: Option<Says>,
    change: fn(&mut ServerConfig),
    psk: PreSharedKey,
) -> Vec<Vec<u8>> {
    let (mut client, mut server) = (config::client(), config::server(RSA_2048));
    for common in [&mut client.common, &mut server.common] {
        common.obsolete = Some(&OBSOLETE);
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.suites = vec![suite];
    }
    client.psks = vec![psk];
    match store {
        None => server.psks = vec![key(b"pump 6", 6), key(b"pump 7", 1)],
        Some(_) => server.ask_for_psk = true,
    }
    change(&mut server);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.server.answerer = store.map(|says| {
        Box::new(move |question: Question<'_>| match question {
            Question::Psk {
                identity: Some(b"pump 7"),
                ..
            } => Answer::Psk(Some(key(b"pump 7", 1))),
            _ => says(),
        }) as _
    });
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let flight = pair.server.take_output();
    pair.client.deliver(&flight, now());
    let sent = records(&pair.client.take_output());
    let said = sent.iter().map(|record| {
        pair.server.deliver(record, now());
        pair.server.take_output()
    });
    said.collect()
}
