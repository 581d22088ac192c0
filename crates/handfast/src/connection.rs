//! A connection: two halves that may live on two threads, joined by a mailbox.
//!
//! ```text
//!  bytes in --> Receiving --(posts)--> mailbox --> Sending --> bytes out
//!                  | events, asks
//! ```

mod ask;
mod binding;
mod broken;
mod chain_pool;
mod early_data;
mod established;
mod joined;
mod left;
mod mailbox;
mod negotiated;
mod output;
mod peer_chain;
mod peer_delegated;
mod plaintext;
mod receiving;
mod records;
mod renewable;
mod renewal;
mod sending;
mod whole;

pub use ask::{Answer, Ask, AskId, ClientHelloView, Question};
pub use binding::ChannelBinding;
pub use broken::{Refusal, RefusalDetail};
pub use early_data::{EarlyData, EarlyDataReason};
pub use negotiated::{Negotiated, PeerStanding, Resumption};
pub use peer_chain::PeerChain;
pub use peer_delegated::PeerDelegated;
pub use plaintext::Plaintext;
pub use receiving::{Event, Received, Receiving};
pub use renewal::Renewal;
pub use sending::Sending;
pub use whole::Connection;

pub(crate) use broken::Broken;
pub(crate) use chain_pool::ChainPool;
pub(crate) use established::{Established, Exports, Later, SessionMaker, Sessions};
pub(crate) use joined::limit;
pub(crate) use output::{Output, Renewed};
pub(crate) use peer_chain::PeerIdentity;
pub(crate) use renewable::{End, Renewable, Wishes};
