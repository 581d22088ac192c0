//! Files that take the place of others, which stay beside them.

use crate::cert::written::{beside, create, is_special};
use crate::exit::Exit;
use crate::failure::Failure;
use handfast_pki::certificate::Certificate;
use handfast_pki::load;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A file that took another's place.
pub(crate) struct Replacement {
    /// Where it is.
    pub(crate) file: PathBuf,
    /// Where the other one is now.
    pub(crate) old: PathBuf,
}

/// Replaces files, each given with its content and whether that is a secret: all are on the disk
/// before the first takes its place, and where one cannot, those before it go back.
pub(crate) fn replace(files: &[(&Path, &[u8], bool)]) -> Result<Vec<Replacement>, Failure> {
    let mut ready = Vec::new();
    for (path, content, is_secret) in files {
        match Ready::new(path, content, *is_secret) {
            Ok(one) => ready.push(one),
            Err(error) => {
                ready.iter().for_each(Ready::forget);
                return Err(Failure::file(Exit::Usage, "write beside", path, &error));
            }
        }
    }
    let mut done = Vec::new();
    for one in &ready {
        match one.take_place() {
            Ok(replacement) => done.push(replacement),
            Err(error) => {
                ready.iter().for_each(Ready::forget);
                for Replacement { file, old } in done {
                    let _ = fs::rename(old, file);
                }
                return Err(Failure::file(Exit::Usage, "replace", &one.file, &error));
            }
        }
    }
    done.iter().for_each(|one| sync_folder(&one.file));
    Ok(done)
}

/// Finishes what a process that was killed between two files of [`replace`] had begun: the key is
/// the new one already, and the certificate of it lies beside the old certificate. Where that is
/// gone the old key comes back. Says whether anything was to be done.
pub(crate) fn finish(certificate: &Path, key: &Path) -> Result<bool, Failure> {
    // As in [`replace`], links stay.
    let (Ok(certificate), Ok(key)) = (fs::canonicalize(certificate), fs::canonicalize(key)) else {
        return Ok(false);
    };
    let (certificate, key) = (certificate.as_path(), key.as_path());
    let (Some(own), Some(old)) = (key_of(key), certified(certificate)) else {
        return Ok(false);
    };
    if own == old {
        return Ok(false);
    }
    let fault = |error| Failure::file(Exit::Usage, "replace", certificate, &error);
    let mut ready = unfinished(certificate).into_iter();
    if let Some(beside) = ready.find(|path| certified(path).as_ref() == Some(&own)) {
        let one = Ready {
            beside,
            old: ending(certificate, ".old"),
            file: certificate.to_owned(),
        };
        one.take_place().map_err(fault)?;
    } else {
        let before = ending(key, ".old");
        if key_of(&before) != Some(old) {
            return Ok(false);
        }
        fs::rename(before, key).map_err(fault)?;
    }
    sync_folder(certificate);
    Ok(true)
}

/// The public key of a private one that is not encrypted.
fn key_of(path: &Path) -> Option<Vec<u8>> {
    let bytes = Zeroizing::new(fs::read(path).ok()?);
    let key = load::private_key(&bytes, None).ok()?;
    Some(key.public_spki().to_vec())
}

/// The public key of a file's first certificate.
fn certified(path: &Path) -> Option<Vec<u8>> {
    let all = load::certificates(&fs::read(path).ok()?).ok()?;
    let view = Certificate::parse(all.first()?).ok()?;
    Some(view.spki().to_vec())
}

/// What was written beside a file, and did not take its place.
fn unfinished(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name() else {
        return Vec::new();
    };
    let begin = format!("{}.new-", name.to_string_lossy());
    let entries = fs::read_dir(folder(path)).into_iter().flatten().flatten();
    let names = entries.filter(|entry| {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(&begin));
        rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    names.map(|entry| entry.path()).collect()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// After a fall of the machine the files have their new names. Where folders cannot be synced,
/// they have them as soon as the system says.
fn sync_folder(path: &Path) {
    if let Ok(folder) = fs::File::open(folder(path)) {
        let _ = folder.sync_all();
    }
}

/// A file on the disk that has not taken its place yet.
struct Ready {
    file: PathBuf,
    beside: PathBuf,
    old: PathBuf,
}

impl Ready {
    fn new(path: &Path, content: &[u8], is_secret: bool) -> io::Result<Self> {
        // Where it is a link, what it leads to is replaced, and the link stays.
        let file = match fs::symlink_metadata(path)?.is_symlink() {
            true => fs::canonicalize(path)?,
            false => path.to_owned(),
        };
        if is_special(&file) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let one = Self {
            beside: beside(&file),
            old: ending(&file, ".old"),
            file,
        };
        let _ = fs::remove_file(&one.beside);
        if let Err(error) = create(&one.beside, content, is_secret) {
            one.forget();
            return Err(error);
        }
        Ok(one)
    }

    /// There is no moment at which nothing is there.
    fn take_place(&self) -> io::Result<Replacement> {
        let kept = ending(&self.beside, ".old");
        let _ = fs::remove_file(&kept);
        if fs::hard_link(&self.file, &kept).is_err() {
            // Some file systems have no links; a copy has the same rights.
            fs::copy(&self.file, &kept)?;
        }
        fs::rename(&kept, &self.old)?;
        fs::rename(&self.beside, &self.file)?;
        Ok(Replacement {
            file: self.file.clone(),
            old: self.old.clone(),
        })
    }

    fn forget(&self) {
        let _ = fs::remove_file(&self.beside);
    }
}

fn ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_testkit::peer::Folder;

    #[test]
    fn files_are_replaced_together_or_not_at_all() {
        let folder = Folder::new().unwrap();
        let [key, cert] = ["a.key", "a.pem"].map(|name| {
            folder.write(name, format!("old {name}")).unwrap();
            folder.path().join(name)
        });
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        let missing = folder.path().join("missing.pem");
        let files: [(&Path, &[u8], bool); 2] = [(&key, b"new", true), (&missing, b"new", false)];
        assert!(replace(&files).is_err());
        assert_eq!(read(&key), "old a.key");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        // Where the second cannot take its place the first goes back.
        fs::create_dir_all(folder.path().join("a.pem.old/full")).unwrap();
        let files: [(&Path, &[u8], bool); 2] = [(&key, b"new", true), (&cert, b"new", false)];
        assert!(replace(&files).is_err());
        assert_eq!(
            (read(&key), read(&cert)),
            ("old a.key".to_owned(), "old a.pem".to_owned())
        );
        fs::remove_dir_all(folder.path().join("a.pem.old")).unwrap();
        let done = replace(&files).unwrap();
        assert_eq!(
            (read(&key), read(&cert)),
            ("new".to_owned(), "new".to_owned())
        );
        let old: Vec<_> = done.iter().map(|one| read(&one.old)).collect();
        assert_eq!(old, ["old a.key", "old a.pem"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&key).unwrap().permissions().mode() & 0o777,
                0o600
            );
            // A link stays one.
            let link = folder.path().join("link.pem");
            std::os::unix::fs::symlink(&cert, &link).unwrap();
            replace(&[(&link, b"newer", false)]).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(read(&cert), "newer");
        }
    }
}
