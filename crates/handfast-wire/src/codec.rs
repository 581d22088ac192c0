//! Reading and writing: one cursor, one writer, one trait.

mod fault;
mod reader;
mod recorder;
mod vector;
mod wire;
mod writer;

pub use fault::{DecodeFault, FaultKind, Path};
pub use reader::Reader;
pub use recorder::{Ignore, Recorder};
pub use vector::{List8, List16, List24, Opaque8, Opaque16, Opaque24};
pub use wire::Wire;
pub use writer::{TooLong, Writer};

#[cfg(test)]
mod tests;
