//! A certificate chain and the key that goes with it.

use crate::config::fault::ConfigFault;
use crate::suite::{Family, is_obsolete_scheme, scheme_suits};
use core::fmt;
use handfast_crypto::signature::{KeyKind, PrivateKey, PublicKey};
use handfast_pki::certificate::Certificate;
use handfast_pki::extension::KeyUsage;
use handfast_pki::general_name::GeneralName;
use handfast_pki::name::ServerName;
use handfast_wire::codec::Wire;
use handfast_wire::extension::SctList;
use handfast_wire::registry::SignatureScheme;
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

/// Who holds the private key.
pub enum Signer {
    /// It is here.
    Key(PrivateKey),
    /// Something else signs: the engine asks with [`crate::Ask::Sign`].
    Ask,
}

/// What an endpoint shows to prove who it is. Cheap to clone.
#[derive(Clone)]
pub struct Credential(pub(crate) Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The leaf's alternative names, so that no handshake reads the chain again.
    names: Vec<Presented>,
    /// The issuers that the chain's certificates name, in DER.
    issuers: Vec<Box<[u8]>>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) kind: KeyKind,
    /// The leaf lets others encrypt to its key (RFC 5246 section 7.4.2).
    #[cfg_attr(
        not(feature = "legacy"),
        expect(dead_code, reason = "only RSA key exchange does")
    )]
    pub(crate) enciphers: bool,
    pub(crate) schemes: Vec<SignatureScheme>,
    /// Those that are used only where a policy of `obsolete` allows.
    pub(crate) obsolete: Vec<SignatureScheme>,
    pub(crate) ocsp_response: Option<Vec<u8>>,
    pub(crate) sct_list: Option<Vec<u8>>,
    pub(crate) must_match_issuer: bool,
}

/// A name in a certificate, of the kinds that a client can want.
#[derive(Clone)]
enum Presented {
    Dns(Box<str>),
    Ip(Box<[u8]>),
}

impl Presented {
    fn keep(name: GeneralName<'_>) -> Option<Self> {
        match name {
            GeneralName::Dns(name) => Some(Self::Dns(name.into())),
            GeneralName::Ip(address) => Some(Self::Ip(address.into())),
            _ => None,
        }
    }

    fn as_name(&self) -> GeneralName<'_> {
        match self {
            Self::Dns(name) => GeneralName::Dns(name),
            Self::Ip(address) => GeneralName::Ip(address),
        }
    }
}

/// Every scheme, best first, for keys whose owner names none.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PSS_PSS_SHA256,
    SignatureScheme::RSA_PSS_PSS_SHA384,
    SignatureScheme::RSA_PSS_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::MLDSA44,
    SignatureScheme::MLDSA65,
    SignatureScheme::MLDSA87,
    // For peers that know no better, where a policy allows.
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::ECDSA_SHA1,
    SignatureScheme::RSA_PKCS1_MD5_SHA1,
];

