//! Coming back: what a session keeps, how tickets are sealed, where sessions wait.

mod cache;
mod checked;
mod keeping;
mod ring;
mod scope;
mod staples;
mod state;
mod store;
mod ticket_keys;
mod value;

pub use cache::SessionCache;
pub(crate) use keeping::{Keeping, LIFETIME_S};
pub(crate) use ring::SessionId;
pub(crate) use scope::{Scope, ScopeBase};
pub(crate) use staples::Staples;
pub(crate) use state::{Identity, SessionSecret, Ticket, lifetime_within};
pub use state::{Session, TicketFault};
pub use store::{MemoryStore, SessionStore};
pub use ticket_keys::TicketKeys;
pub use value::{SessionValue, StoredSession};
