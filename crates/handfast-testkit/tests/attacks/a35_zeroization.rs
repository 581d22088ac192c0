//! A35, secrets that outlive their connection: a process of its own connects, closes, drops all,
//! and searches its whole memory for the secrets that the key log told, for the keys of records that come
//! from them, and for the private key.
//!
//! What is searched for is kept with every bit flipped, so that the search does not find itself.

use crate::attack::{Attack, Control, Found};
use handfast::config::SystemEntropy;
use handfast::config::Trust;
use handfast::observe::KeyLog;
use handfast::session::{MemoryStore, SessionCache, TicketKeys};
use handfast::{ClientConfig, Credential, PrivateKey, Roots, ServerConfig};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::secret::Secret;
use handfast_testkit::pair::{Delivery, Pair, now};
use handfast_testkit::shape::Shape;
use rustls_pki_types::CertificateDer;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::sync::{Arc, Mutex};

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A35",
    name: "secrets_left_in_memory",
    ours: || searched("drop"),
    controls: &[
        Control {
            broken: "a_connection_that_is_still_there",
            run: || searched("keep"),
        },
        Control {
            broken: "a_key_log_that_keeps_what_it_hears",
            run: || searched("copy"),
        },
    ],
}];

/// The argument by which this program knows that it is the one to be searched.
pub(crate) const WORD: &str = "search-own-memory";

/// Runs the search in a process for each shape.
fn searched(mode: &str) -> Found {
    let mut found = Found::default();
    for at in 0..SHAPES.len() {
        let program = std::env::current_exe().unwrap();
        let at = at.to_string();
        let outcome = Command::new(program)
            .args([WORD, mode, &at])
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&outcome.stdout);
        assert!(outcome.status.success(), "{words} {outcome:?}");
        for line in words.lines() {
            found.tried(match line.rsplit_once(' ') {
                Some((_, "0")) => Ok(()),
                _ => Err(line.to_owned()),
            });
        }
    }
    found
}

const SHAPES: [Shape; 4] = [Shape::Full, Shape::Resumed, Shape::Old, Shape::OldResumed];

/// A name and the bytes to look for, each bit flipped.
type Needle = (String, Vec<u8>);

/// Keeps secrets where the search does not see them; or, as a control, as they are.
#[derive(Debug, Default)]
struct Masked {
    needles: Mutex<Vec<Needle>>,
    kept: Mutex<Option<Vec<Vec<u8>>>>,
}

impl KeyLog for Masked {
    fn secret(&self, label: &str, _: &[u8; 32], secret: &[u8]) {
        let mut needles = self.needles.lock().unwrap();
        needles.push((label.to_owned(), masked(secret)));
        if label.contains("TRAFFIC_SECRET") {
            for key_len in [16, 32] {
                needles.push((
                    format!("{label}, key of {key_len}"),
                    record_key(secret, key_len),
                ));
            }
        }
        if let Some(kept) = &mut *self.kept.lock().unwrap() {
            kept.push(secret.to_vec());
        }
    }
}

fn masked(secret: &[u8]) -> Vec<u8> {
    secret.iter().map(|byte| !byte).collect()
}

/// The key that protects records (RFC 8446 section 7.3), masked. Which of the two lengths the suite
/// has is not told; the other one never was anywhere.
fn record_key(secret: &[u8], key_len: usize) -> Vec<u8> {
    let hash = if secret.len() == 32 {
        HashAlgorithm::Sha256
    } else {
        HashAlgorithm::Sha384
    };
    let mut key = Secret::zeros(key_len);
    HmacKey::new(hash, secret)
        .expand_label(b"key", &[], key.as_mut_bytes())
        .unwrap();
    masked(key.as_bytes())
}

/// What the process does that is searched: says each needle, and how often it was found.
pub(crate) fn search_own_memory(mode: &str, shape: &str) {
    let shape = SHAPES[shape.parse::<usize>().unwrap()];
    let log = Arc::new(Masked::default());
    if mode == "copy" {
        *log.kept.lock().unwrap() = Some(Vec::new());
    }
    let (pair, key) = converse(shape, &log);
    let kept = (mode == "keep").then_some(pair);
    let mut needles = log.needles.lock().unwrap();
    assert!(needles.len() >= 2, "{needles:?}");
    needles.push(("private key".to_owned(), key));
    for ((name, _), (count, places)) in needles.iter().zip(search(&needles)) {
        println!("{shape:?} {name} {places:?} {count}");
    }
    drop(kept);
}

