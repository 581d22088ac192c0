//! What validation needs from elsewhere, fetched: missing issuers, CRLs, OCSP responses.
//!
//! ```text
//! chain, staple --verify--> path --ask for each certificate--> OCSP | CRL --verify--> verdict
//!                   |                       |
//!             missing issuer?        cache: memory, disk
//! ```
//! The URLs stand in certificates, which strangers make. So only `http://` is fetched, from public
//! addresses and port 80 unless [`Reach`] says otherwise, and everything has a limit ([`Limits`]):
//! bytes, redirects, time, the number of fetches. What comes, from the network or the cache, is
//! believed for its signature alone, by [`handfast_pki::verify`].

mod address;
mod answer;
mod cache;
mod content;
mod failed;
mod fetcher;
mod flight;
mod http;
mod key;
mod kind;
mod life;
mod limits;
mod link;
mod outcome;
mod resolve;
mod round;
mod target;
mod tried;
mod verify;
mod wanted;

pub use address::is_public;
pub use answer::Verifier;
pub use cache::Origin;
pub use failed::Failed;
pub use fetcher::{Fetcher, FetcherBuilder};
pub use kind::Kind;
pub use limits::{Limits, Reach};
pub use outcome::Outcome;
pub use resolve::{Resolve, Resolving, SystemResolver};
pub use tried::Tried;
pub use wanted::Wanted;
