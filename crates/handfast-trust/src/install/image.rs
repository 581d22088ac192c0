//! The files of a system: this one's, or those of another one in a folder.

use std::ffi::OsString;
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

    /// A path of the system, as it is reached from here: its links are followed as the system
    /// itself does, so that none of them leads out of an image. What of it is not there is taken
    /// as it is, and links that lead nowhere are left for whoever opens them.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        let whole = self.0.join(inside);
        if self.is_own() {
            return whole;
        }
        self.followed(&whole).unwrap_or(whole)
    }

    /// The bytes of a file, its links followed as the system itself does.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.is_own() {
            return fs::read(path);
        }
        let followed = self.followed(path);
        fs::read(followed.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?)
    }

    /// Where a path below the image leads; `None`: round and round. What is absolute in a link
    /// begins at the image, unless it says so itself, as the links do that a program made from
    /// outside.
    fn followed(&self, path: &Path) -> Option<PathBuf> {
        let mut rest = parts(path.strip_prefix(&self.0).unwrap_or(path));
        let mut at = self.0.clone();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            let Some(name) = part else {
                // Nothing is above.
                if at != self.0 {
                    at.pop();
                }
                continue;
            };
            at.push(name);
            let Ok(target) = fs::read_link(&at) else {
                continue;
            };
            links += 1;
            if links > LINKS {
                return None;
            }
            at.pop();
            if target.is_absolute() {
                at.clone_from(&self.0);
            }
            let target = target.strip_prefix(&self.0).unwrap_or(&target);
            rest.extend(parts(target));
        }
        Some(at)
    }
}

/// The parts of a path, the first one last; `None` is the folder above.
fn parts(path: &Path) -> Vec<Option<OsString>> {
    let parts = path.components().rev().filter_map(|part| match part {
        Component::Normal(name) => Some(Some(name.to_owned())),
        Component::ParentDir => Some(None),
        _ => None,
    });
    parts.collect()
}

/// How many links of a path are followed.
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

    #[test]
    fn folders_that_are_links_stay_in_the_image_too() {
        let base = std::env::temp_dir().join(format!("handfast-host-{}", std::process::id()));
        let (root, host) = (base.join("image"), base.join("host"));
        for folder in [root.join("etc"), root.join("real"), host.clone()] {
            fs::create_dir_all(folder).unwrap();
        }
        let above = PathBuf::from("../../host");
        for (name, target) in [
            ("absolute", &host),
            ("above", &above),
            ("loop", &"loop".into()),
        ] {
            symlink(target, root.join("etc").join(name)).unwrap();
        }
        symlink("/real", root.join("etc/inside")).unwrap();
        let image = Image::new(&root);
        assert_eq!(image.path("etc/inside/new.crt"), root.join("real/new.crt"));
        assert_eq!(
            image.path("etc/none/new.crt"),
            root.join("etc/none/new.crt")
        );
        for name in ["etc/absolute/a/new.crt", "etc/above/a/new.crt"] {
            let path = image.path(name);
            assert!(path.starts_with(&root), "{path:?}");
            // The control: the bare path is written to the host.
            assert!(root.join(name).parent().unwrap().parent().unwrap().is_dir());
            assert!(!path.parent().unwrap().exists(), "{path:?}");
        }
        assert!(fs::metadata(image.path("etc/loop/new.crt")).is_err());
        let _ = fs::remove_dir_all(&base);
    }
}
