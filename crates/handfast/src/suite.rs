//! Code points with what this engine needs to use them: one row each.

mod cipher_suite;
mod family;
mod group;
#[cfg(feature = "legacy")]
mod legacy;
mod row;
mod scheme;
#[cfg(feature = "legacy")]
mod streams;
#[cfg(feature = "legacy")]
mod without_certificate;

pub(crate) use cipher_suite::find as find_suite;
pub use cipher_suite::{SuiteParts, parts};
pub(crate) use family::{Family, is_classic as is_classic_version};
pub(crate) use group::NO_GROUP;
pub use group::has as has_group;
pub(crate) use group::{
    curve_of, find as find_group, is_classic as is_classic_group, is_field, name_of as group_name,
    resists_quantum,
};
pub(crate) use row::{KeyExchange, Protects, Suite};
pub(crate) use scheme::{
    find as find_scheme, is_for_clients as is_clients_scheme, is_known as is_known_scheme,
    is_obsolete as is_obsolete_scheme, suits as scheme_suits, verify as verify_by_scheme,
};
pub use scheme::{has as has_scheme, sign};
