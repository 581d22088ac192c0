//! An authority: a key that signs certificates, and the chain that vouches for it.

use der::asn1::BitString;
use der::{Decode, Encode};
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::random::{Random, SystemRandom};
use handfast_crypto::signature::{KeyKind, PrivateKey};
use rustls_pki_types::CertificateDer;
use x509_cert::certificate::Version;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::encode::{TbsCertificate, certificate, name};
use crate::error::CaError;
use crate::extension::{KeyIdentifiers, extensions};
use crate::issued::{Issued, certificate_pem};
use crate::profile::{AlternativeName, Profile, Validity};
use crate::signature::algorithm;

/// A key that signs certificates, and the chain that vouches for it.
#[derive(Debug)]
pub struct Authority {
    own: Issued,
    common_name: String,
    validity: Validity,
    root: CertificateDer<'static>,
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
        let root = own.chain.first().cloned().ok_or(CaError::Encoding)?;
        Ok(Self {
            own,
            common_name: profile.common_name.clone(),
            validity: profile.validity,
            root,
        })
    }

    /// A root that was made here before, from its certificate and its key.
    ///
    /// # Errors
    /// [`CaError::Foreign`] if it was made elsewhere, or the key is not its own.
    pub fn restore(root: CertificateDer<'static>, key: PrivateKey) -> Result<Self, CaError> {
        let foreign = |_| CaError::Foreign;
        let certificate = x509_cert::Certificate::from_der(&root).map_err(foreign)?;
        let tbs = certificate.tbs_certificate();
        let subject = tbs.subject().to_string();
        let common_name = subject.strip_prefix("CN=").ok_or(CaError::Foreign)?;
        // Issuers are named anew from the common name, so it must say all.
        let same_name = name(common_name)?.to_der() == tbs.subject().to_der();
        let same_key = *tbs.subject_public_key_info() == public_key(&key)?;
        if !(same_name && same_key) {
            return Err(CaError::Foreign);
        }
        let validity = Validity {
            not_before_unix: tbs.validity().not_before.to_unix_duration().as_secs(),
            not_after_unix: tbs.validity().not_after.to_unix_duration().as_secs(),
        };
        let common_name = common_name.to_owned();
        let own = Issued::from_parts(vec![root.clone()], key);
        Ok(Self {
            own,
            common_name,
            validity,
            root,
        })
    }

    /// When it is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// An authority below this one, as the profile says. A profile that is no authority gives one
    /// whose certificates nobody may accept, which is what tests want.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn intermediate(&self, profile: &Profile) -> Result<Self, CaError> {
        Ok(Self {
            own: self.issue(profile)?,
            common_name: profile.common_name.clone(),
            validity: self.within(profile.validity),
            root: self.root.clone(),
        })
    }

    /// A server's certificate for these names.
    ///
    /// # Errors
    /// As [`Authority::new`].
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
    /// As [`Authority::new`].
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
    /// As [`Authority::new`].
    pub fn issue(&self, profile: &Profile) -> Result<Issued, CaError> {
        let key = generate(profile.key)?;
        let issuer = Issuer {
            key: &self.own.key,
            name: &self.common_name,
        };
        let leaf = sign(profile, self.within(profile.validity), &key, &issuer)?;
        // RFC 8446 section 4.4.2: the anchor may be left out, and peers have it anyway.
        let above = self
            .own
            .chain
            .iter()
            .filter(|certificate| **certificate != self.root);
        let chain = core::iter::once(leaf).chain(above.cloned()).collect();
        Ok(Issued { chain, key })
    }

    /// The root that vouches for all that is issued here: the anchor to give to peers.
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

    fn within(&self, validity: Validity) -> Validity {
        let not_after_unix = validity.not_after_unix.min(self.validity.not_after_unix);
        Validity {
            not_after_unix,
            ..validity
        }
    }
}

/// A certificate that vouches for itself, as the profile says.
///
/// # Errors
/// As [`Authority::new`].
pub fn self_signed(profile: &Profile) -> Result<Issued, CaError> {
    let key = generate(profile.key)?;
    let issuer = Issuer {
        key: &key,
        name: &profile.common_name,
    };
    let der = sign(profile, profile.validity, &key, &issuer)?;
    Ok(Issued {
        chain: vec![der],
        key,
    })
}

struct Issuer<'a> {
    key: &'a PrivateKey,
    name: &'a str,
}

fn generate(kind: KeyKind) -> Result<PrivateKey, CaError> {
    PrivateKey::generate(kind).map_err(|_| CaError::Key)
}

fn sign(
    profile: &Profile,
    validity: Validity,
    key: &PrivateKey,
    issuer: &Issuer<'_>,
) -> Result<CertificateDer<'static>, CaError> {
    let (algorithm, identifier) = algorithm(issuer.key.kind())?;
    let (subject_key, issuer_key) = (public_key(key)?, public_key(issuer.key)?);
    let identifiers = KeyIdentifiers {
        subject: &key_identifier(&subject_key),
        issuer: &key_identifier(&issuer_key),
    };
    let tbs = TbsCertificate {
        version: Version::V3,
        serial_number: serial_number()?,
        signature: identifier.clone(),
        issuer: name(issuer.name)?,
        validity: validity.try_into()?,
        subject: name(&profile.common_name)?,
        extensions: Some(extensions(profile, &identifiers)?),
        subject_public_key_info: subject_key,
    };
    let tbs = tbs.to_der().map_err(|_| CaError::Encoding)?;
    let signature = issuer.key.sign(algorithm, &tbs).map_err(|_| CaError::Key)?;
    certificate(&tbs, identifier, &signature).map(CertificateDer::from)
}

fn public_key(key: &PrivateKey) -> Result<SubjectPublicKeyInfoOwned, CaError> {
    SubjectPublicKeyInfoOwned::from_der(key.public_spki()).map_err(|_| CaError::Encoding)
}

/// RFC 7093 section 2, method 1: the leftmost 160 bits of the key's SHA-256.
fn key_identifier(key: &SubjectPublicKeyInfoOwned) -> Vec<u8> {
    let bits = BitString::raw_bytes(&key.subject_public_key);
    let mut digest = digest(HashAlgorithm::Sha256, &[bits]).as_bytes().to_vec();
    digest.truncate(20);
    digest
}

/// 128 random bits. RFC 5280 section 4.1.2.2: positive, at most 20 octets.
fn serial_number() -> Result<SerialNumber, CaError> {
    let mut octets = [0; 16];
    SystemRandom.fill(&mut octets).map_err(|_| CaError::Key)?;
    SerialNumber::new(&octets).map_err(|_| CaError::Encoding)
}

#[cfg(test)]
mod tests;
