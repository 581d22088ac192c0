//! From a request's path to a file below the folder that is served, and to
//! nothing else.

use crate::serve::private::is_private;
use percent_encoding::percent_decode_str;
use std::path::{Component, Path, PathBuf};

/// The file that a path names, as the system calls it; nothing if it is not
/// below `root`, is hidden, holds a secret, or is not there.
pub(super) fn find(root: &Path, path: &str, hidden: bool, secrets: &[PathBuf]) -> Option<PathBuf> {
    // Links are followed, and what they lead to must lie below the folder too.
    let found = wanted(root, path)?.canonicalize().ok()?;
    let below = found.strip_prefix(root).ok()?;
    let is_hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
    let is_shown = hidden || !below.components().any(is_hidden) || below.starts_with(".well-known");
    let is_secret = secrets.iter().any(|secret| found.starts_with(secret));
    (is_shown && !is_secret && !is_private(&found)).then_some(found)
}

/// Where a path leads by its letters, whether something is there or not; nothing if that is no place
/// below `root`.
pub(super) fn wanted(root: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let mut wanted = root.to_owned();
    for part in decoded
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
    {
        // Only a plain name goes down one step; anything else might lead elsewhere.
        let mut components = Path::new(part).components();
        let plain = matches!((components.next(), components.next()), (Some(Component::Normal(name)), None) if name == part);
        if !plain || part.contains(['\0', '\\']) {
            return None;
        }
        wanted.push(part);
    }
    Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str) -> Self {
            let base =
                std::env::temp_dir().join(format!("handfast-paths-{}-{name}", std::process::id()));
            fs::create_dir_all(base.join("root/sub/.git")).unwrap();
            for file in [
                "root/a b.txt",
                "root/sub/c.txt",
                "root/.env",
                "root/sub/a.p12",
                "root/sub/.git/config",
                "secret.txt",
            ] {
                fs::write(base.join(file), file).unwrap();
            }
            Self(base.canonicalize().unwrap())
        }

        fn find(&self, path: &str) -> Option<String> {
            let found = find(&self.0.join("root"), path, false, &[])?;
            Some(
                found
                    .strip_prefix(&self.0)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
            )
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn files_below_the_folder_are_found() {
        let tree = Tree::new("found");
        assert_eq!(tree.find("/a%20b.txt").as_deref(), Some("root/a b.txt"));
        assert_eq!(
            tree.find("/sub//./c.txt").as_deref(),
            Some("root/sub/c.txt")
        );
        assert_eq!(tree.find("/").as_deref(), Some("root"));
        assert_eq!(tree.find("/none"), None);
    }

    #[test]
    fn nothing_above_the_folder_is_found() {
        let tree = Tree::new("above");
        for path in [
            "/../secret.txt",
            "/sub/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/sub/..%2f..%2fsecret.txt",
            "/%2e%2e%5csecret.txt",
            "/sub/%00/../c.txt",
            "/%ff",
            "//etc/passwd",
        ] {
            assert_eq!(tree.find(path), None, "{path}");
        }
        let absolute = format!("/{}/secret.txt", tree.0.display());
        assert_eq!(tree.find(&absolute), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_out_of_the_folder_is_not_followed() {
        let tree = Tree::new("link");
        std::os::unix::fs::symlink(tree.0.join("secret.txt"), tree.0.join("root/out")).unwrap();
        std::os::unix::fs::symlink("sub/c.txt", tree.0.join("root/in")).unwrap();
        assert_eq!(tree.find("/out"), None);
        assert_eq!(tree.find("/in").as_deref(), Some("root/sub/c.txt"));
    }

    #[test]
    fn hidden_files_and_secrets_are_not_handed_out() {
        let tree = Tree::new("hidden");
        assert_eq!(tree.find("/.env"), None);
        assert_eq!(tree.find("/sub/a.p12"), None);
        assert_eq!(tree.find("/sub/.git/config"), None);
        let root = tree.0.join("root");
        assert!(find(&root, "/.env", true, &[]).is_some());
        assert_eq!(find(&root, "/sub/c.txt", true, &[root.join("sub")]), None);
    }
}
