use super::*;
use crate::hash::{HashAlgorithm, digest};
use crate::hkdf::HmacKey;
use crate::legacy::cipher::BulkCipher;
use crate::tests::hex;

mod vectors;

const HEADER: [u8; HEADER_LEN] = [0, 0, 0, 0, 0, 0, 0, 7, 23, 3, 1];

const CIPHERS: [BulkCipher; 5] = [
    BulkCipher::Aes128Cbc,
    BulkCipher::Aes256Cbc,
    BulkCipher::TripleDesCbc,
    BulkCipher::Rc4,
    BulkCipher::Null,
];

const HASHES: [HashAlgorithm; 4] = [
    HashAlgorithm::Md5,
    HashAlgorithm::Sha1,
    HashAlgorithm::Sha256,
    HashAlgorithm::Sha384,
];

struct Bytes {
    mac_key: Vec<u8>,
    key: Vec<u8>,
    first_iv: Vec<u8>,
    record_iv: Vec<u8>,
}

impl Bytes {
    fn of(protection: Protection) -> Self {
        let from = |first: u8, length: usize| (first..).take(length).collect();
        Self {
            mac_key: from(1, protection.hash.output_len()),
            key: from(64, protection.cipher.key_len()),
            first_iv: from(128, protection.first_iv_len()),
            record_iv: from(192, protection.record_iv_len()),
        }
    }

    fn keys(&self) -> Keys<'_> {
        Keys {
            mac_key: &self.mac_key,
            key: &self.key,
            iv: &self.first_iv,
        }
    }
}

fn all() -> impl Iterator<Item = Protection> {
    let orders = [Order::MacThenEncrypt, Order::EncryptThenMac];
    let forms = [MacForm::Hmac, MacForm::Ssl3];
    let rules = [IvRule::InRecord, IvRule::Chained];
    CIPHERS.into_iter().flat_map(move |cipher| {
        HASHES.into_iter().flat_map(move |hash| {
            orders.into_iter().flat_map(move |order| {
                forms.into_iter().flat_map(move |mac| {
                    rules.map(|iv| Protection {
                        cipher,
                        hash,
                        order,
                        mac,
                        iv,
                    })
                })
            })
        })
    })
}

/// Those that there are.
fn protections() -> impl Iterator<Item = Protection> {
    all().filter(|protection| {
        let pads = matches!(protection.hash, HashAlgorithm::Md5 | HashAlgorithm::Sha1);
        match (protection.mac, protection.order) {
            (MacForm::Hmac, Order::MacThenEncrypt) => true,
            (MacForm::Hmac, Order::EncryptThenMac) => protection.cipher.has_blocks(),
            (MacForm::Ssl3, order) => pads && order == Order::MacThenEncrypt,
        }
    })
}

fn sealer(protection: Protection, bytes: &Bytes) -> BlockSealer {
    BlockSealer::new(protection, bytes.keys()).unwrap()
}

/// The library's where it has it, and as if the library had none of it.
fn openers(protection: Protection, bytes: &Bytes) -> [BlockOpener; 2] {
    let (cipher, mac) = own(protection, bytes.keys(), Way::Open).unwrap();
    let own = BlockOpener {
        protection,
        engine: Engine::Own(cipher, mac),
    };
    [BlockOpener::new(protection, bytes.keys()).unwrap(), own]
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 % 251) as u8).collect()
}

fn sealed(sealer: &mut BlockSealer, bytes: &Bytes, content: &[u8]) -> Vec<u8> {
    let mut body = vec![0; sealer.protection().sealed_len(content.len())];
    sealer
        .seal_with(&HEADER, &bytes.record_iv, content, &mut body)
        .unwrap();
    body
}

/// The library's sealing, which pads no more than it must.
struct Library(TlsBlockContext);

impl Library {
    fn new(protection: Protection, bytes: &Bytes) -> Option<Self> {
        let kind = (protection.cipher, protection.hash, protection.iv);
        let keys = bytes.keys();
        let keys = [keys.mac_key, keys.key, keys.iv];
        let offers = (protection.order, protection.mac) == (Order::MacThenEncrypt, MacForm::Hmac);
        let context = offers.then(|| TlsBlockContext::new(kind, &keys, Way::Seal));
        context.flatten().map(Self)
    }

    fn seal(&mut self, protection: Protection, iv: &[u8], content: &[u8]) -> Vec<u8> {
        let mut body = vec![0; protection.sealed_len(content.len())];
        let (front, sealed) = body.split_at_mut(iv.len());
        front.copy_from_slice(iv);
        let (text, tail) = sealed.split_at_mut(content.len());
        let written = self.0.seal(iv, &HEADER, content, text, tail);
        assert_eq!(written, Ok(tail.len()));
        body
    }
}

