//! `--resume FILE`: one session, kept in a file from one run of the command to the next.
//!
//! ```text
//! open: read --> offered: taken out of the file --> whatever comes: written anew
//! ```
//! A session leaves the file when it is offered, so that it is used once (RFC 8446 appendix C.4).

use crate::cert::written::is_special;
use crate::exit::Exit;
use crate::failure::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast::session::{Session, SessionStore};
use handfast::{CipherSuite, ProtocolVersion};
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The session of one server, in a file.
#[derive(Debug)]
pub(crate) struct SessionFile {
    path: PathBuf,
    /// `HOST:PORT`, as it was asked for.
    server: String,
    state: Mutex<State>,
}

/// What a session belongs to beside its server: the engine offers it to nobody else. Here it is
/// kept in short, so that a session which would not be offered is neither used up nor called bad.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound {
    /// Whom the server was verified to be.
    pub(crate) name: String,
    /// [`fingerprint`] of the client's own certificates.
    pub(crate) client: String,
    /// The same of the authorities that are trusted.
    pub(crate) trust: String,
    /// What is offered.
    pub(crate) versions: Vec<ProtocolVersion>,
    pub(crate) suites: Vec<CipherSuite>,
}

#[derive(Debug, Default)]
struct State {
    bound: Bound,
    /// What the session in the file is bound to, by the names in [`BOUND`].
    kept_for: Vec<(&'static str, String)>,
    found: Option<Session>,
    offered: bool,
    /// What lies in the file for the next time.
    kept: Option<Session>,
    failed: Option<io::Error>,
}

impl SessionFile {
    /// The file of `--resume`, where that is given.
    ///
    /// # Errors
    /// As [`SessionFile::open`]; with `-k` nobody may come back.
    pub(crate) fn of_flag(
        path: Option<&Path>,
        is_insecure: bool,
        server: &str,
    ) -> Result<Option<Arc<Self>>, Failure> {
        let Some(path) = path else {
            return Ok(None);
        };
        if is_insecure {
            return Err(Failure::usage(
                "--resume with -k: a session goes on only with a server that is verified",
            )
            .hint("trust the server with --cacert FILE instead of -k"));
        }
        Self::open(path, server).map(Some)
    }

    /// Bytes of early data that may come with the session in the file, and the application protocol
    /// that they are said under; nothing where none may.
    pub(crate) fn early_data(&self) -> Option<(usize, Vec<u8>)> {
        let state = self.state();
        let session = state.found.as_ref()?;
        let most = usize::try_from(session.max_early_data()).unwrap_or(usize::MAX);
        (most > 0).then(|| (most, session.alpn().to_vec()))
    }

    /// Reads the file, if it is there. One that holds anything else stays as it is.
    ///
    /// # Errors
    /// A failure that names the file.
    pub(crate) fn open(path: &Path, server: &str) -> Result<Arc<Self>, Failure> {
        if is_special(path) {
            let message = format!("{} is no regular file", path.display());
            return Err(Failure::new(Exit::Usage, "session_file", "start", message)
                .hint("name a file with --resume: the session in it is replaced each time"));
        }
        let mut kept_for = Vec::new();
        let found = match fs::read(path) {
            Ok(bytes) if bytes.is_empty() => None,
            Ok(bytes) => {
                let (session, bound) = read(path, server, &bytes)?;
                kept_for = bound;
                Some(session)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = path
                    .parent()
                    .filter(|parent| !parent.as_os_str().is_empty());
                if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                    return Err(
                        Failure::file(Exit::Usage, "keep a session in", path, &error)
                            .hint(format!("there is no folder {}: make it", folder.display())),
                    );
                }
                None
            }
            Err(error) => {
                return Err(Failure::file(Exit::Usage, "read", path, &error)
                    .hint("name another file with --resume"));
            }
        };
        let state = State {
            found,
            kept_for,
            ..State::default()
        };
        Ok(Arc::new(Self {
            path: path.to_owned(),
            server: server.to_owned(),
            state: Mutex::new(state),
        }))
    }

