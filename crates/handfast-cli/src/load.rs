//! Certificates and keys from files, with faults that name the file.

use crate::exit::Exit;
use crate::failure::Failure;
use handfast::{Credential, PrivateKey, Roots};
use handfast_pki::load;
use handfast_pki::load::fault::{LoadFault, LoadProblem};
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::verify::Purpose;
use rustls_pki_types::CertificateDer;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

/// The bytes of a file, up to a limit: a device or a pipe may have no end.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > LIMIT_BYTES {
        return Err(too_large(&format!("it has {} MiB", length >> 20)));
    }
    limited(file)
}

/// What a reader gives, up to the limit.
pub(crate) fn limited(reader: impl Read) -> io::Result<Vec<u8>> {
    // One octet more shows whether there is more.
    let mut reader = reader.take(LIMIT_BYTES + 1);
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    if reader.limit() == 0 {
        bytes.zeroize();
        return Err(too_large("it goes on"));
    }
    Ok(bytes)
}

fn too_large(what: &str) -> io::Error {
    let limit = LIMIT_BYTES >> 20;
    let message =
        format!("{what}, and {limit} MiB is the limit for a file of certificates or keys");
    io::Error::new(io::ErrorKind::FileTooLarge, message)
}

/// The bytes of a file.
pub(crate) fn read(exit: Exit, path: &Path) -> Result<Vec<u8>, Failure> {
    bytes(path).map_err(|error| Failure::file(exit, "read", path, &error))
}

/// The certificates of a file.
pub(crate) fn certificates(
    exit: Exit,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let bytes = read(exit, path)?;
    load::certificates(&bytes).map_err(|fault| not_certificates(exit, path, &fault))
}

fn not_certificates(exit: Exit, path: &Path, fault: &LoadFault) -> Failure {
    let message = format!("{}: {fault}", path.display());
    let failure = Failure::new(exit, "certificate", "start", message);
    match fault.problem {
        // The sentence says what to do.
        LoadProblem::Distrusted { .. } => failure,
        _ => failure
            .hint("give a file of certificates in PEM or DER, as whoever issued them sent it"),
    }
}

/// The revocation lists of a file, in DER.
pub(crate) fn crls(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = read(Exit::Usage, path)?;
    load::crls(&bytes).map_err(|fault| {
        Failure::usage(format!("{}: {fault}", path.display()))
            .hint("give a file of revocation lists in PEM or DER, as their issuer published them")
    })
}

/// The certificates of files, as anchors for a purpose.
pub(crate) fn roots(paths: &[PathBuf], purpose: Purpose) -> Result<Roots, Failure> {
    let mut roots = Roots::new();
    for path in paths {
        let found = load::anchors(&read(Exit::Usage, path)?, purpose)
            .map_err(|fault| not_certificates(Exit::Usage, path, &fault))?;
        for certificate in found {
            let fault = |fault| {
                Failure::usage(format!("{}: {fault}", path.display()))
                    .hint("give the certificates of authorities")
            };
            roots.add(certificate).map_err(fault)?;
        }
    }
    Ok(roots)
}

/// The OCSP response of a file, in DER.
pub(crate) fn ocsp_response(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read(Exit::Usage, path)?;
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("{}: {why}", path.display()))
            .hint("give the responder's answer in DER, as `openssl ocsp -respout FILE` writes it")
    };
    match OcspResponse::parse(&bytes) {
        Ok(OcspResponse::Basic(_)) => Ok(bytes),
        Ok(OcspResponse::Refused(status)) => {
            Err(wrong(&format!("the responder answered {status}")))
        }
        Err(fault) => Err(wrong(&fault)),
    }
}

/// A certificate and its key: two files, one PEM file with both, or a PKCS#12
/// container (`.p12`, `.pfx`).
pub(crate) fn credential(
    cert: &Path,
    key: Option<&Path>,
    password: Option<&[u8]>,
) -> Result<Credential, Failure> {
    let (chain, key) = pair(cert, key, password)?;
    Credential::new(chain, key).map_err(|why| unfit(cert, &why))
}

