//! Directories by `openssl rehash`: `XXXXXXXX.0` is a certificate and `XXXXXXXX.r0` a CRL, named by
//! the hash of the subject or issuer; a second one of that hash is `.1`, `.r1`, and so on.

use crate::bundle;
use crate::fault::{TrustFault, TrustProblem};
use crate::store::read_file;
use handfast_pki::certificate::Certificate;
use handfast_pki::distinguished_name::DistinguishedName;
use handfast_pki::load;
use handfast_pki::load::fault::LoadProblem;
use handfast_pki::roots::Roots;
use handfast_pki::verify::Purpose;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A directory of anchors that is not read as a whole: each chain opens the files that the names in
/// it point to, and no others.
///
/// ```no_run
/// # fn example(chain: &[&[u8]]) -> Result<(), handfast_trust::TrustFault> {
/// let directory = handfast_trust::HashedDirectory::open("/etc/ssl/certs".as_ref())?;
/// let roots = directory.roots_for(chain.iter().copied())?;
/// // … verify the chain against `roots`
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct HashedDirectory {
    path: PathBuf,
}

impl HashedDirectory {
    /// Looks whether there is a directory, and one hashed name in it; reads no file.
    ///
    /// # Errors
    /// [`TrustFault`]: no directory, or none that `openssl rehash` has been run on.
    pub fn open(path: &Path) -> Result<Self, TrustFault> {
        let fault = |problem| TrustFault::new(path, problem);
        let entries = fs::read_dir(path).map_err(|error| fault(TrustProblem::Io(error)))?;
        let mut names = entries
            .filter_map(Result::ok)
            .map(|entry| entry.file_name());
        if !names.any(|name| name.to_str().is_some_and(is_hashed)) {
            return Err(fault(TrustProblem::NotHashed));
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The anchors that a chain may end at: those that bear the name of an issuer in it, or of one
    /// of its certificates. Looks for the names of the first 32 certificates, which is more than a
    /// path has; what cannot be parsed has no names.
    ///
    /// # Errors
    /// [`TrustFault`] names a file with the right hash that cannot be read, or whose certificate is
    /// marked as not to be trusted for servers.
    pub fn roots_for<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
    ) -> Result<Roots, TrustFault> {
        let mut roots = Roots::new();
        for hash in hashes(chain, |certificate| {
            [certificate.issuer(), certificate.subject()]
        }) {
            for place in 0..PLACES {
                let path = self.path.join(format!("{hash:08x}.{place}"));
                let Some(bytes) = self.bytes(&path)? else {
                    break;
                };
                let fault = |fault| TrustFault::new(&path, TrustProblem::Load(fault));
                let found = load::anchors(&bytes, Purpose::ServerAuth).map_err(fault)?;
                // They have been parsed just now.
                roots.add_readable(found);
            }
        }
        Ok(roots)
    }

    /// Every anchor in it, for a judge that must know them before the chain has come. It reads all
    /// files that are certificates by their names. Those that are marked as not to be trusted for
    /// servers are left out.
    ///
    /// # Errors
    /// [`TrustFault`] names a file that cannot be read.
    pub fn all(&self) -> Result<Roots, TrustFault> {
        self.all_for(Purpose::ServerAuth)
    }

    /// As [`Self::all`], for another purpose.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub fn all_for(&self, purpose: Purpose) -> Result<Roots, TrustFault> {
        let fault = |path: &Path, problem| TrustFault::new(path, problem);
        let io = |error| fault(&self.path, TrustProblem::Io(error));
        let mut roots = Roots::new();
        for entry in fs::read_dir(&self.path).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let is_anchor = |name: &str| is_hashed(name) && !name.contains('r');
            if !name.to_str().is_some_and(is_anchor) {
                continue;
            }
            let path = entry.path();
            if let Some(bytes) = self.bytes(&path)? {
                match load::anchors(&bytes, purpose) {
                    // They have been parsed just now.
                    Ok(found) => drop(roots.add_readable(found)),
                    Err(why) if matches!(why.problem, LoadProblem::Distrusted { .. }) => {}
                    Err(why) => return Err(fault(&path, TrustProblem::Load(why))),
                }
            }
        }
        Ok(roots)
    }

    /// The CRLs of the issuers in a chain, in DER, unjudged. As [`Self::roots_for`].
    ///
    /// # Errors
    /// [`TrustFault`] names a file with the right hash that cannot be read or holds no CRL.
    pub fn crls_for<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]>,
    ) -> Result<Vec<Vec<u8>>, TrustFault> {
        let mut crls = Vec::new();
        for hash in hashes(chain, |certificate| [certificate.issuer()]) {
            for place in 0..PLACES {
                let path = self.path.join(format!("{hash:08x}.r{place}"));
                let Some(bytes) = self.bytes(&path)? else {
                    break;
                };
                let found = bundle::read(&bytes, bundle::CRL);
                match (found.blocks.is_empty(), found.broken) {
                    (false, 0) => crls.extend(found.blocks),
                    // DER: a SEQUENCE.
                    (true, 0) if bytes.first() == Some(&0x30) => crls.push(bytes),
                    _ => return Err(TrustFault::new(&path, TrustProblem::NoCrl)),
                }
            }
        }
        Ok(crls)
    }

    /// A file of the directory, if it is there.
    fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, TrustFault> {
        match read_file(path) {
            Ok((_, bytes)) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TrustFault::new(path, TrustProblem::Io(error))),
        }
    }
}

/// The distinct hashes of names in a chain.
fn hashes<'c, const N: usize>(
    chain: impl IntoIterator<Item = &'c [u8]>,
    names: impl Fn(&Certificate<'c>) -> [DistinguishedName<'c>; N],
) -> BTreeSet<u32> {
    chain
        .into_iter()
        .take(CERTIFICATES)
        .filter_map(|der| Certificate::parse(der).ok())
        .flat_map(|certificate| names(&certificate))
        .filter_map(|name| name.openssl_hash())
        .collect()
}

/// Whether a file name has the form `XXXXXXXX.0` or `XXXXXXXX.r0`.
fn is_hashed(name: &str) -> bool {
    let Some((hash, place)) = name.split_once('.') else {
        return false;
    };
    let place = place.strip_prefix('r').unwrap_or(place);
    hash.len() == 8
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !place.is_empty()
        && place.bytes().all(|byte| byte.is_ascii_digit())
}

/// How many certificates of a chain are looked at: the peer chooses how many it sends.
const CERTIFICATES: usize = 32;
/// How many files of one hash are read.
const PLACES: usize = 256;
