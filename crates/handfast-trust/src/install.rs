//! A root of one's own put into the stores that programs read, and taken out again.
//!
//! Nothing is touched unasked: a [`Plan`] says which files are written and which commands run, and
//! why, before [`carry_out`] does it. What it has done is verified: the store is read again, and
//! either holds the root or does not.
//!
//! | | |
//! |---|---|
//! | [`Root`] | the certificate, which must be a root, and what it [may vouch for](Reach) |
//! | [`Place`] | a store: the system's, an NSS database (Firefox, Chromium), a Java keystore |
//! | [`State`] | whether a place trusts the root, and where it was found |
//! | [`Plan`], [`Step`] | what is to be done; a step prints as a line for a shell |
//! | [`Commands`] | other people's programs, run by [`Machine`] or told apart by a test |
//!
//! Files and entries are named by the certificate's SHA-256, so that what is removed is what was
//! put there, and two authorities of one name do not meet.
//!
//! ```no_run
//! use handfast_trust::install::{Action, Machine, Place, Root, System, carry_out};
//! use std::path::Path;
//!
//! let root = Root::read(Path::new(".handfast/root.pem"))?;
//! let place = Place::System(System::detect(Path::new("/"))?);
//! let plan = place.plan(Action::Trust, &root, &Machine)?;
//! for step in &plan.steps {
//!     println!("{}   # {}", step.act.shell(), step.why);
//! }
//! carry_out(&place, Action::Trust, &root, &plan, &Machine)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod carry_out;
mod commands;
mod desktop;
mod family;
mod fault;
mod found;
mod handed;
mod image;
mod java;
mod lock;
mod nss;
mod place;
mod reach;
mod root;
mod step;
mod system;

pub use carry_out::carry_out;
pub use commands::{Command, Commands, Machine, Ran};
pub use fault::{InstallFault, RootFault};
pub use java::Keystore;
pub use nss::{NssDatabase, nss_databases};
pub use place::{Place, Plan};
pub use reach::{Reach, Scope};
pub use root::Root;
pub use step::{Act, Action, State, Step};
pub use system::System;
