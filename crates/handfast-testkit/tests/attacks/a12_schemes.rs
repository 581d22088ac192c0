//! A12, SLOTH: a signature by a scheme that was not offered is refused, however right it is.

use crate::attack::{Attack, Control, Found};
use crate::victim::SIDES;
use handfast::observe::{Direction, Observer, Passed, Script};
use handfast::obsolete::{OBSOLETE, Policy};
use handfast::{
    AlertDescription, CipherSuite, Error, NamedGroup, PrivateKey, ProtocolVersion, SignatureScheme,
};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::legacy::double_hash::DoubleHash;
use handfast_crypto::legacy::sign::sign_obsolete;
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::liar::Side;
use handfast_testkit::liar::anatomy::{body, message};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_wire::registry::HandshakeType;
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        id: "A12",
        name: "schemes_not_offered",
        ours: || probe(OFFERED, None),
        controls: &[Control {
            broken: "a_peer_that_takes_every_scheme_it_knows",
            run: || probe(KNOWN, None),
        }],
    },
    Attack {
        id: "A12",
        name: "schemes_not_offered_under_obsolete",
        ours: || probe(OFFERED, Some(&OBSOLETE)),
        controls: &[Control {
            broken: "a_peer_that_takes_what_the_policy_allows",
            run: || probe(ALLOWED, Some(&OBSOLETE)),
        }],
    },
];

/// What may be used: one scheme for each kind of key.
const OFFERED: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
];
/// The same, and what a policy adds.
const ALLOWED: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::ECDSA_SHA1,
];
const KNOWN: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Every number of TLS 1.2's pairs, hash and signature, MD5 and SHA-1 among them, and those of
/// newer schemes, but for the two that may be used.
fn numbers() -> Vec<SignatureScheme> {
    let pairs = (0..=8_u16).flat_map(|hash| (0..=3_u16).map(move |with| hash << 8 | with));
    let newer = (0x0800..=0x081d)
        .chain(0x0904..=0x0906)
        .chain([0xfefe, 0xff01, 0xffff]);
    let all = pairs.chain(newer).map(SignatureScheme);
    all.filter(|scheme| !OFFERED.contains(scheme)).collect()
}

/// The signer's proof, by each scheme that was not to be used; `takes` is what the victim takes.
fn probe(takes: &'static [SignatureScheme], policy: Option<&'static Policy>) -> Found {
    let mut found = Found::default();
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        for victim in SIDES {
            for kind in [KeyKind::EcP256, KeyKind::Rsa { bits: 2048 }] {
                for scheme in numbers() {
                    let case = format!("{version} {victim:?} {kind:?} {scheme}");
                    let victim = (victim, takes, policy);
                    found.tried(forged(version, kind, scheme, victim, &case));
                }
            }
        }
    }
    found
}

