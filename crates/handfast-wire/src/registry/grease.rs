//! GREASE (RFC 8701): numbers that mean nothing and keep peers tolerant.

use crate::registry::cipher_suite::CipherSuite;
use crate::registry::extension_type::ExtensionType;
use crate::registry::named_group::NamedGroup;
use crate::registry::protocol_version::ProtocolVersion;
use crate::registry::signature_scheme::SignatureScheme;
use crate::registry::small::PskKeyExchangeMode;

macro_rules! grease {
    ($test:ident: $($type:ident),*) => {$(
        impl $type {
            /// True for the values of RFC 8701 section 2, which mean nothing.
            #[must_use]
            pub const fn is_grease(self) -> bool {
                $test(self.0)
            }
        }
    )*};
}
grease!(grease_u16: CipherSuite, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme);
grease!(grease_u8: PskKeyExchangeMode);

/// True for the protocol names of ALPN that RFC 8701 section 2 sets aside.
#[must_use]
pub const fn is_grease_protocol(name: &[u8]) -> bool {
    match name {
        [high, low] => grease_u16(u16::from_be_bytes([*high, *low])),
        _ => false,
    }
}

/// 0x0a0a, 0x1a1a … 0xfafa.
const fn grease_u16(code: u16) -> bool {
    let [high, low] = code.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// 0x0b, 0x2a, 0x49 … 0xe4: a step of 0x1f.
const fn grease_u8(code: u8) -> bool {
    code % 0x1f == 0x0b
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn there_are_sixteen_values_of_two_bytes_and_eight_of_one() {
        let wide: Vec<u16> = (0..=u16::MAX).filter(|code| grease_u16(*code)).collect();
        assert_eq!(wide.len(), 16);
        assert_eq!((wide[0], wide[1], wide[15]), (0x0a0a, 0x1a1a, 0xfafa));
        let narrow: Vec<u8> = (0..=u8::MAX).filter(|code| grease_u8(*code)).collect();
        assert_eq!(narrow, [0x0b, 0x2a, 0x49, 0x68, 0x87, 0xa6, 0xc5, 0xe4]);
        assert!(is_grease_protocol(&[0x0a, 0x0a]));
        assert!(!is_grease_protocol(b"h2"));
    }

    #[test]
    fn no_row_of_a_registry_is_grease() {
        assert!(!CipherSuite::ALL.iter().any(|row| row.is_grease()));
        assert!(!ExtensionType::ALL.iter().any(|row| row.is_grease()));
        assert!(!NamedGroup::ALL.iter().any(|row| row.is_grease()));
        assert!(!SignatureScheme::ALL.iter().any(|row| row.is_grease()));
        assert!(!ProtocolVersion::ALL.iter().any(|row| row.is_grease()));
        assert!(!PskKeyExchangeMode::ALL.iter().any(|row| row.is_grease()));
    }
}
