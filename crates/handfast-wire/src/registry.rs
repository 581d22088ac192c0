//! The IANA registries as data: each code point with the name that its RFC gives.

mod alert_description;
mod cipher_suite;
mod content_type;
mod extension_type;
mod grade;
mod grease;
mod handshake_type;
mod hpke;
pub mod museum;
mod named_group;
mod protocol_version;
mod signature_scheme;
mod small;
mod ssl2_cipher_kind;
mod suite_parts;

pub use alert_description::{AlertDescription, AlertLevel};
pub use cipher_suite::CipherSuite;
pub use content_type::ContentType;
pub use extension_type::ExtensionType;
pub use grade::{Grade, Reason};
pub use grease::is_grease_protocol;
pub use handshake_type::HandshakeType;
pub use hpke::{EchClientHelloType, EchVersion, HpkeAead, HpkeKdf, HpkeKem};
pub use named_group::NamedGroup;
pub use protocol_version::ProtocolVersion;
pub use signature_scheme::SignatureScheme;
pub use small::{
    CachedInformationType, CertChainType, CertificateCompressionAlgorithm, CertificateStatusType,
    CertificateType, ClientCertificateType, CompressionMethod, EcCurveType, EcPointFormat,
    HashAlgorithm, HeartbeatMessageType, HeartbeatMode, IdentifierType, KeyUpdateRequest,
    MaxFragmentLength, NameType, PskKeyExchangeMode, SignatureAlgorithm, SrtpProtectionProfile,
    SupplementalDataFormat,
};
pub use ssl2_cipher_kind::Ssl2CipherKind;
pub use suite_parts::SuiteParts;
