//! CRLs that are kept, to be asked about many certificates.

use crate::crl::{Crl, Learnt};
use crate::fault::CertificateFault;

/// A CRL that was read once: its entries are found by search, and that its signature is right is
/// remembered, so that a list of any length costs one verification next to nothing.
///
/// ```
/// use handfast_pki::crl::kept::KeptCrl;
///
/// let fault = KeptCrl::new(b"0".to_vec()).unwrap_err();
/// assert_eq!(fault.field, "CertificateList");
/// ```
#[derive(Debug)]
pub struct KeptCrl {
    der: Box<[u8]>,
    learnt: Learnt,
}

impl KeptCrl {
    /// Reads a CRL in DER, every entry of it.
    ///
    /// # Errors
    /// As [`Crl::parse`].
    pub fn new(der: Vec<u8>) -> Result<Self, CertificateFault> {
        let der = der.into_boxed_slice();
        let learnt = Learnt::of(&Crl::parse(&der)?);
        Ok(Self { der, learnt })
    }

    /// Its bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SubjectPublicKeyInfo of the key that was found to have signed it.
    pub(crate) fn signed_by(&self) -> Option<&[u8]> {
        self.learnt.signed_by.get().map(AsRef::as_ref)
    }

    /// The view that verification takes. Makes none of the entries anew.
    ///
    /// # Errors
    /// None: what is kept was read before. The type says so, as this reads the head again.
    pub fn view(&self) -> Result<Crl<'_>, CertificateFault> {
        Crl::read_again(&self.der, &self.learnt)
    }
}
