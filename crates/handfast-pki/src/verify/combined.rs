//! What must hold before a peer is believed, put together from parts, and one verdict over all.
//!
//! ```text
//! All[ Chain, Pinned ]                  the path verifies, and one of its keys is known
//! AnyOf[ Chain, Dane ]                  the zone says so, or an authority
//! All[ Chain, Logged ]                  the path verifies, and logs have seen the certificate
//! AnyOf[ Chain, DangerPinnedLeaf ]      an authority says so, or it is the very certificate
//! ```
//! Pins and logs judge certificates of a *path*: they stand beside what verifies one, in the same
//! [`Rule::All`](rule::Rule::All) or in one around it.

pub mod evaluation;
pub mod outcome;
pub mod rule;
