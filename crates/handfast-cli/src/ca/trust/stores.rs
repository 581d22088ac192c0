//! Which stores are meant.

use crate::failure::Failure;
use crate::talk::Talk;
use clap::Args;
use handfast_trust::install::{InstallFault, Keystore, NssDatabase, Place, System, nss_databases};
use std::path::{Path, PathBuf};

/// The flags that name stores.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Stores")]
pub(crate) struct Stores {
    /// The system's store: the default where no other is named
    #[arg(long)]
    system: bool,
    /// The databases of your Firefox and Chromium (by certutil of NSS)
    #[arg(long)]
    nss: bool,
    /// The NSS database in DIR; may be repeated
    #[arg(long, value_name = "DIR")]
    nss_db: Vec<PathBuf>,
    /// The password of the databases (Firefox's primary one): the first line of FILE
    #[arg(long, value_name = "FILE")]
    nss_pass_file: Option<PathBuf>,
    /// The Java keystore FILE (by keytool); may be repeated
    #[arg(long, value_name = "FILE")]
    java: Vec<PathBuf>,
    /// The password of the keystores: the first line of FILE [default: changeit]
    #[arg(long, value_name = "FILE", requires = "java")]
    java_pass_file: Option<PathBuf>,
    /// The store of the Linux in DIR, an image or a container's files: its programs run by chroot
    #[arg(long, value_name = "DIR", conflicts_with_all = ["nss", "system"])]
    root: Option<PathBuf>,
}

impl Stores {
    /// The stores, each of which is there.
    pub(crate) fn places(&self, talk: &Talk) -> Result<Vec<Place>, Failure> {
        let mut places = Vec::new();
        let has_other = self.nss || !self.nss_db.is_empty() || !self.java.is_empty();
        if let Some(root) = &self.root {
            let root = absolute(root)?;
            places.push(Place::System(System::detect(&root).map_err(not_there)?));
        } else if self.system || !has_other {
            let system = System::detect(Path::new("/")).map_err(not_there)?;
            places.push(Place::System(system));
        }
        let password = self.nss_pass_file.as_deref().map(absolute).transpose()?;
        let opened =
            |database: NssDatabase| Place::Nss(database.with_password_file(password.as_deref()));
        if self.nss {
            places.extend(browsers(talk)?.into_iter().map(opened));
        }
        for folder in &self.nss_db {
            let database = NssDatabase::open(&absolute(folder)?).map_err(not_there)?;
            let place = opened(database);
            // It may be a browser's.
            if !places.contains(&place) {
                places.push(place);
            }
        }
        for file in &self.java {
            let password = self.java_pass_file.as_deref().map(absolute).transpose()?;
            let keystore = Keystore::open(&absolute(file)?, password.as_deref());
            places.push(Place::Java(keystore.map_err(not_there)?));
        }
        Ok(places)
    }
}

fn browsers(talk: &Talk) -> Result<Vec<NssDatabase>, Failure> {
    let home = std::env::home_dir().ok_or_else(|| {
        Failure::usage("--nss: where your home is, is not known").hint("set HOME, or name --nss-db")
    })?;
    let (found, looked) = nss_databases(&home);
    if found.is_empty() {
        let looked: Vec<_> = looked.iter().map(|one| one.display().to_string()).collect();
        return Err(Failure::usage(format!(
            "--nss: no database of a browser is there (looked into {})",
            looked.join(", ")
        ))
        .hint(
            "start the browser once, as the user whose it is, or name a database with --nss-db",
        ));
    }
    talk.tell(&format!(
        "databases of browsers under {}: {}",
        home.display(),
        found.len()
    ));
    Ok(found)
}

/// What is printed is to run from any folder.
fn absolute(path: impl AsRef<Path>) -> Result<PathBuf, Failure> {
    let path = path.as_ref();
    std::fs::canonicalize(path)
        .map_err(|error| Failure::file(crate::exit::Exit::Usage, "find", path, &error))
}

fn not_there(fault: InstallFault) -> Failure {
    let failure = Failure::usage(fault.to_string());
    match fault {
        InstallFault::NoStore { .. } => failure
            .hint("install the system's package ca-certificates, or name another store, as --nss"),
        _ => failure.hint("check the path: nothing is made that is not there"),
    }
}
