//! Records of block ciphers made and taken apart by hand, with whatever padding an attack wants.
//!
//! The engine's own code pads rightly. A bare CBC mode is got from it by a detour: under
//! Encrypt-then-MAC, what is given as content is encrypted as it is, and of what comes out the
//! padding and the MAC are cut off.

use handfast::{CipherSuite, ProtocolVersion};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::legacy::cipher::BulkCipher;
use handfast_crypto::legacy::prf::Tls10Key;
use handfast_crypto::legacy::record::{
    BlockOpener, BlockSealer, IvRule, Keys, MacForm, Order, Protection,
};
use handfast_testkit::forge::{Secrets, records};
use handfast_testkit::liar::Side;
use handfast_testkit::pair::{End, Pair};
use handfast_testkit::textbook::{self, WriteKeys};
use handfast_wire::registry::ContentType;

/// Suites with MAC-then-encrypt and an ECDSA certificate: one of each cipher and hash.
pub(crate) const SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
];

/// One direction of a connection, as whoever has the keys could write and read it.
pub(crate) struct Blocks {
    cipher: BulkCipher,
    pub(crate) hash: HashAlgorithm,
    version: ProtocolVersion,
    keys: WriteKeys,
    sequence: u64,
    /// The record before.
    last: Vec<u8>,
}

impl Blocks {
    /// What `writer` writes next, from the key log and what is on the wire.
    pub(crate) fn of(
        pair: &Pair,
        secrets: &Secrets,
        suite: CipherSuite,
        version: ProtocolVersion,
        writer: Side,
    ) -> Self {
        let name = suite.to_string();
        let cipher = match &name {
            name if name.contains("_3DES_") => BulkCipher::TripleDesCbc,
            name if name.contains("_AES_256_") => BulkCipher::Aes256Cbc,
            _ => BulkCipher::Aes128Cbc,
        };
        let hash = match name.rsplit('_').next() {
            Some("SHA256") => HashAlgorithm::Sha256,
            Some("SHA384") => HashAlgorithm::Sha384,
            _ => HashAlgorithm::Sha1,
        };
        let all = secrets.all();
        let master = &all.last().unwrap().secret;
        let seed = [random(&pair.server.sent), random(&pair.client.sent)].concat();
        let sizes = [hash.output_len(), cipher.key_len(), cipher.block_len()];
        let block = expanded(
            version,
            hash,
            master,
            &seed,
            2 * sizes.iter().sum::<usize>(),
        );
        let of_server = usize::from(writer == Side::Server);
        let mut at = 0;
        let mut next = |length: usize| {
            let start = at + of_server * length;
            at += 2 * length;
            block[start..start + length].to_vec()
        };
        let keys = WriteKeys {
            mac_key: next(sizes[0]),
            key: next(sizes[1]),
            iv: next(sizes[2]),
        };
        let end = match writer {
            Side::Client => &pair.client,
            Side::Server => &pair.server,
        };
        let written = under_keys(end);
        let last = written.last().unwrap_or(&keys.iv).clone();
        Self {
            cipher,
            hash,
            version,
            sequence: written.len() as u64,
            last,
            keys,
        }
    }

    pub(crate) fn block_len(&self) -> usize {
        self.cipher.block_len()
    }

    /// TLS 1.1 and newer write an IV into each record.
    fn has_iv(&self) -> bool {
        self.version >= ProtocolVersion::TLS_1_1
    }

    /// The last block that was encrypted: behind it stands the MAC where that is not.
    fn chain(&self, order: Order) -> Vec<u8> {
        let mac = match order {
            Order::MacThenEncrypt => 0,
            Order::EncryptThenMac => self.hash.output_len(),
        };
        let end = self.last.len() - mac;
        self.last[end - self.block_len()..end].to_vec()
    }

    fn header(&self, content_type: ContentType) -> Vec<u8> {
        let version = self.version.0.to_be_bytes();
        [
            &self.sequence.to_be_bytes()[..],
            &[content_type.0],
            &version,
        ]
        .concat()
    }

