//! Files that take the place of others, which stay beside them.

use crate::cert::written::{beside, create, is_special};
use crate::exit::Exit;
use crate::failure::Failure;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    Ok(done)
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
