//! An authority: a key that signs certificates, and the chain that vouches for it.

mod chain;
mod check;

use handfast_crypto::signature::PrivateKey;
use handfast_pki::certificate::Certificate;
use rustls_pki_types::CertificateDer;

use crate::alternative_name::AlternativeName;
use crate::authority::chain::{check_chain, may_sign_lists};
use crate::crl::CrlProfile;
use crate::encode::{Issuer, SubjectKey, tbs_certificate};
use crate::error::CaError;
use crate::issued::{Issued, certificate_pem};
use crate::key::generate;
use crate::profile::{KeyKind, Profile, Validity};
use crate::signature::sign;
use crate::subject::Subject;

/// A key that signs certificates, and the chain that vouches for it.
#[derive(Debug)]
pub struct Authority {
    own: Issued,
    subject: Subject,
    key_id: Vec<u8>,
    validity: Validity,
    /// The last certificate above, which is not sent along if it vouches for itself.
    root: CertificateDer<'static>,
    unchecked: bool,
}

impl Authority {
    /// A root without limits: a new key and its self-signed certificate.
    ///
    /// # Errors
    /// A [`CaError`] that says what the certificate could not hold, or that no key could be made.
    pub fn new(common_name: &str, validity: Validity, key: KeyKind) -> Result<Self, CaError> {
        Self::root(&Profile::authority(common_name, validity, key))
    }

