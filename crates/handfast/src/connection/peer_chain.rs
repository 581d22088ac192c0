//! What a peer showed of itself: certificates, or a raw public key.

use core::fmt;
use core::ops::Deref;
use handfast_pki::certificate::Certificate;
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, OnceLock, Weak};

/// A peer's certificates, leaf first, as sent; or, where a raw public key was agreed on (RFC 7250), that
/// key and no certificates. Clones share them: the connection, its session and those that come back
/// to it hold one copy.
#[derive(Clone, Default)]
pub struct PeerChain(Option<Arc<Shown>>);

pub(super) struct Shown {
    certificates: Box<[CertificateDer<'static>]>,
    /// Where there are no certificates.
    raw_key: Box<[u8]>,
    soonest_end: OnceLock<Option<i64>>,
}

/// By what a peer is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerIdentity<'p> {
    /// The leaf, in DER.
    Leaf(&'p [u8]),
    /// A SubjectPublicKeyInfo.
    RawKey(&'p [u8]),
}

impl PeerChain {
    /// A raw public key: a SubjectPublicKeyInfo.
    pub(crate) fn of_raw_key(spki: &[u8]) -> Self {
        Self(Some(Arc::new(Shown {
            certificates: Box::default(),
            raw_key: spki.into(),
            soonest_end: OnceLock::from(None),
        })))
    }

    /// The raw public key (a SubjectPublicKeyInfo in DER) that the peer showed instead of certificates,
    /// where it did.
    #[must_use]
    pub fn raw_key(&self) -> Option<&[u8]> {
        let shown = self.0.as_deref()?;
        (!shown.raw_key.is_empty()).then_some(&shown.raw_key)
    }

    /// Leaf or key; nothing where the peer has shown neither.
    pub(crate) fn identity(&self) -> Option<PeerIdentity<'_>> {
        let leaf = || self.first().map(|leaf| PeerIdentity::Leaf(leaf));
        self.raw_key().map(PeerIdentity::RawKey).or_else(leaf)
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
            let read = shown
                .certificates
                .iter()
                .filter_map(|der| Certificate::parse(der).ok());
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
                certificates: certificates.into(),
                raw_key: Box::default(),
                soonest_end: OnceLock::new(),
            })
        }))
    }
}

impl Deref for PeerChain {
    type Target = [CertificateDer<'static>];

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Some(shown) => &shown.certificates,
            None => &[],
        }
    }
}

impl PartialEq for PeerChain {
    fn eq(&self, other: &Self) -> bool {
        **self == **other && self.raw_key() == other.raw_key()
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
        match self.raw_key() {
            Some(key) => write!(f, "RawKey({} bytes)", key.len()),
            None => f.debug_list().entries(self.iter()).finish(),
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
