//! The key log in a file (RFC 9850).

use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::Talk;
use handfast::observe::{KeyLog, key_log_line};
use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where secrets are logged: the flag's file, or that of SSLKEYLOGFILE. Either is warned of.
pub(crate) fn key_log_path(talk: &Talk) -> Option<PathBuf> {
    let (path, why) = match &talk.keylog {
        Some(path) => (path.clone(), "--keylog"),
        None => (
            env::var_os("SSLKEYLOGFILE")
                .filter(|path| !path.is_empty())?
                .into(),
            "SSLKEYLOGFILE",
        ),
    };
    talk.warn(&format!(
        "{why}: whoever reads {} can decrypt this connection",
        path.display()
    ));
    Some(path)
}

/// A key log file. Lines are added at its end, as other programs do.
#[derive(Debug)]
pub(crate) struct KeyLogFile(Mutex<State>);

#[derive(Debug)]
struct State {
    file: File,
    lines: usize,
    failed: Option<String>,
}

impl KeyLogFile {
    /// Opens or makes the file; one that is made can be read by its owner alone.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(file) => Ok(Self(Mutex::new(State {
                file,
                lines: 0,
                failed: None,
            }))),
            Err(error) => Err(Failure::file(Exit::Usage, "write", path, &error)),
        }
    }

    /// How many lines were written.
    ///
    /// # Errors
    /// In words, why one could not be.
    pub(crate) fn lines(&self) -> Result<usize, String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed.clone().map_or(Ok(state.lines), Err)
    }
}

impl KeyLog for KeyLogFile {
    fn secret(&self, label: &str, client_random: &[u8; 32], secret: &[u8]) {
        let line = key_log_line(label, client_random, secret) + "\n";
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not end a connection.
        match state.file.write_all(line.as_bytes()) {
            Ok(()) => state.lines += 1,
            Err(error) => state.failed = Some(error.to_string()),
        }
    }
}
