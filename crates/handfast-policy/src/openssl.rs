//! OpenSSL's languages for what may be agreed on: cipher strings and the lists beside them.
//!
//! ```
//! use handfast_policy::openssl;
//!
//! let settings = openssl::ciphers("ECDHE+AESGCM:!ECDSA:AES128-SHA")?;
//! let names: Vec<_> = settings.suites.iter().flatten().collect();
//! let names: Vec<_> = names.iter().filter_map(|one| openssl::name(one.item)).collect();
//! assert_eq!(
//!     names,
//!     ["ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"]
//! );
//! # Ok::<(), handfast_policy::BadString>(())
//! ```

mod cipher_string;
pub(crate) mod edition;
mod groups;
pub(crate) mod level;
mod order;
mod row;
mod schemes;
mod selector;
mod tls13;
mod words;

pub use cipher_string::{ciphers, ciphers_as};
pub use edition::Edition;
pub use groups::{groups, groups_as};
pub use level::is_below_level;
pub(crate) use row::oldest_version;
pub use row::{name, suite};
pub use schemes::{sigalgs, sigalgs_as};
pub use tls13::ciphersuites;
