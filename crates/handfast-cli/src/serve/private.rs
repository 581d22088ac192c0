//! Private keys and other secrets, which nobody is served: whoever serves the folder in which they are
//! made has them there too.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a file that are looked through: keys are shorter.
const MOST: u64 = 64 * 1024;

/// True for a file that nobody else is to see: it holds a private key, or something that this command
/// has written for its owner alone.
pub(super) fn is_private(path: &Path) -> bool {
    holds_key(path) || (is_its_owners(path) && holds_secret(path))
}

/// Nobody but its owner may read it.
#[cfg(unix)]
fn is_its_owners(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_its_owners(_: &Path) -> bool {
    true
}

/// A session of `--resume`, roots of tickets, keys of `--psk`: all of them are short.
fn holds_secret(path: &Path) -> bool {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut content));
    if read.is_err() {
        return true;
    }
    let is_secret = |line: &str| {
        let key = line.rsplit(':').next().unwrap_or_default();
        key.len() >= 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let text = std::str::from_utf8(&content).unwrap_or_default();
    let mut lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    text.contains(crate::session_file::SCHEMA) || lines.next().is_some_and(is_secret)
}

/// True for a file that holds a private key, by its ending and what stands in it. Containers are
/// taken to hold one, since only their password tells.
fn holds_key(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    match &*ending {
        "p12" | "pfx" | "jks" => true,
        "key" | "p8" | "pk8" => looks_like_key(path, true),
        "pem" | "old" | "crt" | "cer" => looks_like_key(path, false),
        _ => false,
    }
}

/// A key in PEM anywhere in it, or, where its ending says so, in DER. What cannot be read is not
/// served either.
fn looks_like_key(path: &Path, may_be_der: bool) -> bool {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut content));
    if read.is_err() {
        return true;
    }
    const LABEL: &[u8] = b"PRIVATE KEY-----";
    content.windows(LABEL.len()).any(|part| part == LABEL)
        || (may_be_der && content.first() == Some(&0x30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_what_else_has_their_endings() {
        let folder = std::env::temp_dir().join(format!("handfast-keys-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let pem = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        for (name, content, wanted) in [
            ("a.key", pem, true),
            (
                "both.pem",
                &*format!("-----BEGIN CERTIFICATE-----\n{pem}"),
                true,
            ),
            ("a.KEY", pem, true),
            ("renewed.key.old", pem, true),
            ("a.p12", "anything", true),
            ("slides.key", "PK\u{3}\u{4} a presentation", false),
            ("chain.pem", "-----BEGIN CERTIFICATE-----\n", false),
            ("about.txt", pem, false),
        ] {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            assert_eq!(holds_key(&path), wanted, "{name}");
        }
        std::fs::write(folder.join("der.key"), [0x30, 0x82]).unwrap();
        assert!(holds_key(&folder.join("der.key")));
        let _ = std::fs::remove_dir_all(&folder);
    }

    #[cfg(unix)]
    #[test]
    fn secrets_that_this_command_writes_are_known_where_only_their_owner_reads_them() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("handfast-secrets-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let root = "5a".repeat(32);
        for (name, content, wanted) in [
            ("root.txt", format!("{root}\n{root}\n"), true),
            ("keys.txt", format!("# pumps\n\npump-7:{root}\n"), true),
            (
                "session",
                "{\"schema\": \"handfast.session/1\"}".to_owned(),
                true,
            ),
            ("page.html", "<p>hello".to_owned(), false),
            ("short.txt", "pump-7:5a5a".to_owned(), false),
        ] {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            for (mode, wanted) in [(0o600, wanted), (0o644, false)] {
                let permissions = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(&path, permissions).unwrap();
                assert_eq!(is_private(&path), wanted, "{name} {mode:o}");
            }
        }
        let _ = std::fs::remove_dir_all(&folder);
    }
}
