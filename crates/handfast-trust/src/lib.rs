//! Whom to believe, read from this machine: the adapter between its files and `handfast-pki`, which
//! judges.
//!
//! | | |
//! |---|---|
//! | [`system`] | the system's roots, by explicit paths: no variable of the environment redirects it |
//! | [`Store`] | the same and files, read once: the caller keeps it, and unchanged files are not read again |
//! | [`HashedDirectory`] | a directory that `openssl rehash` made: only files of the names in a chain are opened |
//! | [`KnownPeers`] | a file of keys that peers were seen with: trust on first use |
//! | `log_list` | a list of Certificate Transparency logs, by the feature `ct` |
//! | [`install`] | a root of one's own put into the stores that programs read, and taken out again |
//! | [`from_environment`] | `SSL_CERT_FILE` and `SSL_CERT_DIR`, for those who ask for it by name |
//!
//! The blocking driver of `handfast` reads no store by itself:
//!
//! ```no_run
//! use handfast_pki::roots::Roots;
//!
//! let roots: Roots = handfast_trust::system()?;
//! // … ClientConfig::new(Trust::Roots(roots))
//! # Ok::<(), handfast_trust::RootsMissing>(())
//! ```

mod anchors;
mod bundle;
mod environment;
mod fault;
mod hashed_directory;
pub mod install;
mod known_peers;
#[cfg(feature = "ct")]
mod log_list;
mod store;
mod system;

pub use anchors::Anchors;
pub use environment::from_environment;
#[cfg(feature = "ct")]
pub use fault::LogListFault;
pub use fault::{BrokenLine, RootsMissing, TrustFault, TrustProblem};
pub use hashed_directory::HashedDirectory;
pub use known_peers::{KnownPeers, Recorded};
#[cfg(feature = "ct")]
pub use log_list::{LogListFile, log_list, read_log_list};
pub use store::{Store, system};
pub use system::SYSTEM_ROOT_FILES;

/// The roots that Mozilla trusts to name servers, as built in.
#[cfg(feature = "mozilla")]
#[must_use]
pub fn mozilla() -> handfast_pki::roots::Roots {
    handfast_pki::roots::Roots::mozilla()
}