    /// Says what sessions belong to now.
    ///
    /// # Errors
    /// The session in the file belongs to something else, and stays where it is.
    pub(crate) fn bind(&self, bound: &Bound) -> Result<(), Failure> {
        let mut state = self.state();
        state.bound = bound.clone();
        let Some(session) = &state.found else {
            return Ok(());
        };
        let path = self.path.display();
        let stays = |message: String, hint: &str| {
            let hint = format!("{hint}, or name another file with --resume");
            Err(Failure::new(Exit::Usage, "session_file", "start", message).hint(hint))
        };
        for (what, words, hint) in BOUND {
            let kept = state.kept_for.iter().find(|(kept, _)| *kept == what);
            if kept.is_some_and(|(_, kept)| *kept != bound.part(what)) {
                return stays(format!("{path} belongs to {words}"), hint);
            }
        }
        let version = session.version();
        if !bound.versions.contains(&version) {
            let message = format!("{path} holds a session of {version}, which is not offered");
            return stays(message, "give the same --min and --max");
        }
        let suite = session.suite();
        if !bound.suites.contains(&suite) {
            let message = format!("{path} holds a session with {suite}, which is not offered");
            return stays(message, "give the same --suites");
        }
        Ok(())
    }

    /// Whether there was a session to come back with.
    pub(crate) fn is_offered(&self) -> bool {
        self.state().offered
    }

    /// Whether a session lies in the file for the next time.
    pub(crate) fn is_kept(&self) -> bool {
        self.state().kept.is_some()
    }

