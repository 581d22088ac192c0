//! A new authority: whole or not at all.

use crate::audit::{Entry, enter};
use crate::database::{Database, Trouble};
use crate::directory::{CaDirectory, DATABASE, actor};
use crate::error::StoreError;
use crate::files;
use crate::plan::Plan;
use crate::record::{Recording, insert};
use crate::row::Level;
use crate::tier::{certificate_file, key_file};
use handfast_ca::authority::Authority;
use handfast_ca::issued::certificate_pem;
use handfast_ca::profile::{Limits, Profile, Validity};
use handfast_crypto::random::SystemRandom;
use handfast_pki::fingerprint::sha256;
use handfast_pki::load;
use rusqlite::{Transaction, params};
use rustls_pki_types::CertificateDer;
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

impl CaDirectory {
    /// Makes an authority as planned, and opens it. All files are written and synced in a folder
    /// beside, which then takes the folder's name: a create that is cut short leaves that folder,
    /// which nobody takes for an authority ([`CaDirectory::leftovers`]).
    ///
    /// # Errors
    /// [`StoreError::Exists`] unless the folder is missing or empty; [`StoreError::Full`],
    /// [`StoreError::ReadOnly`], [`StoreError::File`]; [`StoreError::Ca`] if the plan cannot be.
    pub fn create(folder: &Path, plan: &Plan, now: u64) -> Result<Self, StoreError> {
        let folder =
            std::path::absolute(folder).map_err(|error| files::fault("find", folder, error))?;
        if occupied(&folder)? {
            return Err(StoreError::Exists { path: folder });
        }
        let (root, issuing) = made(plan, now)?;
        let unfinished = files::unfinished(&folder)?;
        files::create_private_folder(&unfinished)?;
        let written = fill(&unfinished, plan, &root, issuing.as_ref(), now)
            .and_then(|()| take_name(&unfinished, &folder));
        if let Err(fault) = written {
            // What was begun is of no use; the first error is the one to tell.
            let _ = fs::remove_dir_all(&unfinished);
            return Err(fault);
        }
        let mut directory = Self::open(&folder)?;
        directory.pass.clone_from(&plan.pass);
        Ok(directory)
    }
}

/// Whether something lies in the folder.
fn occupied(folder: &Path) -> Result<bool, StoreError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(true),
        Err(error) => Err(files::fault("read", folder, error)),
    }
}

/// The root and the authority below it.
fn made(plan: &Plan, now: u64) -> Result<(Authority, Option<Authority>), StoreError> {
    let profile = |name: &str, days, key, path_length| {
        let mut profile = Profile::authority(name, Validity::days(now, days), key);
        profile.authority = Some(Limits {
            path_length: Some(path_length),
            permitted: plan.permitted.clone(),
            ..Limits::default()
        });
        profile
    };
    let below = u8::from(plan.issuing.is_some());
    let root = profile(&plan.root_name, plan.root_days, plan.root_key, below);
    let root = Authority::root(&root)?;
    let issuing = plan
        .issuing
        .as_ref()
        .map(|issuing| root.intermediate(&profile(&issuing.name, issuing.days, issuing.key, 0)));
    Ok((root, issuing.transpose()?))
}

/// Writes all files of the folder.
fn fill(
    folder: &Path,
    plan: &Plan,
    root: &Authority,
    issuing: Option<&Authority>,
    now: u64,
) -> Result<(), StoreError> {
    write_authority(folder, Level::Root, root, plan)?;
    if let Some(issuing) = issuing {
        write_authority(folder, Level::Issuing, issuing, plan)?;
    }
    // A key has no business in a repository.
    files::create_private(&folder.join(".gitignore"), b"*\n")?;
    let issuing = issuing.and_then(|issuing| issuing.own().chain().first());
    new_database(
        &folder.join(DATABASE),
        root.root_der(),
        issuing,
        "create",
        now,
    )?;
    files::sync_folder(folder)
}

fn write_authority(
    folder: &Path,
    level: Level,
    authority: &Authority,
    plan: &Plan,
) -> Result<(), StoreError> {
    let own = authority.own();
    let pem = match &plan.pass {
        Some(pass) => {
            let sealed = load::to_encrypted_pkcs8(own.key(), pass, &mut SystemRandom)
                .map_err(|_| handfast_ca::error::CaError::Key)?;
            load::to_pem("ENCRYPTED PRIVATE KEY", &sealed)
        }
        None => Zeroizing::new(own.key_pem()?),
    };
    files::create_private(&folder.join(key_file(level)), pem.as_bytes())?;
    let certificate = own.chain().first().map(certificate_pem);
    files::create_public(
        &folder.join(certificate_file(level)),
        certificate.unwrap_or_default().as_bytes(),
    )
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
    })?;
    files::sync_folder(files::parent(folder))
}

/// A database that knows the authorities, and that they were made.
pub(crate) fn new_database(
    path: &Path,
    root: &CertificateDer<'_>,
    issuing: Option<&CertificateDer<'_>>,
    action: &'static str,
    now: u64,
) -> Result<(), StoreError> {
    let mut database = Database::create(path)?;
    database.write("record the authorities", |transaction| {
        let of = |profile, authority| Recording {
            authority,
            profile,
            renewed_from: None,
            file: None,
        };
        let id = authority(transaction, "root", root)?;
        insert(transaction, root, &of("root", id), now)?;
        if let Some(issuing) = issuing {
            authority(transaction, "issuing", issuing)?;
            insert(transaction, issuing, &of("intermediate", id), now)?;
        }
        let entry = Entry::new(action, None, "");
        enter(transaction, now, &actor(), &entry)
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
