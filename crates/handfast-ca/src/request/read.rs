//! Requests read.

use core::fmt;

use handfast_crypto::signature::{PublicKey, SignatureAlgorithm};
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::extension::KeyUsage;
use handfast_pki::load::{Contents, to_pem};
use handfast_pki::oid::Oid;

use crate::alternative_name::AlternativeName;
use crate::profile::{KeyKind, Purpose};
use crate::request::fault::RequestFault;
use crate::subject::Subject;

/// A request whose signature is right: whoever made it holds the key. What it asks for is only
/// asked for; [`RequestRules`](crate::request::RequestRules) say what of it is granted.
///
/// ```
/// use handfast_ca::key;
/// use handfast_ca::profile::{AlternativeName, KeyKind, Purpose};
/// use handfast_ca::request::{Request, RequestProfile};
/// use handfast_ca::subject::Subject;
///
/// let key = key::generate(KeyKind::EcP256)?;
/// let der = RequestProfile {
///     subject: Subject::parse("CN=api.example.test")?,
///     names: vec![AlternativeName::dns("api.example.test")],
///     purposes: vec![Purpose::ServerAuth],
///     must_staple: false,
/// }
/// .sign(&key)?;
/// let request = Request::read(&der).unwrap();
/// assert_eq!(request.names(), [AlternativeName::dns("api.example.test")]);
///
/// let mut changed = der.clone();
/// let at = der.windows(3).position(|part| part == b"api").unwrap();
/// changed[at] = b'A';
/// let fault = Request::read(&changed).unwrap_err();
/// assert!(fault.to_string().starts_with("the request's signature is wrong"));
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    der: Vec<u8>,
    spki: Vec<u8>,
    key: KeyKind,
    subject: Subject,
    names: Vec<AlternativeName>,
    unreadable_names: Vec<String>,
    purposes: Vec<Purpose>,
    other_purposes: Vec<String>,
    must_staple: bool,
    for_authority: bool,
    other_usages: Vec<&'static str>,
    other_extensions: Vec<String>,
    signed_with_sha1: bool,
}

impl Request {
    /// Reads a request in DER and verifies its signature. Attributes other than extensionRequest
    /// are passed over: a challenge password, which RFC 2985 s5.4.1 means for something else,
    /// and those of other programs.
    ///
    /// # Errors
    /// A [`RequestFault`]: which field at which byte is not as RFC 2986 lays it out, a key that
    /// cannot be used, or a signature that the key did not make.
    pub fn read(der: &[u8]) -> Result<Self, RequestFault> {
        let read = CertificationRequest::parse(der).map_err(RequestFault::Malformed)?;
        let key = read
            .public_key()
            .map_err(|_| RequestFault::UnsupportedKey)?;
        check_signature(&read, &key)?;
        let mut names = Vec::new();
        let mut unreadable_names = Vec::new();
        for name in read.subject_alt_names() {
            match AlternativeName::from_general(&name) {
                Ok(name) if name.is_well_formed() => names.push(name),
                _ => unreadable_names.push(name.to_string()),
            }
        }
        let (purposes, other_purposes) = purposes(&read);
        let usage = read.key_usage().unwrap_or(KeyUsage(0));
        let of_authority = KeyUsage(KeyUsage::KEY_CERT_SIGN.0 | KeyUsage::CRL_SIGN.0);
        let granted = KeyUsage::DIGITAL_SIGNATURE.0 | KeyUsage::KEY_ENCIPHERMENT.0;
        let subject = Subject::from_der(read.subject().der());
        Ok(Self {
            spki: read.spki().to_vec(),
            key: key.kind(),
            subject: subject.unwrap_or_else(|_| Subject::empty()),
            names,
            unreadable_names,
            purposes,
            other_purposes,
            must_staple: read.tls_features().must_staple(),
            for_authority: read.basic_constraints().is_some_and(|one| one.ca)
                || usage.allows(of_authority),
            other_usages: KeyUsage(usage.0 & !granted & !of_authority.0)
                .names()
                .collect(),
            other_extensions: other_extensions(&read),
            signed_with_sha1: is_sha1(&read),
            der: der.to_vec(),
        })
    }

    /// Reads the one request of a file, in PEM or DER.
    ///
    /// # Errors
    /// As [`Request::read`], and where the file holds no request or several.
    pub fn from_file(bytes: &[u8]) -> Result<Self, RequestFault> {
        let contents = Contents::read(bytes, None).map_err(RequestFault::File)?;
        match contents.requests.as_slice() {
            [one] => Self::read(one),
            [] => Err(RequestFault::NoRequest),
            _ => Err(RequestFault::SeveralRequests),
        }
    }

