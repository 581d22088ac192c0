//! Records: headers, keys with their counters, sealing and opening.

#[cfg(feature = "legacy")]
mod block;
mod open;
mod padding;
mod seal;
mod traffic_key;

#[cfg(feature = "legacy")]
pub(crate) use block::{BlockKey, Way};
pub(crate) use open::{Opened, open};
pub(crate) use padding::most_padding;
pub(crate) use seal::{Sealer, record_count, seal_one, seal_size, write_plain};
pub(crate) use traffic_key::{Framing, TrafficKey};