/// Two connections, data each way, and their end; gives the last one and the private key, masked.
fn converse(shape: Shape, log: &Arc<Masked>) -> (Pair, Vec<u8>) {
    let (mut key_file, chain, root) =
        (read("server.key.der"), read("server.der"), read("root.der"));
    // OCTET STRING of 32 bytes, inside another: the seed of Ed25519.
    let at = key_file.windows(2).rposition(|two| two == [4, 32]).unwrap() + 2;
    let masked = key_file[at..at + 32].iter().map(|byte| !byte).collect();
    let key = PrivateKey::from_der(&key_file).unwrap();
    key_file.fill(0);
    std::hint::black_box(&key_file);
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(root)).unwrap();
    let mut client = ClientConfig::new(Trust::Roots(roots));
    let chain = vec![CertificateDer::from(chain)];
    let mut server = ServerConfig::new(Credential::new(chain, key).unwrap());
    for common in [&mut client.common, &mut server.common] {
        common.versions = vec![shape.version()];
        common.key_log = Some(Arc::clone(log) as _);
    }
    client.sessions = Some(Arc::new(MemoryStore::default()));
    if shape == Shape::OldResumed {
        server.session_cache = Some(Arc::new(SessionCache::default()));
    } else {
        let keys = TicketKeys::new(Arc::new(SystemEntropy), now()).unwrap();
        server.ticket_keys = Some(Arc::new(keys));
    }
    let (client, server) = (client.check().unwrap(), server.check().unwrap());
    let connections = if shape.resumes() { 2 } else { 1 };
    let mut pairs: Vec<Pair> = (0..connections)
        .map(|_| {
            let mut pair = Pair::new(&client, &server);
            pair.connect(Delivery::Whole);
            pair.exchange(b"a line of text");
            pair.client.connection.close();
            pair.server.connection.close();
            pair.run(Delivery::Whole);
            pair
        })
        .collect();
    let last = pairs.pop().unwrap();
    let resumed = last.client.connection.negotiated().unwrap().is_resumed();
    assert_eq!(resumed, shape.resumes());
    (last, masked)
}

fn read(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/data");
    std::fs::read(format!("{folder}/{name}")).unwrap()
}

/// How often each needle lies in the memory of this process that can be written, and in which of
/// its parts.
fn search(needles: &[Needle]) -> Vec<(usize, Vec<String>)> {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut counts = vec![(0, Vec::new()); needles.len()];
    let mut chunk = vec![0; CHUNK];
    let mut all = 0;
    for line in maps.lines() {
        let mut words = line.split(' ');
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") || line.ends_with("[vvar]") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let mut at = u64::from_str_radix(from, 16).unwrap();
        let to = u64::from_str_radix(to, 16).unwrap();
        while at < to {
            let length = usize::try_from(to - at).unwrap().min(CHUNK);
            let read = memory.read_at(&mut chunk[..length], at).unwrap_or(0);
            for (one, more) in counts.iter_mut().zip(count(&chunk[..read], needles)) {
                one.0 += more;
                if more > 0 {
                    one.1
                        .push(line.split(' ').next_back().unwrap_or_default().to_owned());
                }
            }
            all += read;
            // A needle may lie across two chunks.
            at += if length == CHUNK {
                u64::try_from(CHUNK - 64).unwrap()
            } else {
                u64::try_from(length).unwrap()
            };
        }
    }
    assert!(all > 100_000, "{all} bytes were searched");
    counts
}

const CHUNK: usize = 1 << 16;

fn count(bytes: &[u8], needles: &[Needle]) -> Vec<usize> {
    let mut counts = vec![0; needles.len()];
    let mut begins = [false; 256];
    for (_, needle) in needles {
        begins[usize::from(!needle[0])] = true;
    }
    for (at, byte) in bytes.iter().enumerate() {
        if !begins[usize::from(*byte)] {
            continue;
        }
        for ((_, needle), count) in needles.iter().zip(counts.iter_mut()) {
            let here = bytes[at..].iter().zip(needle);
            let is_here = bytes.len() - at >= needle.len();
            if is_here && here.into_iter().all(|(byte, masked)| *byte == !masked) {
                *count += 1;
            }
        }
    }
    counts
}
