//! A18, host confusion, by a key that both ends share ("Selfie", RFC 9257 section 4.1): who sits in
//! between sends a client back to the server of its own machine, which knows the key too. The client
//! takes itself for the machine that it meant, unless the key says who is client and who is server
//! (RFC 9258 appendix B).

use crate::attack::{Attack, Control, Found};
use handfast::config::{PreSharedKey, PskHash, Trust};
use handfast::{ClientConfig, NamedGroup, Roots, ServerConfig};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::pair::{Delivery, Pair};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A18",
    name: "clients_sent_back_to_themselves",
    ours: || probe(|key, client, server| key.imported_between(client, server).unwrap()),
    controls: &[
        Control {
            broken: "machines_that_share_a_key_as_it_is",
            run: || probe(|key, _, _| key),
        },
        Control {
            broken: "machines_that_import_it_for_one_purpose",
            run: || probe(|key, _, _| key.imported(b"the mesh").unwrap()),
        },
    ],
}];

/// The key of a call, made of what the two share.
type Makes = fn(PreSharedKey, &[u8], &[u8]) -> PreSharedKey;

const NAMES: [&[u8]; 2] = [b"pump 7", b"pump 8"];

fn client(key: PreSharedKey) -> ClientConfig {
    let mut client = ClientConfig::new(Trust::Roots(Roots::new()));
    client.psks = vec![key];
    client.require_psk = true;
    client
}

/// Both machines call each other by one key. Each is reached by a client of the other, and a client
/// of its own is not to reach it.
fn probe(makes: Makes) -> Found {
    let mut found = Found::default();
    for hash in [PskHash::Sha256, PskHash::Sha384] {
        let key = || {
            let key = PreSharedKey::new(b"the mesh", &[0x5a; 32]).unwrap();
            key.with_hash(hash)
        };
        for certified in [false, true] {
            for retries in [false, true] {
                let [one, other] = NAMES;
                let mut server = match certified {
                    true => config::server(KeyKind::EcP256),
                    false => ServerConfig::without_credential(),
                };
                // Who calls it is the other one.
                server.psks = vec![makes(key(), other, one)];
                if retries {
                    server.common.groups = vec![NamedGroup::SECP384R1];
                }
                let meets = |caller: &[u8], called: &[u8]| {
                    let client = client(makes(key(), caller, called)).check().unwrap();
                    let mut pair = Pair::new(&client, &server.clone().check().unwrap());
                    pair.run(Delivery::Whole);
                    pair.client.is_connected()
                };
                let case = format!("{hash:?}, certified {certified}, retries {retries}");
                assert!(meets(other, one), "{case}");
                found.tried(match meets(one, other) {
                    true => Err(format!("{case}: it took itself for the other")),
                    false => Ok(()),
                });
            }
        }
    }
    found
}
