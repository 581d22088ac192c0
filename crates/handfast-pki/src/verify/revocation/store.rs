//! What a program knows about revocation, kept beside its configs and renewed while they run.

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::crl::kept::KeptCrl;
use crate::fault::CertificateFault;
use crate::ocsp::OcspResponse;
use crate::verify::revocation::OcspAnswer;
use arc_swap::ArcSwap;
use std::fmt;
use std::sync::Arc;

/// CRLs, OCSP responses and certificates of those who sign CRLs for others, shared by all
/// connections and changed while they run: one verification sees one state of it. Nothing in it
/// is believed: every verification judges who signed it, and when it was made.
///
/// ```
/// use handfast_pki::verify::revocation::store::RevocationStore;
///
/// let store = RevocationStore::default();
/// assert!(store.add_crl(b"no list".to_vec()).is_err());
/// assert!(store.snapshot().is_empty());
/// ```
#[derive(Default)]
pub struct RevocationStore {
    known: ArcSwap<Snapshot>,
}

/// One state of a [`RevocationStore`].
#[derive(Clone, Default)]
pub struct Snapshot {
    crls: Vec<Arc<KeptCrl>>,
    responses: Vec<Arc<[u8]>>,
    crl_issuers: Vec<Arc<[u8]>>,
}

impl RevocationStore {
    /// Adds a CRL in DER. One that is older stays until the new one was found to be signed by the
    /// same key: whoever can slip a list in must not push another out.
    ///
    /// # Errors
    /// As [`Crl::parse`]; the store is then as it was.
    pub fn add_crl(&self, der: Vec<u8>) -> Result<(), CertificateFault> {
        let added = Arc::new(KeptCrl::new(der)?);
        self.change(|known| {
            let kept = known.crls.clone();
            known.crls.retain(|old| !is_renewed(old, &kept));
            if kept.iter().all(|kept| kept.der() != added.der()) {
                known.crls.push(Arc::clone(&added));
            }
        });
        Ok(())
    }

    /// Adds an OCSP response in DER, about any certificate.
    ///
    /// # Errors
    /// As [`OcspResponse::parse`]; the store is then as it was.
    pub fn add_response(&self, der: Vec<u8>) -> Result<(), CertificateFault> {
        OcspResponse::parse(&der)?;
        self.change(|known| add(&mut known.responses, &der));
        Ok(())
    }

    /// Adds a certificate in DER of someone who signs CRLs for others.
    ///
    /// # Errors
    /// As [`Certificate::parse`]; the store is then as it was.
    pub fn add_crl_issuer(&self, der: Vec<u8>) -> Result<(), CertificateFault> {
        Certificate::parse(&der)?;
        self.change(|known| add(&mut known.crl_issuers, &der));
        Ok(())
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.known.store(Arc::default());
    }

    /// Takes over all that another store knows, in the place of what was known: all at once.
    pub fn replace_by(&self, other: &Self) {
        self.known.store(other.known.load_full());
    }

    /// What is known now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.known.load_full()
    }

    fn change(&self, change: impl Fn(&mut Snapshot)) {
        self.known.rcu(|known| {
            let mut next = Snapshot::clone(known);
            change(&mut next);
            next
        });
    }
}

impl Snapshot {
    /// True when nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.crls.is_empty() && self.responses.is_empty()
    }

    /// The CRLs that may say something about the certificates of a chain: those of its issuers,
    /// and those that speak for others.
    #[must_use]
    pub fn crls_about(&self, chain: &[&[u8]]) -> Vec<Crl<'_>> {
        if self.crls.is_empty() {
            return Vec::new();
        }
        let members = chain.iter().flat_map(|der| Certificate::parse(der));
        let issuers: Vec<_> = members.map(|member| member.issuer()).collect();
        let kept = self.crls.iter().flat_map(|kept| kept.view());
        kept.filter(|crl| {
            crl.is_indirect() || issuers.iter().any(|issuer| crl.issuer().is_same(issuer))
        })
        .collect()
    }

    /// The OCSP responses.
    #[must_use]
    pub fn responses(&self) -> Vec<OcspAnswer<'_>> {
        let all = self.responses.iter();
        all.map(|der| OcspAnswer { der, nonce: None }).collect()
    }

    /// The certificates of those who sign CRLs for others.
    #[must_use]
    pub fn crl_issuers(&self) -> Vec<&[u8]> {
        self.crl_issuers.iter().map(AsRef::as_ref).collect()
    }
}

impl fmt::Debug for RevocationStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.snapshot().fmt(f)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (crls, responses) = (self.crls.len(), self.responses.len());
        write!(f, "{crls} CRLs, {responses} OCSP responses")
    }
}

fn add(list: &mut Vec<Arc<[u8]>>, der: &[u8]) {
    if list.iter().all(|kept| kept.as_ref() != der) {
        list.push(der.into());
    }
}

/// Whether another list says all that `old` does: found to be signed by the same key, of the same
/// issuer, scope and kind, with a later number.
fn is_renewed(old: &KeptCrl, all: &[Arc<KeptCrl>]) -> bool {
    let Ok(old) = old.view() else {
        return true;
    };
    let number = |crl: &Crl<'_>| (crl.number().len(), crl.number().to_vec());
    all.iter().flat_map(|kept| kept.view()).any(|new| {
        old.signed_by().is_some()
            && old.signed_by() == new.signed_by()
            && old.issuer().is_same(&new.issuer())
            && old.extensions.scope_value == new.extensions.scope_value
            && old.base_number() == new.base_number()
            && number(&old) < number(&new)
    })
}