/// One record after the other under the same key: chained IVs and streams go on.
#[test]
fn every_length_comes_back_and_the_library_seals_the_same() {
    let mut held_to_the_library = 0;
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let mut sealer = sealer(protection, &bytes);
        let mut library = Library::new(protection, &bytes);
        held_to_the_library += usize::from(library.is_some());
        let mut openers = openers(protection, &bytes);
        for length in (0..330).chain([1000, 4096, 16_383, 16_384, 0, 1]) {
            let content = text(length);
            let ours = sealed(&mut sealer, &bytes, &content);
            if let Some(library) = &mut library {
                let theirs = library.seal(protection, &bytes.record_iv, &content);
                assert_eq!(ours, theirs, "{protection:?} {length}");
            }
            for opener in &mut openers {
                let mut body = ours.clone();
                let place = opener.open(&HEADER, &mut body).unwrap();
                assert_eq!(body[place], content, "{protection:?} {length}");
            }
        }
    }
    assert_eq!(held_to_the_library, 9);
}

/// The bare cipher tells what the IV was.
#[test]
fn the_last_block_of_a_record_is_the_next_ones_iv() {
    for protection in protections().filter(|some| some.first_iv_len() > 0) {
        let bytes = Bytes::of(protection);
        let mut sealer = sealer(protection, &bytes);
        let block = protection.cipher.block_len();
        let mut iv = bytes.first_iv.clone();
        for length in [0, 1, 40, 41, 0] {
            let content = text(length);
            let body = sealed(&mut sealer, &bytes, &content);
            let cipher = protection.cipher;
            let mut bare = CipherContext::new(cipher, &bytes.key, &[], Way::Open);
            let bare = bare.as_mut().unwrap().as_mut().unwrap();
            let (_, outside) = protection.mac_lens();
            let mut opened = body[..body.len() - outside].to_vec();
            let next = opened[opened.len() - block..].to_vec();
            bare.run(&iv, &mut opened).unwrap();
            assert!(opened.starts_with(&content), "{protection:?} {length}");
            iv = next;
        }
    }
}

#[test]
fn no_flipped_bit_and_no_other_header_passes_and_nothing_is_shown() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let content = text(45);
        let body = sealed(&mut sealer(protection, &bytes), &bytes, &content);
        let ssl3 = protection.mac == MacForm::Ssl3;
        for which in 0..2 {
            // Chains and streams do not outlive a refused record.
            let open = |header: &[u8; HEADER_LEN], body: &mut [u8]| {
                let [library, own] = openers(protection, &bytes);
                [library, own][which].open(header, body)
            };
            for bit in 0..body.len() * 8 {
                let mut changed = body.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let opened = open(&HEADER, &mut changed);
                assert_eq!(opened, Err(OpenFailed), "{protection:?} {bit}");
                assert!(
                    changed.iter().all(|byte| *byte == 0),
                    "{protection:?} {bit}"
                );
            }
            for at in 0..HEADER_LEN {
                let mut header = HEADER;
                header[at] ^= 1;
                let opened = open(&header, &mut body.clone());
                assert_eq!(opened.is_ok(), ssl3 && at > 8, "{protection:?} {at}");
            }
            for length in 0..body.len() {
                let mut short = body[..length].to_vec();
                let opened = open(&HEADER, &mut short);
                assert_eq!(opened, Err(OpenFailed), "{protection:?} {length}");
                assert!(
                    short.iter().all(|byte| *byte == 0),
                    "{protection:?} {length}"
                );
            }
            // The control.
            assert!(open(&HEADER, &mut body.clone()).is_ok());
        }
    }
}

/// The padding of a record.
#[derive(Clone, Copy)]
struct Padding {
    length: usize,
    says: u8,
    /// Which byte of it is another.
    wrong: Option<usize>,
}

impl Padding {
    fn right(length: usize) -> Self {
        Self {
            length,
            says: (length - 1) as u8,
            wrong: None,
        }
    }
}

