//! What valgrind watches.

use crate::leaky;
use crate::made::{HEADER, Maker, Shape, right};
use crate::padded::{KINDS, Server, VERSION, padded};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::legacy::premaster::{Premaster, choose, raw_decrypt};
use handfast_crypto::legacy::record::{IvRule, MacForm};
use handfast_crypto::legacy::taint::{public, secret};
use handfast_crypto::random::{Random, SystemRandom};
use std::hint::black_box;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// True for a leaky twin, in which something must be reported.
    pub(crate) leaks: bool,
    /// Gives how many inputs there were.
    pub(crate) run: fn() -> usize,
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "records",
        leaks: false,
        run: records,
    },
    Case {
        name: "records-ssl3",
        leaks: false,
        run: records_ssl3,
    },
    Case {
        name: "premaster",
        leaks: false,
        run: premaster,
    },
    Case {
        name: "marked-records",
        leaks: true,
        run: marked_records,
    },
    Case {
        name: "leaky-records",
        leaks: true,
        run: || leaky_records(leaky::open_tls),
    },
    Case {
        name: "leaky-lucky-thirteen",
        leaks: true,
        run: || leaky_records(leaky::lucky_thirteen),
    },
    Case {
        name: "leaky-records-ssl3",
        leaks: true,
        run: leaky_records_ssl3,
    },
    Case {
        name: "leaky-premaster",
        leaks: true,
        run: leaky_premaster,
    },
];

/// Pairs of cipher and hash that the library has no protection for, so that it is ours.
fn own() -> [Maker; 5] {
    use BulkCipher::{Aes128Cbc, Aes256Cbc, TripleDesCbc};
    use HashAlgorithm::{Md5, Sha256, Sha384};
    [
        (Aes256Cbc, Sha256, IvRule::InRecord),
        (Aes256Cbc, Sha384, IvRule::Chained),
        (Aes128Cbc, Sha384, IvRule::InRecord),
        (TripleDesCbc, Sha256, IvRule::InRecord),
        (TripleDesCbc, Md5, IvRule::Chained),
    ]
    .map(|(cipher, hash, iv)| Maker::new(cipher, hash, MacForm::Hmac, iv))
}

fn ssl3() -> impl Iterator<Item = Maker> {
    let ciphers = [
        BulkCipher::Aes128Cbc,
        BulkCipher::Aes256Cbc,
        BulkCipher::TripleDesCbc,
    ];
    let hashes = [HashAlgorithm::Md5, HashAlgorithm::Sha1];
    ciphers.into_iter().flat_map(move |cipher| {
        hashes.map(|hash| Maker::new(cipher, hash, MacForm::Ssl3, IvRule::Chained))
    })
}

/// Right and wrong in every way, and whether it is right.
fn shapes(maker: &Maker) -> Vec<(Shape, bool)> {
    let block = maker.protection.cipher.block_len();
    let mac_len = maker.protection.hash.output_len();
    let longest = match maker.protection.mac {
        MacForm::Hmac => 256,
        MacForm::Ssl3 => block,
    };
    let mut shapes = Vec::new();
    for content in [0, 1, 15, 40, 100, 300, 301] {
        let least = block - (content + mac_len) % block;
        for padding in (least..=longest).step_by(4 * block) {
            let fits = right(content, padding);
            shapes.push((fits, true));
            let forged = Shape {
                mac_right: false,
                ..fits
            };
            shapes.push((forged, false));
            shapes.push((Shape { says: 255, ..fits }, padding == 256));
            let odd = Shape {
                wrong: Some(0),
                ..fits
            };
            // SSL 3.0 looks at the last byte alone.
            shapes.push((odd, maker.protection.mac == MacForm::Ssl3 && padding > 1));
        }
    }
    shapes
}

fn held_open(maker: &Maker) -> usize {
    let shapes = shapes(maker);
    for (shape, opens) in &shapes {
        let plain = maker.plain(*shape, |at| at as u8);
        let mut body = maker.seal(&plain);
        let opened = maker.opener().open(&HEADER, &mut body);
        assert_eq!(opened.is_ok(), *opens);
        public(&body);
        if let Ok(place) = opened {
            assert_eq!(&body[place], &plain[..shape.content]);
        }
    }
    shapes.len()
}

/// That the record protection marks what it decrypts: what remains behind the content is looked at.
fn marked_records() -> usize {
    let makers = own().into_iter().chain(ssl3());
    let mut looked_at = 0;
    for maker in makers {
        let least = maker.protection.cipher.block_len();
        let content = 96 - maker.protection.hash.output_len();
        let mut body = maker.seal(&maker.plain(right(content, least), |at| at as u8));
        maker.opener().open(&HEADER, &mut body).unwrap();
        if body.last() == Some(&0) {
            looked_at += 1;
        }
        looked_at += 1;
    }
    looked_at
}

fn records() -> usize {
    own().iter().map(held_open).sum()
}

fn records_ssl3() -> usize {
    ssl3().map(|maker| held_open(&maker)).sum()
}

fn premaster() -> usize {
    let server = Server::new();
    for kind in 0..KINDS.len() {
        let encrypted = server.encrypt(&padded(kind));
        let mut premaster = Premaster::zeros();
        SystemRandom.fill(premaster.as_mut_bytes()).unwrap();
        choose(
            &raw_decrypt(&server.key, &encrypted),
            VERSION,
            &mut premaster,
        );
        black_box(&premaster);
    }
    KINDS.len()
}

/// What is decrypted is marked by hand here, as the record protection marks it.
fn leaky_records(open: fn(&Maker, &[u8]) -> bool) -> usize {
    let maker = Maker::new(
        BulkCipher::Aes256Cbc,
        HashAlgorithm::Sha256,
        MacForm::Hmac,
        IvRule::InRecord,
    );
    leaky_open(&maker, open)
}

fn leaky_records_ssl3() -> usize {
    let maker = Maker::new(
        BulkCipher::Aes128Cbc,
        HashAlgorithm::Sha1,
        MacForm::Ssl3,
        IvRule::Chained,
    );
    leaky_open(&maker, leaky::open_ssl3)
}

fn leaky_open(maker: &Maker, open: fn(&Maker, &[u8]) -> bool) -> usize {
    for padding in [16, 32] {
        let content = 96 - maker.protection.hash.output_len();
        let plain = maker.plain(right(content, padding), |at| at as u8);
        secret(&plain);
        black_box(open(maker, &plain));
    }
    2
}

fn leaky_premaster() -> usize {
    let server = Server::new();
    for kind in 0..KINDS.len() {
        let encrypted = server.encrypt(&padded(kind));
        let raw = raw_decrypt(&server.key, &encrypted);
        black_box(leaky::premaster(&raw, VERSION));
    }
    KINDS.len()
}
