//! Where the entry of a serial number stands, for lists that are asked often.

use crate::cursor::{Cursor, Tlv};
use std::fmt;

/// The entries' places, sorted by serial number. Four bytes an entry.
pub(crate) struct Index {
    places: Box<[u32]>,
}

impl Index {
    /// Of entries that were all read.
    pub(crate) fn of(entries: Cursor<'_>) -> Self {
        let mut places = Vec::new();
        let mut rest = entries;
        while let Ok(place) = u32::try_from(entries.len().saturating_sub(rest.len())) {
            if rest.is_empty() || rest.element(FIELD).is_err() {
                break;
            }
            places.push(place);
        }
        // Stable: of two entries of one number the first is found, as by reading on.
        places.sort_by_key(|place| serial(entries, *place));
        Self {
            places: places.into(),
        }
    }

    /// The first entry with this serial number, in the same entries.
    pub(crate) fn find<'a>(&self, entries: Cursor<'a>, wanted: &[u8]) -> Option<Tlv<'a>> {
        let before = |place: &u32| serial(entries, *place).is_none_or(|found| found < wanted);
        let place = *self.places.get(self.places.partition_point(before))?;
        (serial(entries, place)? == wanted).then(|| entry(entries, place))?
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({})", self.places.len())
    }
}

fn entry(entries: Cursor<'_>, place: u32) -> Option<Tlv<'_>> {
    let mut at = entries.skipped(usize::try_from(place).ok()?)?;
    at.element(FIELD).ok()
}

fn serial(entries: Cursor<'_>, place: u32) -> Option<&[u8]> {
    let mut inside = entry(entries, place)?.cursor();
    inside.element(FIELD).ok().map(|number| number.value)
}

const FIELD: &str = "tbsCertList.revokedCertificates";
