//! What a client is given.

use crate::client::fault::ClientFault;
use crate::client::limits::Limits;
use crate::client::origin::Origin;
use crate::message::ChallengeKind;
use core::fmt;
use zeroize::Zeroizing;

/// What a client is given besides keys.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The directory's URL: `https://`, or `http://` on this machine itself.
    pub directory: String,
    /// How names are proven.
    pub challenge: ChallengeKind,
    /// Where the authority may write to: URLs, mostly `mailto:`.
    pub contact: Vec<String>,
    /// Whether its terms of service are agreed to, whatever they are.
    pub agrees_to_terms: bool,
    /// Binds a new account to one at the authority's office.
    pub binding: Option<Binding>,
    /// The account's URL, where it is known from before.
    pub account: Option<String>,
    /// An order that was begun before with the same request, to be gone on with.
    pub order: Option<String>,
    /// The certificate (DER) that the new one takes the place of (RFC 9773 section 5).
    pub replaces: Option<Vec<u8>>,
    /// How much the server may make this client do.
    pub limits: Limits,
}

impl Settings {
    /// Names proven by tls-alpn-01, with a new account or the one that the key has.
    #[must_use]
    pub fn new(directory: impl Into<String>) -> Self {
        Self {
            directory: directory.into(),
            challenge: ChallengeKind::TlsAlpn01,
            contact: Vec::new(),
            agrees_to_terms: false,
            binding: None,
            account: None,
            order: None,
            replaces: None,
            limits: Limits::default(),
        }
    }

    /// Whether [`Settings::directory`] may be asked at all.
    ///
    /// # Errors
    /// [`ClientFault`] says why not.
    pub fn check(&self) -> Result<(), ClientFault> {
        Origin::of(&self.directory).map(|_| ())
    }
}

/// What an authority gives to those whom it knows (RFC 8555 section 7.3.4).
#[derive(Clone)]
pub struct Binding {
    /// The key's name.
    pub kid: String,
    /// The key.
    pub secret: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Binding({:?})", self.kid)
    }
}
