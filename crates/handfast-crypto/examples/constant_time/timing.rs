//! How long it takes, by kind of input: kinds come in random order, so that whatever else the
//! machine does falls on all of them.

use crate::leaky;
use crate::made::{HEADER, Maker, Shape, right};
use crate::padded::{KINDS, SIZE, Server, VERSION, padded, spoil};
use crate::statistics::{NO_SIGN, Samples, TOLD_APART, median, t};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::legacy::premaster::{Premaster, choose, raw_decrypt};
use handfast_crypto::legacy::record::{IvRule, MacForm};
use handfast_crypto::random::{Random, SystemRandom};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

/// Different inputs of a kind, so that no single one is measured.
const POOL: usize = 64;

/// A kind that is shown and not judged: whether a record was refused, an alert tells.
const ACCEPTED: &str = "all right: accepted";

/// What is measured must not be told apart, or must.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Alike,
    Apart,
}

pub(crate) fn run(samples: usize) -> ExitCode {
    println!(
        "{samples} samples of each measurement, kinds drawn for each; ns; t against the first"
    );
    let mut all_well = true;
    all_well &= unpadding(samples);
    for maker in [
        maker(BulkCipher::Aes256Cbc, HashAlgorithm::Sha256, MacForm::Hmac),
        maker(BulkCipher::Aes128Cbc, HashAlgorithm::Sha1, MacForm::Hmac),
        maker(BulkCipher::Aes128Cbc, HashAlgorithm::Sha1, MacForm::Ssl3),
        maker(BulkCipher::TripleDesCbc, HashAlgorithm::Md5, MacForm::Ssl3),
    ] {
        all_well &= records(&maker, samples);
    }
    all_well &= decryption(samples);
    println!("\nt above {TOLD_APART} tells apart, below {NO_SIGN} shows nothing");
    if all_well {
        ExitCode::SUCCESS
    } else {
        println!("NOT as it must be");
        ExitCode::FAILURE
    }
}

fn maker(cipher: BulkCipher, hash: HashAlgorithm, mac: MacForm) -> Maker {
    // Where IVs are chained, every record would want a key of its own: the rest is the same.
    Maker::new(cipher, hash, mac, IvRule::InRecord)
}

/// The choice alone, beside code that stops early.
fn unpadding(samples: usize) -> bool {
    // One pool for all kinds: where in memory an input lies takes time too.
    let pool: Vec<Vec<u8>> = (0..POOL).map(|_| padded(0)).collect();
    let mut place = [0; SIZE];
    let ours = measure(samples, KINDS.len(), |kind, which| {
        place.copy_from_slice(&pool[which]);
        spoil(&mut place, kind);
        let mut premaster = random_premaster();
        let raw = black_box(&place[..]);
        clock(|| choose(raw, VERSION, &mut premaster))
    });
    let title = "premaster: the choice after RSA";
    let well = report(title, &KINDS, &ours, Wanted::Alike);
    let twin = measure(samples, KINDS.len(), |kind, which| {
        place.copy_from_slice(&pool[which]);
        spoil(&mut place, kind);
        black_box(random_premaster());
        let raw = black_box(&place[..]);
        clock(|| leaky::premaster(raw, VERSION))
    });
    let title = "premaster, leaky twin: stops early";
    well & report(title, &KINDS, &twin, Wanted::Apart)
}

/// RSA and the choice, as a server does it.
fn decryption(samples: usize) -> bool {
    let server = Server::new();
    let pool: Vec<Vec<Vec<u8>>> = (0..KINDS.len())
        .map(|kind| (0..POOL).map(|_| server.encrypt(&padded(kind))).collect())
        .collect();
    let mut place = [0; SIZE];
    let ours = measure(samples, KINDS.len(), |kind, which| {
        place.copy_from_slice(&pool[kind][which]);
        let mut premaster = random_premaster();
        let sent = black_box(&place[..]);
        clock(|| choose(&raw_decrypt(&server.key, sent), VERSION, &mut premaster))
    });
    let title = "premaster: RSA of 2048 bits and the choice";
    let well = report(title, &KINDS, &ours, Wanted::Alike);
    let twin = measure(samples, KINDS.len(), |kind, which| {
        place.copy_from_slice(&pool[kind][which]);
        let sent = black_box(&place[..]);
        clock(|| leaky::premaster(&raw_decrypt(&server.key, sent), VERSION))
    });
    let title = "premaster, leaky twin: RSA of 2048 bits, stops early";
    well & report(title, &KINDS, &twin, Wanted::Apart)
}

