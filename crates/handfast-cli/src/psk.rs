//! `--psk`: keys that both sides have known before, from a file and never from the command line,
//! which others on the machine can read.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::Talk;
use clap::Args;
use handfast::config::{PreSharedKey, PskUnfit};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SharedKeys {
    /// Meet by a key of FILE that the other side knows too, in place of a certificate: lines of
    /// IDENTITY:KEY, the key in hexadecimal (`openssl rand -hex 32` draws one)
    #[arg(long, value_name = "FILE")]
    psk: Option<PathBuf>,
    /// Import the keys for this purpose alone, which the other side must name too (RFC 9258,
    /// TLS 1.3)
    #[arg(long, value_name = "PURPOSE", requires = "psk")]
    psk_context: Option<String>,
}

impl SharedKeys {
    /// True where a file is named.
    pub(crate) fn are_given(&self) -> bool {
        self.psk.is_some()
    }

    /// The file, which is never handed out.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.psk.as_deref()
    }

    /// Says so where others on this machine may read the file, and be whom its keys name.
    #[cfg(unix)]
    pub(crate) fn warn_of_readers(&self, talk: &Talk) {
        use std::os::unix::fs::PermissionsExt;
        let Some(path) = &self.psk else { return };
        let mode = std::fs::metadata(path).map(|data| data.permissions().mode() & 0o777);
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            let file = path.display();
            talk.warn(&format!(
                "others on this machine may read the keys in {file}: chmod 600 {file}"
            ));
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn warn_of_readers(&self, _: &Talk) {}

    /// The keys of the file; none where none is named.
    pub(crate) fn read(&self) -> Result<Vec<PreSharedKey>, Failure> {
        let Some(path) = &self.psk else {
            return Ok(Vec::new());
        };
        // Whoever writes the key itself there is told so, without saying it again.
        if !path.exists() && path.as_os_str().as_encoded_bytes().contains(&b':') {
            let message = "--psk takes a file, and there is none of this name";
            return Err(Failure::usage(message).hint(
                "write IDENTITY:KEY into a file that only you may read: others on this machine \
                 see command lines",
            ));
        }
        let bytes = Zeroizing::new(load::read(Exit::Usage, path)?);
        let mut keys = Vec::new();
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let place = || format!("{}, line {}", path.display(), at + 1);
            let key = self.key(line, &place)?;
            let is_known = |known: &PreSharedKey| known.identity() == key.identity();
            if keys.iter().any(is_known) {
                let message = format!("{}: the identity stands in a line before", place());
                return Err(Failure::usage(message).hint("give each identity one line"));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            let message = format!("{} holds no key", path.display());
            return Err(Failure::usage(message).hint(FORM));
        }
        Ok(keys)
    }

    fn key(&self, line: &[u8], place: &dyn Fn() -> String) -> Result<PreSharedKey, Failure> {
        let wrong = |why: &str| Failure::usage(format!("{}: {why}", place())).hint(FORM);
        let colon = line.iter().rposition(|byte| *byte == b':');
        let (identity, key) = colon
            .and_then(|at| line.split_at_checked(at))
            .ok_or_else(|| wrong("there is no colon between an identity and a key"))?;
        if identity.is_empty() {
            return Err(wrong("there is no identity before the colon"));
        }
        let key = hexadecimal(key.get(1..).unwrap_or_default())
            .ok_or_else(|| wrong("what stands behind the last colon is no key in hexadecimal"))?;
        let unfit = |unfit: PskUnfit| {
            let failure = Failure::usage(format!("{}: {unfit}", place()));
            match unfit {
                PskUnfit::KeyShort { .. } => failure.hint("draw one with: openssl rand -hex 32"),
                _ => failure,
            }
        };
        let key = PreSharedKey::new(identity, &key).map_err(unfit)?;
        match &self.psk_context {
            Some(context) => key.imported(context.as_bytes()).map_err(unfit),
            None => Ok(key),
        }
    }
}

/// The bytes of digits, two each.
fn hexadecimal(digits: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    // Room for all, so that nothing of it is moved.
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    for pair in digits.chunks(2) {
        let [high, low] = pair else { return None };
        let digit = |one: u8| {
            char::from(one)
                .to_digit(16)
                .and_then(|one| u8::try_from(one).ok())
        };
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(bytes)
}

const FORM: &str = "write a line for each key: IDENTITY:KEY, the key in hexadecimal, as pump-7:5a…";

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_testkit::peer::Folder;

    fn read(text: &str, context: Option<&str>) -> Result<Vec<PreSharedKey>, Failure> {
        let folder = Folder::new().unwrap();
        let keys = SharedKeys {
            psk: Some(folder.write("keys", text).unwrap().into()),
            psk_context: context.map(str::to_owned),
        };
        keys.read()
    }

    #[test]
    fn each_line_is_a_key_and_what_is_none_is_told_by_its_line_and_never_by_its_key() {
        let hex = "5a".repeat(32);
        let keys = read(
            &format!("# pumps\n\npump-7:{hex}\r\nurn:pump:8:{hex}"),
            None,
        )
        .unwrap();
        let names: Vec<_> = keys.iter().map(PreSharedKey::identity).collect();
        assert_eq!(names, [&b"pump-7"[..], b"urn:pump:8"]);
        let imported = read(&format!("pump-7:{hex}"), Some("readings")).unwrap();
        assert_eq!(imported[0].context(), Some(&b"readings"[..]));
        for (text, words) in [
            ("", "holds no key"),
            ("# nothing\n", "holds no key"),
            ("\npump-7", "line 2: there is no colon"),
            (&*format!("a:{hex}\na:{hex}"), "line 2: the identity stands"),
            (":5a5a", "line 1: there is no identity"),
            ("pump-7:5a5", "line 1: what stands behind"),
            ("pump-7:secret", "line 1: what stands behind"),
            ("pump-7:5a5a5a5a", "line 1: a key of 4 bytes can be guessed"),
            ("pump-7:", "line 1: a key of 0 bytes can be guessed"),
        ] {
            let failure = read(text, None).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{text}");
            assert!(failure.message.contains(words), "{}", failure.message);
            let said = format!("{failure:?}");
            assert!(!said.contains("secret") && !said.contains("5a5a"), "{said}");
        }
        let keys = SharedKeys {
            psk: Some(format!("pump-7:{hex}").into()),
            psk_context: None,
        };
        let failure = keys.read().unwrap_err();
        assert!(failure.message.contains("--psk takes a file"));
        assert!(!format!("{failure:?}").contains("5a5a"));
    }
}
