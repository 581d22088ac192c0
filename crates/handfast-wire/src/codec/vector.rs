//! Vectors with a length prefix: opaque bytes, and lists that are checked once
//! and iterated lazily.

use crate::codec::fault::{DecodeFault, FaultKind};
use crate::codec::reader::Reader;
use crate::codec::recorder::Recorder;
use crate::codec::wire::Wire;
use crate::codec::writer::Writer;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

macro_rules! opaque {
    ($(#[$meta:meta])* $name:ident, $width:literal, $read:ident, $max:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name<'a, const MIN: usize = 0, const MAX: usize = $max>(pub &'a [u8]);

        impl<'a, const MIN: usize, const MAX: usize> Wire<'a> for $name<'a, MIN, MAX> {
            fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
                let start = reader.position();
                let length = usize::try_from(reader.$read()?).unwrap_or(usize::MAX);
                let bytes = reader.take(length)?;
                check_length(bytes.len(), MIN, MAX, start)?;
                Ok(Self(bytes))
            }
            fn write(&self, out: &mut Writer<'_>) {
                out.prefixed::<$width>(|out| out.bytes(self.0));
            }
        }

        impl<const MIN: usize, const MAX: usize> Deref for $name<'_, MIN, MAX> {
            type Target = [u8];
            fn deref(&self) -> &[u8] {
                self.0
            }
        }

        impl<const MIN: usize, const MAX: usize> fmt::Debug for $name<'_, MIN, MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} bytes", self.0.len())
            }
        }
    };
}
opaque!(/** `opaque <MIN..MAX>` behind one byte of length. */ Opaque8, 1, u8, 255);
opaque!(/** `opaque <MIN..MAX>` behind two bytes of length. */ Opaque16, 2, u16, 65_535);
opaque!(/** `opaque <MIN..MAX>` behind three bytes of length. */ Opaque24, 3, u24, 16_777_215);

macro_rules! list {
    ($(#[$meta:meta])* $name:ident, $width:literal, $read:ident) => {
        $(#[$meta])*
        pub struct $name<'a, E, const MIN_BYTES: usize = 0> {
            raw: &'a [u8],
            entry: PhantomData<fn() -> E>,
        }

        impl<'a, E: Wire<'a>, const MIN_BYTES: usize> $name<'a, E, MIN_BYTES> {
            /// A list over entries that are already encoded.
            #[must_use]
            pub fn from_encoded(raw: &'a [u8]) -> Self {
                Self { raw, entry: PhantomData }
            }

            /// The encoded entries.
            #[must_use]
            pub fn as_encoded(&self) -> &'a [u8] {
                self.raw
            }

            /// The entries, read one by one.
            #[must_use]
            pub fn iter(&self) -> Entries<'a, E> {
                Entries { reader: Reader::new(self.raw), entry: PhantomData }
            }

            /// True when there is no entry.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.raw.is_empty()
            }
        }

        impl<'a, E: Wire<'a> + PartialEq, const MIN_BYTES: usize> $name<'a, E, MIN_BYTES> {
            /// True when `wanted` is in the list.
            #[must_use]
            pub fn contains(&self, wanted: &E) -> bool {
                self.iter().any(|entry| entry == *wanted)
            }
        }

        impl<'a, E: Wire<'a>, const MIN_BYTES: usize> Wire<'a> for $name<'a, E, MIN_BYTES> {
            fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
                let start = reader.position();
                let length = usize::try_from(reader.$read()?).unwrap_or(usize::MAX);
                if !T::RECORDS && is_whole::<E>(length) {
                    let raw = reader.take(length)?;
                    check_length(raw.len(), MIN_BYTES, usize::MAX, start)?;
                    return Ok(Self::from_encoded(raw));
                }
                let raw = reader.within(length, |reader| {
                    let mut whole = reader.clone_at_cursor();
                    let mut index = 0;
                    while !reader.is_empty() {
                        reader.entry(index, E::read)?;
                        index += 1;
                    }
                    Ok(whole.rest())
                })?;
                check_length(raw.len(), MIN_BYTES, usize::MAX, start)?;
                Ok(Self::from_encoded(raw))
            }
            fn write(&self, out: &mut Writer<'_>) {
                out.prefixed::<$width>(|out| out.bytes(self.raw));
            }
        }

        impl<E, const MIN_BYTES: usize> Clone for $name<'_, E, MIN_BYTES> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<E, const MIN_BYTES: usize> Copy for $name<'_, E, MIN_BYTES> {}
        impl<E, const MIN_BYTES: usize> PartialEq for $name<'_, E, MIN_BYTES> {
            fn eq(&self, other: &Self) -> bool {
                self.raw == other.raw
            }
        }
        impl<E, const MIN_BYTES: usize> Eq for $name<'_, E, MIN_BYTES> {}
        impl<'a, E: Wire<'a> + fmt::Debug, const MIN_BYTES: usize> fmt::Debug for $name<'a, E, MIN_BYTES> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.iter()).finish()
            }
        }
    };
}
list!(/** A list of `E` behind one byte of length. */ List8, 1, u8);
list!(/** A list of `E` behind two bytes of length. */ List16, 2, u16);
list!(/** A list of `E` behind three bytes of length. */ List24, 3, u24);

/// The entries of a list, read lazily. The list was checked when it was read.
pub struct Entries<'a, E> {
    reader: Reader<'a>,
    entry: PhantomData<fn() -> E>,
}

impl<'a, E: Wire<'a>> Iterator for Entries<'a, E> {
    type Item = E;
    fn next(&mut self) -> Option<E> {
        if self.reader.is_empty() {
            return None;
        }
        E::read(&mut self.reader).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let bytes = self.reader.remaining();
        match E::SIZE {
            Some(size) => (bytes / size.max(1), Some(bytes / size.max(1))),
            None => (0, Some(bytes)),
        }
    }
}

/// True where so many bytes are entries, whatever they are.
fn is_whole<'a, E: Wire<'a>>(length: usize) -> bool {
    E::SIZE.is_some_and(|size| length.is_multiple_of(size))
}

fn check_length(length: usize, min: usize, max: usize, at: usize) -> Result<(), DecodeFault> {
    if length < min {
        return Err(DecodeFault::new(FaultKind::TooShort, at));
    }
    if length > max {
        return Err(DecodeFault::new(FaultKind::TooLong, at));
    }
    Ok(())
}
