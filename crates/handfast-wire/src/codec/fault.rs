//! What was wrong with the bytes, and where.

use core::fmt;

/// How a value broke its declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The bytes end before the value does.
    Truncated,
    /// Bytes are left over behind the value.
    Trailing,
    /// A vector is shorter than its declared floor.
    TooShort,
    /// A vector is longer than its declared ceiling.
    TooLong,
    /// An extension or list entry appears twice.
    Duplicate,
    /// A value outside those that the RFC lists.
    IllegalValue,
}

/// The names of the fields that lead to a fault, outermost first.
///
/// Filled only while a fault travels outwards, so that good input pays nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Path {
    names: [&'static str; Path::DEPTH],
    depth: u8,
    index: Option<u16>,
    /// How many names lie inside the entry that `index` counts.
    index_depth: u8,
}

impl Path {
    const DEPTH: usize = 5;

    /// The field names, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.names
            .iter()
            .take(usize::from(self.depth))
            .rev()
            .copied()
    }

    /// The position in the innermost list, counted from 0.
    #[must_use]
    pub fn index(&self) -> Option<u16> {
        self.index
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names are kept from the inside out: `inner` counts those still to come.
        let names = core::iter::once("").chain(self.names());
        for (inner, name) in (0..=self.depth).rev().zip(names) {
            f.write_str(name)?;
            if let Some(index) = self.index.filter(|_| inner == self.index_depth) {
                write!(f, "[{index}]")?;
            }
            let nothing_yet = inner == self.depth && self.index_depth != inner;
            if inner > 0 && !nothing_yet {
                f.write_str(".")?;
            }
        }
        Ok(())
    }
}

/// Bytes that do not follow their declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeFault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Where, in bytes from the start of what was decoded.
    pub at: usize,
    /// Which field.
    pub path: Path,
}

impl DecodeFault {
    /// A fault at byte `at`, with no path yet.
    #[must_use]
    pub fn new(kind: FaultKind, at: usize) -> Self {
        let path = Path {
            names: [""; Path::DEPTH],
            depth: 0,
            index: None,
            index_depth: 0,
        };
        Self { kind, at, path }
    }

    /// The same fault, seen from the field that holds it.
    #[must_use]
    pub fn within(mut self, name: &'static str) -> Self {
        if let Some(slot) = self.path.names.get_mut(usize::from(self.path.depth)) {
            *slot = name;
            self.path.depth += 1;
        }
        self
    }

    /// The same fault, in entry `index` of a list.
    #[must_use]
    pub fn in_entry(mut self, index: usize) -> Self {
        if self.path.index.is_none() {
            self.path.index = u16::try_from(index).ok();
            self.path.index_depth = self.path.depth;
        }
        self
    }

    /// The same fault, counted from a place `offset` bytes further out.
    #[must_use]
    pub fn moved(mut self, offset: usize) -> Self {
        self.at += offset;
        self
    }
}

impl fmt::Display for DecodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            FaultKind::Truncated => "ends too early",
            FaultKind::Trailing => "has bytes left over",
            FaultKind::TooShort => "is shorter than allowed",
            FaultKind::TooLong => "is longer than allowed",
            FaultKind::Duplicate => "appears twice",
            FaultKind::IllegalValue => "has a value that is not allowed",
        };
        write!(f, "{} {what} (byte {})", self.path, self.at)
    }
}

impl core::error::Error for DecodeFault {}
