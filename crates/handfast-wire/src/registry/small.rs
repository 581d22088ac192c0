//! The registries of a few rows each.

open_enum! {
    /// The kind of name in server_name (RFC 6066 section 3).
    pub enum NameType(u8) {
        HOST_NAME = 0, "host_name";
    }
}

open_enum! {
    /// The kind of a certificate status (RFC 6066 section 8).
    pub enum CertificateStatusType(u8) {
        OCSP = 1, "ocsp";
        OCSP_MULTI = 2, "ocsp_multi";
    }
}

open_enum! {
    /// How a PSK is used (RFC 8446 section 4.2.9).
    pub enum PskKeyExchangeMode(u8) {
        PSK_KE = 0, "psk_ke";
        PSK_DHE_KE = 1, "psk_dhe_ke";
    }
}

open_enum! {
    /// Whether the peer asks for a KeyUpdate in return (RFC 8446 section 4.6.3).
    pub enum KeyUpdateRequest(u8) {
        UPDATE_NOT_REQUESTED = 0, "update_not_requested";
        UPDATE_REQUESTED = 1, "update_requested";
    }
}

open_enum! {
    /// The lengths that max_fragment_length can ask for (RFC 6066 section 4).
    pub enum MaxFragmentLength(u8) {
        TWO_9 = 1, "2^9";
        TWO_10 = 2, "2^10";
        TWO_11 = 3, "2^11";
        TWO_12 = 4, "2^12";
    }
}

impl MaxFragmentLength {
    /// The length in bytes of plaintext, for the four values that exist.
    #[must_use]
    pub const fn bytes(self) -> Option<usize> {
        match self {
            Self::TWO_9 => Some(512),
            Self::TWO_10 => Some(1024),
            Self::TWO_11 => Some(2048),
            Self::TWO_12 => Some(4096),
            _ => None,
        }
    }
}
