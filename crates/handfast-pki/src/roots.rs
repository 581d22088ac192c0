//! Trust anchors: the certificates that the user has chosen to believe.

use crate::certificate::Certificate;
use crate::distinguished_name::DistinguishedName;
use crate::fault::CertificateFault;
use crate::load::certificates;
use crate::load::fault::{LoadFault, LoadProblem};
use rustls_pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A set of trust anchors. Cloning is cheap: clones share what was read.
///
/// An anchor may be a root, an intermediate (paths then end there), or a peer's own certificate,
/// self-signed or not: such a pin matches when the peer shows exactly that certificate.
#[derive(Clone, Default)]
pub struct Roots {
    inner: Arc<Inner>,
}

#[derive(Clone, Default)]
struct Inner {
    anchors: Vec<CertificateDer<'static>>,
    /// Where the anchors of one subject stand in `anchors`.
    by_subject: BTreeMap<Box<[u8]>, Vec<usize>>,
}

impl Roots {
    /// A set without anchors: it trusts nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The roots that Mozilla trusts to name servers, as of the release of `webpki-root-certs`.
    #[cfg(feature = "mozilla-roots")]
    #[must_use]
    pub fn mozilla() -> Self {
        let mut roots = Self::new();
        roots.add_readable(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        roots
    }

    /// The anchors in a PEM or DER file, such as a `ca-certificates.crt`.
    ///
    /// # Errors
    /// [`LoadFault`] if there are none, or one of them cannot be read.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, LoadFault> {
        let mut roots = Self::new();
        for (index, anchor) in certificates(bytes)?.into_iter().enumerate() {
            roots.add(anchor).map_err(|fault| LoadFault {
                line: None,
                certificate: Some(index + 1),
                problem: LoadProblem::Certificate(fault),
            })?;
        }
        Ok(roots)
    }

    /// Adds one anchor; one that is already there is not added twice.
    ///
    /// # Errors
    /// The fault of a certificate that cannot be read.
    pub fn add(&mut self, anchor: CertificateDer<'static>) -> Result<(), CertificateFault> {
        let subject = Certificate::parse(&anchor)?.subject().der().into();
        let inner = Arc::make_mut(&mut self.inner);
        let places = inner.by_subject.entry(subject).or_default();
        let known = places
            .iter()
            .any(|place| inner.anchors.get(*place) == Some(&anchor));
        if !known {
            places.push(inner.anchors.len());
            inner.anchors.push(anchor);
        }
        Ok(())
    }

    /// Adds every anchor that can be read and tells how many could not: a system's store may hold
    /// certificates that predate today's rules, and they should not keep the others out.
    pub fn add_readable(
        &mut self,
        anchors: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> usize {
        let results = anchors.into_iter().map(|anchor| self.add(anchor));
        results.filter(Result::is_err).count()
    }

    /// How many anchors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inner.anchors.len()
    }

    /// Whether there are none, so that nothing can be verified.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner.anchors.is_empty()
    }

    /// The anchors, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.inner.anchors.iter()
    }

    /// The anchor at an index that a [`crate::verify::Verdict`] gave.
    #[must_use]
    pub fn anchor(&self, index: usize) -> Option<&CertificateDer<'static>> {
        self.inner.anchors.get(index)
    }

    /// The anchors' distinct subjects in DER: what a server may ask for in
    /// certificate_authorities (RFC 8446 s4.2.4).
    pub fn subjects(&self) -> impl Iterator<Item = &[u8]> {
        self.inner.by_subject.keys().map(AsRef::as_ref)
    }

    /// The anchors that bear a name, with their indices.
    pub(crate) fn named(
        &self,
        name: DistinguishedName<'_>,
    ) -> impl Iterator<Item = (usize, &[u8])> {
        let places = self.inner.by_subject.get(name.der());
        places.into_iter().flatten().filter_map(|place| {
            let anchor = self.inner.anchors.get(*place)?;
            Some((*place, anchor.as_ref()))
        })
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({} anchors)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Roots;
    use rustls_pki_types::CertificateDer;

    const ROOT: &[u8] = include_bytes!("../testdata/root.der");

    #[test]
    fn an_anchor_is_kept_once_and_found_by_its_subject() {
        let mut roots = Roots::new();
        let anchor = CertificateDer::from(ROOT);
        roots.add(anchor.clone()).expect("the root");
        let before = roots.clone();
        roots.add(anchor).expect("the root again");
        assert_eq!(roots.add_readable([CertificateDer::from(&b"no"[..])]), 1);
        assert_eq!((roots.len(), before.len()), (1, 1));
        assert_eq!(roots.subjects().count(), 1);
        let subject = crate::certificate::Certificate::parse(ROOT)
            .expect("the root")
            .subject();
        assert_eq!(roots.named(subject).count(), 1);
    }

    #[cfg(feature = "mozilla-roots")]
    #[test]
    fn every_root_of_mozilla_is_read() {
        let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len();
        assert_eq!(Roots::mozilla().len(), all);
    }
}
