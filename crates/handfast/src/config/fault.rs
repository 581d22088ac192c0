//! Why a config cannot work.

use core::fmt;
use handfast_wire::registry::{
    CertificateType, CipherSuite, MaxFragmentLength, NamedGroup, ProtocolVersion, SignatureScheme,
};

/// A config that was refused by `check()`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigFault {
    /// A list that must name something is empty.
    ListEmpty(&'static str),
    /// A list names something twice.
    ListedTwice(&'static str),
    /// A list is too long for its place in a Hello.
    ListTooLong(&'static str),
    /// The engine does not speak this version.
    VersionUnknown(ProtocolVersion),
    /// The version is one that a policy of `obsolete` must allow, and none does.
    VersionObsolete(ProtocolVersion),
    /// The engine does not know this suite.
    SuiteUnknown(CipherSuite),
    /// The suite is one that a policy of `obsolete` must allow, and none does.
    SuiteObsolete(CipherSuite),
    /// Nobody would be known under this suite, and the verification is not the one that takes anyone.
    SuiteUnjudged(CipherSuite),
    /// Nobody would be known under this suite, and it stands beside others: whoever sits in between
    /// would choose it.
    SuiteUnjudgedBeside(CipherSuite),
    /// The engine does not know this group.
    GroupUnknown(NamedGroup),
    /// The engine does not know this scheme.
    SchemeUnknown(SignatureScheme),
    /// The scheme is one that a policy of `obsolete` must allow, and none does; or one that no
    /// Hello can name.
    SchemeObsolete(SignatureScheme),
    /// A key share is to be sent for a group that is not in the list of groups.
    KeyShareNotInGroups(NamedGroup),
    /// An application protocol's name is empty or longer than 255 bytes.
    ProtocolName,
    /// record_size_limit is outside 64 to 16,385.
    RecordSizeLimit(u16),
    /// Records of this side are to have fewer than 64 bytes, or more than 16,384.
    MaxSendFragment(u16),
    /// max_fragment_length has a value that RFC 6066 section 4 does not know.
    MaxFragmentLength(MaxFragmentLength),
    /// max_fragment_length and record_size_limit exclude each other (RFC 8449 section 5).
    TwoRecordLimits,
    /// A padding multiple is outside 2 to 16,384.
    Padding(u16),
    /// Random padding is 1 to 16,384 bytes at the most.
    RandomPadding(u16),
    /// A credential has no certificate.
    ChainEmpty,
    /// The leaf of a credential could not be read.
    CertificateUnreadable(String),
    /// The private key does not belong to the leaf.
    KeyMismatch,
    /// The key is of a kind that no signature scheme here goes with.
    KeyUnfit,
    /// No scheme of the list suits the key.
    NoSchemeForKey,
    /// The certificate lets its key vouch for no delegated credential: it lacks DelegationUsage, or
    /// digitalSignature among its usages (RFC 9345 section 4.2).
    DelegationNotAllowed,
    /// No delegated credential may have this scheme (RFC 9345 section 4).
    DelegatedScheme(SignatureScheme),
    /// Something of a delegated credential does not fit; this is what was needed.
    DelegatedUnfit(&'static str),
    /// Both the config has these and the caller is asked for them.
    TwoSources(&'static str),
    /// Early data is to be taken, and nothing tells a replay of it.
    EarlyDataUnmarked,
    /// The root of ticket keys is no secret: all its bytes are equal.
    TicketRoot,
    /// The SCTs are no SignedCertificateTimestampList (RFC 6962 section 3.3).
    SctListMalformed,
    /// The server has neither a credential nor asks for one.
    CredentialMissing,
    /// Clients must show a certificate, and no suite of the config asks them for one.
    ClientAuthUnasked,
    /// The hint for clients that have several keys is longer than 128 bytes (RFC 4279 section 5.2).
    PskHintLength(usize),
    /// A shared key is required, and TLS 1.3 has no suite here with the hash of any key.
    PskHashUnspoken,
    /// No config of the list for Encrypted ClientHello can be used here.
    EchUnusable,
    /// Two keys for Encrypted ClientHello cannot be told apart, or there are more than 16.
    EchKeys,
    /// This is set, and what it is for is not.
    Useless {
        /// What is set.
        set: &'static str,
        /// What it is for.
        needs: &'static str,
    },
    /// An exception that cannot be made.
    Exception {
        /// Which one, in words.
        exception: String,
        /// Why not.
        why: &'static str,
    },
    /// A credential is for hosts, and this is not the name of one.
    HostUnreadable(String),
    /// A list of certificate types names one that is neither X.509 nor a raw public key.
    CertificateTypeUnknown(CertificateType),
    /// Peers may show this kind of certificate, and nothing says which of them to believe.
    CertificateTypeUnjudged(CertificateType),
    /// A rule or rules for revocation, where it is not the config that judges the peer: nobody
    /// would look at them.
    NotJudged(&'static str),
}

impl fmt::Display for ConfigFault {
    #[expect(clippy::too_many_lines, reason = "one sentence for each fault")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListEmpty(list) => write!(f, "the list of {list} is empty"),
            Self::ListedTwice(list) => write!(f, "the list of {list} names something twice"),
            Self::ListTooLong(list) => write!(f, "the list of {list} is too long"),
            Self::VersionUnknown(version) => write!(f, "{version} is not implemented"),
            Self::VersionObsolete(version) => write!(
                f,
                "{version} is obsolete, and no policy of the config allows it"
            ),
            Self::SuiteUnknown(suite) => write!(f, "the cipher suite {suite} is not implemented"),
            Self::SuiteObsolete(suite) => write!(
                f,
                "the cipher suite {suite} is obsolete, and no policy of the config allows it"
            ),
            Self::SuiteUnjudged(suite) => write!(
                f,
                "under {suite} the server shows nothing that could be judged: leave it out, or take \
                 anyone (Verification::danger_accept_anyone)"
            ),
            Self::SuiteUnjudgedBeside(suite) => write!(
                f,
                "{suite} lets whoever sits in between choose it over the suites beside it, and then \
                 nothing is judged: leave it out, or name anonymous suites alone"
            ),
            Self::GroupUnknown(group) => write!(f, "the group {group} is not implemented"),
            Self::SchemeUnknown(scheme) => {
                write!(f, "the signature scheme {scheme} is not implemented")
            }
            Self::SchemeObsolete(scheme) => write!(
                f,
                "the signature scheme {scheme} is obsolete, and no policy of the config allows it \
                 to be named"
            ),
            Self::KeyShareNotInGroups(group) => write!(
                f,
                "a key share for {group} is to be sent, but the groups lack it"
            ),
            Self::ProtocolName => {
                f.write_str("an application protocol's name must have 1 to 255 bytes")
            }
            Self::RecordSizeLimit(limit) => {
                write!(f, "record_size_limit {limit} is outside 64 to 16385")
            }
            Self::MaxSendFragment(bytes) => {
                write!(f, "records of {bytes} bytes: it must be 64 to 16,384")
            }
            Self::MaxFragmentLength(length) => {
                write!(
                    f,
                    "max_fragment_length {} does not exist; use 1 to 4",
                    length.0
                )
            }
            Self::TwoRecordLimits => {
                f.write_str("max_fragment_length and record_size_limit cannot both be asked for")
            }
            Self::Padding(multiple) => write!(
                f,
                "records cannot be padded to a multiple of {multiple}; use 2 to 16384"
            ),
            Self::RandomPadding(most) => write!(
                f,
                "records cannot be padded by up to {most} bytes; use 1 to 16384"
            ),
            Self::ChainEmpty => f.write_str("the credential has no certificate"),
            Self::CertificateUnreadable(why) => {
                write!(f, "the credential's certificate cannot be read: {why}")
            }
            Self::KeyMismatch => f.write_str("the private key does not belong to the certificate"),
            Self::KeyUnfit => {
                f.write_str("the private key is of a kind that no signature scheme goes with")
            }
            Self::NoSchemeForKey => {
                f.write_str("none of the signature schemes suits the credential's key")
            }
            Self::DelegationNotAllowed => f.write_str(
                "the certificate lets its key vouch for no delegated credential: have it issued with the \
                 DelegationUsage extension and the key usage digitalSignature",
            ),
            Self::DelegatedScheme(scheme) => write!(
                f,
                "no delegated credential may have the scheme {scheme}: take a scheme of TLS 1.3 that is \
                 not for keys of rsaEncryption"
            ),
            Self::DelegatedUnfit(needed) => {
                write!(f, "the delegated credential does not fit: it needs {needed}")
            }
            Self::TwoSources(what) => write!(
                f,
                "the config has {what} and asks the caller for them too; choose one"
            ),
            Self::EarlyDataUnmarked => f.write_str(
                "max_early_data is set, and nothing would tell early data from its replay: give \
                 `strikes`, or answer Ask::StrikeInsert (ask_for_strikes)",
            ),
            Self::TicketRoot => f.write_str(
                "the root of the ticket keys is 32 equal bytes; draw it at random, once",
            ),
            Self::SctListMalformed => f.write_str("the SCTs are no SignedCertificateTimestampList"),
            Self::CredentialMissing => f.write_str("a server needs a credential"),
            Self::ClientAuthUnasked => f.write_str(
                "clients must show a certificate, for which suites with a shared key alone and \
                 anonymous ones never ask: give the server a credential, or require none",
            ),
            Self::PskHintLength(bytes) => write!(
                f,
                "a hint of {bytes} bytes: clients need not take more than 128; shorten it"
            ),
            Self::PskHashUnspoken => f.write_str(
                "no suite of TLS 1.3 here has the hash of a shared key, without which nothing goes on: \
                 add one, or give a key the hash of one that is there (PreSharedKey::with_hash)",
            ),
            Self::EchUnusable => f.write_str(
                "no config of the ECH list can be used here (another version, unknown algorithms or \
                 mandatory extensions, a public name that is none of a host): the name would go out for \
                 everybody to see, so choose Ech::Off or Ech::Grease for that",
            ),
            Self::EchKeys => {
                f.write_str("a server has 16 ECH keys at most, each with a config of its own")
            }
            Self::Useless { set, needs } => {
                write!(
                    f,
                    "{set} is set, and does nothing without {needs}: add that, or leave it out"
                )
            }
            Self::Exception { exception, why } => {
                write!(f, "the exception \"{exception}\" cannot be made: {why}")
            }
            Self::HostUnreadable(host) => {
                write!(f, "a credential cannot be for `{host}`: that is not the name of a host")
            }
            Self::CertificateTypeUnknown(one) => write!(
                f,
                "the certificate type {one} is not implemented: name X509, RAW_PUBLIC_KEY, or both"
            ),
            Self::CertificateTypeUnjudged(CertificateType::RAW_PUBLIC_KEY) => f.write_str(
                "peers may show a raw public key, and the verification knows none: give it those to \
                 believe (Verification::with_raw_keys), or judge them in the answer (Verification::ask)",
            ),
            Self::CertificateTypeUnjudged(_) => f.write_str(
                "peers may show an X.509 certificate, and the verification takes raw public keys alone: \
                 leave X509 out of the accepted certificate types, or give roots to verify it by",
            ),
            Self::NotJudged(what) => write!(
                f,
                "the peer is not judged by the config, so nobody would look at {what}; give it to \
                 Verification::chain, or judge by it in the answer"
            ),
        }
    }
}

impl core::error::Error for ConfigFault {}
