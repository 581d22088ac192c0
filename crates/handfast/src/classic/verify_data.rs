//! What a Finished holds. It is sent, so it is no secret.

/// Twelve bytes (RFC 5246 section 7.4.9), or 36 in SSL 3.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VerifyData {
    bytes: [u8; MOST],
    length: u8,
}

/// Bytes of the longest.
#[cfg(feature = "legacy")]
const MOST: usize = 36;
#[cfg(not(feature = "legacy"))]
const MOST: usize = TLS;

/// Bytes since TLS 1.0.
const TLS: usize = 12;

impl VerifyData {
    /// Twelve bytes, to be filled by the PRF.
    pub(crate) fn of_prf(fill: impl FnOnce(&mut [u8])) -> Self {
        let mut made = Self {
            bytes: [0; MOST],
            length: TLS as u8,
        };
        fill(made.bytes.get_mut(..TLS).unwrap_or_default());
        made
    }

    /// SSL 3.0's.
    #[cfg(feature = "legacy")]
    pub(crate) fn nested(hashes: &[u8]) -> Self {
        let mut bytes = [0; MOST];
        for (place, byte) in bytes.iter_mut().zip(hashes) {
            *place = *byte;
        }
        Self {
            bytes,
            length: MOST as u8,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }
}
