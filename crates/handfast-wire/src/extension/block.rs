//! The extension block: `Extension extensions<0..2^16-1>`.

use crate::codec::{DecodeFault, FaultKind, List16, Opaque16, Reader, Recorder, Wire, Writer};
use crate::registry::ExtensionType;
use alloc::vec::Vec;
use core::ops::Range;

message! {
    /// One extension, its content still encoded.
    pub struct Extension<'a> {
        /// Which extension.
        extension_type: ExtensionType,
        /// Its content.
        extension_data: Opaque16<'a>,
    }
}

/// A block of extensions, checked to be well formed, its contents still encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Extensions<'a> {
    raw: &'a [u8],
    present: bool,
}

impl<'a> Extensions<'a> {
    /// A block over extensions that are already encoded.
    #[must_use]
    pub fn from_encoded(raw: &'a [u8]) -> Self {
        Self { raw, present: true }
    }

    /// The encoded extensions, without the block's own length.
    #[must_use]
    pub fn as_encoded(&self) -> &'a [u8] {
        self.raw
    }

    /// False when the message ended before the block, as early TLS allows.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Reads a block that the message may end before: the Hellos of SSL 3.0 and
    /// early TLS have none (RFC 5246 section 7.4.1.2).
    ///
    /// # Errors
    /// As [`Wire::read`].
    pub fn read_optional<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        if reader.is_empty() {
            return Ok(Self::default());
        }
        Self::read(reader)
    }

    /// The extensions, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        let mut rest = self.raw;
        core::iter::from_fn(move || {
            let (extension, behind) = split_first(rest)?;
            rest = behind;
            Some(extension)
        })
    }

    /// The content of one extension.
    #[must_use]
    pub fn find(&self, wanted: ExtensionType) -> Option<&'a [u8]> {
        self.iter()
            .find(|extension| extension.extension_type == wanted)
            .map(|found| found.extension_data.0)
    }

    /// Where the content of one extension stands in [`Self::as_encoded`].
    #[must_use]
    pub fn range_of(&self, wanted: ExtensionType) -> Option<Range<usize>> {
        let mut at = 0_usize;
        for extension in self.iter() {
            let start = at.saturating_add(4);
            at = start.saturating_add(extension.extension_data.len());
            if extension.extension_type == wanted {
                return Some(start..at);
            }
        }
        None
    }

    /// Refuses a block in which a type appears twice (RFC 8446 section 4.2).
    ///
    /// # Errors
    /// [`FaultKind::Duplicate`] at the second of the two, its byte counted from
    /// the start of the block's content.
    pub fn refuse_duplicates(&self) -> Result<(), DecodeFault> {
        // Types below 64 are nearly all there are. The few others are sorted, so
        // that a Hello full of unknown types costs no quadratic time; only such a
        // Hello needs memory.
        let mut seen = 0_u64;
        let mut few = [0_u16; 16];
        let mut used = 0;
        let mut more: Vec<u16> = Vec::new();
        for extension in self.iter() {
            let code = extension.extension_type.0;
            match 1_u64.checked_shl(u32::from(code)) {
                Some(bit) if seen & bit != 0 => return Err(self.duplicate(code)),
                Some(bit) => seen |= bit,
                None => match few.get_mut(used) {
                    Some(slot) => {
                        *slot = code;
                        used += 1;
                    }
                    None => more.push(code),
                },
            }
        }
        let few = few.get_mut(..used).unwrap_or_default();
        let high = if more.is_empty() {
            few
        } else {
            more.extend_from_slice(few);
            more.as_mut_slice()
        };
        high.sort_unstable();
        let mut neighbours = high.iter().zip(high.iter().skip(1));
        match neighbours.find(|(one, next)| one == next) {
            Some((code, _)) => Err(self.duplicate(*code)),
            None => Ok(()),
        }
    }

    /// The fault for a type that is there twice.
    fn duplicate(&self, code: u16) -> DecodeFault {
        let mut reader = Reader::new(self.raw);
        let mut before = false;
        let mut index = 0;
        let mut at = 0;
        while let Ok(extension) = Extension::read(&mut reader) {
            let same = extension.extension_type.0 == code;
            if same && before {
                break;
            }
            before |= same;
            index += 1;
            at = reader.position();
        }
        DecodeFault::new(FaultKind::Duplicate, at)
            .in_entry(index)
            .within("extensions")
    }
}

impl<'a> Wire<'a> for Extensions<'a> {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        // Where nobody records, only a block that is not well formed is read by its fields.
        let ahead = reader.clone_at_cursor().rest();
        if let (Some(raw), false) = (whole_block(ahead), T::RECORDS) {
            reader.take(2 + raw.len())?;
            return Ok(Self { raw, present: true });
        }
        let list = List16::<Extension<'a>>::read(reader)?;
        Ok(Self {
            raw: list.as_encoded(),
            present: true,
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        if self.present {
            out.prefixed::<2>(|out| out.bytes(self.raw));
        }
    }
}

/// The first extension, and what stands behind it.
#[inline]
fn split_first(block: &[u8]) -> Option<(Extension<'_>, &[u8])> {
    let ([type_high, type_low, high, low], behind) = block.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let (data, behind) = behind.split_at_checked(length)?;
    let extension = Extension {
        extension_type: ExtensionType(u16::from_be_bytes([*type_high, *type_low])),
        extension_data: Opaque16(data),
    };
    Some((extension, behind))
}

/// The block at the front of `bytes`, its own length left out, where it is well formed.
fn whole_block(bytes: &[u8]) -> Option<&[u8]> {
    let ([high, low], behind) = bytes.split_first_chunk()?;
    let raw = behind.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
    let mut rest = raw;
    while !rest.is_empty() {
        (_, rest) = split_first(rest)?;
    }
    Some(raw)
}

/// The content of an extension that says all by being there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Empty;

impl<'a> Wire<'a> for Empty {
    fn read<T: Recorder>(_reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        Ok(Self)
    }
    fn write(&self, _out: &mut Writer<'_>) {}
}

/// Writes a block extension by extension.
pub struct ExtensionsWriter<'w, 'o> {
    out: &'w mut Writer<'o>,
}

impl<'w, 'o> ExtensionsWriter<'w, 'o> {
    /// Writes the block's extensions (without the block's length) to `out`.
    pub fn new(out: &'w mut Writer<'o>) -> Self {
        Self { out }
    }

    /// Adds an extension whose content `body` writes.
    pub fn add(&mut self, extension_type: ExtensionType, body: impl FnOnce(&mut Writer<'_>)) {
        extension_type.write(self.out);
        self.out.prefixed::<2>(body);
    }

    /// Adds an extension whose content is `value`.
    pub fn add_value<'a>(&mut self, extension_type: ExtensionType, value: &impl Wire<'a>) {
        self.add(extension_type, |out| value.write(out));
    }

    /// Adds extensions that are already encoded.
    pub fn add_encoded(&mut self, encoded: &[u8]) {
        self.out.bytes(encoded);
    }
}
