//! What must hold of a folder, whatever happened to the process that worked in it.

use crate::work::{DAY, INDEX, NOW, chosen, number, prepare, server};
use handfast_ca::crl::RevocationReason;
use handfast_ca::serial::SerialNumber;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::row::{Level, Row};
use handfast_testkit::peer::Folder;
use libtest_mimic::Failed;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A folder as it is before the work, to be copied.
pub(super) struct Before {
    what: &'static str,
    folder: Folder,
    rows: Vec<Row>,
    list: u64,
}

impl Before {
    pub(super) fn new(what: &'static str) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let ca = folder.path().join("ca");
        prepare(what, &ca)?;
        let opened = CaDirectory::open(&ca).ok();
        let rows = opened.as_ref().map(|ca| ca.list(&Filter::default()));
        let list = opened.as_ref().map(|ca| ca.crl_number(Level::Issuing));
        Ok(Self {
            what,
            rows: rows.transpose()?.unwrap_or_default(),
            list: list.transpose()?.unwrap_or_default(),
            folder,
        })
    }

    /// A copy to work in, at `ca` in a folder of its own.
    pub(super) fn copy(&self) -> Result<(Folder, PathBuf), Failed> {
        let copy = Folder::new()?;
        let to = copy.path().join("ca");
        let from = self.folder.path().join("ca");
        if from.exists() {
            fs::create_dir(&to)?;
            for entry in fs::read_dir(from)? {
                let entry = entry?;
                fs::copy(entry.path(), to.join(entry.file_name()))?;
            }
        }
        Ok((copy, to))
    }

    /// Checks the folder after a worker that said `said` was killed or failed in it.
    pub(super) fn check(&self, ca: &Path, said: &str) -> Result<(), Failed> {
        let opened = match (self.what, CaDirectory::open(ca)) {
            // It was not made. What was begun is told by the next one.
            ("create", Err(StoreError::NoAuthority { .. })) => {
                CaDirectory::create(ca, &handfast_ca_store::plan::Plan::new("Example"), NOW)
            }
            ("adopt", Err(StoreError::NoDatabaseYet { .. })) => CaDirectory::adopt(ca, NOW),
            (_, opened) => opened,
        };
        let mut opened = opened.map_err(|fault| format!("it does not open: {fault}"))?;
        opened.check()?;
        files(&opened)?;
        let rows = opened.list(&Filter::default())?;
        for row in &self.rows {
            let kept = rows.iter().any(|now| now.serial == row.serial);
            kept.then_some(()).ok_or_else(|| format!("{row} is lost"))?;
        }
        self.said_is_kept(&opened, said)?;
        self.goes_on(&mut opened, &rows)
    }

    /// What was given out is recorded.
    fn said_is_kept(&self, ca: &CaDirectory, said: &str) -> Result<(), Failed> {
        for line in said.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let fits = match word {
                "released" => row(ca, rest)?.is_some(),
                "revoked" => row(ca, rest)?
                    .is_some_and(|row| row.reason == Some(RevocationReason::KeyCompromise)),
                "list" => {
                    let kept = ca.last_crl(Level::Issuing)?.as_deref().map(number);
                    kept.map(|kept| kept.to_string()).as_deref() == Some(rest)
                        && ca.crl_number(Level::Issuing)? == kept.unwrap_or_default()
                }
                "imported" => row(ca, "0A01")?.is_some() && row(ca, "0A02")?.is_some(),
                "saved" => ca
                    .record("order", "a")?
                    .is_some_and(|record| record.version.to_string() == rest),
                _ => false,
            };
            if !fits {
                return Err(format!("it said {line:?}, and that is not recorded").into());
            }
        }
        Ok(())
    }

    /// Everything that comes next works, and gives no number a second time.
    fn goes_on(&self, ca: &mut CaDirectory, rows: &[Row]) -> Result<(), Failed> {
        let before = ca.crl_number(Level::Issuing)?;
        if before < self.list || before > self.list + 1 {
            return Err(format!("the last list is {before} after {}", self.list).into());
        }
        let next = number(&ca.next_crl(DAY, NOW)?);
        if next != before + 1 {
            return Err(format!("the list {next} follows {before}").into());
        }
        let new = ca.issue(&server("next.test"), NOW)?.row;
        serial_is_given_once(ca, rows)?;
        ca.revoke(
            &Selector::Serial(new.serial),
            RevocationReason::Superseded,
            NOW,
        )?;
        if self.what == "import" {
            // All of it or nothing; again it is all.
            let count = ["0A01", "0A02"].map(|serial| row(ca, serial).ok().flatten().is_some());
            if count[0] != count[1] {
                return Err("half an index was imported".into());
            }
            ca.import_index(INDEX, NOW)?;
        }
        ca.check()?;
        Ok(())
    }
}

fn row(ca: &CaDirectory, serial: &str) -> Result<Option<Row>, Failed> {
    let serial = SerialNumber::parse(serial)?;
    Ok(ca.find(&Selector::Serial(serial))?.into_iter().next())
}

/// What was issued under a chosen serial number has it for good: no other gets it.
fn serial_is_given_once(ca: &mut CaDirectory, rows: &[Row]) -> Result<(), Failed> {
    let chosen = chosen("again.test");
    let mut given = rows
        .iter()
        .any(|row| Some(&row.serial) == chosen.serial.as_ref());
    for _ in 0..2 {
        match (given, ca.issue(&chosen, NOW)) {
            (true, Err(StoreError::Recorded { .. })) => {}
            (false, Ok(_)) => given = true,
            (true, Ok(recorded)) => {
                return Err(format!("{} has a serial that was given before", recorded.row).into());
            }
            (_, Err(fault)) => return Err(fault.into()),
        }
    }
    Ok(())
}

/// Nothing lies there that is not known, keys are whole, and nobody else may read them.
pub(super) fn files(ca: &CaDirectory) -> Result<(), Failed> {
    let leftovers = ca.leftovers();
    for entry in fs::read_dir(ca.folder())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let mode = entry.metadata()?.permissions().mode() & 0o777;
        let is_known = [
            ".gitignore",
            "ca.db",
            "ca.db-journal",
            "root.pem",
            "root.key",
            "issuing.pem",
            "issuing.key",
        ]
        .contains(&name.as_str())
            || leftovers.iter().any(|left| {
                entry
                    .path()
                    .to_string_lossy()
                    .starts_with(&*left.to_string_lossy())
            });
        if !is_known {
            return Err(format!("{name} was left and is not told").into());
        }
        if (name.starts_with("ca.db") || name.ends_with(".key")) && mode & 0o077 != 0 {
            return Err(format!("{name} has mode {mode:o}").into());
        }
    }
    Ok(())
}
