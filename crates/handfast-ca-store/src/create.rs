//! A new authority: whole or not at all.

use crate::database::{Database, Trouble};
use crate::directory::{CaDirectory, DATABASE, actor};
use crate::entry::{Entry, enter};
use crate::error::StoreError;
use crate::files;
use crate::plan::Plan;
use crate::pointers;
use crate::record::{Recording, insert};
use crate::row::Level;
use crate::tier::{certificate_file, key_file};
use handfast_ca::authority::Authority;
use handfast_ca::error::CaError;
use handfast_ca::issued::certificate_pem;
use handfast_ca::key;
use handfast_ca::profile::{KeyKind, Limits, Pointers, Profile, Purpose, Validity};
use handfast_ca::subject::Subject;
use handfast_crypto::signature::PrivateKey;
use handfast_pki::fingerprint::sha256;
use rusqlite::{Transaction, params};
use rustls_pki_types::CertificateDer;
use std::fs;
use std::path::Path;

impl CaDirectory {
    /// Makes an authority as planned, and opens it. All files are written and synced in a folder
    /// beside, which then takes the folder's name: a create that is cut short leaves that folder,
    /// which nobody takes for an authority ([`CaDirectory::leftovers`]).
    ///
    /// # Errors
    /// [`StoreError::Exists`] unless the folder is missing or empty; [`StoreError::Full`],
    /// [`StoreError::ReadOnly`], [`StoreError::File`]; [`StoreError::Ca`] if the plan cannot be.
    pub fn create(folder: &Path, plan: &Plan, now: u64) -> Result<Self, StoreError> {
        // Keys take their time: first whether they are of use.
        vacant(folder)?;
        let (root, issuing) = made(plan, now)?;
        let whole = Whole {
            root: Part::of(&root)?,
            issuing: issuing.as_ref().map(Part::of).transpose()?,
            pass: plan.pass.as_deref().map(Vec::as_slice),
            pointers: &plan.pointers,
            root_pointers: &plan.root_pointers,
            action: "create",
        };
        whole.write(folder, now)
    }

    /// As [`CaDirectory::create`], for an authority that was made elsewhere: its certificates, its
    /// own first and the root last, and its key. What it has issued is told by
    /// [`CaDirectory::import_index`].
    ///
    /// # Errors
    /// As [`CaDirectory::create`]; [`StoreError::Ca`] if the chain or the key does not fit.
    pub fn create_from(
        folder: &Path,
        chain: &[CertificateDer<'static>],
        key: &PrivateKey,
        pass: Option<&[u8]>,
        now: u64,
    ) -> Result<Self, StoreError> {
        Authority::restore(chain.to_vec(), key.clone())?;
        let (root, below) = chain.split_last().ok_or(CaError::NoCertificate)?;
        let whole = Whole {
            root: Part {
                chain: std::slice::from_ref(root),
                key: below.is_empty().then_some(key),
            },
            issuing: (!below.is_empty()).then_some(Part {
                chain: below,
                key: Some(key),
            }),
            pass,
            pointers: &Pointers::default(),
            root_pointers: &Pointers::default(),
            action: "import",
        };
        whole.write(folder, now)
    }
}

/// The root and the authority below it.
fn made(plan: &Plan, now: u64) -> Result<(Authority, Option<Authority>), StoreError> {
    // Without limits of names none of uses either: it is as good as any authority.
    let limited = !plan.permitted.is_empty();
    let uses = |list: &[Purpose]| if limited { list.to_vec() } else { Vec::new() };
    let profile = |subject: &Subject, days, key: KeyKind, path_length| Profile {
        authority: Some(Limits {
            path_length: Some(path_length),
            permitted: plan.permitted.clone(),
            ..Limits::default()
        }),
        ..Profile::root(subject.clone(), Validity::days(now, days), key)
    };
    let below = u8::from(plan.issuing.is_some());
    let root = profile(&plan.root_subject, plan.root_days, plan.root_key, below);
    let root = Authority::root(&Profile {
        purposes: uses(&ROOT_USES),
        ..root
    })?;
    let issuing = plan.issuing.as_ref().map(|issuing| {
        let profile = profile(&issuing.subject, issuing.days, issuing.key, 0);
        root.intermediate(&Profile {
            pointers: plan.root_pointers.clone(),
            purposes: uses(&ISSUING_USES),
            ..profile
        })
    });
    Ok((root, issuing.transpose()?))
}

/// All that a folder shall hold.
struct Whole<'a> {
    root: Part<'a>,
    issuing: Option<Part<'a>>,
    pass: Option<&'a [u8]>,
    pointers: &'a Pointers,
    root_pointers: &'a Pointers,
    action: &'static str,
}

/// What one of its authorities consists of: its certificate, those above it up to but without the
/// root, and its key, unless that is kept elsewhere.
struct Part<'a> {
    chain: &'a [CertificateDer<'static>],
    key: Option<&'a PrivateKey>,
}

impl<'a> Part<'a> {
    fn of(authority: &'a Authority) -> Result<Self, CaError> {
        let own = authority.own();
        Ok(Self {
            chain: own.chain().get(..1).ok_or(CaError::NoCertificate)?,
            key: Some(own.key()),
        })
    }

