//! Test certificates: one root, one intermediate, and below them a server and a client of each
//! kind of key; and certificates with one [`Flaw`] each. Made when first asked for, then shared.

mod flaw;

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

pub use flaw::Flaw;
use handfast_ca::authority::Authority;
use handfast_ca::error::CaError;
use handfast_ca::issued::Issued;
pub use handfast_ca::profile::KeyKind;
use handfast_ca::profile::{AlternativeName, Profile, Validity};

/// Every kind of key that there is a server and a client of.
pub const KINDS: [KeyKind; 9] = [
    KeyKind::EcP256,
    KeyKind::EcP384,
    KeyKind::EcP521,
    KeyKind::Ed25519,
    KeyKind::Rsa { bits: 2048 },
    KeyKind::RsaPss { bits: 2048 },
    KeyKind::MlDsa44,
    KeyKind::MlDsa65,
    KeyKind::MlDsa87,
];

const DAY: u64 = 86_400;

/// The time at which all certificates here are valid, in Unix seconds: when this process first
/// asked. It is the real time, since other programs verify by their own clock.
#[must_use]
pub fn now_unix() -> u64 {
    static NOW: OnceLock<u64> = OnceLock::new();
    *NOW.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.expect("the clock is past 1970").as_secs()
    })
}

/// The anchor of every certificate here.
#[must_use]
pub fn root() -> &'static Authority {
    static ROOT: OnceLock<Authority> = OnceLock::new();
    ROOT.get_or_init(|| {
        made(Authority::new(
            "Handfast test root",
            good(),
            KeyKind::EcP256,
        ))
    })
}

/// The authority between the root and the leaves.
#[must_use]
pub fn intermediate() -> &'static Authority {
    static INTERMEDIATE: OnceLock<Authority> = OnceLock::new();
    INTERMEDIATE.get_or_init(|| {
        let profile = Profile::authority("Handfast test intermediate", good(), KeyKind::EcP256);
        made(root().intermediate(&profile))
    })
}

/// A server for [`names`], below the intermediate.
#[must_use]
pub fn server(kind: KeyKind) -> &'static Issued {
    static SERVERS: [OnceLock<Issued>; KINDS.len()] = [const { OnceLock::new() }; KINDS.len()];
    let issue = || made(intermediate().issue_server(&names(), good(), kind));
    SERVERS[position(kind)].get_or_init(issue)
}

/// A client, "Ada", below the intermediate.
#[must_use]
pub fn client(kind: KeyKind) -> &'static Issued {
    static CLIENTS: [OnceLock<Issued>; KINDS.len()] = [const { OnceLock::new() }; KINDS.len()];
    let mail = Some("ada@example.test");
    let issue = || made(intermediate().issue_client("Ada", mail, good(), kind));
    CLIENTS[position(kind)].get_or_init(issue)
}

/// The names of every server here: `localhost`, 127.0.0.1 and ::1.
#[must_use]
pub fn names() -> [AlternativeName; 3] {
    [
        AlternativeName::dns("localhost"),
        AlternativeName::ip([127, 0, 0, 1]),
        AlternativeName::ip([0, 0, 0, 0, 0, 0, 0, 1_u16]),
    ]
}

/// A year around now.
fn good() -> Validity {
    let now = now_unix();
    Validity {
        not_before_unix: now - DAY,
        not_after_unix: now + 365 * DAY,
    }
}

fn position(kind: KeyKind) -> usize {
    KINDS
        .iter()
        .position(|known| *known == kind)
        .expect("the kind is one of KINDS")
}

fn made<T>(result: Result<T, CaError>) -> T {
    result.expect("a test certificate can be made")
}

#[cfg(test)]
mod tests {
    use handfast_ca::authority::self_signed;
    use handfast_crypto::signature::{PublicKey, SignatureAlgorithm};
    use x509_cert::Certificate;
    use x509_cert::der::{Decode, Encode};

    use super::*;

    #[test]
    fn there_is_a_server_and_a_client_of_every_kind() {
        for kind in KINDS {
            assert_eq!(server(kind).key().kind(), kind);
            assert_eq!(client(kind).key().kind(), kind);
            assert_eq!(server(kind).chain().len(), 2);
            assert!(std::ptr::eq(server(kind), server(kind)));
        }
    }

    #[test]
    fn a_certificate_of_every_kind_signs_for_itself_and_is_verified() {
        for kind in KINDS {
            let profile = Profile::server(&names(), good(), kind);
            let issued = made(self_signed(&profile));
            let certificate = Certificate::from_der(&issued.chain()[0]).unwrap();
            let tbs = certificate.tbs_certificate().to_der().unwrap();
            let signature = certificate.signature().raw_bytes();
            let key = PublicKey::from_spki(issued.key().public_spki()).unwrap();
            let algorithm = match kind {
                KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1Sha256,
                KeyKind::RsaPss { .. } => SignatureAlgorithm::RsaPssSha256,
                KeyKind::EcP384 => SignatureAlgorithm::EcdsaSha384,
                KeyKind::EcP521 => SignatureAlgorithm::EcdsaSha512,
                KeyKind::Ed25519 => SignatureAlgorithm::Ed25519,
                KeyKind::MlDsa44 => SignatureAlgorithm::MlDsa44,
                KeyKind::MlDsa65 => SignatureAlgorithm::MlDsa65,
                KeyKind::MlDsa87 => SignatureAlgorithm::MlDsa87,
                _ => SignatureAlgorithm::EcdsaSha256,
            };
            assert!(key.verify(algorithm, &tbs, signature).is_ok(), "{kind:?}");
            assert!(
                key.verify(algorithm, &tbs[1..], signature).is_err(),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn every_flaw_can_be_issued() {
        for flaw in Flaw::ALL {
            assert!(!flaw.server().chain().is_empty(), "{flaw:?}");
        }
    }
}
