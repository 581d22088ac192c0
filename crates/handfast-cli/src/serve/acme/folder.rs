//! What is kept between runs: a folder an authority, in which every file is whole or not there.
//!
//! ```text
//! DIR/lock                                    one process at a time
//! DIR/HOST_PORT-DIGEST/account.pem            the account's key
//!                      account.json           its URL, and which key it is of
//!                      certificates/NAME.pem  a certificate's key and chain, in one file
//!                      orders/NAME.pem        the key of an order that is under way
//!                      orders/NAME.json       the order's URL
//!                      tries/NAME.json        how many have failed, and when the next may be
//! ```
//!
//! What hosts are called names files in folders of their own: a host may be called `account`.

use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast::stream::now;
use handfast::{Credential, PrivateKey};
use handfast_acme::client::Life;
use handfast_acme::jws::Jwk;
use handfast_ca::issued::certificate_pem;
use handfast_ca::key;
use handfast_ca::profile::KeyKind;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use url::Url;
use zeroize::Zeroizing;

/// What is kept of one authority.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    /// Held as long as the process lives.
    _lock: File,
}

/// A certificate from before.
pub(super) struct Certified {
    pub(super) credential: Credential,
    pub(super) life: Life,
}

/// Orders that failed since the last certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    pub(super) failed: u32,
    /// When the next may be, whoever is started anew meanwhile.
    pub(super) not_before_unix: u64,
}

impl Folder {
    /// Opens the folder of the authority with this directory, or makes it.
    pub(super) fn open(root: &Path, directory: &str) -> Result<Self, Failure> {
        let failed = |error: &io::Error| {
            Failure::file(Exit::Usage, "keep certificates in", root, error)
                .hint("choose another folder with --acme-dir")
        };
        let dir = root.join(authority(directory));
        for part in [CERTIFICATES, ORDERS, TRIES] {
            private_dir(&dir.join(part)).map_err(|error| failed(&error))?;
        }
        let lock = lock(root)?;
        if !root.join(IGNORE).exists() {
            // A key has no business in a repository.
            write(&root.join(IGNORE), b"*\n", false, true)?;
        }
        let folder = Self { dir, _lock: lock };
        folder.clear().map_err(|error| failed(&error))?;
        Ok(folder)
    }

