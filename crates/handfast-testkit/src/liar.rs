//! The lying peer: one of our own engines, made to say what no honest peer says, against an
//! honest one that must name the lie and tell it by the right alert.
//!
//! A [`Lie`] is one row: who lies, how, and the fault that the honest end must give.
//! [`table::lies`] holds them all; [`Lie::tell`] acts one out.

pub mod anatomy;
mod lie;
mod not_extended;
mod script;
pub mod table;

pub use lie::{Lie, Outcome, Setup, Side, record};
pub use not_extended::NotExtended;
pub use script::Change;
