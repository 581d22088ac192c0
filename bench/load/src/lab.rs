//! A folder with what both servers need: a certificate, its key, and the files that they serve.

use crate::Result;
use handfast::Roots;
use handfast::stream::now;
use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_crypto::signature::KeyKind;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// The host that both servers are.
pub(crate) const HOST: &str = "localhost";

/// The folder, which goes away with this value.
pub(crate) struct Lab {
    folder: PathBuf,
    pub(crate) roots: Roots,
    pub(crate) small: Document,
    pub(crate) big: Document,
}

/// A file that is served. Its bytes repeat, but not with the length of anything in TLS, so that
/// a record in the wrong place is noticed.
pub(crate) struct Document {
    pub(crate) path: &'static str,
    pub(crate) bytes: u64,
    /// Twice the period.
    pattern: Vec<u8>,
}

impl Lab {
    pub(crate) fn new(big_bytes: u64) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("handfast-load-{}", std::process::id()));
        fs::create_dir_all(folder.join("site"))?;
        let validity = Validity::days(now().unix_ms / 1000, 1);
        let root = Authority::new("Load root", validity, KeyKind::EcP256)?;
        let names = [AlternativeName::dns(HOST)];
        let issued = root.issue_server(&names, validity, KeyKind::EcP256)?;
        let mut roots = Roots::new();
        roots.add(root.root_der().clone())?;
        let lab = Self {
            folder,
            roots,
            small: Document::new("/small.txt", 1024),
            big: Document::new("/big.bin", big_bytes),
        };
        fs::write(lab.file("server.pem"), issued.chain_pem())?;
        fs::write(lab.file("server.key"), issued.key_pem()?)?;
        for document in [&lab.small, &lab.big] {
            document.write(lab.file(&format!("site{}", document.path)))?;
        }
        Ok(lab)
    }

    /// A path in the folder, as text.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Document {
    fn new(path: &'static str, bytes: u64) -> Self {
        // Letters, by a generator without any claim (Knuth's multiplier).
        let mut state = bytes;
        let letters = (0..PERIOD).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            b'a' + u8::try_from((state >> 33) % 26).unwrap_or_default()
        });
        let once: Vec<u8> = letters.collect();
        Self {
            path,
            bytes,
            pattern: [&once[..], &once[..]].concat(),
        }
    }

    fn write(&self, file: String) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
        let mut left = self.bytes;
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(PERIOD).min(PERIOD);
            out.write_all(self.pattern.get(..length).unwrap_or_default())?;
            left -= length as u64;
        }
        Ok(out.flush()?)
    }

    /// Whether these bytes stand at that place of the file.
    pub(crate) fn has(&self, at: u64, bytes: &[u8]) -> bool {
        let period = PERIOD as u64;
        let is_inside = at.saturating_add(bytes.len() as u64) <= self.bytes;
        is_inside
            && (0..).zip(bytes.chunks(PERIOD)).all(|(count, chunk)| {
                let start = usize::try_from((at + count * period) % period).unwrap_or_default();
                self.pattern.get(start..start + chunk.len()) == Some(chunk)
            })
    }
}

/// A prime, just above the content of four records.
const PERIOD: usize = 65_537;
