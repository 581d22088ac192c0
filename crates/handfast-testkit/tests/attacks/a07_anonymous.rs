//! A7, downgrade: whoever sits in between, and has no certificate, gets no client that would know its
//! server to take an anonymous suite instead (RFC 5246 section 7.4.3).

use crate::attack::{Attack, Control, Found};
use handfast::config::{PreSharedKey, Verification};
use handfast::obsolete::MUSEUM;
use handfast::{CipherSuite, ClientConfig, ProtocolVersion, ServerConfig};
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A7",
    name: "anonymous_suites_beside_others",
    ours: || probe(|_| ()),
    controls: &[Control {
        // It names them alone and takes anyone: what the engine insists on before it speaks them.
        broken: "a_client_that_takes_anyone",
        run: || {
            probe(|client| {
                client.common.suites.retain(is_anonymous);
                client.psks.clear();
                client.verification = Verification::danger_accept_anyone();
            })
        },
    }],
}];

fn is_anonymous(suite: &CipherSuite) -> bool {
    suite.to_string().contains("_anon_")
}

/// Every anonymous suite, last in the client's list, in front of it, and alone; its server judged by
/// the config and by the caller, with a shared key and without.
fn probe(change: fn(&mut ClientConfig)) -> Found {
    let mut found = Found::default();
    let named = MUSEUM.named_suites().iter().copied();
    for suite in named.filter(is_anonymous) {
        for (place, judge, psk) in (0..3)
            .flat_map(|place| [false, true].map(|judge| (place, judge)))
            .flat_map(|(place, judge)| [false, true].map(|psk| (place, judge, psk)))
        {
            let mut client = config::client();
            client.common.allow_obsolete(&MUSEUM);
            match place {
                0 => client.common.suites.push(suite),
                1 => client.common.suites.insert(0, suite),
                _ => client.common.suites = vec![suite],
            }
            if judge {
                client.verification = Verification::ask();
            }
            client.psks = psk
                .then(|| PreSharedKey::new(b"pump 7", &[7; 32]).unwrap())
                .into_iter()
                .collect();
            change(&mut client);
            found.tried(if connects(client, suite) {
                Err(format!("{suite} at {place}, asks {judge}, psk {psk}"))
            } else {
                Ok(())
            });
        }
    }
    found
}

/// Whether the client is connected with one that shows nothing.
fn connects(client: ClientConfig, suite: CipherSuite) -> bool {
    let mut between = ServerConfig::without_credential();
    between.common.obsolete = Some(&MUSEUM);
    between.common.versions = vec![ProtocolVersion::TLS_1_2];
    between.common.suites = vec![suite];
    // A config that is refused connects nowhere.
    let Ok(client) = client.check() else {
        return false;
    };
    let mut pair = Pair::new(&client, &between.check().unwrap());
    pair.run(Delivery::Whole);
    pair.client.is_connected()
}