/// The same, apart: the chain, its own certificate first, and the key that belongs to it.
pub(crate) fn pair(
    cert: &Path,
    key: Option<&Path>,
    password: Option<&[u8]>,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKey), Failure> {
    let loaded = if is_pkcs12(cert) {
        let bytes = read(Exit::OwnCredential, cert)?;
        load::pkcs12(&bytes, password.unwrap_or_default())
            .map_err(|why| with_remedy(unfit(cert, &why), &why.problem, password))?
    } else {
        let chain = certificates(Exit::OwnCredential, cert)?;
        let key_path = key.unwrap_or(cert);
        let bytes = read(Exit::OwnCredential, key_path)?;
        let key = load::private_key(&bytes, password).map_err(|why| {
            let failure = unfit(key_path, &why);
            match &why.problem {
                LoadProblem::Nothing { .. } if key.is_none() => {
                    failure.hint("name the key's file with --key")
                }
                problem => with_remedy(failure, problem, password),
            }
        })?;
        load::Credential::new(chain, key).map_err(|why| unfit(cert, &why))?
    };
    Ok(loaded.into_parts())
}

/// Whether a file of certificates holds a key, too.
pub(crate) fn holds_key(cert: &Path) -> bool {
    let bytes = bytes(cert).map(Zeroizing::new).unwrap_or_default();
    let read = load::private_key(&bytes, None);
    is_pkcs12(cert) || !read.is_err_and(|why| matches!(why.problem, LoadProblem::Nothing { .. }))
}

fn unfit(path: &Path, fault: &dyn std::fmt::Display) -> Failure {
    let message = format!("{}: {fault}", path.display());
    Failure::new(Exit::OwnCredential, "own_credential", "start", message)
}

/// What to do about a key that does not open. Other problems say it themselves.
pub(crate) fn with_remedy(
    failure: Failure,
    problem: &LoadProblem,
    password: Option<&[u8]>,
) -> Failure {
    match (problem, password) {
        (LoadProblem::WrongPassword, Some(_)) => {
            failure.hint("put the right password into the first line of --pass-file")
        }
        (LoadProblem::PasswordNeeded | LoadProblem::WrongPassword, _) => {
            failure.hint("the password is given in a file, by --pass-file")
        }
        _ => failure,
    }
}

/// The password in a file's first line; `-` is standard input.
pub(crate) fn password(path: Option<&Path>) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let bytes = if path == Path::new("-") {
        let mut line = String::new();
        let stdin = io::stdin().lock();
        stdin
            .take(LIMIT_BYTES)
            .read_line(&mut line)
            .map_err(|error| Failure::file(Exit::Usage, "read", path, &error))?;
        Zeroizing::new(line.into_bytes())
    } else {
        Zeroizing::new(read(Exit::Usage, path)?)
    };
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(Some(Zeroizing::new(line.to_vec())))
}

fn is_pkcs12(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("p12") || extension.eq_ignore_ascii_case("pfx")
    })
}

/// Every certificate of the public authorities takes a quarter of a MiB; a list of revoked ones a
/// few.
const LIMIT_BYTES: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_testkit::peer::Folder;

    #[test]
    fn what_has_no_end_is_read_to_a_limit() {
        let folder = Folder::new().unwrap();
        let path = folder.path().join("file");
        for (length, fits) in [(LIMIT_BYTES, true), (LIMIT_BYTES + 1, false)] {
            File::create(&path).unwrap().set_len(length).unwrap();
            assert_eq!(bytes(&path).is_ok(), fits, "{length}");
        }
        let failed = read(Exit::Usage, &path).unwrap_err();
        assert!(failed.message.contains("16 MiB is the limit"), "{failed:?}");
        let endless = limited(io::repeat(0)).unwrap_err();
        assert_eq!(endless.kind(), io::ErrorKind::FileTooLarge);
    }
}
