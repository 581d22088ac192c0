//! Extensions: the block that holds them and what each one holds, one file each
//! (RFC 8446 section 4.2).

mod alpn;
mod block;
mod certificate_authorities;
mod imported_identity;
mod key_share;
mod oid_filters;
mod pre_shared_key;
mod server_name;
mod signed_certificate_timestamp;
mod status_request;

pub use alpn::AlpnProtocols;
pub use block::{Empty, Extension, Extensions, ExtensionsWriter};
pub use certificate_authorities::DistinguishedName;
pub use imported_identity::ImportedIdentity;
pub use key_share::KeyShareEntry;
pub use oid_filters::OidFilter;
pub use pre_shared_key::{OfferedPsks, PskBinderEntry, PskIdentity};
pub use server_name::{ServerName, ServerNameList};
pub use signed_certificate_timestamp::SctList;
pub use status_request::{CertificateStatus, CertificateStatusRequest};