/// What is refused, whatever it is that is wrong: that it was refused is told by an alert.
fn records(maker: &Maker, samples: usize) -> bool {
    let (names, shapes) = refused(maker);
    let pool: Vec<Vec<Vec<u8>>> = shapes
        .iter()
        .map(|shape| {
            (0..POOL)
                .map(|_| maker.plain(*shape, random_byte))
                .collect()
        })
        .collect();
    let sealed: Vec<Vec<Vec<u8>>> = pool
        .iter()
        .map(|plain| plain.iter().map(|plain| maker.seal(plain)).collect())
        .collect();
    let mut opener = maker.opener();
    let mut body = sealed[0][0].clone();
    let ours = measure(samples, shapes.len(), |kind, which| {
        body.copy_from_slice(&sealed[kind][which]);
        let (body, opener) = (black_box(&mut body[..]), &mut opener);
        clock(|| opener.open(&HEADER, body).is_ok())
    });
    let protection = maker.protection;
    let of = format!(
        "{:?}, {:?}, {:?}",
        protection.cipher, protection.hash, protection.mac
    );
    let well = report(&format!("record: {of}"), &names, &ours, Wanted::Alike);
    let twin = measure(samples / 10, shapes.len(), |kind, which| {
        let plain = black_box(&pool[kind][which]);
        match protection.mac {
            MacForm::Hmac => clock(|| leaky::open_tls(maker, plain)),
            MacForm::Ssl3 => clock(|| leaky::open_ssl3(maker, plain)),
        }
    });
    well & report(
        &format!("record, leaky twin: {of}"),
        &names,
        &twin,
        Wanted::Apart,
    )
}

/// Of one length on the wire: what is refused, and one that is not.
fn refused(maker: &Maker) -> (Vec<&'static str>, Vec<Shape>) {
    let mac_len = maker.protection.hash.output_len();
    let longest = match maker.protection.mac {
        MacForm::Hmac => 256,
        MacForm::Ssl3 => maker.protection.cipher.block_len(),
    };
    let content = |padding: usize| 576 - mac_len - padding;
    let forged = |padding: usize| Shape {
        mac_right: false,
        ..right(content(padding), padding)
    };
    let long = right(content(longest), longest);
    let mut kinds = vec![
        ("MAC wrong, least padding", forged(1)),
        ("MAC wrong, longest padding", forged(longest)),
        (
            "MAC and padding wrong",
            Shape {
                says: 255,
                ..forged(16)
            },
        ),
    ];
    match maker.protection.mac {
        MacForm::Hmac => {
            let wrong = |at| Shape {
                wrong: Some(at),
                ..long
            };
            kinds.push(("padding wrong, its first byte", wrong(0)));
            kinds.push(("padding wrong, before its end", wrong(longest - 2)));
        }
        MacForm::Ssl3 => {
            let says = u8::try_from(longest).unwrap();
            kinds.push(("padding wrong, a byte too long", Shape { says, ..long }));
        }
    }
    kinds.push((ACCEPTED, right(content(1), 1)));
    kinds.into_iter().unzip()
}

fn clock<T>(work: impl FnOnce() -> T) -> u32 {
    let start = Instant::now();
    black_box(work());
    u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX)
}

/// Draws a kind and one of its inputs for every sample.
fn measure(samples: usize, kinds: usize, mut sample: impl FnMut(usize, usize) -> u32) -> Samples {
    let mut times = vec![Vec::with_capacity(2 * samples / kinds); kinds];
    let mut dice = Dice::new();
    for number in 0..samples + samples / 100 {
        let (kind, which) = (dice.below(kinds), dice.below(POOL));
        let time = sample(kind, which);
        // The first ones warm up.
        if number >= samples / 100 {
            times[kind].push(time);
        }
    }
    times
}

/// Prints it, and tells whether it is as it must be.
fn report(title: &str, names: &[&str], samples: &Samples, wanted: Wanted) -> bool {
    println!("\n{title}");
    let mut largest = 0.0f64;
    for (name, times) in names.iter().zip(samples) {
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let (median, low, high) = median(&sorted);
        let t = t(times, &samples[0]);
        if *name != ACCEPTED {
            largest = largest.max(t.abs());
        }
        let count = times.len();
        println!("  {name:<32} {count:>8}  median {median:>7} [{low}, {high}]  t {t:>8.2}");
    }
    let well = match wanted {
        Wanted::Alike => largest < TOLD_APART,
        Wanted::Apart => largest > TOLD_APART,
    };
    let verdict = match (wanted, well) {
        (Wanted::Alike, true) if largest < NO_SIGN => "alike",
        (Wanted::Alike, true) => "unclear",
        (Wanted::Alike, false) => "TOLD APART",
        (Wanted::Apart, true) => "told apart, as it must be",
        (Wanted::Apart, false) => "NOT told apart: the measurement sees nothing",
    };
    println!("  largest |t| {largest:.2}: {verdict}");
    well
}

fn random_premaster() -> Premaster {
    let mut premaster = Premaster::zeros();
    SystemRandom.fill(premaster.as_mut_bytes()).unwrap();
    premaster
}

fn random_byte(_: usize) -> u8 {
    let mut byte = [0];
    SystemRandom.fill(&mut byte).unwrap();
    byte[0]
}

/// Xorshift: which sample comes next need not be secret.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let mut seed = [0; 8];
        SystemRandom.fill(&mut seed).unwrap();
        Self(u64::from_le_bytes(seed) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}
