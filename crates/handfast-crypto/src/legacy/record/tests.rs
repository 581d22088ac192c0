use super::*;

const HEADER: [u8; HEADER_LEN] = [0, 0, 0, 0, 0, 0, 0, 7, 23, 3, 3];

const CIPHERS: [BulkCipher; 3] = [
    BulkCipher::Aes128Cbc,
    BulkCipher::Aes256Cbc,
    BulkCipher::TripleDesCbc,
];

const HASHES: [HashAlgorithm; 3] = [
    HashAlgorithm::Sha1,
    HashAlgorithm::Sha256,
    HashAlgorithm::Sha384,
];

struct Bytes {
    mac_key: Vec<u8>,
    key: Vec<u8>,
    iv: Vec<u8>,
}

impl Bytes {
    fn of(protection: Protection) -> Self {
        let from = |first: u8, length: usize| (first..).take(length).collect();
        Self {
            mac_key: from(1, protection.hash.output_len()),
            key: from(64, protection.cipher.key_len()),
            iv: from(128, protection.block_len()),
        }
    }

    fn keys(&self) -> Keys<'_> {
        Keys {
            mac_key: &self.mac_key,
            key: &self.key,
        }
    }
}

fn protections() -> impl Iterator<Item = Protection> {
    let orders = [Order::MacThenEncrypt, Order::EncryptThenMac];
    CIPHERS.into_iter().flat_map(move |cipher| {
        HASHES.into_iter().flat_map(move |hash| {
            orders.map(|order| Protection {
                cipher,
                hash,
                order,
            })
        })
    })
}

/// As if the library had none of it.
fn own(protection: Protection, bytes: &Bytes, way: Way) -> BlockKey {
    BlockKey {
        protection,
        engine: Engine::Own {
            cipher: CbcContext::new(protection.cipher, &bytes.key, way).unwrap(),
            mac: HmacKey::new(protection.hash, &bytes.mac_key),
        },
    }
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 % 251) as u8).collect()
}

fn sealed(sealer: &mut BlockSealer, bytes: &Bytes, content: &[u8]) -> Vec<u8> {
    let mut body = vec![0; sealer.protection().sealed_len(content.len())];
    sealer
        .seal_with(&HEADER, &bytes.iv, content, &mut body)
        .unwrap();
    body
}

#[test]
fn every_length_comes_back_whoever_sealed_and_opened() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let sealers = || {
            [
                BlockSealer::new(protection, bytes.keys()).unwrap(),
                BlockSealer(own(protection, &bytes, Way::Seal)),
            ]
        };
        let openers = || {
            [
                BlockOpener::new(protection, bytes.keys()).unwrap(),
                BlockOpener(own(protection, &bytes, Way::Open)),
            ]
        };
        for length in (0..330).chain([1000, 4096, 16_383, 16_384]) {
            let content = text(length);
            let [library, ours] = sealers().map(|mut sealer| sealed(&mut sealer, &bytes, &content));
            assert_eq!(library, ours, "{protection:?} {length}");
            for mut opener in openers() {
                let mut body = library.clone();
                let place = opener.open(&HEADER, &mut body).unwrap();
                assert_eq!(body[place], content, "{protection:?} {length}");
            }
        }
    }
}

#[test]
fn no_flipped_bit_and_no_other_header_passes() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let content = text(45);
        let mut sealer = BlockSealer::new(protection, bytes.keys()).unwrap();
        let body = sealed(&mut sealer, &bytes, &content);
        let mut openers = [
            BlockOpener::new(protection, bytes.keys()).unwrap(),
            BlockOpener(own(protection, &bytes, Way::Open)),
        ];
        for opener in &mut openers {
            for bit in 0..body.len() * 8 {
                let mut changed = body.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(opener.open(&HEADER, &mut changed), Err(OpenFailed), "{bit}");
                let shown = changed
                    .windows(8)
                    .any(|part| content.windows(8).any(|all| all == part));
                assert!(!shown, "{bit}: plaintext that nobody vouches for");
            }
            for at in 0..HEADER_LEN {
                let mut header = HEADER;
                header[at] ^= 1;
                let opened = opener.open(&header, &mut body.clone());
                assert_eq!(opened, Err(OpenFailed), "{at}");
            }
            for length in 0..body.len() {
                let opened = opener.open(&HEADER, &mut body[..length].to_vec());
                assert_eq!(opened, Err(OpenFailed), "{length}");
            }
            // The control.
            assert!(opener.open(&HEADER, &mut body.clone()).is_ok());
        }
    }
}

