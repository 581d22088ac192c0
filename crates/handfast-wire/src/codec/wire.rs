//! The trait that everything on the wire has, and the plain integers.

use crate::codec::fault::DecodeFault;
use crate::codec::reader::Reader;
use crate::codec::recorder::Recorder;
use crate::codec::writer::{TooLong, Writer};
use alloc::vec::Vec;

/// A thing with a form on the wire (RFC 8446 section 3's presentation language).
pub trait Wire<'a>: Sized {
    /// Bytes of every value, where all have as many and any such bytes are one.
    const SIZE: Option<usize> = None;

    /// Reads one value and leaves the cursor behind it.
    ///
    /// # Errors
    /// A [`DecodeFault`] that names the field and the byte.
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault>;

    /// Writes the value.
    fn write(&self, out: &mut Writer<'_>);

    /// Reads a value that must fill `bytes` exactly.
    ///
    /// # Errors
    /// A [`DecodeFault`]; bytes left over are [`crate::codec::FaultKind::Trailing`].
    fn decode(bytes: &'a [u8]) -> Result<Self, DecodeFault> {
        let mut reader = Reader::new(bytes);
        let value = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// Like [`Wire::decode`], with a recorder that sees every field.
    ///
    /// # Errors
    /// As [`Wire::decode`]; what was recorded up to the fault stays recorded.
    fn decode_recorded<T: Recorder>(
        bytes: &'a [u8],
        recorder: &mut T,
    ) -> Result<Self, DecodeFault> {
        let mut reader = Reader::recording(bytes, recorder);
        let value = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// The value's bytes in a vector of their own.
    ///
    /// # Errors
    /// [`TooLong`] when a part does not fit its length prefix.
    fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes);
        self.write(&mut writer);
        writer.finish()?;
        Ok(bytes)
    }
}

macro_rules! integer_on_the_wire {
    ($($type:ty: $read:ident),*) => {$(
        impl<'a> Wire<'a> for $type {
            const SIZE: Option<usize> = Some(size_of::<$type>());

            fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
                reader.$read()
            }
            fn write(&self, out: &mut Writer<'_>) {
                out.bytes(&self.to_be_bytes());
            }
        }
    )*};
}
integer_on_the_wire!(u8: u8, u16: u16, u32: u32);

/// A fixed field, such as a Random.
impl<'a, const N: usize> Wire<'a> for &'a [u8; N] {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        reader.array()
    }
    fn write(&self, out: &mut Writer<'_>) {
        out.bytes(*self);
    }
}

/// All that is left, such as Finished's verify_data.
impl<'a> Wire<'a> for &'a [u8] {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        Ok(reader.rest())
    }
    fn write(&self, out: &mut Writer<'_>) {
        out.bytes(self);
    }
}
