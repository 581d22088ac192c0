//! The one connection to a server: made, watched, and made again where it is lost.

use crate::bounded::{Bounded, Room};
use crate::standing::Standing;
use crate::target::Target;
use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Cmd, RedisError, Value, cmd};
use core::time::Duration;
use handfast::ServerName;
use handfast_store::StoreFailed;
use handfast_tokio::Connector;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// What a server is reached by, and who keeps it.
pub(crate) struct Link {
    shared: Arc<Shared>,
    /// The task that keeps the connection, once somebody has asked for it.
    keeper: Mutex<Option<AbortHandle>>,
}

struct Shared {
    target: Target,
    tls: Option<Connector>,
    quiet: Duration,
    state: watch::Sender<State>,
    /// Somebody has not been answered.
    suspect: Notify,
}

#[derive(Clone)]
enum State {
    /// Nobody knows yet.
    Connecting,
    Up(Up),
    Down(StoreFailed),
}

/// A connection that was well when it was last looked at.
#[derive(Clone)]
pub(crate) struct Up {
    connection: MultiplexedConnection,
    room: Room,
    pub(crate) standing: Arc<Standing>,
}

/// What a connection may take to be made, and a PING to be answered.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two tries to connect.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

impl Link {
    pub(crate) fn new(target: Target, tls: Option<Connector>, quiet: Duration) -> Self {
        let (state, _) = watch::channel(State::Connecting);
        Self {
            shared: Arc::new(Shared {
                target,
                tls,
                quiet,
                state,
                suspect: Notify::new(),
            }),
            keeper: Mutex::default(),
        }
    }

    pub(crate) fn with_quiet(&self, quiet: Duration) -> Self {
        let Shared { target, tls, .. } = &*self.shared;
        Self::new(target.clone(), tls.clone(), quiet)
    }

    pub(crate) fn target(&self) -> &Target {
        &self.shared.target
    }

    /// The connection; where it is just being made for the first time, once it is. While the server
    /// is away it fails at once.
    pub(crate) async fn up(&self) -> Result<Up, StoreFailed> {
        self.keep();
        let mut state = self.shared.state.subscribe();
        let known = state.wait_for(|state| !matches!(state, State::Connecting));
        match known.await.as_deref() {
            Ok(State::Up(up)) => Ok(up.clone()),
            Ok(State::Down(failure)) => Err(failure.clone()),
            Ok(State::Connecting) | Err(_) => Err(StoreFailed::TooSlow),
        }
    }

    /// Asks, over this connection.
    pub(crate) async fn ask(&self, up: &Up, question: &Cmd) -> Result<Value, StoreFailed> {
        // Who gives up waiting drops this.
        let mut asked = Asked {
            suspect: &self.shared.suspect,
            is_answered: false,
        };
        let answer = up.ask(question).await;
        asked.is_answered = matches!(answer, Ok(_) | Err(StoreFailed::Refused(_)));
        answer
    }

    /// Begins to keep the connection, at the first question.
    fn keep(&self) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let is_gone = keeper.as_ref().is_none_or(AbortHandle::is_finished);
        if let (true, Ok(runtime)) = (is_gone, Handle::try_current()) {
            let shared = Arc::clone(&self.shared);
            shared.state.send_replace(State::Connecting);
            *keeper = Some(runtime.spawn(shared.keep()).abort_handle());
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        keeper.iter().for_each(AbortHandle::abort);
    }
}

/// Tells the keeper of a question that was not answered.
struct Asked<'s> {
    suspect: &'s Notify,
    is_answered: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.suspect.notify_one();
        }
    }
}

impl Shared {
    async fn keep(self: Arc<Self>) {
        let mut pauses = PAUSES.iter();
        loop {
            match self.connect().await {
                Ok((up, driver)) => {
                    pauses = PAUSES.iter();
                    self.state.send_replace(State::Up(up.clone()));
                    let failure = self.watch(&up).await;
                    self.state.send_replace(State::Down(failure));
                    driver.0.abort();
                }
                Err(failure) => {
                    self.state.send_replace(State::Down(failure));
                }
            }
            let [.., longest] = PAUSES;
            sleep(*pauses.next().unwrap_or(&longest)).await;
        }
    }

