//! MD5 and SHA-1 of a handshake, side by side: what SSL 3.0, TLS 1.0 and 1.1 sign and finish with,
//! in the hope that one of the two holds (RFC 2246 sections 7.4.3, 7.4.8 and 7.4.9).

use crate::ffi::sha::Sha;
use crate::hash::{Digest, HashAlgorithm};

/// Both hashes of a transcript under way. `Clone` forks it.
///
/// ```
/// use handfast_crypto::hash::{HashAlgorithm, digest};
/// use handfast_crypto::legacy::double_hash::DoubleHash;
///
/// let mut transcript = DoubleHash::new();
/// transcript.update(b"ClientHello");
/// let both = transcript.current();
/// assert_eq!(both.as_bytes().len(), 36);
/// assert_eq!(
///     both.as_bytes()[16..],
///     *digest(HashAlgorithm::Sha1, &[b"ClientHello"]).as_bytes()
/// );
/// ```
#[derive(Clone)]
pub struct DoubleHash {
    md5: Sha,
    sha1: Sha,
}

impl DoubleHash {
    /// Both hashes of nothing so far.
    #[must_use]
    pub fn new() -> Self {
        Self {
            md5: Sha::new(HashAlgorithm::Md5),
            sha1: Sha::new(HashAlgorithm::Sha1),
        }
    }

    /// Takes in `data`.
    pub fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.sha1.update(data);
    }

    /// MD5 and SHA-1 of everything so far, 16 and 20 bytes; the hashes go on.
    #[must_use]
    pub fn current(&self) -> Digest {
        Digest::joined(
            &Digest::finish(&mut self.md5.clone()),
            &Digest::finish(&mut self.sha1.clone()),
        )
    }

    /// SSL 3.0's nesting of either hash with the master secret (RFC 6101 sections 5.6.8 and 5.6.9):
    /// `hash(master + pad2 + hash(messages + sender + master + pad1))`, 16 and 20 bytes. `sender`
    /// is `CLNT` or `SRVR` of a Finished and empty for a CertificateVerify. The hashes go on.
    #[must_use]
    pub fn ssl3(&self, sender: &[u8], master: &[u8]) -> Digest {
        Digest::joined(
            &nested(&self.md5, sender, master, MD5_PAD_LEN),
            &nested(&self.sha1, sender, master, SHA1_PAD_LEN),
        )
    }
}

impl Default for DoubleHash {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for DoubleHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("DoubleHash(MD5, SHA-1)")
    }
}

fn nested(messages: &Sha, sender: &[u8], master: &[u8], pad_len: usize) -> Digest {
    let mut state = messages.clone();
    state.update(sender);
    state.update(master);
    state.update(&PAD_1[..pad_len]);
    let mut inner = Digest::finish(&mut state);
    state.wipe();
    let mut state = Sha::new(messages.algorithm());
    state.update(master);
    state.update(&PAD_2[..pad_len]);
    state.update(inner.as_bytes());
    inner.wipe();
    let outer = Digest::finish(&mut state);
    state.wipe();
    outer
}

/// RFC 6101 section 5.2.3.1: so many bytes of pad for MD5. With MD5's 16 they fill a block.
const MD5_PAD_LEN: usize = 48;
/// The same for SHA-1, whose 20 bytes are left 4 short of a block.
const SHA1_PAD_LEN: usize = 40;
const PAD_1: [u8; MD5_PAD_LEN] = [0x36; MD5_PAD_LEN];
const PAD_2: [u8; MD5_PAD_LEN] = [0x5c; MD5_PAD_LEN];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::digest;

    #[test]
    fn both_hashes_run_and_a_fork_disturbs_neither() {
        let mut running = DoubleHash::default();
        running.update(b"ClientHello");
        let mut fork = running.clone();
        fork.update(b"other");
        running.update(b"ServerHello");
        let both = [
            digest(HashAlgorithm::Md5, &[b"ClientHelloServerHello"]),
            digest(HashAlgorithm::Sha1, &[b"ClientHelloServerHello"]),
        ];
        let wanted: Vec<u8> = both
            .iter()
            .flat_map(|one| one.as_bytes().to_vec())
            .collect();
        assert_eq!(running.current().as_bytes(), wanted);
        assert_eq!(running.current().as_bytes(), wanted, "it goes on");
        assert_ne!(fork.current().as_bytes(), wanted);
    }

    /// RFC 6101 sections 5.6.8 and 5.6.9 by their words.
    #[test]
    fn ssl_3_nests_either_hash_with_its_own_length_of_pad() {
        let mut transcript = DoubleHash::new();
        transcript.update(b"messages");
        let master = [7; 48];
        for sender in [&b"CLNT"[..], b"SRVR", b""] {
            let mut wanted = Vec::new();
            for (hash, pad) in [(HashAlgorithm::Md5, 48), (HashAlgorithm::Sha1, 40)] {
                let inner = digest(hash, &[b"messages", sender, &master, &vec![0x36; pad]]);
                let outer = digest(hash, &[&master, &vec![0x5c; pad], inner.as_bytes()]);
                wanted.extend_from_slice(outer.as_bytes());
            }
            assert_eq!(transcript.ssl3(sender, &master).as_bytes(), wanted);
        }
        assert_ne!(
            transcript.ssl3(b"CLNT", &master),
            transcript.ssl3(b"SRVR", &master)
        );
    }
}
