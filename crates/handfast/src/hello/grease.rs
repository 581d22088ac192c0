//! Numbers that mean nothing, said so that peers stay tolerant of what is new (RFC 8701).
//!
//! They stand beside what is meant and never enter the lists that an answer is held against: whoever
//! chooses one has chosen what was not offered.

use crate::fault::OwnFailure;
use handfast_crypto::random::Random;
use handfast_wire::codec::{Opaque16, Wire, Writer};
use handfast_wire::extension::{ExtensionsWriter, KeyShareEntry};
use handfast_wire::registry::{
    CipherSuite, ExtensionType, NamedGroup, ProtocolVersion, PskKeyExchangeMode, SignatureScheme,
};

/// Bytes of randomness for one [`Grease`].
pub(crate) const BYTES: usize = 8;

/// The values of one ClientHello, and of the one after a HelloRetryRequest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grease {
    suite: CipherSuite,
    group: NamedGroup,
    version: ProtocolVersion,
    scheme: SignatureScheme,
    psk_mode: PskKeyExchangeMode,
    protocol: [u8; 2],
    first: ExtensionType,
    last: ExtensionType,
}

impl Grease {
    pub(crate) fn of([a, b, c, d, e, f, g, h]: [u8; BYTES]) -> Self {
        let first = ExtensionType(wide(g));
        let last = ExtensionType(wide(h));
        Self {
            suite: CipherSuite(wide(a)),
            group: NamedGroup(wide(b)),
            version: ProtocolVersion(wide(c)),
            scheme: SignatureScheme(wide(d)),
            psk_mode: PskKeyExchangeMode(narrow(e)),
            protocol: wide(f).to_be_bytes(),
            first,
            // No extension twice: the next of the sixteen.
            last: if last == first {
                ExtensionType(wide(h.wrapping_add(0x10)))
            } else {
                last
            },
        }
    }

    pub(crate) fn write_suite(&self, out: &mut Writer<'_>) {
        self.suite.write(out);
    }

    pub(crate) fn write_group(&self, out: &mut Writer<'_>) {
        self.group.write(out);
    }

    /// A share of the group: RFC 8701 s3.1 has it be of one byte or more.
    pub(crate) fn write_share(&self, out: &mut Writer<'_>) {
        let entry = KeyShareEntry {
            group: self.group,
            key_exchange: Opaque16(&[0]),
        };
        entry.write(out);
    }

    pub(crate) fn write_version(&self, out: &mut Writer<'_>) {
        self.version.write(out);
    }

    pub(crate) fn write_scheme(&self, out: &mut Writer<'_>) {
        self.scheme.write(out);
    }

    pub(crate) fn write_psk_mode(&self, out: &mut Writer<'_>) {
        self.psk_mode.write(out);
    }

    pub(crate) fn write_protocol(&self, out: &mut Writer<'_>) {
        out.prefixed::<1>(|out| out.bytes(&self.protocol));
    }

    /// An extension in front of all others, without content.
    pub(crate) fn write_first(&self, out: &mut ExtensionsWriter<'_, '_>) {
        out.add(self.first, |_| {});
    }

    /// One behind them, with some: there are peers that fail by one of both.
    pub(crate) fn write_last(&self, out: &mut ExtensionsWriter<'_, '_>) {
        out.add(self.last, |out| out.bytes(&[0]));
    }
}

/// What a server says of it, where it says any (RFC 8701 section 4.1): an extension, and a scheme.
pub(crate) fn of_server(
    draw: &mut dyn Random,
) -> Result<(ExtensionType, SignatureScheme), OwnFailure> {
    let mut drawn = [0; 2];
    draw.fill(&mut drawn).map_err(|_| OwnFailure::Random)?;
    let [extension, scheme] = drawn;
    Ok((
        ExtensionType(wide(extension)),
        SignatureScheme(wide(scheme)),
    ))
}

/// One of 0x0a0a, 0x1a1a … 0xfafa.
const fn wide(drawn: u8) -> u16 {
    let byte = (drawn & 0xf0) | 0x0a;
    u16::from_be_bytes([byte, byte])
}

/// One of 0x0b, 0x2a, 0x49 … 0xe4.
const fn narrow(drawn: u8) -> u8 {
    0x0b + (drawn >> 5) * 0x1f
}

#[cfg(test)]
mod tests {
    use super::{Grease, narrow, wide};
    use handfast_wire::registry::{CipherSuite, PskKeyExchangeMode};

    #[test]
    fn every_draw_gives_a_value_of_the_rfc_and_all_of_them_come() {
        let mut seen = (Vec::new(), Vec::new());
        for drawn in 0..=u8::MAX {
            assert!(CipherSuite(wide(drawn)).is_grease(), "{drawn}");
            assert!(PskKeyExchangeMode(narrow(drawn)).is_grease(), "{drawn}");
            seen.0.push(wide(drawn));
            seen.1.push(narrow(drawn));
        }
        seen.0.sort_unstable();
        seen.0.dedup();
        seen.1.sort_unstable();
        seen.1.dedup();
        assert_eq!((seen.0.len(), seen.1.len()), (16, 8));
    }

    #[test]
    fn the_two_extensions_are_never_the_same() {
        for first in 0..=u8::MAX {
            for last in 0..=u8::MAX {
                let grease = Grease::of([0, 0, 0, 0, 0, 0, first, last]);
                assert_ne!(grease.first, grease.last, "{first} {last}");
                assert!(grease.last.is_grease());
            }
        }
    }
}
