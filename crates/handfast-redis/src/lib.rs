//! Redis and Valkey as a store for what clients come back by.
//!
//! ```no_run
//! use handfast_redis::{Redis, Target};
//! use handfast_store::{Guarded, RootSecrets, Sealed, Sessions};
//!
//! # fn example(mut config: handfast::ServerConfig) -> Result<(), Box<dyn std::error::Error>> {
//! let roots = RootSecrets::read("/etc/handfast/ticket-root".as_ref())?;
//! let redis = Redis::open(Target::parse("redis://:password@10.0.0.7/0")?)?;
//! let sessions = Sessions::new(Guarded::new(redis), Sealed::new(&roots, "shop"));
//! config.ask_for_sessions = true;
//! config.ask_for_strikes = true;
//! let acceptor = handfast_tokio::Acceptor::new(config.check()?)?.with_answerer(sessions);
//! # Ok(()) }
//! ```
//!
//! One connection serves all; it is made, watched and made again in a task of its own, so while a
//! server is away nobody waits for it. What it sends is not trusted: an answer that is not of the
//! kind that was asked for, or longer than any value, ends the connection.
//!
//! | asked for | command |
//! |---|---|
//! | get | `GET` |
//! | take | `GETDEL` (since Redis 6.2) |
//! | put | `SET … PX` |
//! | insert | `SET … NX PX` |
//!
//! A user needs these commands, on keys that begin with `handfast:`; and `INFO`, if strikes are to be
//! taken: nobody else says since when the server is up, and whether it drops keys ([`Redis`]).

mod bounded;
mod link;
mod redis;
mod standing;
mod target;

pub use crate::redis::Redis;
pub use target::{Target, TargetFault};
