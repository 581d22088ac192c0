//! What may be agreed on, in the words that people use for it, brought to one form.
//!
//! Whatever says which versions, suites, groups and signature schemes are wanted becomes one plain
//! value, [`Settings`]: it can be read, compared, shown, and applied to a config of the engine.
//! Nothing is lost on the way: what was named and cannot be had is told, each with its reason
//! ([`Dropped`]).
//!
//! ```
//! use handfast::{CipherSuite, ClientConfig, Roots, config::Trust};
//! use handfast_policy::{Ranked, Settings};
//!
//! let settings = Settings {
//!     suites: Some(Ranked::each(&[
//!         CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
//!         CipherSuite::TLS_RSA_WITH_CAMELLIA_128_CBC_SHA,
//!     ])),
//!     ..Settings::default()
//! };
//! let mut config = ClientConfig::new(Trust::Roots(Roots::new()));
//! let dropped = settings.apply(&mut config.common)?;
//! assert_eq!(dropped[0].to_string(), "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA: not implemented");
//! assert!(config.common.suites.contains(&CipherSuite::TLS_AES_128_GCM_SHA256));
//! # Ok::<(), handfast_policy::NothingLeft>(())
//! ```

mod allowance;
mod apply;
mod bad_string;
mod dropped;
pub mod gnutls;
mod kind;
pub mod lint;
mod near;
pub use near::nearest;
pub mod openssl;
pub mod policy;
pub mod preset;
mod settings;

pub use allowance::Allowance;
pub use apply::NothingLeft;
pub use bad_string::{BadString, Fault};
pub use dropped::{Dropped, Item, Reason};
pub use policy::Policy;
pub use settings::{Ranked, Settings};
