//! Records of any level, sealed by hand.

use super::{Heard, Level, Scene};
use handfast::CipherSuite;
use handfast_crypto::aead::{AeadAlgorithm, AeadKey};
use handfast_crypto::hash::HashAlgorithm;
use handfast_crypto::hkdf::HmacKey;
use handfast_testkit::forge::{Sealer, Secrets};
use handfast_testkit::liar::Side;
use handfast_wire::registry::ContentType;

/// One direction of TLS 1.2 with AES-128-GCM (RFC 5288 section 3), from the master secret.
pub(super) struct ClassicSealer {
    key: AeadKey,
    salt: Vec<u8>,
    sequence: u64,
}

impl ClassicSealer {
    fn new(master: &[u8], randoms: [&[u8]; 2], whose: Side, sequence: u64) -> Self {
        let [client, server] = randoms;
        let seed = [&b"key expansion"[..], server, client].concat();
        let secret = HmacKey::new(HashAlgorithm::Sha256, master);
        let (mut block, mut a) = (Vec::new(), seed.clone());
        while block.len() < 40 {
            a = secret.sign(&[&a]).as_ref().to_vec();
            block.extend_from_slice(secret.sign(&[&a, &seed]).as_ref());
        }
        let (key, salt) = match whose {
            Side::Client => (0, 32),
            Side::Server => (16, 36),
        };
        Self {
            key: AeadKey::new(AeadAlgorithm::Aes128Gcm, &block[key..key + 16]).unwrap(),
            salt: block[salt..salt + 4].to_vec(),
            sequence,
        }
    }

    fn seal(&mut self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        let sequence = self.sequence.to_be_bytes();
        self.sequence += 1;
        let length = |more: usize| u16::try_from(content.len() + more).unwrap().to_be_bytes();
        let header = [content_type.0, 3, 3];
        let bound = [&sequence[..], &header, &length(0)].concat();
        let nonce = [&self.salt[..], &sequence].concat();
        let (mut inner, mut tag) = (content.to_vec(), vec![0; 16]);
        let nonce = nonce.try_into().unwrap();
        let sealed = self.key.seal_in_place(&nonce, &bound, &mut inner, &mut tag);
        sealed.unwrap();
        [&header[..], &length(24), &sequence, &inner, &tag].concat()
    }
}

pub(super) enum Forge {
    New(Sealer),
    Old(ClassicSealer),
}

impl Forge {
    pub(super) fn seal(&mut self, content_type: ContentType, content: &[u8]) -> Vec<u8> {
        match self {
            Self::New(sealer) => sealer.seal(content_type, content),
            Self::Old(sealer) => sealer.seal(content_type, content),
        }
    }
}

/// The sender's keys of a level, and the first record's number under them.
pub(super) fn forge(
    scene: Scene,
    heard: &Heard,
    secrets: &Secrets,
    level: Level,
    renewed: bool,
) -> Forge {
    let sender = match scene.honest() {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    };
    let whose = if level == Level::Other {
        scene.honest()
    } else {
        sender
    };
    if scene.is_old() {
        let all = secrets.all();
        let masters = all.iter().filter(|one| one.label == "CLIENT_RANDOM");
        let masters: Vec<_> = masters.map(|one| one.secret.clone()).collect();
        let randoms = heard.randoms.lock().unwrap();
        let is_new = level == Level::Next || (renewed && level != Level::Former);
        let at = usize::from(is_new);
        // The first record under keys is Finished, which the first handshake has said.
        let sequence = u64::from(!is_new);
        let randoms = [&randoms[0][at][..], &randoms[1][at]];
        return Forge::Old(ClassicSealer::new(&masters[at], randoms, whose, sequence));
    }
    let name = match whose {
        Side::Client => "CLIENT",
        Side::Server => "SERVER",
    };
    let label = match level {
        Level::Former => format!("{name}_HANDSHAKE_TRAFFIC_SECRET"),
        _ => format!("{name}_TRAFFIC_SECRET_0"),
    };
    let mut secret = secrets.last(&label).unwrap();
    if level == Level::Next {
        let now = HmacKey::new(HashAlgorithm::Sha256, &secret);
        now.expand_label(b"traffic upd", &[], &mut secret).unwrap();
    }
    Forge::New(Sealer::new(CipherSuite::TLS_AES_128_GCM_SHA256, &secret).unwrap())
}