impl Credential {
    /// A chain (leaf first) and its key.
    ///
    /// # Errors
    /// [`ConfigFault`] when the chain is empty, the leaf cannot be read, or the
    /// key is not the leaf's.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKey) -> Result<Self, ConfigFault> {
        Self::build(chain, Signer::Key(key))
    }

    /// A chain (leaf first) whose key lies elsewhere: each signature is asked for.
    ///
    /// # Errors
    /// As [`Credential::new`].
    pub fn with_remote_key(chain: Vec<CertificateDer<'static>>) -> Result<Self, ConfigFault> {
        Self::build(chain, Signer::Ask)
    }

    fn build(chain: Vec<CertificateDer<'static>>, signer: Signer) -> Result<Self, ConfigFault> {
        let der = chain.first().ok_or(ConfigFault::ChainEmpty)?;
        let leaf = Certificate::parse(der)
            .map_err(|fault| ConfigFault::CertificateUnreadable(fault.to_string()))?;
        if let Signer::Key(key) = &signer
            && key.public_spki() != leaf.spki()
        {
            return Err(ConfigFault::KeyMismatch);
        }
        let kind = PublicKey::new(leaf.key_algorithm(), leaf.subject_public_key())
            .map_err(|_| ConfigFault::KeyUnfit)?
            .kind();
        let [schemes, obsolete] = fitting(SCHEMES, kind);
        if schemes.is_empty() {
            return Err(ConfigFault::KeyUnfit);
        }
        let names = leaf
            .subject_alt_names()
            .filter_map(Presented::keep)
            .collect();
        let issuers = chain
            .iter()
            .filter_map(|der| Certificate::parse(der).ok())
            .map(|certificate| certificate.issuer().der().into())
            .collect();
        let enciphers = leaf
            .key_usage()
            .is_none_or(|usage| usage.allows(KeyUsage::KEY_ENCIPHERMENT));
        let inner = Inner {
            names,
            issuers,
            chain,
            signer: Arc::new(signer),
            kind,
            enciphers,
            schemes,
            obsolete,
            ocsp_response: None,
            sct_list: None,
            must_match_issuer: false,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Bytes of a Certificate message that shows all of it, at the most.
    pub(crate) fn length(&self) -> usize {
        let inner = &self.0;
        let staples = inner.ocsp_response.iter().chain(&inner.sct_list);
        let parts = inner.chain.iter().map(|der| der.len());
        parts
            .chain(staples.map(Vec::len))
            .fold(16, |sum, part| sum.saturating_add(part).saturating_add(16))
    }

    /// True when the leaf carries the name.
    pub(crate) fn carries(&self, wanted: &ServerName) -> bool {
        let mut names = self.0.names.iter();
        names.any(|name| wanted.is_proved_by(&name.as_name()))
    }

    /// True when one of these authorities, in DER, issued a certificate of the chain.
    pub(crate) fn is_below(&self, authorities: &[Vec<u8>]) -> bool {
        let known = |issuer: &[u8]| authorities.iter().any(|name| name == issuer);
        self.0.issuers.iter().any(|issuer| known(issuer))
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Signs only with these schemes, best first; those that do not suit the
    /// key are left out. Obsolete ones stand behind the others, and wait for a policy.
    ///
    /// # Errors
    /// [`ConfigFault::NoSchemeForKey`].
    pub fn with_schemes(self, schemes: &[SignatureScheme]) -> Result<Self, ConfigFault> {
        let [schemes, obsolete] = fitting(schemes, self.0.kind);
        if schemes.is_empty() && obsolete.is_empty() {
            return Err(ConfigFault::NoSchemeForKey);
        }
        Ok(self.changed(|inner| (inner.schemes, inner.obsolete) = (schemes, obsolete)))
    }

    /// Staples this OCSP response (DER) for peers that ask for one; nothing when it is empty.
    #[must_use]
    pub fn with_ocsp_response(self, response: Vec<u8>) -> Self {
        self.changed(|inner| inner.ocsp_response = Some(response).filter(|der| !der.is_empty()))
    }

    /// Sends these signed certificate timestamps (a SignedCertificateTimestampList,
    /// RFC 6962 section 3.3) to peers that ask for them.
    ///
    /// # Errors
    /// [`ConfigFault::SctListMalformed`] when it is no such list, or an empty one.
    pub fn with_sct_list(self, list: Vec<u8>) -> Result<Self, ConfigFault> {
        SctList::decode(&list).map_err(|_| ConfigFault::SctListMalformed)?;
        Ok(self.changed(|inner| inner.sct_list = Some(list)))
    }

    /// Shown only to peers whose certificate_authorities name an issuer of the chain.
    #[must_use]
    pub fn only_for_matching_issuer(self) -> Self {
        self.changed(|inner| inner.must_match_issuer = true)
    }

    /// The chain, leaf first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// True when both are the same credential.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Credential({} certificates, {:?})",
            self.0.chain.len(),
            self.0.kind
        )
    }
}

/// Those that suit the key, the obsolete ones second.
fn fitting(schemes: &[SignatureScheme], kind: KeyKind) -> [Vec<SignatureScheme>; 2] {
    let fitting = schemes.iter().filter(|scheme| suits_any(**scheme, kind));
    let (obsolete, current) = fitting.partition(|scheme| is_obsolete_scheme(**scheme));
    [current, obsolete]
}

/// True when some version signs with this scheme and this kind of key.
fn suits_any(scheme: SignatureScheme, kind: KeyKind) -> bool {
    scheme_suits(scheme, kind, Family::Tls13) || scheme_suits(scheme, kind, Family::Classic)
}
