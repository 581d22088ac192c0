//! Logs of certificates made while a test runs, and certificates that they have logged
//! (RFC 6962), written without the code that reads them.

use crate::certificates::{now_unix, root};
use crate::made::certificate::{Draft, alternative_names, dns};
use crate::made::der::{element, extension, extension_of};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::signature::{KeyKind, PrivateKey, SignatureAlgorithm};
use handfast_pki::certificate::Certificate;
use handfast_pki::sct::log::{Log, LogId, LogState};
use std::fmt;

/// 1.3.6.1.4.1.11129.2.4: the arc of Certificate Transparency.
const ARC: [u8; 9] = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4];

/// A log with its key.
pub struct TestLog {
    key: PrivateKey,
    /// What a list says of it.
    pub log: Log,
}

impl TestLog {
    /// A usable log of an operator.
    ///
    /// # Panics
    /// If no key can be made.
    #[must_use]
    pub fn new(operator: &str, kind: KeyKind) -> Self {
        let key = PrivateKey::generate(kind).expect("a key");
        let log = Log {
            key: key.public_spki().into(),
            description: format!("{operator}'s log"),
            operator: operator.to_owned(),
            state: LogState::Usable,
            interval: None,
        };
        Self { key, log }
    }

    /// The same log in another state.
    #[must_use]
    pub fn in_state(mut self, state: LogState) -> Self {
        self.log.state = state;
        self
    }

    /// Its SCT over an entry that begins with its type.
    ///
    /// # Panics
    /// If the key does not sign.
    #[must_use]
    pub fn sct(&self, timestamp_ms: u64, entry: &[u8]) -> Vec<u8> {
        let LogId(id) = self.log.id();
        let time = timestamp_ms.to_be_bytes();
        let (algorithm, number) = match self.key.kind() {
            KeyKind::EcP256 => (SignatureAlgorithm::EcdsaSha256, 3),
            _ => (SignatureAlgorithm::RsaPkcs1Sha256, 1),
        };
        let signed = [&[0, 0], &time[..], entry, &[0, 0]].concat();
        let signature = self.key.sign(algorithm, &signed).expect("a signature");
        let signature = vector16(&signature);
        [&[0], &id[..], &time, &[0, 0, 4, number], &signature].concat()
    }
}

impl fmt::Debug for TestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestLog({})", self.log.description)
    }
}

/// A server's certificate below [`root`], for `localhost`.
#[derive(Debug)]
pub struct Logged {
    draft: Draft,
    /// The server's key.
    pub key: PrivateKey,
}

impl Logged {
    /// One that is valid for so many days from yesterday on.
    ///
    /// # Panics
    /// If no key can be made, or the root cannot be read.
    #[must_use]
    pub fn new(days: i64) -> Self {
        let key = PrivateKey::generate(KeyKind::EcP256).expect("a key");
        let issuer = Certificate::parse(root().root_der()).expect("the root");
        let mut draft = Draft::new("logged", "", key.public_spki());
        draft.issuer = issuer.subject().der().to_vec();
        draft.not_before = i64::try_from(now_unix()).expect("the present") - DAY_S;
        draft.not_after = draft.not_before + days * DAY_S;
        draft.extensions = vec![alternative_names(&[dns("localhost")])];
        Self { draft, key }
    }

    /// The certificate without SCTs.
    #[must_use]
    pub fn bare(&self) -> Vec<u8> {
        self.draft.signed_by(root().own().key())
    }

    /// The certificate with a list of SCTs between other extensions: `scts` is given the entry
    /// that its logs sign (precert_entry).
    #[must_use]
    pub fn with_embedded(&self, scts: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> Vec<u8> {
        let mut draft = self.draft.clone();
        draft.extensions.push(extension(19, true, &[0x30, 0]));
        let list = element(4, &[&list(&scts(&precert_entry(&draft.tbs())))]);
        let list = extension_of(&[&ARC[..], &[2]].concat(), false, &list);
        draft.extensions.insert(1, list);
        draft.signed_by(root().own().key())
    }
}

/// precert_entry of a certificate that [`root`] issued, from its TBSCertificate without SCTs.
#[must_use]
pub fn precert_entry(tbs: &[u8]) -> Vec<u8> {
    let issuer = digest(HashAlgorithm::Sha256, &[root().own().key().public_spki()]);
    [&[0, 1], issuer.as_bytes(), &vector24(tbs)].concat()
}

/// x509_entry of a certificate.
#[must_use]
pub fn x509_entry(certificate: &[u8]) -> Vec<u8> {
    [&[0, 0][..], &vector24(certificate)].concat()
}

/// A SignedCertificateTimestampList in its TLS form.
#[must_use]
pub fn list(scts: &[Vec<u8>]) -> Vec<u8> {
    let entries: Vec<u8> = scts.iter().flat_map(|sct| vector16(sct)).collect();
    vector16(&entries)
}

/// The extension of an OCSP response's single response that holds a list.
#[must_use]
pub fn ocsp_extension(list: &[u8]) -> Vec<u8> {
    extension_of(&[&ARC[..], &[5]].concat(), false, &element(4, &[list]))
}

fn vector16(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short vector");
    [&length.to_be_bytes(), bytes].concat()
}

fn vector24(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short vector");
    let [_, length @ ..] = length.to_be_bytes();
    [&length, bytes].concat()
}

const DAY_S: i64 = 86_400;
