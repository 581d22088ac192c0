//! Policies for peers that know nothing better, behind the feature `legacy`.
//!
//! What they add stands behind everything that is current: it is agreed on with a peer only where
//! that has nothing else. Without a policy, naming such a suite in a config is an error.
//!
//! | policy | adds |
//! |---|---|
//! | [`COMPATIBLE`] | AES-CBC with HMAC, Diffie-Hellman in finite fields and RSA key exchange in TLS 1.2; the fields serve TLS 1.3 too, behind the curves |
//! | [`OBSOLETE`] | the same, TLS 1.1 and 1.0, Triple DES, signatures by SHA-1, and SSL 2.0's form of a ClientHello |
//! | [`MUSEUM`] | the same, and SSL 3.0; RC4, NULL and suites without anything to know a peer by may be named |
//!
//! ```no_run
//! use handfast::{ClientConfig, ServerName, config::Trust, obsolete, stream::Stream};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let roots = handfast_trust::system()?; // or handfast::Roots::from_pem(&std::fs::read("root.pem")?)?
//! let mut config = ClientConfig::new(Trust::Roots(roots));
//! config.common.allow_obsolete(&obsolete::OBSOLETE);
//! let client = config.check()?;
//! let transport = std::net::TcpStream::connect("switch.test:443")?;
//! let stream = Stream::connect(&client, ServerName::parse("switch.test")?, transport)?;
//! # Ok(()) }
//! ```

mod dh_group;
mod named;
mod single;
mod without_certificate;

pub use dh_group::{DhGroup, DhGroupUnfit};
pub use handfast_crypto::legacy::finite_field::FieldUnfit;
pub use single::Single;
pub(crate) use without_certificate::SHARED_KEY_CURRENT;

use core::fmt;
use handfast_crypto::legacy::premaster::raw_decrypt;
use handfast_crypto::signature::{KeyKind, PrivateKey};
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use named::{NAMED, SHORT_TAG};
use without_certificate::{COMPATIBLE_SHARED_KEY, SHARED_KEY};
use zeroize::Zeroizing;

/// What comes out of the bare RSA operation, padding and all: nobody but the engine may look
/// whether it is right, which it does without telling. Wiped on drop; does not print.
pub struct Decrypted(Zeroizing<Vec<u8>>);

impl Decrypted {
    /// Bytes as they came from whatever holds the key: the padding left in place. Zeros at the
    /// front that it dropped are put back.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// As many bytes as the modulus of a key of this kind has.
    pub(crate) fn for_key(self, kind: KeyKind) -> Self {
        let size = match kind {
            KeyKind::Rsa { bits } => bits.div_ceil(8) as usize,
            _ => 0,
        };
        let missing = size.saturating_sub(self.0.len());
        let mut whole = Zeroizing::new(vec![0; missing]);
        whole.extend_from_slice(&self.0);
        Self(whole)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decrypted({} bytes)", self.0.len())
    }
}

/// Decrypts as the engine itself would: for those who hold the key and answer
/// [`crate::Ask::Decrypt`] with it.
#[must_use]
pub fn decrypt(key: &PrivateKey, encrypted: &[u8]) -> Decrypted {
    Decrypted(raw_decrypt(key, encrypted))
}

/// What may be agreed on beside what is current.
#[derive(Debug, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    warning: &'static str,
    suites: &'static [CipherSuite],
    shared_key_suites: &'static [CipherSuite],
    named_suites: &'static [CipherSuite],
    groups: &'static [NamedGroup],
    schemes: &'static [SignatureScheme],
    ssl2_hello: bool,
    versions: &'static [ProtocolVersion],
}