    /// RFC 5246 section 6.2.3.1.
    fn mac(&self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u16).to_be_bytes();
        let parts = [&self.header(content_type)[..], &length, content];
        textbook::hmac(self.hash, &self.keys.mac_key, &parts)
    }

    fn bare(&self) -> Protection {
        Protection {
            cipher: self.cipher,
            hash: self.hash,
            order: Order::EncryptThenMac,
            mac: MacForm::Hmac,
            iv: IvRule::Chained,
        }
    }

    fn bare_keys<'k>(&'k self, iv: &'k [u8]) -> Keys<'k> {
        Keys {
            mac_key: &self.keys.mac_key,
            key: &self.keys.key,
            iv,
        }
    }

    /// CBC without padding.
    fn encrypted(&self, iv: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealer = BlockSealer::new(self.bare(), self.bare_keys(iv)).unwrap();
        let mut body = vec![0; self.bare().sealed_len(plain.len())];
        sealer.seal(&[0; 11], plain, &mut body).unwrap();
        body.truncate(plain.len());
        body
    }

    fn decrypted(&self, iv: &[u8], encrypted: &[u8]) -> Vec<u8> {
        // A block of padding behind it, and a MAC over both.
        let (_, last) = encrypted.split_at(encrypted.len() - self.block_len());
        let filler = self.block_len() - 1;
        let padding = vec![filler as u8; filler + 1];
        let covered = [encrypted, &self.encrypted(last, &padding)].concat();
        let length = (covered.len() as u16).to_be_bytes();
        let tag = textbook::hmac(
            self.hash,
            &self.keys.mac_key,
            &[&[0; 11], &length, &covered],
        );
        let mut body = [covered, tag].concat();
        let mut opener = BlockOpener::new(self.bare(), self.bare_keys(iv)).unwrap();
        let place = opener.open(&[0; 11], &mut body).unwrap();
        body[place].to_vec()
    }

    /// A record with this content, the MAC that belongs to it, and whatever is given as padding.
    pub(crate) fn seal(&self, content: &[u8], padding: &[u8]) -> Vec<u8> {
        self.forged(content, padding, Order::MacThenEncrypt, true)
    }

    /// The same in either order, and with a MAC whose last bit is wrong where it is not to be whole.
    pub(crate) fn forged(
        &self,
        content: &[u8],
        padding: &[u8],
        order: Order,
        is_whole: bool,
    ) -> Vec<u8> {
        let mac = |covered: &[u8]| {
            let mut mac = self.mac(ContentType::APPLICATION_DATA, covered);
            *mac.last_mut().unwrap() ^= u8::from(!is_whole);
            mac
        };
        let inner = match order {
            Order::MacThenEncrypt => mac(content),
            Order::EncryptThenMac => Vec::new(),
        };
        let plain = [content, &inner, padding].concat();
        assert!(plain.len().is_multiple_of(self.block_len()));
        let iv = if self.has_iv() {
            vec![0x5a; self.block_len()]
        } else {
            self.chain(order)
        };
        let encrypted = self.encrypted(&iv, &plain);
        let mut body = if self.has_iv() {
            [iv, encrypted].concat()
        } else {
            encrypted
        };
        if order == Order::EncryptThenMac {
            // RFC 7366 section 3: over all that is sent, the IV included.
            body.extend(mac(&body));
        }
        let length = (body.len() as u16).to_be_bytes();
        let version = self.version.0.to_be_bytes();
        let head = [ContentType::APPLICATION_DATA.0, version[0], version[1]];
        [&head[..], &length, &body].concat()
    }

    /// The next record of this direction, whole, as one that does not split what it sends.
    pub(crate) fn seal_next(&mut self, content: &[u8]) -> Vec<u8> {
        let filled = content.len() + self.hash.output_len() + 1;
        let length = filled.next_multiple_of(self.block_len()) - filled;
        let record = self.seal(content, &vec![length as u8; length + 1]);
        self.sequence += 1;
        self.last.clone_from(&record);
        record
    }

    /// What a record of application data decrypts to: content, MAC and padding.
    pub(crate) fn plain(&self, record: &[u8]) -> Vec<u8> {
        let body = &record[5..];
        if self.has_iv() {
            let (iv, encrypted) = body.split_at(self.block_len());
            self.decrypted(iv, encrypted)
        } else {
            self.decrypted(&self.chain(Order::MacThenEncrypt), body)
        }
    }

    /// Whether this is the content's MAC.
    pub(crate) fn vouches(&self, content: &[u8], mac: &[u8]) -> bool {
        self.mac(ContentType::APPLICATION_DATA, content) == mac
    }
}

/// The key block.
fn expanded(
    version: ProtocolVersion,
    hash: HashAlgorithm,
    master: &[u8],
    seed: &[u8],
    length: usize,
) -> Vec<u8> {
    if version == ProtocolVersion::TLS_1_2 {
        let prf_hash = match hash {
            HashAlgorithm::Sha384 => HashAlgorithm::Sha384,
            _ => HashAlgorithm::Sha256,
        };
        return textbook::prf(prf_hash, master, "key expansion", seed, length);
    }
    let mut block = vec![0; length];
    Tls10Key::new(master).prf(b"key expansion", &[seed], &mut block);
    block
}

/// The random of the Hello that a flow begins with.
fn random(flow: &[u8]) -> [u8; 32] {
    flow[5 + 4 + 2..][..32].try_into().unwrap()
}

/// What an end sent behind its ChangeCipherSpec.
fn under_keys(end: &End) -> Vec<Vec<u8>> {
    let sent = records(&end.sent).into_iter();
    let protected = sent.skip_while(|record| record[0] != ContentType::CHANGE_CIPHER_SPEC.0);
    protected.skip(1).collect()
}
