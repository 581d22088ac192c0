//! What requests and responses hold: the JSON of RFC 8555 section 7, used by both sides.
//!
//! Members that a document may lack are [`Option`]s; members that nobody here knows are passed
//! over, since RFC 8555 section 7.1 lets servers add their own.
//!
//! ```
//! use handfast_acme::message::{ErrorKind, Identifier, NewOrder, Problem};
//!
//! let order = NewOrder::of(vec![Identifier::Dns("localhost".to_owned())]);
//! let json = serde_json::to_string(&order)?;
//! assert_eq!(json, r#"{"identifiers":[{"type":"dns","value":"localhost"}]}"#);
//!
//! let problem = Problem::new(ErrorKind::BadNonce, "the nonce was used before");
//! assert!(serde_json::to_string(&problem)?.contains("urn:ietf:params:acme:error:badNonce"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod account;
mod authorization;
mod certificate;
mod directory;
mod identifier;
mod order;
mod problem;
mod timestamp;

pub use account::{Account, AccountStatus, AccountUpdate, KeyChange, NewAccount, OrderList};
pub use authorization::{
    Authorization, AuthorizationStatus, AuthorizationUpdate, Challenge, ChallengeKind,
    ChallengeStatus,
};
pub use certificate::{Finalize, RenewalInfo, Revoke, Window};
pub use directory::{Directory, Meta};
pub use identifier::Identifier;
pub use order::{NewOrder, Order, OrderStatus};
pub use problem::{ErrorKind, Problem, Subproblem};
pub use timestamp::Timestamp;

#[cfg(test)]
mod tests;
