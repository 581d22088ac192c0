//! What a verb of `cert` is pointed at: a file, standard input, or a live host.

use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use std::io;
use std::path::{Path, PathBuf};

/// Where certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `-`
    Stdin,
    /// A file.
    File(PathBuf),
    /// A host and a port, as they are connected to.
    Host(String, u16),
}

impl Target {
    /// What is there as a file is a file. Otherwise it is a host, unless it looks like a file
    /// that is missing.
    pub(crate) fn of(text: &str) -> Result<Self, Failure> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let path = Path::new(text);
        if !text.contains("://") && (path.exists() || looks_like_a_file(path)) {
            return Ok(Self::File(path.to_owned()));
        }
        let (host, port) = connect::target(text).map_err(|failure| {
            failure.hint("name a file, a HOST[:PORT], an https:// URL, or - for standard input")
        })?;
        Ok(Self::Host(host, port))
    }
}

/// The bytes of a file or of standard input.
pub(crate) fn read(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    let (path, bytes) = match path {
        Some(path) => (path, load::bytes(path)),
        None => (Path::new("standard input"), stdin()),
    };
    bytes.map_err(|error| Failure::file(Exit::Usage, "read", path, &error))
}

fn stdin() -> io::Result<Vec<u8>> {
    load::limited(io::stdin().lock())
}

fn looks_like_a_file(path: &Path) -> bool {
    const ENDINGS: [&str; 16] = [
        "pem", "crt", "cer", "der", "cert", "key", "csr", "p10", "req", "p7b", "p7c", "p12", "pfx",
        "crl", "ocsp", "txt",
    ];
    let ending = path.extension().and_then(|ending| ending.to_str());
    path.components().count() > 1
        || ending.is_some_and(|ending| ENDINGS.iter().any(|one| one.eq_ignore_ascii_case(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hosts_and_missing_files_are_told_apart() {
        let host = |host: &str, port| Target::Host(host.to_owned(), port);
        for (text, wanted) in [
            ("-", Target::Stdin),
            ("Cargo.toml", Target::File("Cargo.toml".into())),
            ("missing.PEM", Target::File("missing.PEM".into())),
            ("some/where", Target::File("some/where".into())),
            ("example.test", host("example.test", 443)),
            ("localhost:8443", host("localhost", 8443)),
            ("https://example.test/a.pem", host("example.test", 443)),
            ("[::1]:99", host("[::1]", 99)),
        ] {
            assert_eq!(Target::of(text).unwrap(), wanted, "{text}");
        }
        assert_eq!(Target::of("a:b").unwrap_err().exit, Exit::Usage);
    }
}
