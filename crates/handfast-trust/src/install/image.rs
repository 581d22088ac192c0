//! The files of a system: this one's, or those of another one in a folder.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Where a system's files begin: `/`, or a folder that holds a whole system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image(PathBuf);

impl Image {
    pub(crate) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    /// Whether it is this system.
    pub(crate) fn is_own(&self) -> bool {
        self.0 == Path::new("/")
    }

    /// A path of the system, as it is reached from here.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.0.join(inside)
    }

    /// The bytes of a file, its links followed as the system itself does.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.is_own() {
            return fs::read(path);
        }
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let Ok(target) = fs::read_link(&path) else {
                return fs::read(path);
            };
            path = self.resolved(&path, &target);
        }
        Err(io::ErrorKind::NotFound.into())
    }

    /// Where a link leads. What is absolute there begins here, unless it says so itself, as the
    /// links do that a program made from outside.
    fn resolved(&self, link: &Path, target: &Path) -> PathBuf {
        let from = match target.is_absolute() {
            true if target.starts_with(&self.0) => return target.to_owned(),
            true => &self.0,
            false => link.parent().unwrap_or(&self.0),
        };
        let mut path = from.to_owned();
        for part in target.components() {
            match part {
                Component::Normal(name) => path.push(name),
                // Nothing is above.
                Component::ParentDir if path != self.0 => drop(path.pop()),
                _ => {}
            }
        }
        path
    }
}

/// How many links of a chain are followed.
const LINKS: usize = 16;

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_of_an_image_stay_in_it() {
        let root = std::env::temp_dir().join(format!("handfast-image-{}", std::process::id()));
        let etc = root.join("etc");
        fs::create_dir_all(&etc).unwrap();
        fs::write(etc.join("passwd"), "theirs").unwrap();
        for (name, target) in [
            ("absolute", "/etc/passwd"),
            ("relative", "../etc/passwd"),
            ("above", "../../../../etc/passwd"),
            ("twice", "absolute"),
            ("loop", "loop"),
        ] {
            let _ = symlink(target, etc.join(name));
        }
        let _ = symlink(etc.join("passwd"), etc.join("outside"));
        let image = Image::new(&root);
        let read = |name: &str| image.read(&etc.join(name)).ok();
        for name in ["absolute", "relative", "above", "twice", "outside"] {
            assert_eq!(read(name).as_deref(), Some(&b"theirs"[..]), "{name}");
        }
        assert_eq!(read("loop"), None);
        let _ = fs::remove_dir_all(&root);
    }
}
