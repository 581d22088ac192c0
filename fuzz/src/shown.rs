//! What a hostile peer shows to prove who it is: a key that it was lent, a key without a certificate, a
//! Certificate message that was made shorter.

use crate::connection::same_fault_again;
use crate::edit::Edit;
use arbitrary::Arbitrary;
use handfast::config::{CertificateCompression, Delegate};
use handfast::observe::Script;
use handfast::{ClientConfig, Credential, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::liar::anatomy::{certificate, edit_body};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::{config, delegated, raw_keys};
use handfast_wire::registry::{ExtensionType, HandshakeType};
use std::sync::{Arc, LazyLock, Mutex};

/// What is shown, by whom, and how it was changed.
#[derive(Arbitrary, Debug)]
pub struct Shown {
    what: What,
    by_server: bool,
    edits: Vec<Edit>,
    instead: Option<Vec<u8>>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Delegated,
    RawKey,
    Compressed(u8),
}

const KIND: KeyKind = KeyKind::EcP256;

/// One credential for each end, both of the same certificate.
static DELEGATED: LazyLock<[Credential; 2]> = LazyLock::new(|| {
    let issued = delegated::certificate(KIND);
    let by = |to| delegated::credential(to, &issued, KIND, delegated::LIFE_S);
    [by(Delegate::Server), by(Delegate::Client)]
});

/// Changes what its end shows, and remembers whether it has.
#[derive(Debug)]
struct Liar {
    what: What,
    edits: Vec<Edit>,
    instead: Option<Vec<u8>>,
    told: Mutex<Told>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    TheTruth,
    ALie,
}

impl Liar {
    fn change(&self, bytes: &mut Vec<u8>) {
        let truth = bytes.clone();
        if let Some(instead) = &self.instead {
            bytes.clone_from(instead);
        }
        self.edits.iter().for_each(|edit| edit.apply(bytes));
        bytes.truncate(40_000);
        *self.told.lock().expect("nobody panics with the lock") = match *bytes == truth {
            true => Told::TheTruth,
            false => Told::ALie,
        };
    }
}

impl Script for Liar {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        match (self.what, msg_type) {
            (What::Delegated, HandshakeType::CERTIFICATE) => certificate(&message, |chain| {
                let shown = chain.entries[0].1.0.iter_mut();
                for (kind, content) in shown {
                    if *kind == ExtensionType::DELEGATED_CREDENTIAL {
                        self.change(content);
                    }
                }
            }),
            (What::RawKey, HandshakeType::CERTIFICATE) => {
                certificate(&message, |chain| self.change(&mut chain.entries[0].0))
            }
            (What::Compressed(_), HandshakeType::COMPRESSED_CERTIFICATE) => {
                edit_body(&message, |body| self.change(body))
            }
            _ => vec![message],
        }
    }
}

impl What {
    fn configs(self) -> (ClientConfig, ServerConfig) {
        match self {
            Self::RawKey => {
                let mut client = raw_keys::client(KIND);
                client.credentials = vec![raw_keys::client_key(KIND)];
                (client, raw_keys::mutual_server(KIND))
            }
            Self::Delegated => {
                let [to_server, to_client] = DELEGATED.clone();
                let (mut client, mut server) = (config::client(), config::mutual_server(KIND));
                client.credentials = vec![to_client];
                server.credentials = vec![to_server];
                for common in [&mut client.common, &mut server.common] {
                    common.delegated_schemes = vec![delegated::scheme(KIND)];
                }
                (client, server)
            }
            Self::Compressed(codec) => {
                let (mut client, mut server) = (config::client(), config::mutual_server(KIND));
                client.credentials = vec![config::credential(certificates::client(KIND))];
                let all = CertificateCompression::all();
                let one = usize::from(codec) % all.len();
                let codecs: Vec<_> = all.into_iter().skip(one).take(1).collect();
                for common in [&mut client.common, &mut server.common] {
                    common.certificate_compression = codecs.clone();
                }
                (client, server)
            }
        }
    }
}

/// Whoever is shown something else refuses it, but for a Certificate that came to the same.
///
/// # Panics
/// Where that does not hold.
pub fn shown(plan: &Shown) {
    let liar = Arc::new(Liar {
        what: plan.what,
        edits: plan.edits.clone(),
        instead: plan.instead.clone(),
        told: Mutex::new(Told::Nothing),
    });
    let (mut client, mut server) = plan.what.configs();
    let common = match plan.by_server {
        true => &mut server.common,
        false => &mut client.common,
    };
    common.danger_script = Some(liar.clone());
    let client = client.check().expect("a sound config");
    let server = server.check().expect("a sound config");
    let mut pair = Pair::new(&client, &server);
    pair.run(Delivery::Whole);
    let told = *liar.told.lock().expect("nobody panics with the lock");
    let honest = match plan.by_server {
        true => &mut pair.client,
        false => &mut pair.server,
    };
    match told {
        Told::Nothing => panic!("nothing was shown: {:?}", honest.error),
        Told::TheTruth => assert!(honest.is_connected(), "{:?}", honest.error),
        Told::ALie if matches!(plan.what, What::Compressed(_)) => {}
        Told::ALie => assert!(!honest.is_connected(), "{plan:?}"),
    }
    assert!(honest.is_connected() || honest.error.is_some());
    same_fault_again(&mut pair.client);
    same_fault_again(&mut pair.server);
}
