//! Application settings (ALPS, draft-vvv-tls-alps): what an application protocol wants both sides to know
//! before its first byte, such as HTTP/2's SETTINGS. A draft that Chromium uses, and no RFC.

use crate::config::fault::ConfigFault;
use handfast_wire::registry::ExtensionType;

/// Bytes of settings for one protocol, at most: a session keeps both sides' for early data.
const MOST_SETTINGS: usize = 8192;

/// Settings that are exchanged in TLS 1.3's handshake once an application protocol is agreed on for which
/// both sides have some (ALPS, draft-vvv-tls-alps): a draft that Chromium uses, and no RFC.
///
/// The server says its own in EncryptedExtensions, the client its own in an EncryptedExtensions
/// message before its Certificate or Finished; both are protected, and neither is known to have come from
/// the peer before its Finished has. What the peer said is
/// [`crate::Negotiated::peer_application_settings`]. Early data is said under the settings of the
/// session that it comes with, and only taken where this side's own are still the same. In older versions
/// there are none.
///
/// ```
/// use handfast::config::{ApplicationSettings, Common};
///
/// let mut common = Common::default();
/// common.alpn = vec![b"h2".to_vec()];
/// common.application_settings = ApplicationSettings::for_protocol(b"h2", b"\0\0\0\x04\0\0\0\0\0");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationSettings {
    /// The settings, one entry a protocol, each of which must be one of
    /// [`crate::config::Common::alpn`]. Empty: none are spoken of, and a peer that does is not heard.
    pub protocols: Vec<ProtocolSettings>,
    /// By which code point they are spoken of; a peer that has the other one has none.
    pub code_point: SettingsCodePoint,
}

/// The settings of one application protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolSettings {
    /// The protocol's name in ALPN (RFC 7301).
    pub protocol: Vec<u8>,
    /// What the protocol makes of them is its own affair; at most 8,192 bytes. They may be empty, which
    /// is not the same as having none.
    pub settings: Vec<u8>,
}

/// The extension type of application settings. IANA has assigned neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsCodePoint {
    /// 17613, which Chromium uses since 2024.
    #[default]
    New,
    /// 17513, of older Chromium.
    Old,
}

impl SettingsCodePoint {
    /// The number.
    #[must_use]
    pub const fn extension_type(self) -> ExtensionType {
        match self {
            Self::New => ExtensionType::APPLICATION_SETTINGS,
            Self::Old => ExtensionType::APPLICATION_SETTINGS_OLD,
        }
    }
}

impl ApplicationSettings {
    /// Settings for one protocol, by the newer code point.
    #[must_use]
    pub fn for_protocol(protocol: &[u8], settings: &[u8]) -> Self {
        Self {
            protocols: vec![ProtocolSettings {
                protocol: protocol.to_vec(),
                settings: settings.to_vec(),
            }],
            code_point: SettingsCodePoint::New,
        }
    }

    /// Those of a protocol; nothing where there are none for it.
    pub(crate) fn of(&self, protocol: &[u8]) -> Option<&[u8]> {
        let mut all = self.protocols.iter();
        let found = all.find(|one| one.protocol == protocol)?;
        Some(&found.settings)
    }

    /// Checks them beside the protocols that may be agreed on, and gives the list of a ClientHello,
    /// without its length.
    pub(super) fn encode(&self, alpn: &[Vec<u8>]) -> Result<Vec<u8>, ConfigFault> {
        let mut encoded = Vec::new();
        for (at, one) in self.protocols.iter().enumerate() {
            let mut earlier = self.protocols.iter().take(at);
            if earlier.any(|other| other.protocol == one.protocol) {
                return Err(ConfigFault::ListedTwice("application settings"));
            }
            if !alpn.contains(&one.protocol) {
                return Err(ConfigFault::Useless {
                    set: "application_settings",
                    needs: "their protocol among `alpn`",
                });
            }
            if one.settings.len() > MOST_SETTINGS {
                return Err(ConfigFault::ListTooLong("application settings"));
            }
            let length = u8::try_from(one.protocol.len());
            encoded.push(length.map_err(|_| ConfigFault::ProtocolName)?);
            encoded.extend_from_slice(&one.protocol);
        }
        Ok(encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alpn() -> Vec<Vec<u8>> {
        vec![b"h2".to_vec(), b"http/1.1".to_vec()]
    }

    #[test]
    fn settings_are_for_protocols_that_may_be_agreed_on_and_one_entry_each() {
        let mut all = ApplicationSettings::for_protocol(b"h2", b"");
        assert_eq!(all.encode(&alpn()).unwrap(), b"\x02h2");
        assert_eq!(all.of(b"h2"), Some(&[][..]));
        assert_eq!(all.of(b"http/1.1"), None);
        let useless = ConfigFault::Useless {
            set: "application_settings",
            needs: "their protocol among `alpn`",
        };
        assert_eq!(all.encode(&alpn()[1..]), Err(useless));
        all.protocols.push(all.protocols[0].clone());
        let twice = Err(ConfigFault::ListedTwice("application settings"));
        assert_eq!(all.encode(&alpn()), twice);
        all.protocols[1].protocol = b"http/1.1".to_vec();
        assert_eq!(all.encode(&alpn()).unwrap(), b"\x02h2\x08http/1.1");
    }

    #[test]
    fn settings_have_at_most_8192_bytes() {
        let mut all = ApplicationSettings::for_protocol(b"h2", &[0; MOST_SETTINGS]);
        assert!(all.encode(&alpn()).is_ok());
        all.protocols[0].settings.push(0);
        let long = Err(ConfigFault::ListTooLong("application settings"));
        assert_eq!(all.encode(&alpn()), long);
    }
}