    /// Where.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What became of the file, in words.
    ///
    /// # Errors
    /// The session that came could not be written.
    pub(crate) fn outcome(&self) -> Result<String, Failure> {
        let mut state = self.state();
        if let Some(error) = state.failed.take() {
            return Err(
                Failure::file(Exit::Usage, "keep a session in", &self.path, &error)
                    .hint("name a file in a folder that may be written to with --resume"),
            );
        }
        let path = self.path.display();
        Ok(if state.kept.is_some() {
            format!("a session for the next time is kept in {path}: keep it secret")
        } else {
            format!("the server gave no session to keep: {path} holds none")
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes beside the file first, so that it is there whole or not at all.
    fn write(&self, session: &Session) -> io::Result<()> {
        if is_special(&self.path) {
            return Err(io::Error::other("it is no regular file"));
        }
        let bytes = session.to_bytes().map_err(io::Error::other)?;
        let mut document = json!({
            "schema": SCHEMA,
            "server": self.server,
            "version": session.version().to_string(),
            "session": STANDARD.encode(&*bytes),
        });
        let bound = self.state().bound.clone();
        for (what, ..) in BOUND {
            document[what] = bound.part(what).into();
        }
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(format!(".new-{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // A file of that name which is there already is somebody else's, and stays.
        let mut file = options.open(&beside)?;
        let written = writeln!(file, "{document}").and_then(|()| fs::rename(&beside, &self.path));
        if written.is_err() {
            // What was begun is of no use; the first error is the one to tell.
            let _ = fs::remove_file(&beside);
        }
        written
    }
}

impl SessionStore for SessionFile {
    fn put(&self, _server: &str, session: Session) {
        let written = self.write(&session);
        let mut state = self.state();
        match written {
            Ok(()) => state.kept = Some(session),
            Err(error) => state.failed = Some(error),
        }
    }

    fn take(&self, _server: &str) -> Option<Session> {
        let mut state = self.state();
        let session = state.found.take()?;
        // Whoever takes the file away has it, so that of two runs one comes back with it. If it
        // cannot go, the next session will not get in either.
        let gone = fs::remove_file(&self.path);
        if gone.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return None;
        }
        state.offered = true;
        Some(session)
    }

    fn forget(&self, _server: &str, is_lost: &dyn Fn(&Session) -> bool) {
        let mut state = self.state();
        let Some(session) = state.kept.take_if(|session| is_lost(session)) else {
            return;
        };
        // Another run may have put its own there since.
        let bytes = fs::read(&self.path).unwrap_or_default();
        let found = read(&self.path, &self.server, &bytes).ok();
        let found = found.and_then(|(found, _)| found.to_bytes().ok());
        if found.is_some()
            && found == session.to_bytes().ok()
            && let Err(error) = fs::remove_file(&self.path)
        {
            state.failed = Some(error);
        }
    }
}

impl Bound {
    fn part(&self, what: &str) -> &str {
        match what {
            "name" => &self.name,
            "client" => &self.client,
            _ => &self.trust,
        }
    }
}

/// Tells lists of certificates apart. It protects nothing, which the digest in the session does.
pub(crate) fn fingerprint<'a>(certificates: impl Iterator<Item = &'a [u8]>) -> String {
    // FNV-1a, over each length and its bytes.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for der in certificates {
        let length = u64::try_from(der.len()).unwrap_or(u64::MAX).to_be_bytes();
        for byte in length.iter().chain(der) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// A session, and what it belongs to.
type Kept = (Session, Vec<(&'static str, String)>);

/// The session in a file's bytes.
fn read(path: &Path, server: &str, bytes: &[u8]) -> Result<Kept, Failure> {
    let fault = |why: &str| {
        let message = format!("{} {why}", path.display());
        Failure::new(Exit::Usage, "session_file", "start", message)
    };
    let foreign = || {
        fault("holds something else than a session of handfast")
            .hint("name another file with --resume, or move this one away")
    };
    let document: Value = serde_json::from_slice(bytes).map_err(|_| foreign())?;
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("schema") != Some(SCHEMA) {
        return Err(foreign());
    }
    let owner = text("server").unwrap_or_default();
    if owner != server {
        let owner = owner.escape_debug();
        return Err(
            fault(&format!("holds a session for {owner}, not for {server}"))
                .hint("name a file for each server with --resume"),
        );
    }
    let session = text("session").and_then(|text| STANDARD.decode(text).ok());
    let bound = BOUND.iter().filter_map(|(what, ..)| {
        let kept = text(what)?;
        Some((*what, kept.to_owned()))
    });
    session
        .and_then(|bytes| Session::from_bytes(&bytes).ok())
        .map(|session| (session, bound.collect()))
        .ok_or_else(|| {
            fault("holds a session that cannot be read: it is damaged, or of another version")
                .hint("remove the file: the next handshake is a full one")
        })
}

/// What a session is bound to: its name in the file, what is said where it differs, what to do.
const BOUND: [(&str, &str, &str); 3] = [
    ("name", "a server of another name", "give the same --sni"),
    (
        "client",
        "another client certificate",
        "give the same --cert",
    ),
    (
        "trust",
        "a server that was verified by other authorities",
        "give the same --cacert, --trust and --tofu",
    ),
];
pub(crate) const SCHEMA: &str = "handfast.session/1";

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_testkit::peer::Folder;
    use handfast_testkit::stored::checked_again;

    /// A session by a ticket of one byte, as it is written today.
    fn session() -> Session {
        session_by(9)
    }

    fn session_by(ticket: u8) -> Session {
        let head = [&[0; 8][..], &[0], &[0, 1], &[ticket], &[2, 0]].concat();
        let state = [
            &[3, 4, 0x13, 1, 1, 5, 0, 0x1d][..],
            &[0; 6],
            &[0, 0, 0, 60],
            &[0; 32],
        ];
        let without_digest = [head, state.concat(), vec![0; 8]].concat();
        Session::from_bytes(&checked_again(without_digest)).unwrap()
    }

    #[test]
    fn of_two_runs_that_have_read_one_session_one_comes_back_with_it() {
        let folder = Folder::new().unwrap();
        let path = folder.path().join("session");
        let open = || SessionFile::open(&path, "a.test:443").unwrap();
        open().put("a.test", session());
        let (one, other) = (open(), open());
        assert!(one.take("a.test").is_some() && one.is_offered());
        assert!(other.take("a.test").is_none() && !other.is_offered());
        // Both may keep the next one.
        other.put("a.test", session());
        assert!(open().take("a.test").is_some());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_and_stays() {
        use std::os::unix::fs::FileTypeExt;
        let folder = Folder::new().unwrap();
        let path = folder.path().join("session");
        let file = SessionFile::open(&path, "a.test:443").unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let failure = SessionFile::open(&path, "a.test:443").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        // One that has come since the file was opened stays too.
        file.put("a.test", session());
        assert!(!file.is_kept() && file.outcome().is_err());
        assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    }

    #[test]
    fn a_session_that_is_lost_leaves_the_file_unless_another_run_has_put_its_own_there() {
        let folder = Folder::new().unwrap();
        let path = folder.path().join("session");
        let open = || SessionFile::open(&path, "a.test:443").unwrap();
        let one = open();
        one.put("a.test", session());
        one.forget("a.test", &|_| false);
        assert!(one.is_kept() && path.exists());
        one.forget("a.test", &|_| true);
        assert!(!one.is_kept() && !path.exists());
        one.put("a.test", session());
        open().put("a.test", session_by(8));
        one.forget("a.test", &|_| true);
        assert!(!one.is_kept() && path.exists());
    }
}