fn forged(
    version: ProtocolVersion,
    kind: KeyKind,
    scheme: SignatureScheme,
    (victim, takes, policy): (Side, &[SignatureScheme], Option<&'static Policy>),
    case: &str,
) -> Result<(), String> {
    let mut client = config::client();
    let mut server = config::mutual_server(kind);
    client.credentials = vec![config::credential(certificates::client(kind))];
    for common in [&mut client.common, &mut server.common] {
        if let Some(policy) = policy {
            common.allow_obsolete(policy);
        }
        common.versions = vec![version];
        common.groups = config::groups(NamedGroup::X25519, kind);
        common.suites.retain(|suite| SUITES.contains(suite));
    }
    let (signer, key) = match victim {
        Side::Client => {
            client.common.schemes = takes.to_vec();
            (&mut server.common, certificates::server(kind).key())
        }
        Side::Server => {
            server.common.schemes = takes.to_vec();
            (&mut client.common, certificates::client(kind).key())
        }
    };
    let forger = Arc::new(Forger {
        key: key.clone(),
        scheme,
        victim,
        version,
        transcript: Mutex::default(),
    });
    signer.danger_script = Some(Arc::clone(&forger) as _);
    signer.observer = Some(forger);
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    pair.run(Delivery::Whole);
    let end = match victim {
        Side::Client => pair.client,
        Side::Server => pair.server,
    };
    match end.error {
        Some(Error::Fault(fault)) if fault.alert() == AlertDescription::ILLEGAL_PARAMETER => Ok(()),
        other => Err(format!("{case}: {other:?}")),
    }
}

const SUITES: [CipherSuite; 3] = [
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// Signs its proof by a scheme of its own choice: rightly where the key can.
#[derive(Debug)]
struct Forger {
    key: PrivateKey,
    scheme: SignatureScheme,
    victim: Side,
    version: ProtocolVersion,
    /// Every message so far.
    transcript: Mutex<Vec<Vec<u8>>>,
}

impl Observer for Forger {
    fn passed(&self, direction: Direction, what: Passed<'_>) {
        if let (Direction::Received, Passed::Handshake { bytes, .. }) = (direction, what) {
            self.transcript.lock().unwrap().push(bytes.to_vec());
        }
    }
}

impl Script for Forger {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let said = match msg_type {
            HandshakeType::CERTIFICATE_VERIFY => self.proof(&[], &body(&bytes)),
            HandshakeType::SERVER_KEY_EXCHANGE => self.key_exchange(&body(&bytes)),
            _ => None,
        };
        let said = said.map_or(bytes, |content| message(msg_type, &content));
        self.transcript.lock().unwrap().push(said.clone());
        vec![said]
    }
}

impl Forger {
    /// The share stays as it is; what is signed is both randoms and the share.
    fn key_exchange(&self, content: &[u8]) -> Option<Vec<u8>> {
        let share = &content[..4 + usize::from(content[3])];
        let transcript = self.transcript.lock().unwrap();
        let randoms = transcript[..2].iter().map(|hello| &hello[6..38]);
        let signed = [&randoms.collect::<Vec<_>>().concat()[..], share].concat();
        drop(transcript);
        let proof = self.signed(&signed, &content[share.len()..])?;
        Some([share, &proof].concat())
    }

    fn proof(&self, share: &[u8], old: &[u8]) -> Option<Vec<u8>> {
        let transcript = self.transcript.lock().unwrap().concat();
        let signed = if self.version == ProtocolVersion::TLS_1_2 {
            transcript
        } else {
            let whose = match self.victim {
                Side::Client => "TLS 1.3, server CertificateVerify",
                Side::Server => "TLS 1.3, client CertificateVerify",
            };
            let hash = digest(HashAlgorithm::Sha256, &[&transcript]);
            [&[0x20; 64][..], whose.as_bytes(), &[0], hash.as_bytes()].concat()
        };
        Some([share, &self.signed(&signed, old)?].concat())
    }

    /// Scheme, length and signature: the one that was there where the key has no such scheme.
    fn signed(&self, content: &[u8], old: &[u8]) -> Option<Vec<u8>> {
        // TLS 1.1 and older sign both hashes of the content.
        let mut both = DoubleHash::new();
        both.update(content);
        let both = both.current();
        let content = match self.scheme {
            SignatureScheme::RSA_PKCS1_MD5_SHA1 => both.as_bytes(),
            _ => content,
        };
        let sign = |one| sign_obsolete(&self.key, one, content);
        let signature = match algorithm(self.scheme).map(sign) {
            Some(Ok(signature)) => signature,
            _ => old.get(4..)?.to_vec(),
        };
        let length = u16::try_from(signature.len()).ok()?.to_be_bytes();
        Some([&self.scheme.0.to_be_bytes()[..], &length, &signature].concat())
    }
}

fn algorithm(scheme: SignatureScheme) -> Option<SignatureAlgorithm> {
    Some(match scheme {
        SignatureScheme::RSA_PKCS1_SHA1 => SignatureAlgorithm::RsaPkcs1Sha1,
        SignatureScheme::RSA_PKCS1_MD5_SHA1 => SignatureAlgorithm::RsaPkcs1Md5Sha1,
        SignatureScheme::RSA_PKCS1_SHA256 => SignatureAlgorithm::RsaPkcs1Sha256,
        SignatureScheme::RSA_PKCS1_SHA384 => SignatureAlgorithm::RsaPkcs1Sha384,
        SignatureScheme::RSA_PKCS1_SHA512 => SignatureAlgorithm::RsaPkcs1Sha512,
        SignatureScheme::RSA_PSS_RSAE_SHA384 => SignatureAlgorithm::RsaPssSha384,
        SignatureScheme::RSA_PSS_RSAE_SHA512 => SignatureAlgorithm::RsaPssSha512,
        SignatureScheme::ECDSA_SHA1 => SignatureAlgorithm::EcdsaSha1,
        SignatureScheme::ECDSA_SECP384R1_SHA384 => SignatureAlgorithm::EcdsaSha384,
        SignatureScheme::ECDSA_SECP521R1_SHA512 => SignatureAlgorithm::EcdsaSha512,
        _ => return None,
    })
}