    /// Takes away what a process that was killed had begun to write.
    fn clear(&self) -> io::Result<()> {
        for dir in ["", CERTIFICATES, ORDERS, TRIES] {
            for entry in fs::read_dir(self.dir.join(dir))? {
                let path = entry?.path();
                if is_half_written(&path) {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }

    /// The account's key, made where there is none.
    pub(super) fn account_key(&self) -> Result<PrivateKey, Failure> {
        self.key(&self.dir.join("account.pem"))
    }

    /// The URL of this key's account, where it is known. An account of a key that was moved away
    /// is not this one's.
    pub(super) fn account(&self, own: &PrivateKey) -> Option<String> {
        let path = self.dir.join("account.json");
        let of = text_in(&path, "key")?;
        text_in(&path, "account").filter(|_| thumbprint(own).is_some_and(|own| own == of))
    }

    pub(super) fn keep_account(&self, url: &str, own: &PrivateKey) -> Result<(), Failure> {
        let document = json!({ "account": url, "key": thumbprint(own) });
        keep(&self.dir.join("account.json"), &document)
    }

    /// The certificate for these names, unless there is none that could be shown.
    pub(super) fn certificate(&self, names: &[String]) -> Result<Option<Certified>, Failure> {
        let path = self.file(CERTIFICATES, names, ".pem");
        let about = match fs::metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file(Exit::Usage, "read", &path, &error)),
        };
        let broken = |failure: Failure| {
            failure.hint("move the file away, and a new certificate is got in its place")
        };
        let credential = load::credential(&path, None, None).map_err(broken)?;
        let written = about.modified().ok();
        let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        // A clock that was ahead must not put its renewal off.
        let written = written.map_or(0, |since| since.as_secs().min(now().unix_s()));
        let leaf = credential.chain().first();
        let life = leaf.and_then(|leaf| Life::of(leaf, written));
        Ok(life.map(|life| Certified { credential, life }))
    }

    /// Keeps a certificate with its key, in the place of the one before. Its order is over.
    pub(super) fn keep_certificate(
        &self,
        names: &[String],
        chain: &[CertificateDer<'static>],
        own: &PrivateKey,
    ) -> Result<Certified, Failure> {
        let mut text = pem(own)?;
        for certificate in chain {
            text.push_str(&certificate_pem(certificate));
        }
        let path = self.file(CERTIFICATES, names, ".pem");
        write(&path, text.as_bytes(), true, true)?;
        self.end_order(names);
        let _ = fs::remove_file(self.tries_file(names));
        let gone = || Failure::usage(format!("{}: it is gone at once", path.display()));
        self.certificate(names)?.ok_or_else(gone)
    }

    /// The key for the next certificate: that of the order that is under way, or a new one.
    pub(super) fn next_key(&self, names: &[String]) -> Result<PrivateKey, Failure> {
        let path = self.file(ORDERS, names, ".pem");
        let next = self.key(&path)?;
        // Killed between the certificate and the end of its order.
        let shown = self.certificate(names).ok().flatten();
        let shown = shown.and_then(|own| spki(&own.credential));
        if shown.is_some_and(|shown| shown == next.public_spki()) {
            self.end_order(names);
            return self.key(&path);
        }
        Ok(next)
    }

    /// The order that is under way.
    pub(super) fn order(&self, names: &[String]) -> Option<String> {
        text_in(&self.file(ORDERS, names, ".json"), "order")
    }

    pub(super) fn keep_order(&self, names: &[String], url: &str) -> Result<(), Failure> {
        keep(&self.file(ORDERS, names, ".json"), &json!({ "order": url }))
    }

    /// Nothing is under way any more.
    pub(super) fn end_order(&self, names: &[String]) {
        // Left behind, they are of no harm: a dead order is found to be one.
        for ending in [".json", ".pem"] {
            let _ = fs::remove_file(self.file(ORDERS, names, ending));
        }
    }

    /// The tries that failed; none where that cannot be read.
    pub(super) fn tries(&self, names: &[String]) -> Tries {
        let document = document_in(&self.tries_file(names)).unwrap_or_default();
        let number = |member: &str| document.get(member).and_then(Value::as_u64);
        let failed = number("failed").unwrap_or(0);
        Tries {
            failed: u32::try_from(failed).unwrap_or(u32::MAX),
            not_before_unix: number("not_before_unix").unwrap_or(0),
        }
    }

    pub(super) fn keep_tries(&self, names: &[String], tries: Tries) -> Result<(), Failure> {
        let document = json!({ "failed": tries.failed, "not_before_unix": tries.not_before_unix });
        keep(&self.tries_file(names), &document)
    }

    /// Where the tries that failed are kept.
    pub(super) fn tries_file(&self, names: &[String]) -> PathBuf {
        self.file(TRIES, names, ".json")
    }

    /// A key in a file, made where there is none.
    fn key(&self, path: &Path) -> Result<PrivateKey, Failure> {
        if path.exists() {
            let bytes = fs::read(path).map(Zeroizing::new);
            let bytes = bytes.map_err(|error| Failure::file(Exit::Usage, "read", path, &error))?;
            return key::read(&bytes, None).map_err(|fault| {
                Failure::usage(format!("{}: {fault}", path.display()))
                    .hint("move the file away, and a new key is made in its place")
            });
        }
        let made = key::generate(KeyKind::EcP256).map_err(|fault| own_fault(&fault))?;
        write(path, pem(&made)?.as_bytes(), true, true)?;
        Ok(made)
    }

    fn file(&self, part: &str, names: &[String], ending: &str) -> PathBuf {
        self.dir.join(part).join(format!("{}{ending}", stem(names)))
    }
}

/// One process has a folder: two would renew the same certificates.
fn lock(root: &Path) -> Result<File, Failure> {
    let path = root.join("lock");
    let failed = |error: &io::Error| Failure::file(Exit::Usage, "lock", &path, error);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options.open(&path).map_err(|error| failed(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::usage(format!(
            "another process keeps certificates in {}",
            root.display()
        ))
        .hint("give each server a folder of its own with --acme-dir")),
        Err(TryLockError::Error(error)) => Err(failed(&error)),
    }
}

/// Whether a file is one of [`beside`](crate::cert::written::beside). A host may be called
/// `a.new-b`.
fn is_half_written(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let process = name.and_then(|name| name.rsplit_once(".new-"));
    process.is_some_and(|(_, id)| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A folder's name for a directory: to be read, and for no other directory.
fn authority(directory: &str) -> String {
    let url = Url::parse(directory).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("authority");
    let port = url.as_ref().and_then(Url::port_or_known_default);
    let port = port.map_or_else(String::new, |port| format!("_{port}"));
    format!("{}{port}-{}", plain(host), digest(directory))
}

/// A file's name for a set of names.
fn stem(names: &[String]) -> String {
    let mut sorted = names.to_vec();
    sorted.sort();
    let first = names.first().map_or("host", String::as_str);
    match names {
        [one] if plain(one) == *one => one.clone(),
        _ => format!("{}-{}", plain(first), digest(&sorted.join(" "))),
    }
}

/// Letters that mean nothing in a path.
fn plain(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    let letters = name.trim_start_matches('.').chars().take(64);
    letters
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .collect()
}

fn digest(text: &str) -> String {
    let digest = sha256(text.as_bytes());
    digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn spki(credential: &Credential) -> Option<Vec<u8>> {
    let leaf = Certificate::parse(credential.chain().first()?).ok()?;
    Some(leaf.spki().to_vec())
}

fn pem(own: &PrivateKey) -> Result<Zeroizing<String>, Failure> {
    key::write(own, None).map_err(|fault| own_fault(&fault))
}

fn own_fault(fault: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Bad, "key", "acme", fault.to_string())
}

fn keep(path: &Path, document: &Value) -> Result<(), Failure> {
    write(path, format!("{document}\n").as_bytes(), true, true)
}

/// A key's name (RFC 7638).
fn thumbprint(own: &PrivateKey) -> Option<String> {
    Jwk::of(own).ok().map(|key| key.thumbprint())
}

/// What a file says; what cannot be read is as if it were not there: it is found out anew.
fn text_in(path: &Path, member: &str) -> Option<String> {
    document_in(path)?.get(member)?.as_str().map(str::to_owned)
}

fn document_in(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

const IGNORE: &str = ".gitignore";
const CERTIFICATES: &str = "certificates";
const ORDERS: &str = "orders";
const TRIES: &str = "tries";

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_ca::authority::Authority;
    use handfast_ca::profile::{AlternativeName, Profile, Validity};
    use handfast_testkit::peer::Folder as Temporary;
    use std::time::{Duration, SystemTime};

    const DIRECTORY: &str = "https://ca.test:14000/directory";

    fn names() -> Vec<String> {
        vec!["host.test".to_owned()]
    }

    fn certified(folder: &Folder) -> Certified {
        certified_for(folder, &names())
    }

    fn certified_for(folder: &Folder, names: &[String]) -> Certified {
        let own = folder.next_key(names).unwrap();
        let year = Validity::days(now().unix_s(), 365);
        let authority = Authority::new("Root", year, KeyKind::EcP256).unwrap();
        let profile = Profile::server(&[AlternativeName::dns("host.test")], year, KeyKind::EcP256);
        let issued = authority.issue_for(&own, &profile).unwrap();
        folder
            .keep_certificate(names, issued.chain(), &own)
            .unwrap()
    }

    #[test]
    fn what_was_kept_is_there_the_next_time() {
        let temporary = Temporary::new().unwrap();
        let root = temporary.path().join("acme");
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        assert!(folder.certificate(&names()).unwrap().is_none());
        let account = folder.account_key().unwrap();
        assert_eq!(folder.account(&account), None);
        let url = "https://ca.test/account/1";
        folder.keep_account(url, &account).unwrap();
        let next = folder.next_key(&names()).unwrap();
        folder
            .keep_order(&names(), "https://ca.test/order/1")
            .unwrap();
        drop(folder);

        let folder = Folder::open(&root, DIRECTORY).unwrap();
        assert_eq!(folder.account(&account).unwrap(), url);
        assert_eq!(
            folder.account_key().unwrap().public_spki(),
            account.public_spki()
        );
        assert_eq!(folder.order(&names()).unwrap(), "https://ca.test/order/1");
        assert_eq!(
            folder.next_key(&names()).unwrap().public_spki(),
            next.public_spki()
        );
        let first = certified(&folder);
        assert_eq!(spki(&first.credential).unwrap(), next.public_spki());
        assert_eq!(folder.order(&names()), None, "its order is over");
        assert!(first.life.obtained_unix.abs_diff(now().unix_s()) < 60);
        drop(folder);
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        let again = folder.certificate(&names()).unwrap().unwrap();
        assert_eq!(again.credential.chain(), first.credential.chain());
        assert_ne!(
            folder.next_key(&names()).unwrap().public_spki(),
            next.public_spki()
        );
        // Another authority, another folder.
        drop(folder);
        let folder = Folder::open(&root, "https://other.test/directory").unwrap();
        assert!(folder.certificate(&names()).unwrap().is_none());
    }

    #[test]
    fn a_new_key_in_the_accounts_place_has_no_account_yet() {
        let temporary = Temporary::new().unwrap();
        let folder = Folder::open(&temporary.path().join("acme"), DIRECTORY).unwrap();
        let before = folder.account_key().unwrap();
        let url = "https://ca.test/account/1";
        folder.keep_account(url, &before).unwrap();
        fs::remove_file(folder.dir.join("account.pem")).unwrap();
        let own = folder.account_key().unwrap();
        assert_eq!(folder.account(&own), None);
        // The control.
        assert_eq!(folder.account(&before).as_deref(), Some(url));
    }

    #[test]
    fn a_file_from_the_future_was_written_now() {
        let temporary = Temporary::new().unwrap();
        let folder = Folder::open(&temporary.path().join("acme"), DIRECTORY).unwrap();
        certified(&folder);
        let file = File::options()
            .append(true)
            .open(folder.file(CERTIFICATES, &names(), ".pem"));
        let ahead = SystemTime::now() + Duration::from_secs(300 * 86_400);
        file.unwrap().set_modified(ahead).unwrap();
        let kept = folder.certificate(&names()).unwrap().expect("it is kept");
        assert!(kept.life.obtained_unix.abs_diff(now().unix_s()) < 60);
    }

    #[test]
    fn tries_that_failed_are_known_until_a_certificate_comes() {
        let temporary = Temporary::new().unwrap();
        let root = temporary.path().join("acme");
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        assert_eq!(folder.tries(&names()), Tries::default());
        let tries = Tries {
            failed: 3,
            not_before_unix: 1_900_000_000,
        };
        folder.keep_tries(&names(), tries).unwrap();
        drop(folder);
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        assert_eq!(folder.tries(&names()), tries);
        certified(&folder);
        assert_eq!(folder.tries(&names()), Tries::default());
    }

    #[test]
    fn killed_between_certificate_and_end_of_order_the_next_key_is_a_new_one() {
        let temporary = Temporary::new().unwrap();
        let folder = Folder::open(&temporary.path().join("acme"), DIRECTORY).unwrap();
        let used = folder.next_key(&names()).unwrap();
        let next = folder.file(ORDERS, &names(), ".pem");
        let left_behind = fs::read(&next).unwrap();
        certified(&folder);
        fs::write(&next, left_behind).unwrap();
        folder
            .keep_order(&names(), "https://ca.test/order/1")
            .unwrap();
        assert_ne!(
            folder.next_key(&names()).unwrap().public_spki(),
            used.public_spki()
        );
        assert_eq!(folder.order(&names()), None);
    }

    #[test]
    fn whatever_a_host_is_called_it_has_files_of_its_own() {
        let temporary = Temporary::new().unwrap();
        let root = temporary.path().join("acme");
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        let account = folder.account_key().unwrap().public_spki().to_vec();
        let hosts = ["account", "a", "a.next", "a.pem", "lock", "b.new-1"];
        let hosts = hosts.map(|host| vec![host.to_owned()]);
        let keys = hosts.each_ref().map(|names| {
            let url = format!("https://ca.test/order/{}", names[0]);
            folder.keep_order(names, &url).unwrap();
            folder.next_key(names).unwrap().public_spki().to_vec()
        });
        for (names, key) in hosts.iter().zip(&keys) {
            let url = format!("https://ca.test/order/{}", names[0]);
            assert_eq!(folder.order(names), Some(url));
            let shown = certified_for(&folder, names);
            assert_eq!(spki(&shown.credential).unwrap(), *key, "{names:?}");
        }
        drop(folder);
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        for (names, key) in hosts.iter().zip(&keys) {
            let shown = folder.certificate(names).unwrap().expect("it is kept");
            assert_eq!(spki(&shown.credential).unwrap(), *key, "{names:?}");
        }
        assert_eq!(folder.account_key().unwrap().public_spki(), account);
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_their_owners_alone_and_what_was_half_written_goes() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = Temporary::new().unwrap();
        let root = temporary.path().join("acme");
        let folder = Folder::open(&root, DIRECTORY).unwrap();
        folder.account_key().unwrap();
        certified(&folder);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&root), 0o700);
        for file in ["account.pem", "certificates/host.test.pem"] {
            assert_eq!(mode(&folder.dir.join(file)), 0o600, "{file}");
        }
        let half = folder.dir.join("certificates/host.test.pem.new-1");
        fs::write(&half, "-----BEGIN PRIV").unwrap();
        drop(folder);
        Folder::open(&root, DIRECTORY).unwrap();
        assert!(!half.exists());
    }

    #[test]
    fn two_processes_do_not_share_a_folder() {
        let temporary = Temporary::new().unwrap();
        let root = temporary.path().join("acme");
        let first = Folder::open(&root, DIRECTORY).unwrap();
        let refused = Folder::open(&root, DIRECTORY).unwrap_err();
        assert!(
            refused.message.contains("another process"),
            "{}",
            refused.message
        );
        drop(first);
        assert!(Folder::open(&root, DIRECTORY).is_ok());
    }

    #[test]
    fn no_name_leaves_the_folder() {
        for names in [
            &["../../x"][..],
            &["*.host.test"],
            &["::1"],
            &["a.test", "b.test"],
            &[".."],
        ] {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            let stem = stem(&names);
            assert!(
                !stem.contains(['/', '*', ':']) && !stem.starts_with('.'),
                "{stem}"
            );
        }
        let set = |names: [&str; 2]| stem(&names.map(str::to_owned));
        assert_ne!(set(["a.test", "b.test"]), set(["a.test", "c.test"]));
    }
}
