//! A23, certificates that expand (CVE-2025-66199): a peer of whom nothing is known yet gets no more memory by
//! what it compresses than a Certificate message may have, and a decoder takes some of its own.

use crate::attack::{Attack, Control, Found};
use handfast::config::{CertificateCodec, CertificateCompression, DecompressionFailed};
use handfast::observe::Script;
use handfast::{CertificateCompressionAlgorithm, Error, Fault};
use handfast_testkit::certificates::KeyKind;
use handfast_testkit::config;
use handfast_testkit::liar::anatomy::message;
use handfast_testkit::pair::{Pair, now};
use handfast_wire::registry::HandshakeType;
use std::sync::Arc;

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A23",
    name: "certificates_that_expand",
    ours: || expand(CertificateCompression::all),
    controls: &[Control {
        broken: "a_peer_that_decompresses_what_comes",
        run: || expand(whatever_comes),
    }],
}];

/// Bytes that a Certificate message may have.
const LONGEST: u32 = 100 * 1024;
/// What a decoder may take for itself.
const DECODER: u64 = 1024 * 1024;
/// A quiet connection, and the message with its records.
const MORE: u64 = 256 * 1024;

/// 16 MiB of zeros, by Brotli.
const BROTLI: &[u8] = &[
    0xcb, 0xff, 0xff, 0x3f, 0xf8, 0x27, 0x00, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x8f, 0xff, 0xff,
    0x7f, 0xf0, 0x4f, 0x00, 0xc4, 0x61, 0x11, 0x80, 0xee, 0xfd, 0xdf,
];

/// 16 MiB of zeros, by Zstandard: runs of 128 KiB, in a window of as much.
fn zstd(window: u8) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, window];
    for number in 1..=128_u32 {
        let last = u32::from(number == 128);
        let header = (128 * 1024) << 3 | 1 << 1 | last;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

/// Zeros, by zlib.
fn zlib() -> Vec<u8> {
    let by = CertificateCompression::zlib();
    let packed = by.codec().compress(&vec![0; 4 << 20]);
    packed.expect("zeros are compressed")
}

/// What makes much of little, each with the number of its algorithm.
fn bombs() -> Vec<(u8, Vec<u8>)> {
    vec![
        (1, zlib()),
        (2, BROTLI.to_vec()),
        // Windows of 128 KiB, 16 MiB, 64 MiB, and of as much as can be said.
        (3, zstd(7 << 3)),
        (3, zstd(14 << 3)),
        (3, zstd(16 << 3)),
        (3, zstd(0xff)),
    ]
}

/// Shows a bomb in place of a certificate.
#[derive(Debug)]
struct Shows(Vec<u8>);

impl Script for Shows {
    fn say(&self, msg_type: HandshakeType, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        match msg_type {
            HandshakeType::CERTIFICATE => vec![self.0.clone()],
            _ => vec![bytes],
        }
    }
}

/// The most that the client takes for what comes, and how it ends.
fn peak(by: &[CertificateCompression], shown: Vec<u8>) -> (u64, Option<Error>) {
    let mut client = config::client();
    client.common.certificate_compression = by.to_vec();
    let mut server = config::server(KeyKind::EcP256);
    server.common.danger_script = Some(Arc::new(Shows(shown)));
    let mut pair = Pair::new(&client.check().unwrap(), &server.check().unwrap());
    let hello = pair.client.take_output();
    pair.server.deliver(&hello, now());
    let flight = pair.server.take_output();
    pair.client.incoming.reserve(flight.len());
    pair.client.events.reserve(16);
    let taken = allocation_counter::measure(|| pair.client.deliver(&flight, now()));
    (taken.bytes_max, pair.client.error)
}

fn expand(by: fn() -> Vec<CertificateCompression>) -> Found {
    let mut found = Found::default();
    let by = by();
    for (at, (algorithm, bomb)) in bombs().into_iter().enumerate() {
        for announced in [1, 4096, LONGEST, LONGEST + 1, 16 << 20] {
            let announced = u32::min(announced, 0xff_ffff);
            let length = u32::try_from(bomb.len()).unwrap().to_be_bytes();
            let head = [
                &[0, algorithm][..],
                &announced.to_be_bytes()[1..],
                &length[1..],
            ]
            .concat();
            let body = [head, bomb.clone()].concat();
            let shown = message(HandshakeType::COMPRESSED_CERTIFICATE, &body);
            let (taken, error) = peak(&by, shown);
            let wanted = match announced > LONGEST {
                true => Fault::CertificateExpandsTooFar,
                false => Fault::CertificateDecompression,
            };
            let may = u64::from(LONGEST) + DECODER + MORE;
            let case = format!("bomb {at} that announces {announced}: {taken} bytes, {error:?}");
            let is_well = taken <= may && error == Some(Error::Fault(wanted));
            found.tried(if is_well { Ok(()) } else { Err(case) });
        }
    }
    found
}

/// The control: it takes what comes, and looks afterwards how long it is.
fn whatever_comes() -> Vec<CertificateCompression> {
    (1..=3)
        .map(Trusting)
        .map(CertificateCompression::by)
        .collect()
}

#[derive(Debug)]
struct Trusting(u16);

impl CertificateCodec for Trusting {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(self.0)
    }

    fn compress(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decompress(&self, _: &[u8], out: &mut [u8]) -> Result<(), DecompressionFailed> {
        let all = std::hint::black_box(vec![0_u8; 16 << 20]);
        match all.len() == out.len() {
            true => Ok(()),
            false => Err(DecompressionFailed),
        }
    }
}
