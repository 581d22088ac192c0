//! The authority of a folder, opened; and what the store says, as the command fails.

use crate::ca::kept::closed;
use crate::ca::place::Place;
use crate::ca::rows::candidate;
use crate::cert::inspect::shown::plain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use clap::Args;
use handfast::stream::now;
use handfast_ca::error::CaError;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::row::Row;
use std::path::PathBuf;

/// Where the authority is and how its key is opened: the flags of every verb that signs.
#[derive(Args, Clone, Debug)]
pub(crate) struct Signing {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The pass phrase of the authority's key: the first line of FILE, - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) pass_file: Option<PathBuf>,
    /// Take the clock as it is, although it is before what was recorded last
    #[arg(long)]
    pub(crate) accept_clock: bool,
}

impl Signing {
    /// Opens the authority and its key.
    pub(crate) fn open(&self) -> Result<CaDirectory, Failure> {
        let mut directory = self.open_locked()?;
        let pass = load::password(self.pass_file.as_deref())?;
        let unlocked = directory.unlock(pass.as_deref().map(Vec::as_slice));
        unlocked.map_err(|fault| failure(&fault))?;
        Ok(directory)
    }

    /// Opens the authority for what needs no key.
    pub(crate) fn open_locked(&self) -> Result<CaDirectory, Failure> {
        let mut directory = open(&self.place)?;
        if self.accept_clock {
            directory.accept_clock();
        }
        Ok(directory)
    }
}

/// Opens the authority without its key. One that an older `serve` made gets its database now.
pub(crate) fn open(place: &Place) -> Result<CaDirectory, Failure> {
    let opened = match CaDirectory::open(&place.ca_dir) {
        Err(StoreError::NoDatabaseYet { .. }) => CaDirectory::adopt(&place.ca_dir, now().unix_s()),
        opened => opened,
    };
    opened.map_err(|fault| failure(&fault))
}

/// What the store says, as the command fails.
pub(crate) fn failure(fault: &StoreError) -> Failure {
    if let StoreError::NoAuthority { path } = fault
        && let Some(closed) = closed(path)
    {
        return closed;
    }
    let (exit, kind) = sort(fault);
    // Whoever asked for a certificate has chosen the name in it.
    let mut failed = Failure::new(exit, kind, "authority", plain(&fault.to_string()));
    if let StoreError::Ambiguous { wanted, candidates }
    | StoreError::NoneLeft { wanted, candidates } = fault
    {
        failed.message = match fault {
            StoreError::Ambiguous { .. } => {
                format!("{} certificates fit {wanted}", candidates.len())
            }
            _ => format!("all that fit {wanted} are revoked or expired"),
        };
        failed.causes = listed(candidates);
    }
    match hint(fault).or_else(|| fault.hint()) {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

/// The certificates that a name fits, at most a handful.
fn listed(candidates: &[Row]) -> Vec<String> {
    let now_s = now().unix_s();
    let shown = candidates.iter().take(SHOWN);
    let mut lines: Vec<_> = shown.map(|row| candidate(row, now_s)).collect();
    if candidates.len() > SHOWN {
        lines.push(format!("and {} more", candidates.len() - SHOWN));
    }
    lines
}

/// How the command ends, and the kind of failure.
fn sort(fault: &StoreError) -> (Exit, &'static str) {
    match fault {
        StoreError::NoAuthority { .. } => (Exit::Usage, "no_authority"),
        StoreError::DatabaseMissing { .. } => (Exit::Usage, "database_missing"),
        StoreError::Exists { .. } => (Exit::Usage, "exists"),
        StoreError::Busy { .. } => (Exit::Bad, "database_locked"),
        StoreError::Damaged { .. } => (Exit::Bad, "database_damaged"),
        StoreError::Full { .. } => (Exit::Bad, "disk_full"),
        StoreError::ReadOnly { .. } | StoreError::File { .. } => (Exit::Usage, "file"),
        StoreError::KeyMissing { .. }
        | StoreError::KeyMismatch { .. }
        | StoreError::Unreadable { .. } => (Exit::OwnCredential, "own_credential"),
        StoreError::PassNeeded { .. } => (Exit::OwnCredential, "pass_needed"),
        StoreError::WrongPass { .. } => (Exit::OwnCredential, "wrong_pass"),
        StoreError::ClockBackwards { .. } => (Exit::Usage, "clock_backwards"),
        StoreError::Expired { .. } => (Exit::OwnCredential, "authority_expired"),
        StoreError::KeyCompromised { .. } => (Exit::Usage, "key_compromised"),
        StoreError::AuthorityRevoked { .. } => (Exit::OwnCredential, "authority_revoked"),
        StoreError::NotPermitted { .. } | StoreError::Ca(CaError::NameOutside { .. }) => {
            (Exit::Usage, "not_permitted")
        }
        StoreError::NotFound { .. } => (Exit::Usage, "not_found"),
        StoreError::Ambiguous { .. } => (Exit::Usage, "ambiguous"),
        StoreError::NoneLeft { .. } => (Exit::Usage, "none_left"),
        _ => (Exit::Usage, "authority"),
    }
}

/// What to do, by the command's own flags.
fn hint(fault: &StoreError) -> Option<String> {
    Some(
        match fault {
            StoreError::NoAuthority { .. } => {
                "make one with handfast ca init, or name its folder with --ca-dir DIR"
            }
            StoreError::Exists { .. } => {
                "use what is there (handfast ca show), or name another folder with --ca-dir DIR"
            }
            StoreError::PassNeeded { .. } => {
                "its pass phrase is given in a file, by --pass-file FILE"
            }
            StoreError::WrongPass { .. } => {
                "nothing was changed: put the right pass phrase into the first line of --pass-file"
            }
            StoreError::ClockBackwards { .. } => {
                "set the clock right; if it is right now and was wrong before, add --accept-clock"
            }
            StoreError::NotPermitted { .. } | StoreError::Ca(CaError::NameOutside { .. }) => {
                "ask for names that it may vouch for (handfast ca show), or make another authority \
                 with handfast ca init --ca-dir DIR --permit-name NAME"
            }
            StoreError::Ambiguous { .. } => "name one by its serial number (handfast ca list)",
            StoreError::NotFound { .. } => {
                "see what there is with handfast ca list; a serial number of fewer than 16 digits \
                 wants serial: before it"
            }
            _ => return None,
        }
        .to_owned(),
    )
}

/// How many candidates are told.
const SHOWN: usize = 10;