    /// A root as the profile says.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn root(profile: &Profile) -> Result<Self, CaError> {
        let own = self_signed(profile)?;
        let root = own.chain.first().cloned().ok_or(CaError::NoCertificate)?;
        Self::of(own, root, false)
    }

    /// An authority that was made before, here or by another program, from its certificates and
    /// its key: its own certificate first, then the one that issued it, and so on. The root may
    /// be left out. Names are kept byte for byte, so that what is issued fits whatever the
    /// certificate says.
    ///
    /// # Errors
    /// [`CaError::NoCertificate`], [`CaError::BadChain`] and [`CaError::BrokenChain`] for the
    /// chain, [`CaError::NotAnAuthority`] where the first certificate may not issue others, and
    /// [`CaError::Foreign`] where the key is not its own.
    pub fn restore(chain: Vec<CertificateDer<'static>>, key: PrivateKey) -> Result<Self, CaError> {
        check_chain(&chain, &key)?;
        let root = chain.last().cloned().ok_or(CaError::NoCertificate)?;
        let mut chain = chain;
        if chain.len() > 1 && is_self_issued(&root) {
            chain.pop();
        }
        Self::of(Issued::from_parts(chain, key), root, false)
    }

    /// Reads back what was issued for the authority itself.
    fn of(own: Issued, root: CertificateDer<'static>, unchecked: bool) -> Result<Self, CaError> {
        let der = own.chain.first().ok_or(CaError::NoCertificate)?;
        let read = Certificate::parse(der).map_err(CaError::Unreadable)?;
        let key = SubjectKey::read(read.spki())?;
        let key_id = read.subject_key_identifier().unwrap_or(key.id()).to_vec();
        let validity = read.validity();
        let unix = |time: handfast_pki::time::UnixTime| u64::try_from(time.0).unwrap_or(0);
        Ok(Self {
            subject: Subject::from_der(read.subject().der())?,
            key_id,
            validity: Validity {
                not_before_unix: unix(validity.not_before),
                not_after_unix: unix(validity.not_after),
            },
            own,
            root,
            unchecked,
        })
    }

    /// The same authority, which issues whatever it is asked for: names outside its constraints,
    /// authorities below a path length of 0, certificates though it is none that may. Nobody who
    /// verifies will accept those: for tests.
    #[must_use]
    pub fn danger_unchecked(self) -> Self {
        Self {
            unchecked: true,
            ..self
        }
    }

    /// When it is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether it may issue at this time.
    ///
    /// # Errors
    /// [`CaError::Expired`] and [`CaError::NotYetValid`].
    pub fn check_time(&self, now_unix: u64) -> Result<(), CaError> {
        let Validity {
            not_before_unix,
            not_after_unix,
        } = self.validity;
        if now_unix > not_after_unix {
            return Err(CaError::Expired { not_after_unix });
        }
        if now_unix < not_before_unix {
            return Err(CaError::NotYetValid { not_before_unix });
        }
        Ok(())
    }

    /// Its name.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// An authority below this one, as the profile says, with a new key.
    ///
    /// # Errors
    /// As [`Authority::issue`].
    pub fn intermediate(&self, profile: &Profile) -> Result<Self, CaError> {
        Self::of(self.issue(profile)?, self.root.clone(), self.unchecked)
    }

    /// A server's certificate for these names.
    ///
    /// # Errors
    /// As [`Authority::issue`].
    pub fn issue_server(
        &self,
        names: &[AlternativeName],
        validity: Validity,
        key: KeyKind,
    ) -> Result<Issued, CaError> {
        self.issue(&Profile::server(names, validity, key))
    }

    /// A client's certificate.
    ///
    /// # Errors
    /// As [`Authority::issue`].
    pub fn issue_client(
        &self,
        name: &str,
        mail: Option<&str>,
        validity: Validity,
        key: KeyKind,
    ) -> Result<Issued, CaError> {
        self.issue(&Profile::client(name, mail, validity, key))
    }

    /// A certificate as the profile says, with a new key. It never outlives this authority.
    ///
    /// # Errors
    /// A [`CaError`] that says what the certificate could not hold, that no key could be made, or
    /// what of it the authority may not vouch for: [`CaError::Expired`],
    /// [`CaError::NameOutside`], [`CaError::TooDeep`], [`CaError::PurposeOutside`] and
    /// [`CaError::NotAnAuthority`]. Nothing is signed then.
    pub fn issue(&self, profile: &Profile) -> Result<Issued, CaError> {
        let key = generate(profile.key)?;
        self.issue_for(&key, profile)
    }

    /// As [`Authority::issue`], for a key that is there already.
    ///
    /// # Errors
    /// As [`Authority::issue`].
    pub fn issue_for(&self, key: &PrivateKey, profile: &Profile) -> Result<Issued, CaError> {
        let leaf = self.certify(key.public_spki(), profile)?;
        Ok(Issued {
            chain: self.chain_below(leaf),
            key: key.clone(),
        })
    }

    /// A certificate for someone's public key (a SubjectPublicKeyInfo in DER), as the profile
    /// says. Whether they hold the private key is not looked at here:
    /// a request's signature says it.
    ///
    /// # Errors
    /// As [`Authority::issue`], and [`CaError::UnsupportedKey`].
    pub fn certify(
        &self,
        spki: &[u8],
        profile: &Profile,
    ) -> Result<CertificateDer<'static>, CaError> {
        let key = SubjectKey::read(spki)?;
        let validity = self.within(profile.validity)?;
        let tbs = tbs_certificate(profile, validity, &key, &self.issuer())?;
        if !self.unchecked {
            self.check(&tbs, profile)?;
        }
        sign(self.own.key(), &tbs).map(CertificateDer::from)
    }

    /// A certificate of this authority's with those above it, as it is sent: without the root.
    ///
    /// RFC 8446 section 4.4.2: the anchor may be left out, and peers have it anyway.
    #[must_use]
    pub fn chain_below(&self, leaf: CertificateDer<'static>) -> Vec<CertificateDer<'static>> {
        let is_anchor = |one: &&CertificateDer<'_>| **one == self.root && is_self_issued(one);
        let above = self.own.chain.iter().filter(|one| !is_anchor(one));
        core::iter::once(leaf).chain(above.cloned()).collect()
    }

    /// A list of what was revoked (RFC 5280 section 5), in DER.
    ///
    /// # Errors
    /// A [`CaError`] for times that cannot be written or that are in the wrong order, for a
    /// serial number that is on it twice, and where the key cannot sign;
    /// [`CaError::NoListSigner`].
    pub fn crl(&self, profile: &CrlProfile) -> Result<Vec<u8>, CaError> {
        let own = self.own.chain.first().ok_or(CaError::NoCertificate)?;
        let own = Certificate::parse(own).map_err(CaError::Unreadable)?;
        if !self.unchecked && !may_sign_lists(&own) {
            return Err(CaError::NoListSigner(own.subject().to_string()));
        }
        profile.sign(&self.issuer())
    }

    /// The root that vouches for all that is issued here: the anchor to give to peers. Where the
    /// chain was restored without one, the topmost certificate.
    #[must_use]
    pub fn root_der(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// The root as PEM.
    #[must_use]
    pub fn root_pem(&self) -> String {
        certificate_pem(&self.root)
    }

    /// This authority's own certificate, chain and key.
    #[must_use]
    pub fn own(&self) -> &Issued {
        &self.own
    }

    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer {
            key: self.own.key(),
            name: self.subject.der(),
            key_id: &self.key_id,
        }
    }

    /// Cut off where the authority ends. Of what is left nothing may be left.
    fn within(&self, wanted: Validity) -> Result<Validity, CaError> {
        let end = self.validity.not_after_unix;
        if wanted.not_after_unix <= end {
            return Ok(wanted);
        }
        // A validity begins an hour early, so an end within that hour is in the past.
        let of_use = wanted.not_before_unix.saturating_add(EARLY_S) < end;
        if !of_use && !self.unchecked {
            return Err(CaError::Expired {
                not_after_unix: end,
            });
        }
        Ok(Validity {
            not_after_unix: end,
            ..wanted
        })
    }
}

/// A certificate that vouches for itself, as the profile says.
///
/// # Errors
/// As [`Authority::new`].
pub fn self_signed(profile: &Profile) -> Result<Issued, CaError> {
    let key = generate(profile.key)?;
    let der = self_signed_for(&key, profile)?;
    Ok(Issued {
        chain: vec![der],
        key,
    })
}

/// As [`self_signed`], for a key that is there already.
///
/// # Errors
/// As [`Authority::new`].
pub fn self_signed_for(
    key: &PrivateKey,
    profile: &Profile,
) -> Result<CertificateDer<'static>, CaError> {
    let subject_key = SubjectKey::read(key.public_spki())?;
    let issuer = Issuer {
        key,
        name: profile.subject.der(),
        key_id: subject_key.id(),
    };
    let tbs = tbs_certificate(profile, profile.validity, &subject_key, &issuer)?;
    sign(key, &tbs).map(CertificateDer::from)
}

fn is_self_issued(der: &[u8]) -> bool {
    Certificate::parse(der).is_ok_and(|one| one.is_self_issued())
}

/// How much before its time a certificate begins, for peers whose clocks are behind.
const EARLY_S: u64 = 3600;

#[cfg(test)]
mod tests;
