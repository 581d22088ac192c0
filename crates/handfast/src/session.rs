//! Coming back: what a session keeps, how tickets are sealed, where sessions wait.

mod application_settings;
mod cache;
mod checked;
mod counters;
mod keeping;
mod kept;
mod ring;
mod scope;
mod sealer;
mod secret;
mod staples;
mod store;
mod strike;
mod strike_register;
mod ticket;
mod ticket_keys;
mod value;

pub(crate) use application_settings::SettingsPair;
pub use cache::SessionCache;
pub(crate) use counters::Counted;
pub use counters::{SessionCounters, SessionStats};
pub(crate) use keeping::{Keeping, LIFETIME_S};
pub use kept::Session;
pub(crate) use kept::{Identity, Origin};
pub(crate) use ring::SessionId;
pub(crate) use scope::{Judged, KeyRules, Scope, ScopeBase};
pub use sealer::{OpenedTicket, TicketSealer};
pub(crate) use secret::SessionSecret;
pub(crate) use staples::Staples;
pub use store::{MemoryStore, SessionStore};
pub use strike::{Strike, StrikeFailed, StrikeStore};
pub use strike_register::StrikeRegister;
pub use ticket::TicketFault;
pub(crate) use ticket::{Ticket, lifetime_of_peer, lifetime_within, lineage_of_peer};
pub use ticket_keys::TicketKeys;
pub use value::{SessionValue, StoredSession};
