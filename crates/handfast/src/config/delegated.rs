//! Delegated credentials (RFC 9345): a key that stands for a certificate's own, for some days.

use crate::config::fault::ConfigFault;
use crate::suite::{Family, find_scheme, is_clients_scheme, scheme_suits, sign, verify_by_scheme};
use handfast_crypto::signature::{PrivateKey, PublicKey};
use handfast_pki::certificate::Certificate;
use handfast_wire::codec::{Opaque16, Opaque24, Wire, Writer};
use handfast_wire::extension::{DelegatedCredential, DelegatedKey};
use handfast_wire::registry::SignatureScheme;

/// How long a delegated credential may be good from the time on at which it is judged, in seconds: seven
/// days (RFC 9345 section 4.1.3).
pub const MOST_DELEGATED_S: u32 = 7 * 24 * 60 * 60;

/// Who may show a delegated credential: the signature says it (RFC 9345 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delegate {
    /// A server.
    Server,
    /// A client.
    Client,
}

impl Delegate {
    /// What stands in the signed bytes, so that neither is taken for the other.
    const fn context(self) -> &'static [u8] {
        match self {
            Self::Server => b"TLS, server delegated credentials",
            Self::Client => b"TLS, client delegated credentials",
        }
    }
}

/// What is to be delegated to whom.
///
/// ```
/// use handfast::config::{Delegate, Delegation};
/// use handfast::{PrivateKey, SignatureScheme};
/// use handfast_crypto::signature::KeyKind;
///
/// // On the machine that serves: a key of its own, whose public half goes to who has the certificate.
/// let key = PrivateKey::generate(KeyKind::EcP256)?;
/// let delegation = Delegation {
///     to: Delegate::Server,
///     public_key: key.public_spki(),
///     scheme: SignatureScheme::ECDSA_SECP256R1_SHA256,
///     until_unix: 1_800_000_000,
/// };
/// # fn keys() -> Result<(Vec<u8>, PrivateKey), Box<dyn std::error::Error>> { unimplemented!() }
/// # fn example(delegation: Delegation<'_>) -> Result<(), Box<dyn std::error::Error>> {
/// // Where the certificate's key lies, with the certificate.
/// let (leaf, leaf_key) = keys()?;
/// let scheme = SignatureScheme::ECDSA_SECP256R1_SHA256;
/// let bytes = delegation.sign(&leaf, &leaf_key, scheme)?;
/// // And back on the serving machine: Credential::with_delegated.
/// # drop(bytes); Ok(()) }
/// # drop(delegation);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegation<'a> {
    /// Who may show it.
    pub to: Delegate,
    /// The key, a SubjectPublicKeyInfo in DER.
    pub public_key: &'a [u8],
    /// The scheme that the key signs handshakes with.
    pub scheme: SignatureScheme,
    /// Its last second, in Unix time. Peers take no more than seven days at a time.
    pub until_unix: u64,
}

impl Delegation<'_> {
    /// The scheme that a key (`public_key`, a SubjectPublicKeyInfo in DER) signs handshakes of TLS 1.3 with
    /// where another vouches for it; nothing for one that none may vouch for, as RSA keys are that
    /// certificates have (RFC 9345 section 4), and for what is no key.
    #[must_use]
    pub fn scheme_of(public_key: &[u8]) -> Option<SignatureScheme> {
        let kind = PublicKey::from_spki(public_key).ok()?.kind();
        let mut known = SignatureScheme::ALL.iter().copied();
        known.find(|scheme| is_delegable(*scheme) && scheme_suits(*scheme, kind, Family::Tls13))
    }

    /// A delegated credential, signed by the key of a certificate (`leaf`, in DER).
    ///
    /// # Errors
    /// [`ConfigFault::CertificateUnreadable`], [`ConfigFault::KeyMismatch`],
    /// [`ConfigFault::DelegationNotAllowed`] where the certificate lets its key vouch for none,
    /// [`ConfigFault::DelegatedUnfit`] where the key, a scheme or the time do not fit.
    pub fn sign(
        &self,
        leaf: &[u8],
        leaf_key: &PrivateKey,
        by: SignatureScheme,
    ) -> Result<Vec<u8>, ConfigFault> {
        let certificate = read_leaf(leaf)?;
        if leaf_key.public_spki() != certificate.spki() {
            return Err(ConfigFault::KeyMismatch);
        }
        if !certificate.lets_delegate() {
            return Err(ConfigFault::DelegationNotAllowed);
        }
        let begin = u64::try_from(certificate.validity().not_before.0).ok();
        let valid_time = begin
            .and_then(|begin| self.until_unix.checked_sub(begin))
            .and_then(|seconds| u32::try_from(seconds).ok())
            .ok_or(ConfigFault::DelegatedUnfit(
                "a time that the certificate can say",
            ))?;
        let cred = DelegatedKey {
            valid_time,
            dc_cert_verify_algorithm: self.scheme,
            subject_public_key_info: Opaque24(self.public_key),
        };
        check_key(&cred)?;
        if !scheme_suits(by, leaf_key.kind(), Family::Tls13) {
            let needed = "a scheme of TLS 1.3 that the certificate's key signs with";
            return Err(ConfigFault::DelegatedUnfit(needed));
        }
        let content = signed(self.to, leaf, &cred, by);
        let signature = sign(leaf_key, by, &content);
        let signature = signature.map_err(|_| ConfigFault::DelegatedUnfit("a working key"))?;
        let whole = DelegatedCredential {
            cred,
            algorithm: by,
            signature: Opaque16(&signature),
        };
        let mut bytes = Vec::new();
        let mut out = Writer::new(&mut bytes);
        whole.write(&mut out);
        let written = out.finish();
        written.map_err(|_| ConfigFault::DelegatedUnfit("a shorter key"))?;
        Ok(bytes)
    }
}