impl Policy {
    /// The name, as commands take it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// One sentence on what it lets in.
    #[must_use]
    pub const fn warning(&self) -> &'static str {
        self.warning
    }

    /// The suites that it adds, best first.
    #[must_use]
    pub const fn suites(&self) -> &'static [CipherSuite] {
        self.suites
    }

    /// The suites that it adds where the config has a key that both sides have known before
    /// ([`crate::config::PreSharedKey`]), best first.
    #[must_use]
    pub const fn shared_key_suites(&self) -> &'static [CipherSuite] {
        self.shared_key_suites
    }

    /// The suites that it lets a config name, and never adds: those that protect from nobody, and one
    /// whose tag has eight bytes alone.
    #[must_use]
    pub const fn named_suites(&self) -> &'static [CipherSuite] {
        self.named_suites
    }

    /// The groups that it adds, best first: the finite fields that a server is asked to choose from
    /// (RFC 7919).
    #[must_use]
    pub const fn groups(&self) -> &'static [NamedGroup] {
        self.groups
    }

    /// The signature schemes that it adds to TLS 1.2, best first. A peer that names none takes
    /// these (RFC 5246 section 7.4.1.4.1).
    #[must_use]
    pub const fn schemes(&self) -> &'static [SignatureScheme] {
        self.schemes
    }

    /// True where a server takes a ClientHello in SSL 2.0's format as the way to a newer version
    /// (RFC 5246 appendix E.2). SSL 2.0 itself is never spoken.
    #[must_use]
    pub const fn reads_ssl2_hello(&self) -> bool {
        self.ssl2_hello
    }

    /// True where a peer below TLS 1.3 may prove itself by an RSA key of 1024 bits, as was usual
    /// until 2010. Its certificate is judged by the config's verification all the same, which
    /// refuses such keys unless an exception allows them.
    #[must_use]
    pub fn takes_small_rsa(&self) -> bool {
        !self.versions.is_empty()
    }

    /// The versions that it adds, newest first.
    #[must_use]
    pub const fn versions(&self) -> &'static [ProtocolVersion] {
        self.versions
    }
}

/// AES-CBC with HMAC in TLS 1.2, for peers without AEADs, and for peers without elliptic curves
/// Diffie-Hellman in finite fields of 2048 bits or more and RSA key exchange. Padding is checked in
/// constant time, and Encrypt-then-MAC (RFC 7366) used where both sides have it.
pub static COMPATIBLE: Policy = Policy {
    name: "compatible",
    warning: "lets in AES-CBC with HMAC, whose flaws (Lucky Thirteen) only care keeps away, and RSA \
              key exchange, which has no forward secrecy",
    suites: SUITES.split_at(COMPATIBLE_SUITES).0,
    shared_key_suites: SHARED_KEY.split_at(COMPATIBLE_SHARED_KEY).0,
    named_suites: NAMED.split_at(SHORT_TAG).0,
    groups: FIELDS,
    schemes: &[],
    ssl2_hello: false,
    versions: &[],
};

/// What [`COMPATIBLE`] allows, Triple DES, and handshakes signed by SHA-1: for devices of the 2000s.
pub static OBSOLETE: Policy = Policy {
    name: "obsolete",
    warning: "lets in what compatible does, TLS 1.1 and 1.0, signatures by SHA-1, whose collisions can \
              be bought, and Triple DES, which leaks after some gigabytes (SWEET32)",
    suites: &SUITES,
    shared_key_suites: &SHARED_KEY,
    named_suites: NAMED.split_at(SHORT_TAG).0,
    groups: FIELDS,
    schemes: &SCHEMES,
    ssl2_hello: true,
    versions: VERSIONS.split_at(OBSOLETE_VERSIONS).0,
};

/// What [`OBSOLETE`] allows, and SSL 3.0, which anyone who sits in between reads (POODLE): for
/// laboratories and museums. RC4, NULL and anonymous suites come where a config names them; the last a
/// client names alone, and only where it takes anyone
/// ([`crate::config::Verification::danger_accept_anyone`]).
pub static MUSEUM: Policy = Policy {
    name: "museum",
    warning: "lets in what obsolete does, and SSL 3.0, which protects from nobody (POODLE); where \
              they are named also RC4, NULL, which encrypts nothing, and anonymous suites, under \
              which the peer may be anyone: for laboratories alone",
    suites: &SUITES,
    shared_key_suites: &SHARED_KEY,
    named_suites: &NAMED,
    groups: FIELDS,
    schemes: &SCHEMES,
    ssl2_hello: true,
    versions: &VERSIONS,
};

/// What any policy allows, best first.
static SCHEMES: [SignatureScheme; 2] =
    [SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1];

/// What any policy allows, newest first; each takes so many from the front.
static VERSIONS: [ProtocolVersion; 3] = [
    ProtocolVersion::TLS_1_1,
    ProtocolVersion::TLS_1_0,
    ProtocolVersion::SSL_3_0,
];

/// All but SSL 3.0.
const OBSOLETE_VERSIONS: usize = 2;

/// What any policy allows, best first; each policy takes so many from the front.
static SUITES: [CipherSuite; 25] = [
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
];

/// The finite fields that do not cost more than they are worth.
const FIELDS: &[NamedGroup] = &[NamedGroup::FFDHE2048, NamedGroup::FFDHE3072];

/// All but Triple DES.
const COMPATIBLE_SUITES: usize = 21;
