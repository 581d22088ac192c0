//! The certificates that lie in an authority's folder: readable without any key.

use crate::ca::place::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use rustls_pki_types::CertificateDer;
use std::path::PathBuf;

/// The authority's own certificates.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The root, which peers are to trust.
    pub(crate) root: CertificateDer<'static>,
    /// Its file.
    pub(crate) root_file: PathBuf,
    /// The certificate that issues, where it is another than the root.
    pub(crate) issuing: Option<CertificateDer<'static>>,
    /// Its file.
    pub(crate) issuing_file: PathBuf,
}

impl Kept {
    /// Reads them.
    pub(crate) fn read(place: &Place) -> Result<Self, Failure> {
        let (root_file, issuing_file) = (place.file(ROOT), place.file(ISSUING));
        if !root_file.exists() {
            return Err(nothing(place));
        }
        let first = |path: &PathBuf| {
            let all = load::certificates(Exit::Usage, path)?;
            let first = all.into_iter().next();
            first.ok_or_else(|| {
                Failure::usage(format!("{}: no certificate here", path.display()))
                    .hint("put the authority's certificate back from where it was copied to")
            })
        };
        let issuing = issuing_file.exists().then(|| first(&issuing_file));
        Ok(Self {
            root: first(&root_file)?,
            issuing: issuing.transpose()?,
            root_file,
            issuing_file,
        })
    }
}

/// What to do where a folder holds no authority.
pub(crate) fn nothing(place: &Place) -> Failure {
    let message = format!("{}: no authority here", place.name());
    Failure::new(Exit::Usage, "no_authority", "open", message)
        .hint("make one with handfast ca init, or name its folder with --ca-dir DIR")
}

const ROOT: &str = "root.pem";
const ISSUING: &str = "issuing.pem";