    /// Ends when the connection is of no use any more.
    async fn watch(&self, up: &Up) -> StoreFailed {
        loop {
            self.suspect.notified().await;
            let answer = timeout(PATIENCE, up.ask(&cmd("PING"))).await;
            match answer.unwrap_or(Err(StoreFailed::TooSlow)) {
                Ok(Value::SimpleString(pong)) if pong == "PONG" => {}
                // A user may not be allowed to ask; it is there.
                Err(StoreFailed::Refused(_)) => {}
                Ok(other) => return wrong("PING", &other),
                Err(failure) => return failure,
            }
        }
    }

    async fn connect(&self) -> Result<(Up, Driver), StoreFailed> {
        let connected = timeout(PATIENCE, async {
            let transport = self.reach().await?;
            self.greet(transport).await
        });
        connected.await.unwrap_or_else(|_| {
            let why = format!("{} does not answer", self.target);
            Err(StoreFailed::Unreachable(why))
        })
    }

    async fn reach(&self) -> Result<Box<dyn Transport>, StoreFailed> {
        let unreachable = |why: String| {
            let why = format!("{}: {why}", self.target);
            StoreFailed::Unreachable(why)
        };
        let (host, port) = (self.target.host.as_str(), self.target.port);
        let tcp = TcpStream::connect((host, port)).await;
        let tcp = tcp.map_err(|error| unreachable(error.to_string()))?;
        // A question is one small write.
        let _ = tcp.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return Ok(Box::new(tcp));
        };
        let name = ServerName::parse(host).map_err(|fault| unreachable(fault.to_string()))?;
        let stream = tls.connect(name, tcp).await;
        let stream = stream.map_err(|failed| unreachable(failed.to_string()))?;
        Ok(Box::new(stream))
    }

    async fn greet(&self, inner: Box<dyn Transport>) -> Result<(Up, Driver), StoreFailed> {
        let room = Room::new();
        let bounded = Bounded {
            inner,
            room: room.clone(),
        };
        // Who asks has a patience of their own.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let settings = self.target.settings();
        let made = MultiplexedConnection::new_with_config(&settings, bounded, config).await;
        let (connection, driver) = made.map_err(|error| failure(&error))?;
        let driver = Driver(tokio::spawn(driver).abort_handle());
        let info = async |section: &str| {
            room.for_answer();
            let asked = cmd("INFO").arg(section).to_owned();
            let answer = connection.clone().send_packed_command(&asked).await;
            match answer.map_err(|error| failure(&error))? {
                Value::BulkString(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
                // A user may not be allowed to ask.
                Value::ServerError(_) => Ok(String::new()),
                other => Err(wrong("INFO", &other)),
            }
        };
        let (server, memory) = (info("server").await?, info("memory").await?);
        let standing = Standing::of(&server, &memory, self.quiet, Instant::now());
        let up = Up {
            connection,
            room,
            standing: Arc::new(standing),
        };
        Ok((up, driver))
    }
}

impl Up {
    async fn ask(&self, question: &Cmd) -> Result<Value, StoreFailed> {
        self.room.for_answer();
        let mut connection = self.connection.clone();
        let answer = connection.send_packed_command(question).await;
        match answer.and_then(Value::extract_error) {
            Ok(value) => Ok(value),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// What reads and writes; it ends with this.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// TCP, with TLS or without.
trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// An answer of a kind that the question does not have. Its content is not shown: it may be a value.
pub(crate) fn wrong(question: &str, answer: &Value) -> StoreFailed {
    let kind = match answer {
        Value::Nil => "nothing",
        Value::Int(_) => "a number",
        Value::BulkString(_) => "a string",
        Value::Array(_) => "a list",
        Value::SimpleString(_) | Value::Okay => "a word",
        Value::ServerError(_) => "an error",
        _ => "something else",
    };
    StoreFailed::bad_answer(&format!("{kind} to {question}"))
}

fn failure(error: &RedisError) -> StoreFailed {
    use ::redis::ErrorKind;
    let said = || {
        let code = error.code().unwrap_or_default();
        format!("{code} {}", error.detail().unwrap_or_default())
    };
    match error.kind() {
        ErrorKind::Io => StoreFailed::Unreachable(error.to_string()),
        ErrorKind::Parse => StoreFailed::bad_answer("what is no answer at all"),
        ErrorKind::Server(_) | ErrorKind::Extension => StoreFailed::refused(said().trim()),
        _ => StoreFailed::refused(&error.to_string()),
    }
}
