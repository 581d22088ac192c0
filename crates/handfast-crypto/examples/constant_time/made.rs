//! Records as nobody honest would seal them: any padding, any MAC.

use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::legacy::record::{
    BlockOpener, BlockSealer, HEADER_LEN, IvRule, Keys, MacForm, Order, Protection,
};

pub(crate) const HEADER: [u8; HEADER_LEN] = [0, 0, 0, 0, 0, 0, 0, 7, 23, 3, 1];

/// What a record holds after its content.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) content: usize,
    pub(crate) mac_right: bool,
    /// Bytes of padding, the one that says how many included.
    pub(crate) padding: usize,
    pub(crate) says: u8,
    /// Which byte of the padding is another.
    pub(crate) wrong: Option<usize>,
}

/// A protection and its keys.
pub(crate) struct Maker {
    pub(crate) protection: Protection,
    mac_key: Vec<u8>,
    key: Vec<u8>,
    iv: Vec<u8>,
}

impl Maker {
    pub(crate) fn new(cipher: BulkCipher, hash: HashAlgorithm, mac: MacForm, iv: IvRule) -> Self {
        let protection = Protection {
            cipher,
            hash,
            order: Order::MacThenEncrypt,
            mac,
            iv,
        };
        let from = |first: u8, length: usize| (first..).take(length).collect();
        Self {
            protection,
            mac_key: from(1, hash.output_len()),
            key: from(64, cipher.key_len()),
            iv: from(128, protection.first_iv_len()),
        }
    }

    pub(crate) fn opener(&self) -> BlockOpener {
        BlockOpener::new(self.protection, self.keys(&self.mac_key)).unwrap()
    }

    fn keys<'k>(&'k self, mac_key: &'k [u8]) -> Keys<'k> {
        Keys {
            mac_key,
            key: &self.key,
            iv: &self.iv,
        }
    }

    /// The MAC as the RFCs write it.
    pub(crate) fn mac(&self, content: &[u8]) -> Vec<u8> {
        let hash = self.protection.hash;
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        if self.protection.mac == MacForm::Hmac {
            let key = HmacKey::new(hash, &self.mac_key);
            return key.sign(&[&HEADER, &length, content]).as_bytes().to_vec();
        }
        let pad_len = if hash == HashAlgorithm::Md5 { 48 } else { 40 };
        let (inner, outer) = (vec![0x36; pad_len], vec![0x5c; pad_len]);
        let covered = &HEADER[..HEADER_LEN - 2];
        let inner = digest(hash, &[&self.mac_key, &inner, covered, &length, content]);
        let outer = digest(hash, &[&self.mac_key, &outer, inner.as_bytes()]);
        outer.as_bytes().to_vec()
    }

    /// Content, MAC and padding, which fill blocks.
    pub(crate) fn plain(&self, shape: Shape, content: impl Fn(usize) -> u8) -> Vec<u8> {
        let content: Vec<u8> = (0..shape.content).map(content).collect();
        let mut mac = self.mac(&content);
        if !shape.mac_right {
            mac[3] ^= 1;
        }
        let mut plain = [content, mac].concat();
        let start = plain.len();
        plain.resize(start + shape.padding, shape.says);
        if let Some(at) = shape.wrong {
            plain[start + at] ^= 0x55;
        }
        assert_eq!(plain.len() % self.protection.cipher.block_len(), 0);
        plain
    }

    /// The body of a record with such blocks. Encrypt-then-MAC encrypts first what it is given: the
    /// rest is cut off.
    pub(crate) fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let bare = Protection {
            order: Order::EncryptThenMac,
            mac: MacForm::Hmac,
            ..self.protection
        };
        let mut sealer = BlockSealer::new(bare, self.keys(&self.mac_key)).unwrap();
        let mut body = vec![0; bare.sealed_len(plain.len())];
        sealer.seal(&HEADER, plain, &mut body).unwrap();
        body.truncate(bare.record_iv_len() + plain.len());
        body
    }
}

/// So much padding, and all right.
pub(crate) fn right(content: usize, padding: usize) -> Shape {
    Shape {
        content,
        mac_right: true,
        padding,
        says: u8::try_from(padding - 1).unwrap(),
        wrong: None,
    }
}