/// One that this side shows.
#[derive(Clone, Debug)]
pub(crate) struct Delegated {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) to: Delegate,
    /// The scheme that its key signs handshakes with.
    pub(crate) scheme: SignatureScheme,
    /// The scheme by which the certificate's key vouches for it.
    pub(crate) by: SignatureScheme,
    pub(crate) until_s: i64,
}

impl Delegated {
    /// Reads one for a certificate (`leaf`, in DER), and gives its key. `danger_unchecked`: to whom it is
    /// delegated, whatever the certificate allows and its key has signed.
    pub(crate) fn read(
        leaf: &[u8],
        bytes: &[u8],
        danger_unchecked: Option<Delegate>,
    ) -> Result<(Self, PublicKey, Vec<u8>), ConfigFault> {
        let certificate = read_leaf(leaf)?;
        let whole = DelegatedCredential::decode(bytes);
        let whole = whole.map_err(|_| ConfigFault::DelegatedUnfit("a delegated credential"))?;
        let key = check_key(&whole.cred)?;
        if !certificate.lets_delegate() && danger_unchecked.is_none() {
            return Err(ConfigFault::DelegationNotAllowed);
        }
        let vouches = |to: &Delegate| is_signed(*to, leaf, &certificate, &whole);
        let mut roles = [Delegate::Server, Delegate::Client].into_iter();
        let to = danger_unchecked.or_else(|| roles.find(vouches));
        let delegated = Self {
            bytes: bytes.into(),
            to: to.ok_or(ConfigFault::DelegatedUnfit(
                "the certificate that it is for",
            ))?,
            scheme: whole.cred.dc_cert_verify_algorithm,
            by: whole.algorithm,
            until_s: ends(&certificate, &whole.cred),
        };
        let spki = whole.cred.subject_public_key_info.to_vec();
        Ok((delegated, key, spki))
    }
}

fn read_leaf(leaf: &[u8]) -> Result<Certificate<'_>, ConfigFault> {
    Certificate::parse(leaf).map_err(|fault| ConfigFault::CertificateUnreadable(fault.to_string()))
}

/// True for a scheme that delegated credentials may have: RFC 9345 section 4 leaves out the keys whose
/// certificates say rsaEncryption.
pub(crate) fn is_delegable(scheme: SignatureScheme) -> bool {
    let is_rsae = matches!(
        scheme,
        SignatureScheme::RSA_PSS_RSAE_SHA256
            | SignatureScheme::RSA_PSS_RSAE_SHA384
            | SignatureScheme::RSA_PSS_RSAE_SHA512
    );
    !is_rsae && !is_clients_scheme(scheme) && find_scheme(scheme, Family::Tls13).is_some()
}

/// The key, where it goes with its scheme.
pub(crate) fn delegated_key(cred: &DelegatedKey<'_>) -> Option<PublicKey> {
    let scheme = cred.dc_cert_verify_algorithm;
    let key = PublicKey::from_spki(&cred.subject_public_key_info).ok()?;
    let fits = is_delegable(scheme) && scheme_suits(scheme, key.kind(), Family::Tls13);
    (fits && key.has_strength()).then_some(key)
}

fn check_key(cred: &DelegatedKey<'_>) -> Result<PublicKey, ConfigFault> {
    if !is_delegable(cred.dc_cert_verify_algorithm) {
        let scheme = cred.dc_cert_verify_algorithm;
        return Err(ConfigFault::DelegatedScheme(scheme));
    }
    delegated_key(cred).ok_or(ConfigFault::DelegatedUnfit(
        "a key that goes with its scheme",
    ))
}

/// Its last second, in Unix time.
pub(crate) fn ends(certificate: &Certificate<'_>, cred: &DelegatedKey<'_>) -> i64 {
    let begin = certificate.validity().not_before.0;
    begin.saturating_add(i64::from(cred.valid_time))
}

/// True where the certificate's key vouches for it, to this side.
pub(crate) fn is_signed(
    to: Delegate,
    leaf: &[u8],
    certificate: &Certificate<'_>,
    whole: &DelegatedCredential<'_>,
) -> bool {
    let Ok(key) = certificate.public_key() else {
        return false;
    };
    let Some(algorithm) = find_scheme(whole.algorithm, Family::Tls13) else {
        return false;
    };
    let content = signed(to, leaf, &whole.cred, whole.algorithm);
    scheme_suits(whole.algorithm, key.kind(), Family::Tls13)
        && key.has_strength()
        && verify_by_scheme(&key, algorithm, &content, &whole.signature).is_ok()
}

/// What is signed (RFC 9345 section 4): 64 spaces, to whom, a zero, the certificate, the key, the scheme.
fn signed(
    to: Delegate,
    leaf: &[u8],
    cred: &DelegatedKey<'_>,
    algorithm: SignatureScheme,
) -> Vec<u8> {
    let mut content = [&[0x20; 64], to.context(), &[0], leaf].concat();
    let mut out = Writer::new(&mut content);
    cred.write(&mut out);
    algorithm.write(&mut out);
    content
}
