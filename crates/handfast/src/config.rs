//! Configs: plain values, checked once, then sealed and shared.
//!
//! [`ClientConfig`] and [`ServerConfig`] are structures whose fields anyone may
//! set. `check()` refuses what cannot work, computes what every connection
//! would otherwise compute again, and gives a [`Client`] or a [`Server`], which
//! are cheap to clone and never change.

mod across_names;
mod application_settings;
mod client;
mod client_auth;
mod common;
mod common_plan;
mod compression;
mod credential;
mod delegated;
mod entropy;
pub(crate) mod excepted;
pub(crate) mod exception;
mod fault;
mod leniency;
pub(crate) mod psk;
mod psk_form;
mod remembered;
mod renegotiation;
#[cfg(feature = "legacy")]
mod safe_primes;
mod server;
mod verification;

pub use across_names::AcrossNames;
pub use application_settings::{ApplicationSettings, ProtocolSettings, SettingsCodePoint};
pub use client::{Client, ClientConfig, Ech};
pub use client_auth::ClientAuth;
pub use common::{Common, Padding};
pub use compression::{CertificateCodec, CertificateCompression, DecompressionFailed};
pub use credential::{Credential, Signer};
pub use delegated::{Delegate, Delegation, MOST_DELEGATED_S};
pub use entropy::{Entropy, SystemEntropy};
pub use exception::{Exception, Peer, Relaxed};
pub use fault::ConfigFault;
pub use handfast_wire::extension::TicketRequest;
pub use handfast_wire::registry::CertificateType;
pub use handfast_wire::registry::SrtpProtectionProfile;
pub use leniency::{Leniency, Loosened};
pub use psk::{PreSharedKey, PskHash, PskUnfit};
pub use renegotiation::Renegotiation;
pub use server::{Server, ServerConfig, UnknownName};
pub use verification::{RevocationRules, Trust, Verification};

pub(crate) use client::ClientPlan;
pub(crate) use common_plan::CommonPlan;
pub(crate) use compression::{Found, Variant};
pub(crate) use delegated::{
    Delegated, delegated_key, ends as delegated_ends, is_signed as is_delegated_by,
};
pub(crate) use leniency::Whom;
pub(crate) use psk_form::{PskForm, psk_decoy, spoken_forms};
pub(crate) use server::ServerPlan;
pub(crate) use verification::{ChainRules, Judge};