/// Seals with such padding, which our own sealing would not do.
fn padded(protection: Protection, bytes: &Bytes, content: &[u8], padding: Padding) -> Vec<u8> {
    let mac = MacKey::new(protection.mac, protection.hash, &bytes.mac_key).unwrap();
    let mut inner = content.to_vec();
    if protection.order == Order::MacThenEncrypt {
        inner.extend_from_slice(mac.sign(&HEADER, content).as_bytes());
    }
    let start = inner.len();
    inner.resize(start + padding.length, padding.says);
    if let Some(at) = padding.wrong {
        inner[start + at] ^= 0x40;
    }
    let cipher = protection.cipher;
    let cipher = CipherContext::new(cipher, &bytes.key, &bytes.first_iv, Way::Seal);
    cipher
        .unwrap()
        .unwrap()
        .run(&bytes.record_iv, &mut inner)
        .unwrap();
    let mut body = [&bytes.record_iv[..], &inner].concat();
    if protection.order == Order::EncryptThenMac {
        let tag = mac.sign(&HEADER, &body);
        body.extend_from_slice(tag.as_bytes());
    }
    body
}

fn with_blocks(mac: MacForm) -> impl Iterator<Item = Protection> {
    protections().filter(move |some| some.cipher.has_blocks() && some.mac == mac)
}

fn least_padding(protection: Protection, content: usize) -> usize {
    let (inside, _) = protection.mac_lens();
    let block = protection.cipher.block_len();
    block - (content + inside) % block
}

#[test]
fn all_padding_counts_and_every_byte_of_it_is_looked_at() {
    for protection in with_blocks(MacForm::Hmac) {
        let bytes = Bytes::of(protection);
        let block = protection.cipher.block_len();
        for content in [0, 1, 30, 300] {
            let least = least_padding(protection, content);
            for length in (least..=256).step_by(block) {
                let text = text(content);
                let right = Padding::right(length);
                let body = padded(protection, &bytes, &text, right);
                // Our own sealing pads to any length that is asked for.
                let mut ours = vec![0; body.len()];
                let mut sealer = sealer(protection, &bytes);
                let done = sealer.seal_with(&HEADER, &bytes.record_iv, &text, &mut ours);
                assert_eq!((done, &ours), (Ok(()), &body), "{protection:?} {length}");
                for mut opener in openers(protection, &bytes) {
                    let mut body = body.clone();
                    let place = opener.open(&HEADER, &mut body);
                    assert_eq!(body[place.unwrap()], text, "{protection:?} {length}");
                }
                for at in [0, length / 2, length - 1] {
                    let wrong = Padding {
                        wrong: Some(at),
                        ..right
                    };
                    let wrong = padded(protection, &bytes, &text, wrong);
                    for mut opener in openers(protection, &bytes) {
                        let opened = opener.open(&HEADER, &mut wrong.clone());
                        assert_eq!(opened, Err(OpenFailed), "{protection:?} {length} {at}");
                    }
                }
            }
        }
    }
}

/// RFC 6101 section 5.2.3.2: the last byte alone says anything. That is what POODLE lives on, and
/// nobody can mend it: content of padding is not authenticated, and any is sent.
#[test]
fn ssl3_takes_the_least_padding_whatever_is_in_it_and_no_longer_one() {
    for protection in with_blocks(MacForm::Ssl3) {
        let bytes = Bytes::of(protection);
        let block = protection.cipher.block_len();
        for content in 0..2 * block {
            let text = text(content);
            let open = |padding| {
                let mut body = padded(protection, &bytes, &text, padding);
                let mut opener = BlockOpener::new(protection, bytes.keys()).unwrap();
                let place = opener.open(&HEADER, &mut body).ok()?;
                Some(body[place].to_vec())
            };
            let least = least_padding(protection, content);
            let right = Padding::right(least);
            assert_eq!(
                open(right).as_ref(),
                Some(&text),
                "{protection:?} {content}"
            );
            for at in 0..least - 1 {
                let odd = Padding {
                    wrong: Some(at),
                    ..right
                };
                assert_eq!(
                    open(odd).as_ref(),
                    Some(&text),
                    "{protection:?} {content} {at}"
                );
            }
            // A block more says as much, and is refused; TLS would take it.
            assert_eq!(open(Padding::right(least + block)), None, "{content}");
            for says in (0..=255).filter(|says| usize::from(*says) != least - 1) {
                let lies = Padding { says, ..right };
                assert_eq!(open(lies), None, "{protection:?} {content} {says}");
            }
        }
        let most = protection.most_sealed_len(100);
        assert_eq!(most, protection.sealed_len(100), "nothing more is sent");
    }
}

