//! An authority kept in a folder: its keys are files, and what it issued and revoked lies in an
//! embedded SQLite database beside them.
//!
//! ```text
//! DIR/ca.db                     what was issued, revoked, listed; the audit trail
//! DIR/root.pem, root.key        the root
//! DIR/issuing.pem, issuing.key  the authority below it that issues
//! ```
//!
//! What it promises: a certificate is on the disk's record before anyone has it; no serial and no
//! list's number is given twice, however many processes work at once; a process that is killed at
//! any moment, or a disk that is full, leaves the folder as it was before the call or after it.
//!
//! ```
//! use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
//! use handfast_ca_store::directory::CaDirectory;
//! use handfast_ca_store::find::Selector;
//! use handfast_ca_store::plan::Plan;
//! use handfast_ca::crl::RevocationReason;
//!
//! let now = 1_800_000_000;
//! # let parent = std::env::temp_dir().join(format!("handfast-doc-{}", std::process::id()));
//! # std::fs::create_dir(&parent).unwrap();
//! # let folder = parent.join("ca");
//! let mut ca = CaDirectory::create(&folder, &Plan::root_alone("Example"), now)?;
//! let names = [AlternativeName::dns("localhost")];
//! let wanted = Profile::server(&names, Validity::days(now, 90), KeyKind::EcP256);
//! let recorded = ca.issue(&wanted, now)?;
//! assert_eq!(recorded.issued.chain().len(), 1);
//!
//! let localhost = Selector::parse("localhost");
//! let row = ca.revoke(&localhost, RevocationReason::KeyCompromise, now)?;
//! assert_eq!(row.serial, recorded.row.serial);
//! # std::fs::remove_dir_all(&parent).unwrap();
//! # Ok::<(), handfast_ca_store::error::StoreError>(())
//! ```

mod adopt;
pub mod audit;
mod create;
mod crl;
mod database;
pub mod directory;
mod entry;
pub mod error;
pub mod exchange;
mod files;
pub mod find;
mod fold;
mod index;
pub mod issue;
mod lock;
mod may;
mod permitted;
pub mod plan;
mod pointers;
mod record;
pub mod records;
mod renew;
mod revoke;
pub mod row;
mod schema;
mod tier;
