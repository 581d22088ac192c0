//! What a peer showed of itself: certificates, or a raw public key; or what is kept of them.

use core::fmt;
use core::ops::Deref;
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_pki::certificate::Certificate;
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, OnceLock, Weak};

/// A peer's certificates, leaf first, as sent; or, where a raw public key was agreed on (RFC 7250), that
/// key and no certificates; or, where a server keeps no more
/// ([`crate::ServerConfig::keep_only_digests_of_clients`]), the leaf's digest. Clones share them: the
/// connection, its session and those that come back to it hold one copy.
#[derive(Clone, Default)]
pub struct PeerChain(Option<Arc<Shown>>);

pub(super) struct Shown {
    what: What,
    soonest_end: OnceLock<Option<i64>>,
}

enum What {
    Certificates(Box<[CertificateDer<'static>]>),
    RawKey(Box<[u8]>),
    Digest(Box<[u8; 32]>),
}

/// By what a peer is told from others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PeerIdentity<'p> {
    /// The leaf, in DER.
    Leaf(&'p [u8]),
    /// A SubjectPublicKeyInfo.
    RawKey(&'p [u8]),
    /// SHA-256 of the leaf.
    Digest(&'p [u8; 32]),
}

impl PartialEq for PeerIdentity<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Leaf(one), Self::Leaf(other)) | (Self::RawKey(one), Self::RawKey(other)) => {
                one == other
            }
            (Self::Digest(one), Self::Digest(other)) => one == other,
            (Self::Leaf(leaf), Self::Digest(digest)) | (Self::Digest(digest), Self::Leaf(leaf)) => {
                *sha256(leaf) == digest[..]
            }
            (Self::RawKey(_), Self::Leaf(_) | Self::Digest(_))
            | (Self::Leaf(_) | Self::Digest(_), Self::RawKey(_)) => false,
        }
    }
}

impl Eq for PeerIdentity<'_> {}

fn sha256(leaf: &[u8]) -> Box<[u8]> {
    digest(HashAlgorithm::Sha256, &[leaf]).as_bytes().into()
}

impl PeerChain {
    /// A raw public key: a SubjectPublicKeyInfo.
    pub(crate) fn of_raw_key(spki: &[u8]) -> Self {
        Self(Some(Arc::new(Shown {
            what: What::RawKey(spki.into()),
            soonest_end: OnceLock::from(None),
        })))
    }

    /// What was kept of a chain.
    pub(crate) fn of_digest(digest: [u8; 32], soonest_end: Option<i64>) -> Self {
        Self(Some(Arc::new(Shown {
            what: What::Digest(Box::new(digest)),
            soonest_end: OnceLock::from(soonest_end),
        })))
    }

    /// Of certificates no more than the leaf's digest, and when the first of them ends; anything else as
    /// it is.
    pub(crate) fn digested(self) -> Self {
        let leaf = self.first().map(|leaf| sha256(leaf));
        match leaf.and_then(|leaf| leaf.as_ref().try_into().ok()) {
            Some(digest) => Self::of_digest(digest, self.soonest_end()),
            None => self,
        }
    }

    /// SHA-256 of the leaf, where a server keeps nothing else of its client's certificates.
    #[must_use]
    pub fn digest(&self) -> Option<&[u8; 32]> {
        match &self.0.as_deref()?.what {
            What::Digest(digest) => Some(digest),
            What::Certificates(_) | What::RawKey(_) => None,
        }
    }

    /// The raw public key (a SubjectPublicKeyInfo in DER) that the peer showed instead of certificates,
    /// where it did.
    #[must_use]
    pub fn raw_key(&self) -> Option<&[u8]> {
        match &self.0.as_deref()?.what {
            What::RawKey(key) => Some(key),
            What::Certificates(_) | What::Digest(_) => None,
        }
    }

    /// Leaf or key; nothing where the peer has shown neither.
    pub(crate) fn identity(&self) -> Option<PeerIdentity<'_>> {
        let leaf = || self.first().map(|leaf| PeerIdentity::Leaf(leaf));
        let digest = || self.digest().map(PeerIdentity::Digest);
        let key = self.raw_key().map(PeerIdentity::RawKey);
        key.or_else(leaf).or_else(digest)
    }

    /// True where the peer has shown neither certificate nor key.
    pub(crate) fn shows_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// When the first of the certificates ends, unix seconds; nothing where none can
    /// be read. Looked up once.
    pub(crate) fn soonest_end(&self) -> Option<i64> {
        let shown = self.0.as_ref()?;
        *shown.soonest_end.get_or_init(|| {
            let read = self.iter().filter_map(|der| Certificate::parse(der).ok());
            read.map(|certificate| certificate.validity().not_after.0)
                .min()
        })
    }

    /// Another holder of the same.
    pub(super) fn shared(shown: Arc<Shown>) -> Self {
        Self(Some(shown))
    }

    /// To find it by, as long as somebody holds it.
    pub(super) fn downgrade(&self) -> Weak<Shown> {
        self.0.as_ref().map(Arc::downgrade).unwrap_or_default()
    }

    /// True for clones of one another.
    #[cfg(test)]
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl FromIterator<CertificateDer<'static>> for PeerChain {
    fn from_iter<I: IntoIterator<Item = CertificateDer<'static>>>(certificates: I) -> Self {
        Self::from(certificates.into_iter().collect::<Vec<_>>())
    }
}

