//! Trust anchors: the certificates that the user has chosen to believe.

use crate::certificate::Certificate;
use crate::distinguished_name::DistinguishedName;
use crate::fault::CertificateFault;
use crate::load::anchors;
use crate::load::fault::{LoadFault, LoadProblem};
use crate::name_constraints::NameConstraints;
use crate::verify::purpose::Purpose;
use handfast_crypto::signature::PublicKey;
use rustls_pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A set of trust anchors. Cloning is cheap: clones share what was read.
///
/// An anchor may be a root, an intermediate (paths then end there), or a peer's own certificate,
/// self-signed or not: such a pin matches when the peer shows exactly that certificate. It may also
/// be a name and a key without a certificate ([`Roots::add_key`]).
#[derive(Clone, Default)]
pub struct Roots {
    inner: Arc<Inner>,
}

#[derive(Clone, Default)]
struct Inner {
    anchors: Vec<Anchor>,
    /// Where the anchors of one subject stand in `anchors`.
    by_subject: BTreeMap<Box<[u8]>, Vec<usize>>,
}

/// One anchor.
#[derive(Clone)]
pub(crate) struct Anchor {
    form: Form,
    /// The key, read when it is first asked for a signature.
    key: OnceLock<Option<Arc<PublicKey>>>,
}

#[derive(Clone, PartialEq, Eq)]
enum Form {
    Certificate(CertificateDer<'static>),
    /// Subject, key and name constraints, one after the other; DER says how long each is.
    Key {
        joined: Box<[u8]>,
        subject_len: usize,
        spki_len: usize,
    },
}

impl Anchor {
    fn new(form: Form) -> Self {
        let key = OnceLock::new();
        Self { form, key }
    }

    /// The certificate, or what stands for it.
    pub(crate) fn view(&self) -> Option<Certificate<'_>> {
        match &self.form {
            Form::Certificate(der) => Certificate::parse(der).ok(),
            Form::Key {
                joined,
                subject_len,
                spki_len,
            } => {
                let (subject, rest) = joined.split_at_checked(*subject_len)?;
                let (spki, constraints) = rest.split_at_checked(*spki_len)?;
                let constraints = Some(constraints).filter(|der| !der.is_empty());
                Certificate::of_anchor(subject, spki, constraints).ok()
            }
        }
    }

    /// The certificate, if it is one.
    pub(crate) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        match &self.form {
            Form::Certificate(der) => Some(der),
            Form::Key { .. } => None,
        }
    }

    /// The key of `view`, which is this anchor's own.
    pub(crate) fn key(&self, view: &Certificate<'_>) -> Option<&PublicKey> {
        let read = || view.public_key().ok().map(Arc::new);
        self.key.get_or_init(read).as_deref()
    }
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

    /// The anchors in a PEM or DER file, such as a `ca-certificates.crt`, that are to vouch for
    /// servers.
    ///
    /// # Errors
    /// [`LoadFault`] if there are none, one of them cannot be read, or is marked as not to be
    /// trusted for servers.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, LoadFault> {
        Self::from_pem_for(bytes, Purpose::ServerAuth)
    }

    /// As [`Self::from_pem`], for another purpose.
    ///
    /// # Errors
    /// [`LoadFault`] if there are none, one of them cannot be read, or is marked as not to be
    /// trusted for the purpose.
    pub fn from_pem_for(bytes: &[u8], purpose: Purpose) -> Result<Self, LoadFault> {
        let mut roots = Self::new();
        for (index, anchor) in anchors(bytes, purpose)?.into_iter().enumerate() {
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
        self.insert(subject, Form::Certificate(anchor));
        Ok(())
    }

    /// Adds an anchor that is a name and a key (RFC 5280 s6.1.1 (d)): whatever this key signed
    /// under this name is believed, within the name constraints if there are any. Neither dates nor
    /// usages are asked of it. All three are DER: a Name, a SubjectPublicKeyInfo, a NameConstraints.
    ///
    /// # Errors
    /// The fault of a part that cannot be read.
    pub fn add_key(
        &mut self,
        subject: &[u8],
        spki: &[u8],
        name_constraints: Option<&[u8]>,
    ) -> Result<(), CertificateFault> {
        let view = Certificate::of_anchor(subject, spki, name_constraints)?;
        if let Some(list) = &view.extensions.name_constraints {
            NameConstraints::read(list)?;
        }
        let form = Form::Key {
            joined: [subject, spki, name_constraints.unwrap_or_default()]
                .concat()
                .into(),
            subject_len: subject.len(),
            spki_len: spki.len(),
        };
        self.insert(subject.into(), form);
        Ok(())
    }

    fn insert(&mut self, subject: Box<[u8]>, form: Form) {
        let inner = Arc::make_mut(&mut self.inner);
        let places = inner.by_subject.entry(subject).or_default();
        let mut same = places.iter().filter_map(|place| inner.anchors.get(*place));
        if !same.any(|anchor| anchor.form == form) {
            places.push(inner.anchors.len());
            inner.anchors.push(Anchor::new(form));
        }
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

    /// The anchors that are certificates, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.inner.anchors.iter().filter_map(Anchor::certificate)
    }

    /// What tells each anchor from every other, in the order added: a certificate's DER; of a name
    /// and a key the name, the key and the name constraints, one after the other.
    pub fn encodings(&self) -> impl Iterator<Item = &[u8]> {
        self.inner.anchors.iter().map(|anchor| match &anchor.form {
            Form::Certificate(der) => der.as_ref(),
            Form::Key { joined, .. } => joined,
        })
    }

    /// The anchor at an index that a [`crate::verify::Verdict`] gave, if it is a certificate.
    #[must_use]
    pub fn anchor(&self, index: usize) -> Option<&CertificateDer<'static>> {
        self.inner.anchors.get(index)?.certificate()
    }

    /// The anchor's name in DER, and its key as a SubjectPublicKeyInfo.
    #[must_use]
    pub fn name_and_key(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let view = self.at(index)?.view()?;
        Some((view.subject().der(), view.spki()))
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Anchor> {
        self.inner.anchors.get(index)
    }

    /// The anchors' distinct subjects in DER: what a server may ask for in
    /// certificate_authorities (RFC 8446 s4.2.4).
    pub fn subjects(&self) -> impl Iterator<Item = &[u8]> {
        self.inner.by_subject.keys().map(AsRef::as_ref)
    }

    /// The anchors by their subjects in DER, with their indices.
    pub(crate) fn by_subject(
        &self,
    ) -> impl Iterator<Item = (&[u8], impl Iterator<Item = (usize, &Anchor)>)> {
        self.inner.by_subject.iter().map(|(subject, places)| {
            let anchors = places
                .iter()
                .filter_map(|place| Some((*place, self.at(*place)?)));
            (subject.as_ref(), anchors)
        })
    }

    /// The anchors that bear a name, with their indices.
    pub(crate) fn named(
        &self,
        name: DistinguishedName<'_>,
    ) -> impl Iterator<Item = (usize, &Anchor)> {
        let places = self.inner.by_subject.get(name.der());
        let places = places.into_iter().flatten();
        places.filter_map(|place| Some((*place, self.at(*place)?)))
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
