//! What clients come back by: tickets, or sessions in a store that servers may share.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::serve::changing::Changing;
use crate::talk::Talk;
use clap::Args;
use handfast::ServerConfig;
use handfast::config::SystemEntropy;
use handfast::session::{SessionCache, StrikeRegister, TicketKeys};
use handfast::stream::now;
use handfast_redis::{Redis, Target};
use handfast_store::{
    Change, FileStore, Guarded, RootSecrets, RootSecretsFault, Sealed, Sessions, Store,
};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Flags about what clients come back by.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KeepingOptions {
    /// Let clients come back to every server that has the same secret: a line of 64 hexadecimal
    /// digits in FILE, which only you may read. Of several lines the first makes what is new, all
    /// are taken; read again when FILE changes
    #[arg(long, value_name = "FILE")]
    pub(super) ticket_root: Option<PathBuf>,
    /// Draw such a secret into the new file FILE, and end
    #[arg(long, value_name = "FILE", exclusive = true)]
    pub(super) new_ticket_root: Option<PathBuf>,
    /// Keep sessions on this side, each ticket good for one use: in memory, in file:DIR for all
    /// servers of this machine, or in redis://HOST or rediss://HOST (Redis, Valkey) for all that
    /// reach it. What is stored is sealed by --ticket-root; a store that is slow or away costs
    /// clients a full handshake, and nothing else
    #[arg(long, value_name = "STORE")]
    pub(super) session_store: Option<StoreText>,
    /// How long a handshake waits for the store, each time that it asks
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 5, requires = "session_store", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(super) store_budget: u64,
    /// The password of the Redis server: the first line of FILE
    #[arg(long, value_name = "FILE", requires = "session_store")]
    pub(super) store_pass_file: Option<PathBuf>,
}

impl KeepingOptions {
    /// Files and folders with secrets, which are never handed out.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Path> {
        let folder = self.session_store.as_ref();
        let folder = folder.and_then(|StoreText(text)| text.strip_prefix("file:"));
        let files = [&self.ticket_root, &self.store_pass_file];
        let files = files.into_iter().flatten().map(PathBuf::as_path);
        files.chain(folder.map(Path::new))
    }
}

/// What stands in `--session-store`: a URL may hold a password, so it does not print.
#[derive(Clone)]
pub(super) struct StoreText(String);

impl From<String> for StoreText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for StoreText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreText")
    }
}

/// Where sessions are.
enum Place {
    /// With the clients, in tickets.
    Tickets,
    Memory,
    Folder(PathBuf),
    Redis(Target),
}

/// What clients come back by.
pub(super) struct Keeping {
    tickets: Option<Arc<TicketKeys>>,
    /// Sessions before TLS 1.3 without tickets; behind tickets, where there are no keys for them.
    cache: Option<Arc<SessionCache>>,
    /// Where no other server can have tickets or sessions of this one's.
    strikes: Option<Arc<StrikeRegister>>,
    sessions: Option<Sessions>,
    place: Option<String>,
    root: Option<PathBuf>,
}

/// Flights with early data that are remembered at once, at most.
const STRIKES: usize = 100_000;
/// How long sessions on their way to the store are waited for at the end.
const SETTLES: Duration = Duration::from_secs(1);

/// Draws a secret for servers to share; true where that was asked for.
pub(super) fn draws_root(options: &KeepingOptions, talk: &Talk) -> Result<bool, Failure> {
    let Some(path) = &options.new_ticket_root else {
        return Ok(false);
    };
    let drawn = RootSecrets::draw().and_then(|root| root.write_new(path));
    drawn.map_err(|fault| {
        let failure = Failure::new(Exit::Bad, "ticket_root", "start", fault.to_string());
        failure.hint("a secret that is there is never written over")
    })?;
    talk.tell(&format!(
        "{}: a new secret, which only you may read; every server gets it by --ticket-root",
        path.display()
    ));
    Ok(true)
}

impl Keeping {
    /// By the flags. Nothing is asked of a store yet.
    pub(super) fn open(options: &KeepingOptions, talk: &Talk) -> Result<Self, Failure> {
        let place = place(options)?;
        let roots = options.ticket_root.as_deref().map(read).transpose()?;
        let mut keeping = Self {
            tickets: None,
            cache: None,
            strikes: None,
            sessions: None,
            place: place.shown(),
            root: options.ticket_root.clone(),
        };
        match (place, &roots) {
            (Place::Tickets, Some(roots)) => {
                let keys = roots.ticket_keys();
                let keys = keys.map_err(|fault| Failure::usage(fault.to_string()))?;
                keeping.tickets = Some(Arc::new(keys));
                keeping.cache = Some(Arc::default());
            }
            (Place::Tickets, None) => {
                keeping.tickets = Some(Arc::new(drawn_keys()?));
                keeping.cache = Some(Arc::default());
                let register = StrikeRegister::with_fresh_keys(STRIKES);
                keeping.strikes = Some(Arc::new(register));
            }
            (Place::Memory, Some(_)) => {
                let message = "--session-store memory: nothing leaves the process, so there is \
                               nothing for --ticket-root to seal";
                return Err(Failure::usage(message));
            }
            (Place::Memory, None) => {
                keeping.cache = Some(Arc::default());
                let register = StrikeRegister::with_fresh_keys(STRIKES);
                keeping.strikes = Some(Arc::new(register));
            }
            (Place::Folder(_) | Place::Redis(_), None) => return Err(unsealed()),
            (Place::Folder(dir), Some(roots)) => {
                let store = FileStore::open(&dir).map_err(|error| {
                    let message = format!("cannot keep sessions in {}: {error}", dir.display());
                    Failure::usage(message)
                })?;
                let store = Arc::new(store);
                sweep(Arc::clone(&store));
                keeping.sessions = Some(shared(guarded(store, options), roots, talk));
            }
            (Place::Redis(target), Some(roots)) => {
                let redis = Redis::open(target).map_err(|error| {
                    Failure::usage(format!("cannot speak TLS with the store: {error}"))
                })?;
                keeping.sessions = Some(shared(guarded(redis, options), roots, talk));
            }
        }
        Ok(keeping)
    }