impl From<Vec<CertificateDer<'static>>> for PeerChain {
    fn from(certificates: Vec<CertificateDer<'static>>) -> Self {
        Self((!certificates.is_empty()).then(|| {
            Arc::new(Shown {
                what: What::Certificates(certificates.into()),
                soonest_end: OnceLock::new(),
            })
        }))
    }
}

impl Deref for PeerChain {
    type Target = [CertificateDer<'static>];

    fn deref(&self) -> &Self::Target {
        match self.0.as_deref().map(|shown| &shown.what) {
            Some(What::Certificates(certificates)) => certificates,
            Some(What::RawKey(_) | What::Digest(_)) | None => &[],
        }
    }
}

impl PartialEq for PeerChain {
    fn eq(&self, other: &Self) -> bool {
        **self == **other && self.raw_key() == other.raw_key() && self.digest() == other.digest()
    }
}

impl Eq for PeerChain {}

impl PartialEq<[CertificateDer<'static>]> for PeerChain {
    fn eq(&self, other: &[CertificateDer<'static>]) -> bool {
        **self == *other
    }
}

impl PartialEq<&[CertificateDer<'static>]> for PeerChain {
    fn eq(&self, other: &&[CertificateDer<'static>]) -> bool {
        **self == **other
    }
}

impl PartialEq<Vec<CertificateDer<'static>>> for PeerChain {
    fn eq(&self, other: &Vec<CertificateDer<'static>>) -> bool {
        **self == **other
    }
}

impl fmt::Debug for PeerChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_deref().map(|shown| &shown.what) {
            Some(What::RawKey(key)) => write!(f, "RawKey({} bytes)", key.len()),
            Some(What::Digest(digest)) => write!(f, "Digest({digest:02x?})"),
            Some(What::Certificates(_)) | None => f.debug_list().entries(self.iter()).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_key_is_no_certificate_of_the_same_bytes() {
        let key = PeerChain::of_raw_key(&[1]);
        let chain = PeerChain::from(vec![CertificateDer::from(vec![1])]);
        assert!(key.is_empty() && !key.shows_nothing() && key != chain);
        assert_ne!(key, PeerChain::default());
        assert_ne!(key.identity(), chain.identity());
        assert_eq!(key, PeerChain::of_raw_key(&[1]));
        assert_eq!(key.raw_key(), Some(&[1][..]));
        assert_eq!((chain.raw_key(), key.soonest_end()), (None, None));
    }

    #[test]
    fn a_digest_stands_for_its_leaf_and_for_no_other() {
        let chain = |leaf: u8| PeerChain::from(vec![CertificateDer::from(vec![leaf, 7])]);
        let kept = chain(1).digested();
        assert!(kept.is_empty() && !kept.shows_nothing() && kept != chain(1));
        assert_eq!(kept, chain(1).digested());
        assert_ne!(kept, chain(2).digested());
        assert_eq!(kept.identity(), chain(1).identity());
        assert_ne!(kept.identity(), chain(2).identity());
        let key = PeerChain::of_raw_key(&[1, 7]);
        assert_eq!(key.clone().digested(), key);
        assert_ne!(kept.identity(), key.identity());
        assert_eq!(kept.clone().digested(), kept);
        assert!(PeerChain::default().digested().shows_nothing());
    }

    #[test]
    fn a_chain_is_equal_by_its_bytes_and_its_clones_share_them() {
        let bytes = vec![CertificateDer::from(vec![1]), CertificateDer::from(vec![2])];
        let chain = PeerChain::from(bytes.clone());
        assert_eq!(chain, bytes);
        assert_eq!(chain, bytes.as_slice());
        assert_ne!(chain, bytes[..1]);
        assert!(chain.is_shared_with(&chain.clone()));
        assert!(!chain.is_shared_with(&PeerChain::from(bytes)));
        assert!(PeerChain::from(Vec::new()).is_empty());
        assert_eq!(PeerChain::from(Vec::new()), PeerChain::default());
    }
}
