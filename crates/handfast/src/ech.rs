//! Encrypted ClientHello (RFC 9849): what the client asks for is sealed to the server's public key, and a
//! ClientHello around it shows a name that all the server's hosts share.
//!
//! A client has a list of configs, which the server publishes in DNS ([`EchConfigList`], given to
//! [`crate::config::Ech::Configs`]); a server has the keys of it ([`EchKey`], in
//! [`crate::ServerConfig::ech_keys`]).
//!
//! ```
//! use handfast::ech::{EchConfigList, EchKey, EchParameters};
//!
//! // Once: a key for all hosts behind public.example, kept in a file that nobody else reads.
//! let key = EchKey::generate(&EchParameters::new(1, "public.example"))?;
//! let file = key.to_pem();
//!
//! // The server reads it again, and what it publishes goes into the HTTPS record of each host.
//! let key = EchKey::from_pem(file.as_bytes())?;
//! let published = EchConfigList::of_keys([&key])?;
//! println!("private.example. HTTPS 1 . ech={}", published.to_base64());
//!
//! // A client that has looked the record up.
//! let list = EchConfigList::from_text(published.to_base64().as_bytes())?;
//! assert_eq!(list.public_name(), Some("public.example"));
//! # Ok::<(), handfast::ech::EchUnreadable>(())
//! ```

mod compress;
mod config_list;
mod confirmation;
mod key;
mod open;
mod padding;
mod public_name;
mod record;
mod status;
mod target;
mod text;
mod unreadable;

pub use config_list::EchConfigList;
pub use key::{EchKey, EchParameters};
pub use status::EchStatus;
pub use unreadable::EchUnreadable;

pub(crate) use compress::{Shaped, shape};
pub(crate) use confirmation::{
    CONFIRMATION, Confirmed, confirm_hello, confirm_retry, zeroed_hello, zeroed_retry,
};
pub(crate) use key::retry_configs;
pub(crate) use open::{Opened, Unsealed, open_first, open_second};
pub(crate) use padding::{USUAL_NAME_LENGTH, padding_of};
pub(crate) use target::EchTarget;
