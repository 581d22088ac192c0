//! A chain of leaf, intermediate and root, all with keys of one kind.

use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey, SignatureAlgorithm};
use handfast_pki::certificate::Certificate;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::facts::SignatureFacts;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::made::certificate::{
    Draft, alternative_names, authority, dns, issuer_key_id, key_id, purpose, signs_all,
};
use handfast_testkit::made::der::sequence;
use rustls_pki_types::CertificateDer;
use std::hint::black_box;

/// 2030-01-01T00:00:00Z
pub(crate) const NOW: i64 = 1_893_456_000;

pub(crate) struct Chain {
    leaf: Vec<u8>,
    intermediate: Vec<u8>,
    root: Vec<u8>,
    roots: Roots,
    name: ServerName,
    algorithm: SignatureAlgorithm,
    leaf_kind: KeyKind,
}

/// The AlgorithmIdentifier of RSA PKCS#1 with SHA-256.
const RSA_SHA256: &[u8] = &[
    0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0,
];

impl Chain {
    pub(crate) fn new(kind: KeyKind) -> Self {
        let make = || PrivateKey::generate(kind).expect("a key");
        let (leaf_key, middle_key, root_key) = (make(), make(), make());
        let algorithm = match kind {
            KeyKind::Rsa { .. } => SignatureAlgorithm::RsaPkcs1Sha256,
            _ => SignatureAlgorithm::EcdsaSha256,
        };
        let draft = |subject, issuer, key: &PrivateKey| {
            let mut draft = Draft::new(subject, issuer, key.public_spki());
            draft.signs = algorithm;
            if algorithm == SignatureAlgorithm::RsaPkcs1Sha256 {
                draft.algorithm = RSA_SHA256.to_vec();
            }
            draft
        };
        let (middle_id, root_id) = ([1; 20], [2; 20]);
        let root = draft("root", "root", &root_key)
            .with(authority(None))
            .with(signs_all())
            .with(key_id(&root_id))
            .signed_by(&root_key);
        let intermediate = draft("intermediate", "root", &middle_key)
            .with(authority(Some(0)))
            .with(signs_all())
            .with(key_id(&middle_id))
            .with(issuer_key_id(&root_id))
            .signed_by(&root_key);
        let names = ["bench.test", "www.bench.test"].map(dns);
        let leaf = draft("leaf", "intermediate", &leaf_key)
            .with(alternative_names(&names))
            .with(purpose(1))
            .with(key_id(&[3; 20]))
            .with(issuer_key_id(&middle_id))
            .signed_by(&middle_key);
        let mut roots = Roots::new();
        let anchor = CertificateDer::from(root.clone());
        roots.add(anchor).expect("the root");
        Self {
            leaf,
            intermediate,
            root,
            roots,
            name: ServerName::parse("www.bench.test").expect("a name"),
            algorithm,
            leaf_kind: kind,
        }
    }

    /// Reads the leaf.
    pub(crate) fn parse(&self) {
        let leaf = Certificate::parse(black_box(&self.leaf)).expect("the leaf");
        black_box(&leaf);
    }

    /// Builds the path and judges it. The leaf's own key was read already, as in a handshake, which
    /// needs it for its own signature.
    pub(crate) fn judge(&self, facts: Option<&SignatureFacts>) {
        let chain: [&[u8]; 2] = [&self.leaf, &self.intermediate];
        let verdict = verify(&Request {
            chain: black_box(&chain),
            roots: &self.roots,
            purpose: Purpose::ServerAuth,
            key_usage: None,
            name: Some(&self.name),
            at_unix_s: NOW,
            policy: &Policy::MODERN,
            leaf_key: Some(self.leaf_kind),
            facts,
            revocation: Revocation::default(),
        });
        assert!(black_box(verdict).is_ok());
    }

    /// What is to be checked, and no more.
    pub(crate) fn raw(&self) -> Raw<'_> {
        let read = |der| Certificate::parse(der).expect("a certificate");
        let links = [
            (&self.leaf, &self.intermediate),
            (&self.intermediate, &self.root),
        ];
        Raw {
            links: links.map(|(child, issuer)| (read(child), read(issuer))),
            algorithm: self.algorithm,
        }
    }
}

/// The signatures of a chain, with what they cover and by which keys.
pub(crate) struct Raw<'a> {
    links: [(Certificate<'a>, Certificate<'a>); 2],
    algorithm: SignatureAlgorithm,
}

impl Raw<'_> {
    /// Reads the keys and checks the signatures.
    pub(crate) fn check(&self) {
        for (child, issuer) in &self.links {
            let key = black_box(issuer).public_key().expect("a key");
            self.verify(&key, child);
        }
    }

    pub(crate) fn keys(&self) -> [PublicKey; 2] {
        self.links
            .each_ref()
            .map(|(_, issuer)| issuer.public_key().expect("a key"))
    }

    /// Checks the signatures by keys that were read.
    pub(crate) fn check_with(&self, keys: &[PublicKey; 2]) {
        for ((child, _), key) in self.links.iter().zip(keys) {
            self.verify(key, child);
        }
    }

    fn verify(&self, key: &PublicKey, child: &Certificate<'_>) {
        let checked = key.verify(self.algorithm, black_box(child.tbs()), child.signature());
        assert!(black_box(checked).is_ok());
    }
}

/// An RSA key with an odd modulus of so many bits, which nobody knows how to factor or use.
pub(crate) fn rsa_spki(bits: usize, exponent: &[u8]) -> Vec<u8> {
    use handfast_testkit::made::der::{bits as bit_string, integer};
    let mut modulus = vec![0xff; bits / 8];
    modulus.insert(0, 0);
    let key = sequence(&[&integer(&modulus), &integer(exponent)]);
    let id = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    sequence(&[&sequence(&[&id]), &bit_string(&key)])
}
