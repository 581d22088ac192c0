//! Hellos: building the client's, choosing the server's, and checking both.
//!
//! One file a topic, for in every stack the functions that answer a Hello are
//! the longest ones. The answers end in a plan: for now always TLS 1.3.

pub(crate) mod alpn;
pub(crate) mod application_settings;
pub(crate) mod certificate_type;
mod client_extensions;
pub(crate) mod client_hello;
pub(crate) mod client_start;
pub(crate) mod compression;
pub(crate) mod credential;
mod early_data;
mod encrypted;
mod form;
pub(crate) mod grease;
pub(crate) mod group;
pub(crate) mod java11;
pub(crate) mod judged_before;
pub(crate) mod limits;
pub(crate) mod offered_ech;
pub(crate) mod offered_psk;
pub(crate) mod psk;
pub(crate) mod second_hello;
pub(crate) mod server_hello;
pub(crate) mod server_name;
pub(crate) mod server_start;
mod slot;
pub(crate) mod srtp;
pub(crate) mod suite;
pub(crate) mod version;
