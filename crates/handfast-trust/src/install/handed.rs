//! What other people's programs are given to read: a copy of the root as it was judged. The file
//! that it came from may hold another by the time they read it.

use crate::install::commands::Command;
use crate::install::fault::InstallFault;
use crate::install::root::Root;
use crate::install::step::{Act, Step};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A copy of the root, which nobody else may write; it goes with its holder.
pub(crate) struct Handed {
    /// How the steps name the root's file.
    named: String,
    copy: PathBuf,
}

impl Handed {
    /// The copy, if any of the steps gives the root's file to a program.
    pub(crate) fn for_steps(steps: &[Step], root: &Root) -> Result<Option<Self>, InstallFault> {
        let named = root.source().unwrap_or(Path::new(UNNAMED));
        let named = named.to_string_lossy().into_owned();
        let is_read =
            |step: &Step| matches!(&step.act, Act::Run(command) if reads(command, &named));
        if !steps.iter().any(is_read) {
            return Ok(None);
        }
        let copy = std::env::temp_dir().join(unused());
        let written = write(&copy, root.pem().as_bytes());
        let handed = Self { named, copy };
        match written {
            Ok(()) => Ok(Some(handed)),
            Err(error) => Err(InstallFault::File {
                doing: "write",
                path: handed.copy.clone(),
                error,
            }),
        }
    }

    /// The command, with the copy in the place of the root's file.
    pub(crate) fn to(&self, command: &Command) -> Command {
        let mut command = command.clone();
        if reads(&command, &self.named)
            && let Some(last) = command.arguments.last_mut()
        {
            self.copy.as_os_str().clone_into(last);
        }
        command
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.copy);
    }
}

/// Every program takes the file as its last word.
fn reads(command: &Command, named: &str) -> bool {
    let last = command.arguments.last();
    last.is_some_and(|last| last.to_string_lossy() == named)
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // Not where another put a file or a link in the meantime.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

fn unused() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = time.map_or(0, |time| time.as_nanos());
    format!("handfast-root-{}-{count}-{nanos}.pem", std::process::id())
}

/// As steps name a root that came from no file.
pub(crate) const UNNAMED: &str = "root.pem";
