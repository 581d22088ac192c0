//! Watching a read: the dissector's way in.

/// Sees each field as it is read. The default, [`Ignore`], compiles to nothing.
///
/// After a fault the fields that were entered and not left are those that hold
/// the broken byte.
pub trait Recorder {
    /// False where it sees nothing, so that what is only passed over need not be read.
    const RECORDS: bool = true;

    /// A field called `name` begins at byte `at`.
    fn enter(&mut self, name: &'static str, at: usize);
    /// The field entered last ends before byte `at`.
    fn leave(&mut self, at: usize);
    /// Entry `index` of the list in the current field begins at byte `at`. It
    /// ends where the next one begins, or where the field is left.
    #[inline(always)]
    fn entry(&mut self, _index: usize, _at: usize) {}
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ignore;

impl Recorder for Ignore {
    const RECORDS: bool = false;

    #[inline(always)]
    fn enter(&mut self, _name: &'static str, _at: usize) {}
    #[inline(always)]
    fn leave(&mut self, _at: usize) {}
}

impl<T: Recorder> Recorder for &mut T {
    const RECORDS: bool = T::RECORDS;

    fn enter(&mut self, name: &'static str, at: usize) {
        (**self).enter(name, at);
    }
    fn leave(&mut self, at: usize) {
        (**self).leave(at);
    }
    fn entry(&mut self, index: usize, at: usize) {
        (**self).entry(index, at);
    }
}
