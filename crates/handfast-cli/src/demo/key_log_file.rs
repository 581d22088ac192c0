//! The key log in a file (RFC 9850).

use crate::demo::locked::locked;
use handfast::observe::key_log_line;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

/// A key log file. Lines are added at its end, as other programs do.
#[derive(Debug)]
pub(super) struct KeyLogFile {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    lines: usize,
    failed: Option<String>,
}

impl KeyLogFile {
    /// Opens or makes the file; one that is made can be read by its owner alone.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        Ok(Self {
            state: Mutex::new(State {
                file,
                lines: 0,
                failed: None,
            }),
        })
    }

    pub(super) fn write(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        let mut state = locked(&self.state);
        let line = key_log_line(label, client_random, secret) + "\n";
        match state.file.write_all(line.as_bytes()) {
            Ok(()) => state.lines += 1,
            Err(error) => state.failed = Some(error.to_string()),
        }
    }

    /// The lines written.
    ///
    /// # Errors
    /// Why a line could not be written.
    pub(super) fn lines(&self) -> Result<usize, String> {
        let state = locked(&self.state);
        state.failed.clone().map_or(Ok(state.lines), Err)
    }
}
