#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use crate::config::compression::algorithm::CertificateCompression;
use crate::config::compression::codec::{CertificateCodec, DecompressionFailed};
use crate::config::compression::kept::{Compressed, Found, Variant};
use core::sync::atomic::{AtomicUsize, Ordering};
use handfast_wire::registry::CertificateCompressionAlgorithm;
use std::sync::Arc;

/// What the compressed forms below stand for.
fn text() -> Vec<u8> {
    b"certificate ".iter().copied().cycle().take(90).collect()
}

/// What other programs make of it: zlib, Brotli's own library, libzstd.
const BY_OTHERS: [(&str, CertificateCompressionAlgorithm, &str); 5] = [
    (
        "zlib -9",
        CertificateCompressionAlgorithm::ZLIB,
        "78da4b4e2d2ac94ccb4c4e2c495548a62a1b003ae922f3",
    ),
    (
        "brotli",
        CertificateCompressionAlgorithm::BROTLI,
        "1b5900f825000a18c06a016f4c4500",
    ),
    (
        "brotli, a window of 16 MiB, flushed before its end",
        CertificateCompressionAlgorithm::BROTLI,
        "8f2c000024400a18c46ae12c881803",
    ),
    (
        "zstd -19",
        CertificateCompressionAlgorithm::ZSTD,
        "28b52ffd205aa50000686365727469666963617465206301007ab47c01",
    ),
    (
        "zstd -19, as a stream: a window of 8 MiB, a checksum",
        CertificateCompressionAlgorithm::ZSTD,
        "28b52ffd0468a50000686365727469666963617465206301007ab47c018d21b734",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn by(algorithm: CertificateCompressionAlgorithm) -> CertificateCompression {
    let mut all = CertificateCompression::all().into_iter();
    all.find(|one| one.algorithm() == algorithm).unwrap()
}

#[test]
fn what_other_programs_compress_comes_back() {
    for (program, algorithm, hex) in BY_OTHERS {
        let mut out = vec![0; text().len()];
        let codec = by(algorithm);
        let read = codec.codec().decompress(&bytes(hex), &mut out);
        assert_eq!((read, out), (Ok(()), text()), "{program}");
    }
}

#[test]
fn less_more_something_behind_it_and_half_of_it_are_refused() {
    for (program, algorithm, hex) in BY_OTHERS {
        let codec = by(algorithm);
        let codec = codec.codec();
        let whole = bytes(hex);
        for length in (0..text().len()).chain([text().len() + 1, 200, 5000, 100 * 1024]) {
            let read = codec.decompress(&whole, &mut vec![0; length]);
            assert_eq!(read, Err(DecompressionFailed), "{program}: {length} bytes");
        }
        let mut out = vec![0; text().len()];
        for prefix in 0..whole.len() {
            let read = codec.decompress(&whole[..prefix], &mut out);
            assert_eq!(read, Err(DecompressionFailed), "{program}: {prefix}");
        }
        let behind = [&whole[..], &[0]].concat();
        let read = codec.decompress(&behind, &mut out);
        assert_eq!(read, Err(DecompressionFailed), "{program}: one more byte");
        let twice = [&whole[..], &whole[..]].concat();
        let read = codec.decompress(&twice, &mut [text(), text()].concat());
        assert_eq!(read, Err(DecompressionFailed), "{program}: twice");
    }
}

#[test]
fn own_messages_come_back_and_are_shorter() {
    let noise = |seed: usize| (0..700).map(move |at| ((at * at * 31 + seed) >> 3) as u8);
    let message: Vec<u8> = noise(7).chain(text()).chain(noise(7)).collect();
    for codec in CertificateCompression::all() {
        let packed = codec.codec().compress(&message).unwrap();
        assert!(packed.len() < message.len());
        let mut out = vec![0; message.len()];
        assert_eq!(codec.codec().decompress(&packed, &mut out), Ok(()));
        assert_eq!(out, message, "{codec:?}");
        // Nothing is gained here, so nothing is given.
        assert_eq!(codec.codec().compress(&[1, 2, 3]), None, "{codec:?}");
    }
}

#[test]
fn damage_is_refused_or_changes_what_comes_out_and_never_panics() {
    for (_, algorithm, hex) in BY_OTHERS {
        let codec = by(algorithm);
        let whole = bytes(hex);
        for at in 0..whole.len() {
            for value in 0..=u8::MAX {
                let mut damaged = whole.clone();
                damaged[at] = value;
                for length in [90, 4096] {
                    let _ = codec.codec().decompress(&damaged, &mut vec![0; length]);
                }
            }
        }
    }
}

/// Counts how often it is asked.
#[derive(Debug)]
struct Counting(Arc<AtomicUsize>);

impl CertificateCodec for Counting {
    fn algorithm(&self) -> CertificateCompressionAlgorithm {
        CertificateCompressionAlgorithm(0xff00)
    }

    fn compress(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Some(message.to_vec())
    }

    fn decompress(&self, _: &[u8], _: &mut [u8]) -> Result<(), DecompressionFailed> {
        Err(DecompressionFailed)
    }
}

#[test]
fn a_message_is_made_once_for_each_way_and_form_and_anew_where_there_is_no_place() {
    let kept = Compressed::default();
    let count = Arc::new(AtomicUsize::new(0));
    let first = CertificateCompression::by(Counting(Arc::clone(&count)));
    let with_scts = Variant {
        scts: true,
        ..Variant::default()
    };
    let get = |by: &CertificateCompression, variant| {
        let make = || by.codec().compress(&[7]);
        match kept.get_or_make(by, variant, make) {
            Found::Known(message) => (message.map(<[u8]>::to_vec), true),
            Found::Made(message) => (message, false),
        }
    };
    for _ in 0..3 {
        assert_eq!(get(&first, Variant::default()), (Some(vec![7]), true));
        assert_eq!(get(&first.clone(), with_scts), (Some(vec![7]), true));
    }
    assert_eq!(count.load(Ordering::Relaxed), 2);
    // Another codec with the same number is another codec.
    for _ in 0..20 {
        let other = CertificateCompression::by(Counting(Arc::clone(&count)));
        get(&other, Variant::default());
    }
    assert_eq!(count.load(Ordering::Relaxed), 22);
    let late = CertificateCompression::by(Counting(Arc::clone(&count)));
    assert_eq!(get(&late, Variant::default()), (Some(vec![7]), false));
    assert_eq!(get(&late, Variant::default()), (Some(vec![7]), false));
    assert_eq!(count.load(Ordering::Relaxed), 24);
}
