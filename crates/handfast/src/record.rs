//! Records: headers, keys with their counters, sealing and opening.

mod open;
mod seal;
mod traffic_key;

pub(crate) use open::{Opened, open};
pub(crate) use seal::{Sealer, record_count, seal_one, seal_size, write_plain};
pub(crate) use traffic_key::{Framing, TrafficKey};