/// Seals with so much more padding than is needed, and one byte of it changed.
fn padded(
    protection: Protection,
    bytes: &Bytes,
    content: &[u8],
    padding: usize,
    wrong: Option<usize>,
) -> Vec<u8> {
    let mac = HmacKey::new(protection.hash, &bytes.mac_key);
    let mut inner = content.to_vec();
    if protection.order == Order::MacThenEncrypt {
        let tag = mac.sign(&[&HEADER, &length_of(content.len()), content]);
        inner.extend_from_slice(tag.as_bytes());
    }
    let start = inner.len();
    inner.resize(start + padding, (padding - 1) as u8);
    if let Some(at) = wrong {
        inner[start + at] ^= 0x40;
    }
    let mut cipher = CbcContext::new(protection.cipher, &bytes.key, Way::Seal).unwrap();
    cipher.run(&bytes.iv, &mut inner).unwrap();
    let mut body = [&bytes.iv[..], &inner].concat();
    if protection.order == Order::EncryptThenMac {
        let tag = mac.sign(&[&HEADER, &length_of(body.len()), &body]);
        body.extend_from_slice(tag.as_bytes());
    }
    body
}

#[test]
fn all_padding_counts_and_every_byte_of_it_is_looked_at() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let block = protection.block_len();
        let tag = match protection.order {
            Order::MacThenEncrypt => protection.hash.output_len(),
            Order::EncryptThenMac => 0,
        };
        for content in [0, 1, 30, 300] {
            let least = block - (content + tag) % block;
            for padding in (least..=256).step_by(block) {
                let text = text(content);
                let body = padded(protection, &bytes, &text, padding, None);
                let mut openers = [
                    BlockOpener::new(protection, bytes.keys()).unwrap(),
                    BlockOpener(own(protection, &bytes, Way::Open)),
                ];
                for opener in &mut openers {
                    let mut right = body.clone();
                    let place = opener.open(&HEADER, &mut right);
                    assert_eq!(right[place.unwrap()], text, "{protection:?} {padding}");
                    for at in [0, padding / 2, padding - 1] {
                        let mut wrong = padded(protection, &bytes, &text, padding, Some(at));
                        let opened = opener.open(&HEADER, &mut wrong);
                        assert_eq!(opened, Err(OpenFailed), "{protection:?} {padding} {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn keys_and_buffers_of_other_lengths_are_refused() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let Keys { mac_key, key } = bytes.keys();
        let short = Keys {
            mac_key: &mac_key[1..],
            key,
        };
        assert_eq!(
            BlockSealer::new(protection, short).err(),
            Some(BadKeyLength)
        );
        let short = Keys {
            mac_key,
            key: &key[1..],
        };
        assert_eq!(
            BlockOpener::new(protection, short).err(),
            Some(BadKeyLength)
        );
        let mut sealer = BlockSealer::new(protection, bytes.keys()).unwrap();
        let mut body = vec![0; protection.sealed_len(3) + 1];
        let done = sealer.seal_with(&HEADER, &bytes.iv, &[1; 3], &mut body);
        assert_eq!(done, Err(SealFailed));
        assert!(protection.sealed_len(77) <= 77 + protection.overhead());
    }
}

#[test]
fn no_two_records_bear_the_same_iv() {
    for protection in protections() {
        let bytes = Bytes::of(protection);
        let mut sealer = BlockSealer::new(protection, bytes.keys()).unwrap();
        let mut opener = BlockOpener::new(protection, bytes.keys()).unwrap();
        let mut seen = Vec::new();
        for _ in 0..10 {
            let mut body = vec![0; protection.sealed_len(5)];
            sealer.seal(&HEADER, b"hello", &mut body).unwrap();
            let iv = body[..protection.block_len()].to_vec();
            assert!(!seen.contains(&iv));
            seen.push(iv);
            let place = opener.open(&HEADER, &mut body).unwrap();
            assert_eq!(&body[place], b"hello");
        }
    }
}