/// The MAC as the RFC writes it, over any end of the content that a record allows.
#[test]
fn the_hidden_mac_is_the_plain_one() {
    for protection in protections().filter(|some| some.cipher.has_blocks()) {
        let bytes = Bytes::of(protection);
        let hash = protection.hash;
        let pad = if hash == HashAlgorithm::Md5 { 48 } else { 40 };
        let mac = MacKey::new(protection.mac, hash, &bytes.mac_key).unwrap();
        let most_padding = match protection.mac {
            MacForm::Hmac => 256,
            MacForm::Ssl3 => protection.cipher.block_len(),
        };
        for total in [hash.output_len() + most_padding, 400, 1000] {
            let inner = text(total);
            let most = total - hash.output_len() - 1;
            for length in (most + 1).saturating_sub(most_padding)..=most {
                let content = &inner[..length];
                let of = (length as u16).to_be_bytes();
                let plain = match protection.mac {
                    MacForm::Hmac => {
                        HmacKey::new(hash, &bytes.mac_key).sign(&[&HEADER, &of, content])
                    }
                    MacForm::Ssl3 => {
                        let (inner, outer) = (vec![0x36; pad], vec![0x5c; pad]);
                        let parts = [&bytes.mac_key[..], &inner, &HEADER[..9], &of, content];
                        let inner = digest(hash, &parts);
                        digest(hash, &[&bytes.mac_key, &outer, inner.as_bytes()])
                    }
                };
                assert_eq!(mac.sign(&HEADER, content), plain);
                assert!(mac.verify(&HEADER, content, plain.as_bytes()));
                let ends = Hidden {
                    length: length as u32,
                    most_padding,
                };
                let mut hidden = [0; 64];
                mac.sign_hidden(&HEADER, &inner, &ends, &mut hidden);
                let hidden = &hidden[..hash.output_len()];
                assert_eq!(hidden, plain.as_bytes(), "{protection:?} {total} {length}");
            }
        }
    }
}

#[test]
fn keys_and_buffers_of_other_lengths_are_refused() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let keys = bytes.keys();
        let longer = [7; 64];
        let wrong = [
            Keys {
                mac_key: &longer[..keys.mac_key.len() + 1],
                ..keys
            },
            Keys {
                key: &longer[..keys.key.len() + 1],
                ..keys
            },
            Keys {
                iv: &longer[..keys.iv.len() + 1],
                ..keys
            },
            Keys {
                mac_key: &keys.mac_key[1..],
                ..keys
            },
            Keys {
                key: keys.key.get(1..).unwrap_or(&[1]),
                ..keys
            },
            Keys {
                iv: keys.iv.get(1..).unwrap_or(&[1]),
                ..keys
            },
        ];
        for keys in wrong {
            let refused = Some(KeyRefused::Length);
            assert_eq!(BlockSealer::new(protection, keys).err(), refused);
            assert_eq!(BlockOpener::new(protection, keys).err(), refused);
        }
        let mut sealer = sealer(protection, &bytes);
        let block = protection.cipher.block_len();
        let (least, most) = (protection.sealed_len(3), protection.most_sealed_len(3));
        for length in [least - 1, most + 1, most + block, 0] {
            let mut body = vec![0; length];
            let done = sealer.seal_with(&HEADER, &bytes.record_iv, &[1; 3], &mut body);
            assert_eq!(done, Err(SealFailed), "{protection:?} {length}");
        }
        assert!(protection.sealed_len(77) <= 77 + protection.overhead());
    }
}

#[test]
fn what_no_version_has_is_no_protection() {
    let mut refused = 0;
    for protection in all() {
        if protections().any(|some| some == protection) {
            continue;
        }
        refused += 1;
        let bytes = Bytes::of(protection);
        let no = Some(KeyRefused::NoSuchProtection);
        assert_eq!(BlockSealer::new(protection, bytes.keys()).err(), no);
        assert_eq!(BlockOpener::new(protection, bytes.keys()).err(), no);
    }
    assert!(refused > 0);
}

#[test]
fn no_two_records_bear_the_same_iv() {
    for protection in protections().filter(|some| some.record_iv_len() > 0) {
        let bytes = Bytes::of(protection);
        let mut sealer = sealer(protection, &bytes);
        let mut opener = BlockOpener::new(protection, bytes.keys()).unwrap();
        let mut seen = Vec::new();
        for _ in 0..10 {
            let mut body = vec![0; protection.sealed_len(5)];
            sealer.seal(&HEADER, b"hello", &mut body).unwrap();
            let iv = body[..protection.record_iv_len()].to_vec();
            assert!(!seen.contains(&iv));
            seen.push(iv);
            let place = opener.open(&HEADER, &mut body).unwrap();
            assert_eq!(&body[place], b"hello");
        }
    }
}
