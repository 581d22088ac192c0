//! Where several servers keep what clients come back by, outside of their processes: sessions
//! for session IDs (RFC 5246 section 7.4.1.2) and stateful tickets, and strikes against replays
//! of early data (RFC 8446 section 8.1).
//!
//! ```text
//! engine asks -> Sessions -> Sealed -> Guarded -> Store: MemoryStore | FileStore | a server's
//!                (answerer)  (names and  (budget,
//!                             values)     breaker)
//! ```
//! | | |
//! |---|---|
//! | [`Sessions`] | answers the engine's asks on tokio, and keeps new sessions after the handshake |
//! | [`Sealed`] | what leaves the process: names hashed, values sealed; a value fits its name alone |
//! | [`Guarded`] | no answer takes longer than a budget, and what is down is not asked |
//! | [`RootSecrets`] | the secrets that machines share, read from a file that nobody else may read |
//! | [`Store`] | what a store can do; bytes and names mean nothing to it |
//!
//! Whatever a store does, no handshake fails by it: a session that does not come is a full
//! handshake, and a strike that cannot be told is early data refused.
//!
//! ```
//! use handfast_store::{Guarded, MemoryStore, RootSecrets, Sealed, Sessions};
//!
//! # fn example(mut config: handfast::ServerConfig) -> Result<(), Box<dyn std::error::Error>> {
//! let sealed = Sealed::new(&RootSecrets::draw()?, "shop");
//! let sessions = Sessions::new(Guarded::new(MemoryStore::new(100_000)), sealed);
//! config.ask_for_sessions = true;
//! let acceptor = handfast_tokio::Acceptor::new(config.check()?)?.with_answerer(sessions);
//! # Ok(()) }
//! ```

mod breaker;
mod failure;
mod file;
mod guarded;
mod latest;
mod memory;
mod name;
mod root_secrets;
mod sealed;
mod sessions;
mod store;

pub use failure::StoreFailed;
pub use file::FileStore;
pub use guarded::{Change, Counts, Guarded};
pub use memory::MemoryStore;
pub use name::Name;
pub use root_secrets::{RootLineFault, RootSecrets, RootSecretsFault};
pub use sealed::{Entry, Sealed};
pub use sessions::Sessions;
pub use store::{Pending, Store};
