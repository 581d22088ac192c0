//! What a program knows about revocation, kept beside its configs and renewed while they run.

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::crl::kept::KeptCrl;
use crate::distinguished_name::DistinguishedName;
use crate::fault::CertificateFault;
use crate::ocsp::OcspResponse;
use crate::verify::revocation::OcspAnswer;
use arc_swap::ArcSwap;
use std::collections::{HashMap, HashSet};
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
    responses: Vec<Arc<KeptResponse>>,
    crl_issuers: Vec<Arc<[u8]>>,
}

/// An OCSP response with the serial numbers that it speaks of.
struct KeptResponse {
    der: Box<[u8]>,
    serials: Vec<Box<[u8]>>,
}

impl RevocationStore {
    /// Adds a CRL in DER. One that is older stays until the new one was found to be signed by the
    /// same key: whoever can slip a list in must not push another out.
    ///
    /// # Errors
    /// As [`Crl::parse`]; the store is then as it was.
    pub fn add_crl(&self, der: Vec<u8>) -> Result<(), CertificateFault> {
        self.add_crls([der])
    }

    /// Adds several CRLs, all at once.
    ///
    /// # Errors
    /// As [`Crl::parse`], of the first that cannot be read; the store is then as it was.
    pub fn add_crls(
        &self,
        ders: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<(), CertificateFault> {
        let added = ders.into_iter().map(|der| KeptCrl::new(der).map(Arc::new));
        let added: Vec<_> = added.collect::<Result<_, _>>()?;
        self.change(|known| {
            drop_renewed(&mut known.crls);
            let there: HashSet<&[u8]> = known.crls.iter().map(|kept| kept.der()).collect();
            let new = added.iter().filter(|new| !there.contains(new.der()));
            let new: Vec<_> = new.cloned().collect();
            known.crls.extend(new);
        });
        Ok(())
    }

    /// Adds an OCSP response in DER, about any certificate.
    ///
    /// # Errors
    /// As [`OcspResponse::parse`]; the store is then as it was.
    pub fn add_response(&self, der: Vec<u8>) -> Result<(), CertificateFault> {
        let serials = match OcspResponse::parse(&der)? {
            OcspResponse::Basic(basic) => {
                basic.responses().map(|one| one.id.serial.into()).collect()
            }
            OcspResponse::Refused(_) => Vec::new(),
        };
        let der = der.into_boxed_slice();
        let added = Arc::new(KeptResponse { der, serials });
        self.change(|known| {
            if known.responses.iter().all(|kept| kept.der != added.der) {
                known.responses.push(Arc::clone(&added));
            }
        });
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

    /// Whether a CRL by this issuer, or one that may speak for it, is there.
    #[must_use]
    pub fn has_list_of(&self, issuer: &DistinguishedName<'_>) -> bool {
        let mut kept = self.crls.iter().flat_map(|kept| kept.view());
        kept.any(|crl| crl.is_indirect() || crl.issuer().is_same(issuer))
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

    /// The OCSP responses that speak of a serial number in the chain.
    #[must_use]
    pub fn responses_about(&self, chain: &[&[u8]]) -> Vec<OcspAnswer<'_>> {
        if self.responses.is_empty() {
            return Vec::new();
        }
        let members = chain.iter().flat_map(|der| Certificate::parse(der));
        let serials: Vec<_> = members.map(|member| member.serial()).collect();
        let speaks = |kept: &&Arc<KeptResponse>| {
            let mut own = kept.serials.iter();
            own.any(|serial| serials.contains(&serial.as_ref()))
        };
        let about = self.responses.iter().filter(speaks);
        about
            .map(|kept| OcspAnswer {
                der: &kept.der,
                nonce: None,
            })
            .collect()
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

/// Drops the lists that another outdoes: found to be signed by the same key, of the same issuer,
/// scope and kind, with a later number. One whose signer is not known yet stays, and outdoes none.
fn drop_renewed(crls: &mut Vec<Arc<KeptCrl>>) {
    let kept = crls.clone();
    let mut newest: HashMap<Kind<'_>, (usize, Vec<u8>)> = HashMap::new();
    let number = |crl: &Crl<'_>| (crl.number().len(), crl.number().to_vec());
    for view in kept.iter().filter_map(|kept| signed(kept)) {
        let number = number(&view);
        let best = newest.entry(kind(&view)).or_insert_with(|| number.clone());
        if *best < number {
            *best = number;
        }
    }
    if newest.is_empty() {
        return;
    }
    crls.retain(|old| {
        let Some(view) = signed(old) else {
            return true;
        };
        newest
            .get(&kind(&view))
            .is_none_or(|best| number(&view) >= *best)
    });
}

/// Key, issuer, scope, and what a delta builds on.
type Kind<'k> = (&'k [u8], &'k [u8], Option<&'k [u8]>, Option<&'k [u8]>);

fn kind<'k>(crl: &Crl<'k>) -> Kind<'k> {
    (
        crl.signed_by().unwrap_or_default(),
        crl.issuer().der(),
        crl.extensions.scope_value,
        crl.base_number(),
    )
}

/// The list, where its signer is known.
fn signed(kept: &KeptCrl) -> Option<Crl<'_>> {
    kept.signed_by()?;
    kept.view().ok()
}
