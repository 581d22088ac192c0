//! Private keys, which nobody is served: whoever serves the folder in which certificates are made
//! has them there too.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a file that are looked through: keys are shorter.
const MOST: u64 = 64 * 1024;

/// True for a file that holds a private key, by its ending and what stands in it. Containers are
/// taken to hold one, since only their password tells.
pub(super) fn holds_key(path: &Path) -> bool {
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
}
