//! Extensions: the block that holds them and what each one holds, one file each
//! (RFC 8446 section 4.2).

mod alpn;
mod application_settings;
mod block;
mod certificate_authorities;
mod delegated_credential;
mod encrypted_client_hello;
mod imported_identity;
mod key_share;
mod oid_filters;
mod pre_shared_key;
mod server_name;
mod signed_certificate_timestamp;
mod status_request;
mod ticket_request;
mod tls_flags;
mod use_srtp;

pub use alpn::AlpnProtocols;
pub use application_settings::ApplicationSettingsProtocols;
pub use block::{Empty, Extension, Extensions, ExtensionsWriter};
pub use certificate_authorities::DistinguishedName;
pub use delegated_credential::{DelegatedCredential, DelegatedKey};
pub use encrypted_client_hello::{
    EchConfig, EchConfigContents, EchConfigList, EchOuter, EchOuterExtensions,
    EncryptedClientHello, HpkeKeyConfig, HpkeSymmetricCipherSuite,
};
pub use imported_identity::ImportedIdentity;
pub use key_share::KeyShareEntry;
pub use oid_filters::OidFilter;
pub use pre_shared_key::{OfferedPsks, PskBinderEntry, PskIdentity};
pub use server_name::{ServerName, ServerNameList};
pub use signed_certificate_timestamp::SctList;
pub use status_request::{CertificateStatus, CertificateStatusRequest};
pub use ticket_request::TicketRequest;
pub use tls_flags::TlsFlags;
pub use use_srtp::UseSrtp;