    fn write(&self, folder: &Path, level: Level, pass: Option<&[u8]>) -> Result<(), StoreError> {
        if let Some(key) = self.key {
            let pem = key::write(key, pass)?;
            files::create_private(&folder.join(key_file(level)), pem.as_bytes())?;
        }
        let pem: String = self.chain.iter().map(certificate_pem).collect();
        files::create_public(&folder.join(certificate_file(level)), pem.as_bytes())
    }
}

impl Whole<'_> {
    fn write(&self, folder: &Path, now: u64) -> Result<CaDirectory, StoreError> {
        let folder =
            std::path::absolute(folder).map_err(|error| files::fault("find", folder, error))?;
        vacant(&folder)?;
        let unfinished = files::unfinished(&folder)?;
        files::create_private_folder(&unfinished)?;
        let written = self
            .fill(&unfinished, now)
            .and_then(|()| take_name(&unfinished, &folder));
        if let Err(fault) = written {
            // What was begun is of no use; the first error is the one to tell.
            let _ = fs::remove_dir_all(&unfinished);
            return Err(fault);
        }
        files::sync_folder(files::parent(&folder))?;
        let mut directory = CaDirectory::open(&folder)?;
        if let Some(pass) = self.pass {
            directory.unlock(Some(pass))?;
        }
        Ok(directory)
    }

    fn fill(&self, folder: &Path, now: u64) -> Result<(), StoreError> {
        self.root.write(folder, Level::Root, self.pass)?;
        if let Some(issuing) = &self.issuing {
            issuing.write(folder, Level::Issuing, self.pass)?;
        }
        // A key has no business in a repository.
        files::create_private(&folder.join(".gitignore"), b"*\n")?;
        let root = self.root.chain.first().ok_or(CaError::NoCertificate)?;
        let below = self.issuing.as_ref().map_or(&[][..], |part| part.chain);
        new_database(
            &folder.join(DATABASE),
            root,
            below,
            [self.pointers, self.root_pointers],
            self.action,
            now,
        )?;
        files::sync_folder(folder)
    }
}

/// Nothing may lie in the folder.
fn vacant(folder: &Path) -> Result<(), StoreError> {
    let occupied = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => true,
        Err(error) => return Err(files::fault("read", folder, error)),
    };
    match occupied {
        true => Err(StoreError::Exists {
            path: folder.to_owned(),
        }),
        false => Ok(()),
    }
}

/// The folder takes its name; an empty folder of that name gives way, any other does not.
fn take_name(unfinished: &Path, folder: &Path) -> Result<(), StoreError> {
    fs::rename(unfinished, folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::DirectoryNotEmpty
        | std::io::ErrorKind::AlreadyExists
        | std::io::ErrorKind::NotADirectory => StoreError::Exists {
            path: folder.to_owned(),
        },
        _ => files::fault("rename to", folder, error),
    })
}

/// A database that knows the authorities, and that they were made; with the pointers of what is
/// issued, and those of authorities below the root.
pub(crate) fn new_database(
    path: &Path,
    root: &CertificateDer<'_>,
    below: &[CertificateDer<'_>],
    pointers: [&Pointers; 2],
    action: &'static str,
    now: u64,
) -> Result<(), StoreError> {
    let mut database = Database::create(path)?;
    database.write("record the authorities", |transaction| {
        let recording = Recording {
            authority: authority(transaction, "root", root)?,
            renewed_from: None,
        };
        insert(transaction, root, &recording, now)?;
        if let Some(issuing) = below.first() {
            authority(transaction, "issuing", issuing)?;
        }
        // Others in between have an authority of their own, which keeps its own records.
        if let [issuing] = below {
            insert(transaction, issuing, &recording, now)?;
        }
        let [of_issued, of_root] = pointers;
        pointers::write(transaction, &pointers::OF_ISSUED, of_issued)?;
        pointers::write(transaction, &pointers::OF_ROOT, of_root)?;
        enter(transaction, now, &actor(), &Entry::new(action, None, ""))
    })
}

fn authority(
    transaction: &Transaction<'_>,
    role: &str,
    certificate: &CertificateDer<'_>,
) -> Result<i64, Trouble> {
    let insert = "INSERT INTO authorities (role, fingerprint, certificate) VALUES (?1, ?2, ?3)";
    let values = params![role, sha256(certificate), certificate.as_ref()];
    transaction.execute(insert, values)?;
    Ok(transaction.last_insert_rowid())
}

/// What limits of names can be said for (RFC 5280 section 4.2.1.10): hosts, users and their mail.
/// Code and times are signed under names that no such limit reaches.
const ISSUING_USES: [Purpose; 3] = [
    Purpose::ServerAuth,
    Purpose::ClientAuth,
    Purpose::EmailProtection,
];

/// The root's own, beside those: on what it issues, OCSPSigning would make that answer for itself
/// in the root's name (RFC 6960 section 4.2.2.2).
const ROOT_USES: [Purpose; 4] = [
    Purpose::ServerAuth,
    Purpose::ClientAuth,
    Purpose::EmailProtection,
    Purpose::OcspSigning,
];
