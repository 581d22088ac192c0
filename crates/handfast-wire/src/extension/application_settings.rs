//! application_settings (draft-vvv-tls-alps section 3), a draft that Chromium uses: what an application
//! protocol wants both sides to know before its first byte, such as HTTP/2's SETTINGS.
//!
//! A ClientHello lists protocols; EncryptedExtensions, the server's and then the client's own, hold the
//! settings themselves, whose form is the protocol's affair. IANA has assigned neither code point, so no set of
//! a message's extensions knows them but the client's EncryptedExtensions: who speaks of settings looks for
//! its own, and nobody else minds what stands there.

use crate::codec::{List16, Opaque8};

/// The protocols for which a client has settings.
pub type ApplicationSettingsProtocols<'a> = List16<'a, Opaque8<'a, 1>, 2>;
