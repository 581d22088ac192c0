//! `--protect`: pages that are served only to clients who say who they are.
//!
//! What a request names is looked at twice: as it is written, so that nobody learns what there is
//! and what not, and where it leads, so that no link from elsewhere is a way in.

use crate::serve::paths::wanted;
use std::path::{Component, Path, PathBuf};

/// One `--protect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protect(String);

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Protected {
    paths: Vec<String>,
    /// Each path below the folder of each host: what is protected for one is so for all.
    places: Vec<Place>,
    /// Who vouches for those who may see them, in words.
    authorities: Vec<String>,
}

#[derive(Debug)]
struct Place {
    path: String,
    at: PathBuf,
}

impl Protect {
    /// What stands in one `--protect`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err("a path begins with a slash: /private".to_owned());
        }
        if text.contains(['?', '#']) {
            return Err("a path has neither ? nor #: in a name they are %3F and %23".to_owned());
        }
        if wanted(Path::new(""), text).is_none() {
            return Err("no request for such a path is ever answered".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl Protected {
    /// For hosts with these folders.
    pub(super) fn new<'a>(
        all: &[Protect],
        roots: impl Iterator<Item = &'a Path>,
        authorities: &[String],
    ) -> Self {
        let paths: Vec<_> = all.iter().map(|one| one.0.clone()).collect();
        let places = roots.flat_map(|root| {
            let places = paths.iter().map(move |path| (path, wanted(root, path)));
            places.filter_map(|(path, at)| {
                let path = path.clone();
                at.map(|at| Place { path, at })
            })
        });
        Self {
            places: places.collect(),
            authorities: authorities.to_vec(),
            paths,
        }
    }

    /// Whether everything is open.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// As they were given.
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    pub(super) fn authorities(&self) -> &[String] {
        &self.authorities
    }

    /// The paths at which no host has anything.
    pub(super) fn missing(&self) -> Vec<&str> {
        let is_there = |path: &str| {
            let mut places = self.places.iter();
            places.any(|place| place.path == path && place.at.exists())
        };
        let paths = self.paths.iter().map(String::as_str);
        paths.filter(|path| !is_there(path)).collect()
    }

    /// Whether a request for `path` of the host with the folder `root` touches what is protected.
    pub(super) fn covers(&self, root: &Path, path: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        // Where a path means no place nothing is served either.
        wanted(root, path).is_some_and(|wanted| {
            // A folder may be shown by a page in it.
            self.holds(&wanted) || self.holds(&wanted.join("index.html"))
        })
    }

    fn holds(&self, wanted: &Path) -> bool {
        // What is not there is where the last folder on the way is.
        let real = wanted.ancestors().find_map(|part| part.canonicalize().ok());
        self.places.iter().any(|place| {
            is_below(wanted, &place.at)
                || real.as_ref().is_some_and(|real| {
                    let place = place.at.canonicalize();
                    place.is_ok_and(|place| is_below(real, &place))
                })
        })
    }
}

/// Whether it is the place itself, or below it.
fn is_below(path: &Path, place: &Path) -> bool {
    let mut parts = path.components();
    place
        .components()
        .all(|wanted| parts.next().is_some_and(|part| is_same(part, wanted)))
}

/// Some systems do not tell capitals from small letters.
fn is_same(one: Component<'_>, other: Component<'_>) -> bool {
    if cfg!(any(windows, target_vendor = "apple")) {
        one.as_os_str().eq_ignore_ascii_case(other.as_os_str())
    } else {
        one == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_testkit::peer::Folder;
    use std::fs;

    /// A folder with `open/`, `private/` and `page.html`, of which the paths are protected.
    fn site(paths: &[&str]) -> (Folder, PathBuf, Protected) {
        let folder = Folder::new().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for dir in ["open", "private/deep", "private side", "privates"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        for file in [
            "private/a.txt",
            "private/deep/b.txt",
            "open/c.txt",
            "page.html",
        ] {
            fs::write(root.join(file), file).unwrap();
        }
        let paths: Vec<_> = paths
            .iter()
            .map(|path| Protect::parse(path).unwrap())
            .collect();
        let protected = Protected::new(&paths, std::iter::once(&*root), &[]);
        (folder, root, protected)
    }

    #[test]
    fn every_way_to_write_a_protected_path_is_covered() {
        let (_folder, root, protected) = site(&["/private", "/page.html"]);
        for path in [
            "/private",
            "/private/",
            "/private/a.txt",
            "/private/deep/b.txt",
            "//private/a.txt",
            "/./private/./a.txt",
            "/open/.//..",
            "/%70rivate/a.txt",
            "/private%2Fa.txt",
            "/%2fprivate%2fa.txt",
            "/privat%65/",
            "/%2e/private/a.txt",
            // Nobody learns what there is.
            "/private/none",
            "/private/deep/none/none",
            "/page.html",
            "/page.html/",
        ] {
            let covered = protected.covers(&root, path);
            let leads = wanted(&root, path).is_some();
            assert_eq!(covered, leads, "{path}");
            assert!(leads || path.contains(".."), "{path}");
        }
        for open in [
            "/",
            "/open/c.txt",
            "/open/private",
            "/privates/",
            "/private%20side/",
            "/private.",
            "/private%252fa.txt",
            "/a/page.html",
        ] {
            assert!(!protected.covers(&root, open), "{open}");
        }
    }

    #[test]
    fn the_page_of_an_open_folder_may_be_protected() {
        let (_folder, root, protected) = site(&["/open/index.html"]);
        assert!(protected.covers(&root, "/open/") && protected.covers(&root, "/open"));
        assert!(!protected.covers(&root, "/open/c.txt"));
        let (_folder, root, all) = site(&["/"]);
        for path in ["/", "/none", "/open/c.txt"] {
            assert!(all.covers(&root, path), "{path}");
        }
        assert!(!Protected::default().covers(&root, "/private/"));
        let (_folder, _, partly) = site(&["/open", "/opne"]);
        assert_eq!(partly.missing(), ["/opne"]);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_a_way_in() {
        use std::os::unix::fs::symlink;
        let (_folder, root, protected) = site(&["/private", "/alias"]);
        symlink("../private", root.join("open/in")).unwrap();
        symlink("../private/a.txt", root.join("open/a.txt")).unwrap();
        symlink("open", root.join("alias")).unwrap();
        symlink("../open/c.txt", root.join("private/out.txt")).unwrap();
        symlink("../open/c.txt", root.join("private/index.html")).unwrap();
        for path in [
            "/open/in",
            "/open/in/",
            "/open/in/a.txt",
            "/open/in/none/none",
            "/open/a.txt",
            "/private/out.txt",
            // What is protected under one name is so under the other.
            "/alias/c.txt",
            "/open/c.txt",
        ] {
            assert!(protected.covers(&root, path), "{path}");
        }
        assert!(!protected.covers(&root, "/privates/"));
    }

    #[test]
    fn what_is_no_path_is_no_protect() {
        for text in ["", "private", "/../x", "/a/..", "/a\\b", "/a?b", "/a#b"] {
            assert!(Protect::parse(text).is_err(), "{text}");
        }
        for text in ["/", "/a", "/a/", "/a b", "/a%20b", "/a.html"] {
            assert!(Protect::parse(text).is_ok(), "{text}");
        }
    }
}