    /// Puts it into a config.
    pub(super) fn apply(&self, config: &mut ServerConfig) {
        config.ticket_keys.clone_from(&self.tickets);
        config.session_cache.clone_from(&self.cache);
        config.strikes = self.strikes.clone().map(|strikes| strikes as _);
        config.ask_for_sessions = self.sessions.is_some();
        config.ask_for_strikes = self.sessions.is_some();
    }

    /// Who answers for a store outside of this process.
    pub(super) fn sessions(&self) -> Option<&Sessions> {
        self.sessions.as_ref()
    }

    /// The place, as it may be shown; nothing for tickets.
    pub(super) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Looks at the file of the root for as long as the server runs.
    pub(super) async fn watch(self: Arc<Self>, talk: Talk) {
        let Some(path) = &self.root else { return };
        let mut file = Changing::new([path]);
        loop {
            file.changed().await;
            match read(path).and_then(|roots| self.replace(&roots)) {
                Ok(()) => talk.tell("read the ticket root anew"),
                Err(failure) => talk.warn(&format!(
                    "{}: the root read before stays in force",
                    failure.message
                )),
            }
        }
    }

    fn replace(&self, roots: &RootSecrets) -> Result<(), Failure> {
        if let Some(keys) = &self.tickets {
            let replaced = keys.replace_roots(roots.iter(), now());
            replaced.map_err(|fault| Failure::usage(fault.to_string()))?;
        }
        if let Some(sessions) = &self.sessions {
            sessions.sealed().replace_roots(roots);
        }
        Ok(())
    }

    /// Waits for sessions that are on their way to the store.
    pub(super) async fn settle(&self) {
        if let Some(sessions) = &self.sessions {
            let _ = tokio::time::timeout(SETTLES, sessions.settle()).await;
        }
    }
}

impl Place {
    fn shown(&self) -> Option<String> {
        match self {
            Self::Tickets => None,
            Self::Memory => Some("memory".to_owned()),
            Self::Folder(dir) => Some(format!("file:{}", dir.display())),
            Self::Redis(target) => Some(target.to_string()),
        }
    }
}

fn place(options: &KeepingOptions) -> Result<Place, Failure> {
    let Some(StoreText(text)) = &options.session_store else {
        return Ok(Place::Tickets);
    };
    let place = if text == "memory" {
        Place::Memory
    } else if let Some(dir) = text.strip_prefix("file:").filter(|dir| !dir.is_empty()) {
        Place::Folder(PathBuf::from(dir))
    } else if text.starts_with("redis://") || text.starts_with("rediss://") {
        let target = Target::parse(text);
        let target = target.map_err(|fault| Failure::usage(format!("--session-store: {fault}")))?;
        Place::Redis(with_password(target, options)?)
    } else {
        // What was written may hold a password.
        let message = "--session-store is memory, file:DIR, redis://HOST or rediss://HOST";
        return Err(Failure::usage(message));
    };
    if options.store_pass_file.is_some() && !matches!(place, Place::Redis(_)) {
        let message = "--store-pass-file is for a --session-store in Redis";
        return Err(Failure::usage(message));
    }
    Ok(place)
}

fn with_password(target: Target, options: &KeepingOptions) -> Result<Target, Failure> {
    let Some(pass) = load::password(options.store_pass_file.as_deref())? else {
        return Ok(target);
    };
    let pass = std::str::from_utf8(&pass)
        .map_err(|_| Failure::usage("--store-pass-file: the password is not UTF-8"))?;
    Ok(target.with_password(pass))
}

fn read(path: &Path) -> Result<RootSecrets, Failure> {
    RootSecrets::read(path).map_err(|fault| {
        let failure = Failure::usage(fault.to_string());
        match fault {
            RootSecretsFault::Missing(path) => failure.hint(format!(
                "draw it, once for all servers: handfast serve --new-ticket-root {}",
                path.display()
            )),
            _ => failure,
        }
    })
}

fn unsealed() -> Failure {
    let message =
        "--session-store needs --ticket-root FILE: what leaves the process is sealed by it";
    Failure::usage(message)
        .hint("draw it, once for all servers: handfast serve --new-ticket-root FILE")
}

fn drawn_keys() -> Result<TicketKeys, Failure> {
    TicketKeys::new(Arc::new(SystemEntropy), now()).map_err(|failure| {
        let message = format!("cannot make the keys of tickets: {failure}");
        Failure::new(Exit::Bad, "ticket_keys", "start", message)
    })
}

fn guarded(store: impl Store + 'static, options: &KeepingOptions) -> Guarded {
    Guarded::new(store).with_budget(Duration::from_millis(options.store_budget))
}

/// Sessions in a store; who runs the server hears when it is away, and when it is back.
fn shared(store: Guarded, roots: &RootSecrets, talk: &Talk) -> Sessions {
    let talk = talk.clone();
    let store = store.with_watch(move |change| match change {
        Change::Down(failure) => talk.warn(&format!(
            "{failure}: until it answers, clients that come back have a full handshake"
        )),
        _ => talk.tell("the store answers again"),
    });
    Sessions::new(store, Sealed::new(roots, "serve"))
}

/// Removes what a server of before has left, while this one serves already.
fn sweep(store: Arc<FileStore>) {
    // What stays is removed as others come.
    tokio::spawn(async move { store.sweep().await });
}
