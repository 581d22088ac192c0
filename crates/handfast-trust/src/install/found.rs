//! Looking for one certificate in files.

use crate::bundle;
use crate::install::image::Image;
use std::fs;
use std::path::{Path, PathBuf};

/// Whether a file of certificates, PEM or DER, holds this one.
pub(crate) fn holds(bytes: &[u8], der: &[u8]) -> bool {
    let found = bundle::read(bytes, bundle::CERTIFICATE);
    found.blocks.iter().any(|block| block == der) || bytes == der
}

/// Whether the bytes are anywhere in a file: of keystores, which hold certificates as they are.
pub(crate) fn holds_raw(bytes: &[u8], der: &[u8]) -> bool {
    // A whole certificate, which begins with its length: a window that begins alike is rare.
    !der.is_empty() && bytes.windows(der.len()).any(|window| window == der)
}

/// The files of a folder that hold a certificate, in the order of their names. A folder that is not
/// there holds none.
pub(crate) fn files_with(image: &Image, folder: &Path, der: &[u8]) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| !path.is_dir())
        .filter(|path| image.read(path).is_ok_and(|bytes| holds(&bytes, der)))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_pki::load::to_pem;

    const ROOT: &[u8] = include_bytes!("../../../handfast-pki/testdata/root.der");
    const OTHER: &[u8] = include_bytes!("../../../handfast-pki/testdata/intermediate.der");

    #[test]
    fn a_certificate_is_found_in_every_form_of_file_and_no_other_is_taken_for_it() {
        let [root, other] = [ROOT, OTHER].map(|der| to_pem("CERTIFICATE", der).to_string());
        let keystore = [b"\xfe\xed\xfe\xed", OTHER, b"x", ROOT, b"y"].concat();
        assert!(holds(format!("{other}{root}").as_bytes(), ROOT));
        assert!(holds(ROOT, ROOT));
        assert!(!holds(other.as_bytes(), ROOT));
        assert!(!holds(OTHER, ROOT));
        assert!(holds_raw(&keystore, ROOT));
        assert!(!holds_raw(&keystore[..keystore.len() - 2], ROOT));
        assert!(!holds_raw(b"", ROOT));
    }
}
