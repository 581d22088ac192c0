//! The system's trust store, read by explicit paths: no variable of the
//! environment redirects it.

use core::fmt;
use handfast::Roots;

/// Where systems keep their roots in one file: Debian and Alpine, Fedora and
/// its kin in two generations, openSUSE, and the BSDs and macOS.
pub const SYSTEM_ROOT_FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The system's trust store was not found, or holds nothing that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootsMissing {
    /// What was tried, and what came of it.
    pub tried: Vec<String>,
}

/// Reads the system's trust store.
///
/// # Errors
/// [`RootsMissing`] names what was tried.
pub fn system_roots() -> Result<Roots, RootsMissing> {
    let mut tried = Vec::new();
    #[cfg(not(unix))]
    if let Some(roots) = read(
        "the system's store",
        rustls_native_certs::load_native_certs(),
        &mut tried,
    ) {
        return Ok(roots);
    }
    first_of(SYSTEM_ROOT_FILES, &mut tried).ok_or(RootsMissing { tried })
}

/// The roots of the first file that has any.
fn first_of(files: &[&str], tried: &mut Vec<String>) -> Option<Roots> {
    files.iter().find_map(|path| {
        let found = rustls_native_certs::load_certs_from_paths(Some(path.as_ref()), None);
        read(path, found, tried)
    })
}

fn read(
    place: &str,
    found: rustls_native_certs::CertificateResult,
    tried: &mut Vec<String>,
) -> Option<Roots> {
    let mut roots = Roots::new();
    // An old certificate that cannot be read must not keep the others out.
    roots.add_readable(found.certs);
    if !roots.is_empty() {
        return Some(roots);
    }
    let why = found
        .errors
        .first()
        .map_or_else(|| "no certificate in it".to_owned(), ToString::to_string);
    tried.push(format!("{place}: {why}"));
    None
}

impl fmt::Display for RootsMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the system's trust store was not found (tried {}): install your system's package of \
             root certificates, or name the roots yourself",
            self.tried.join("; ")
        )
    }
}

impl core::error::Error for RootsMissing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_that_was_tried_is_named() {
        let mut tried = Vec::new();
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(first_of(&["/no/such/file", here], &mut tried).is_none());
        let words = RootsMissing { tried }.to_string();
        assert!(words.contains("/no/such/file: "), "{words}");
        assert!(
            words.contains("Cargo.toml: no certificate in it"),
            "{words}"
        );
    }
}
