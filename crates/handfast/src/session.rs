//! Coming back: what a session keeps, how tickets are sealed, where sessions wait.

mod scope;
mod state;
mod store;
mod ticket_keys;

pub(crate) use scope::{Scope, ScopeBase};
pub use state::{Session, TicketFault};
pub(crate) use state::{Ticket, lifetime_within};
pub use store::{MemoryStore, SessionStore};
pub use ticket_keys::TicketKeys;
