//! `SSL_CERT_FILE` and `SSL_CERT_DIR`, as OpenSSL reads them.

use crate::anchors::Anchors;
use crate::fault::TrustFault;
use crate::hashed_directory::HashedDirectory;
use crate::store::Store;
use crate::system::SYSTEM_ROOT_FILES;
use handfast_pki::roots::Roots;
use std::env;
use std::ffi::OsString;
use std::path::Path;

/// What the environment says about whom to believe. Nothing else in Handfast reads these variables:
/// call this where whoever runs the program is meant to decide.
///
/// As in OpenSSL each of the two stands for one of its defaults and leaves the other alone:
///
/// | variable | holds | where it is not set | where it is empty |
/// |---|---|---|---|
/// | `SSL_CERT_FILE` | one file of certificates | the system's file, if there is one | no file |
/// | `SSL_CERT_DIR` | hashed directories, separated as in `PATH` | `/etc/ssl/certs` or `/etc/pki/tls/certs`, if it is hashed | no directory |
///
/// Unlike OpenSSL, which passes over what it cannot open, a variable that names nothing good is an
/// error: whoever set it meant something by it.
///
/// # Errors
/// [`TrustFault`] names the variable, the path, and what is wrong with it.
pub fn from_environment() -> Result<Anchors, TrustFault> {
    from_variables(|name| env::var_os(name), SYSTEM_ROOT_FILES, DIRECTORIES)
}

fn from_variables(
    variable: impl Fn(&str) -> Option<OsString>,
    default_files: &[&str],
    default_directories: &[&str],
) -> Result<Anchors, TrustFault> {
    let store = Store::new();
    let roots = match variable(FILE) {
        Some(path) if path.is_empty() => Roots::new(),
        Some(path) => store
            .file(Path::new(&path))
            .map_err(|fault| named_by(FILE, fault))?,
        None => store
            .first_of(default_files, &mut Vec::new())
            .unwrap_or_default(),
    };
    let directories = match variable(DIR) {
        Some(list) => env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| HashedDirectory::open(&path).map_err(|fault| named_by(DIR, fault)))
            .collect::<Result<_, _>>()?,
        None => default_directories
            .iter()
            .find_map(|path| HashedDirectory::open(Path::new(path)).ok())
            .into_iter()
            .collect(),
    };
    Ok(Anchors { roots, directories })
}

fn named_by(variable: &'static str, fault: TrustFault) -> TrustFault {
    TrustFault {
        named_by: Some(variable),
        ..fault
    }
}

const FILE: &str = "SSL_CERT_FILE";
const DIR: &str = "SSL_CERT_DIR";

/// OpenSSL's own directory on Debian, Alpine and openSUSE, and on Fedora and its kin.
const DIRECTORIES: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs"];

#[cfg(test)]
mod tests {
    use super::{Anchors, DIR, FILE, TrustFault, env, from_variables};
    use std::ffi::OsString;
    use std::path::PathBuf;

    const ROOT: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../handfast-pki/testdata/root.der"
    );

    const OTHER: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../handfast-pki/testdata/intermediate.der"
    );

    fn with(file: Option<&str>, dir: Option<&str>) -> Result<Anchors, TrustFault> {
        let variable = |name: &str| match name {
            FILE => file.map(OsString::from),
            DIR => dir.map(OsString::from),
            _ => None,
        };
        from_variables(variable, &[ROOT], &["/no/such/directory"])
    }

    #[test]
    fn each_variable_stands_for_its_own_default_alone() {
        let defaults = with(None, None).unwrap();
        assert_eq!((defaults.roots.len(), defaults.directories.len()), (1, 0));
        // The file's default stays where only the directory is named.
        assert_eq!(with(None, Some("")).unwrap().roots.len(), 1);
        assert!(with(Some(""), None).unwrap().roots.is_empty());
        let hashed = env::temp_dir().join(format!("handfast-hashed-{}", std::process::id()));
        std::fs::create_dir_all(&hashed).unwrap();
        std::fs::write(hashed.join("00000000.0"), "").unwrap();
        // An empty place in the list names nothing.
        let twice = env::join_paths([&hashed, &PathBuf::new(), &hashed]).unwrap();
        let both = with(Some(OTHER), twice.to_str()).unwrap();
        let _ = std::fs::remove_dir_all(&hashed);
        let der = std::fs::read(OTHER).unwrap();
        assert_eq!(both.roots.iter().next().map(AsRef::as_ref), Some(&der[..]));
        assert_eq!((both.roots.len(), both.directories.len()), (1, 2));
    }

    #[test]
    fn a_variable_that_names_nothing_good_is_an_error_that_names_it() {
        let fault = with(Some("/no/such/file"), None).unwrap_err().to_string();
        assert!(
            fault.starts_with("SSL_CERT_FILE names /no/such/file: "),
            "{fault}"
        );
        let fault = with(None, Some("/no/such/folder")).unwrap_err().to_string();
        assert!(
            fault.starts_with("SSL_CERT_DIR names /no/such/folder: "),
            "{fault}"
        );
    }
}