    /// The request in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        request_pem(&self.der)
    }

    /// The public key: a SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The kind of key.
    #[must_use]
    pub fn key(&self) -> KeyKind {
        self.key
    }

    /// Whom the certificate is to be about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The names asked for, without those that no certificate may hold.
    #[must_use]
    pub fn names(&self) -> &[AlternativeName] {
        &self.names
    }

    /// The purposes asked for that are known.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// Whether must-staple is asked for.
    #[must_use]
    pub fn must_staple(&self) -> bool {
        self.must_staple
    }

    /// Whether an authority's certificate is asked for.
    #[must_use]
    pub fn for_authority(&self) -> bool {
        self.for_authority
    }

    /// The names asked for that no certificate may hold, as they are shown.
    #[must_use]
    pub fn unreadable_names(&self) -> &[String] {
        &self.unreadable_names
    }

    /// The purposes asked for that are not known, by number.
    #[must_use]
    pub fn other_purposes(&self) -> &[String] {
        &self.other_purposes
    }

    /// The uses of the key asked for that certificates here do not have.
    #[must_use]
    pub fn other_usages(&self) -> &[&'static str] {
        &self.other_usages
    }

    /// The extensions asked for that a request has no say in, by name or number.
    #[must_use]
    pub fn other_extensions(&self) -> &[String] {
        &self.other_extensions
    }

    /// Whether it is signed with SHA-1.
    #[must_use]
    pub fn is_signed_with_sha1(&self) -> bool {
        self.signed_with_sha1
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, key, .. } = self;
        write!(f, "Request({subject}, {key:?}, {:?})", self.names)
    }
}

/// A request as PEM.
#[must_use]
pub fn request_pem(der: &[u8]) -> String {
    to_pem("CERTIFICATE REQUEST", der).to_string()
}

fn check_signature(
    request: &CertificationRequest<'_>,
    key: &PublicKey,
) -> Result<(), RequestFault> {
    if request.known_signature_algorithm().is_none() {
        return Err(RequestFault::UnknownAlgorithm {
            algorithm: algorithm_text(request.signature_algorithm()),
        });
    }
    if !key.has_strength() {
        return Err(RequestFault::WeakKey { key: key.kind() });
    }
    if !request.is_signed_by_its_key() {
        return Err(RequestFault::BadSignature {
            byte: request.signature_byte(),
        });
    }
    Ok(())
}

fn algorithm_text(identifier: &[u8]) -> String {
    use handfast_pki::algorithm::identifier::AlgorithmIdentifier;
    match AlgorithmIdentifier::parse(identifier) {
        Ok(read) => read
            .name()
            .map_or_else(|| read.oid.to_string(), str::to_owned),
        Err(_) => "(malformed)".to_owned(),
    }
}

fn is_sha1(request: &CertificationRequest<'_>) -> bool {
    use handfast_crypto::hash::HashAlgorithm;
    let algorithm = request.known_signature_algorithm();
    algorithm.and_then(SignatureAlgorithm::hash) == Some(HashAlgorithm::Sha1)
}

/// Those that are known, and the others by number.
fn purposes(request: &CertificationRequest<'_>) -> (Vec<Purpose>, Vec<String>) {
    let mut known = Vec::new();
    let mut others = Vec::new();
    for oid in request.extended_key_usage().into_iter().flatten() {
        let text = oid.to_string();
        match Purpose::parse(&text) {
            Some(one) if known.contains(&one) => {}
            Some(one) => known.push(one),
            None => others.push(text),
        }
    }
    (known, others)
}

/// Extensions that a request has no say in. Of those that are left out here, the issuer chooses
/// the identifiers itself and what the others ask for is read.
fn other_extensions(request: &CertificationRequest<'_>) -> Vec<String> {
    let is_read = |oid: Oid<'_>| READ.contains(&oid.to_string().as_str());
    let others = request.extensions().filter(|one| !is_read(one.oid));
    others
        .map(|one| {
            one.name()
                .map_or_else(|| one.oid.to_string(), str::to_owned)
        })
        .collect()
}

/// subjectKeyIdentifier, keyUsage, subjectAltName, basicConstraints, authorityKeyIdentifier,
/// extKeyUsage, tlsFeature.
const READ: [&str; 7] = [
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.35",
    "2.5.29.37",
    "1.3.6.1.5.5.7.1.24",
];
