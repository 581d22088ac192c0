//! Which certificate is meant: a name, a serial number, a fingerprint, or the file that holds it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast_ca_store::find::Selector;
use handfast_pki::fingerprint::sha256;
use std::path::Path;

/// Reads it. A file counts only where its name has an ending that certificates' files have, or a
/// folder before it: a file that happens to be called `localhost` hides no name.
pub(crate) fn selector(text: &str) -> Result<Selector, Failure> {
    let path = Path::new(text);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_certificates = ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    let is_elsewhere = path.components().count() > 1;
    if !((is_certificates || is_elsewhere) && path.is_file()) {
        return Ok(Selector::parse(text));
    }
    let first = load::certificates(Exit::Usage, path)?.into_iter().next();
    let digest = first.and_then(|der| <[u8; 32]>::try_from(sha256(&der)).ok());
    digest.map(Selector::Fingerprint).ok_or_else(|| {
        Failure::usage(format!("{text}: no certificate here"))
            .hint("name the file of the certificate, or the certificate by its name or serial")
    })
}

const ENDINGS: [&str; 4] = ["pem", "crt", "cer", "der"];
