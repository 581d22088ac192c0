//! TLS bytes to types and back: messages, extensions, records, alerts and the
//! IANA registries.
//!
//! This crate holds no policy and no cryptography. Reading borrows from the
//! input and allocates nothing; a [`codec::Recorder`] can watch a read and
//! learn which field lies at which bytes.
//!
//! ```
//! use handfast_wire::codec::Wire;
//! use handfast_wire::handshake::{Finished, HandshakeHeader};
//!
//! let bytes = [0x14, 0, 0, 2, 0xaa, 0xbb];
//! let (header, body) = HandshakeHeader::split(&bytes).unwrap();
//! assert_eq!(header.msg_type.name(), Some("finished"));
//! assert_eq!(Finished::decode(body).unwrap().verify_data, &[0xaa, 0xbb]);
//! ```
#![no_std]
extern crate alloc;

#[macro_use]
mod declare;

pub mod alert;
pub mod codec;
pub mod extension;
pub mod handshake;
pub mod record;
pub mod registry;
