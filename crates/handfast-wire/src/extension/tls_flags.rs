//! tls_flags (draft-ietf-tls-tlsflags section 2): extensions that say nothing but that they are there,
//! a bit each.

use crate::codec::{DecodeFault, Opaque8, Reader, Recorder, Wire, Writer};

/// The flags of one message: flag 0 is the lowest bit of the first byte.
///
/// ```
/// use handfast_wire::codec::Wire;
/// use handfast_wire::extension::TlsFlags;
///
/// let flags = TlsFlags::decode(&[2, 0b10, 0b1])?;
/// assert!(flags.has(1) && flags.has(TlsFlags::RESUMPTION_ACROSS_NAMES) && !flags.has(0));
/// assert!(flags.is_minimal());
/// # Ok::<(), handfast_wire::codec::DecodeFault>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TlsFlags<'a>(pub Opaque8<'a, 1>);

impl TlsFlags<'_> {
    /// In a ticket: the session may go on under any name that the server's certificate is good for
    /// (draft-ietf-tls-cross-sni-resumption).
    pub const RESUMPTION_ACROSS_NAMES: u16 = 8;

    /// True where a flag is set.
    #[must_use]
    pub fn has(&self, flag: u16) -> bool {
        let byte = self.0.0.get(usize::from(flag / 8));
        byte.is_some_and(|byte| byte >> (flag % 8) & 1 == 1)
    }

    /// True unless a byte at the end says nothing, which nobody may send.
    #[must_use]
    pub fn is_minimal(&self) -> bool {
        self.0.0.last().is_some_and(|last| *last != 0)
    }
}

impl<'a> Wire<'a> for TlsFlags<'a> {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        reader.field("flags", Opaque8::<1>::read).map(Self)
    }
    fn write(&self, out: &mut Writer<'_>) {
        self.0.write(out);
    }
}
