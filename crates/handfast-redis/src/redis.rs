//! The store.

use crate::link::{Link, wrong};
use crate::target::Target;
use ::redis::{Cmd, Value, cmd};
use core::fmt;
use core::time::Duration;
use handfast::ClientConfig;
use handfast::config::Trust;
use handfast_store::{Name, Pending, Store, StoreFailed};
use handfast_tokio::Connector;
use std::io;
use std::time::Instant;

/// A server of Redis or Valkey, for [`handfast_store::Guarded`]. It connects when it is first asked,
/// on the tokio runtime of who asks.
///
/// Strikes are refused, and with them early data, where the server would not remember them: while it
/// is up for less than 90 seconds (what came before it was started is gone), and where
/// its `maxmemory-policy` lets it drop keys before their time. Nor may what is kept be lost otherwise,
/// by a replica that takes over before it has heard of all, say: early data could then be replayed
/// once more.
pub struct Redis {
    link: Link,
}

/// For how long strikes are not told after a server was started: as long as one matters, the clocks of
/// machines differing by a minute.
const QUIET: Duration = Duration::from_secs(90);
/// Goes before each name, so that a server can be shared.
const PREFIX: &str = "handfast:";

impl Redis {
    /// A server; `rediss://` is verified by the system's roots.
    ///
    /// # Errors
    /// When the system's roots are wanted and cannot be read.
    pub fn open(target: Target) -> io::Result<Self> {
        let tls = match target.is_tls {
            false => None,
            true => {
                let config = ClientConfig::new(Trust::System).check();
                let config = config.map_err(|fault| io::Error::other(fault.to_string()))?;
                let connector = Connector::new(config);
                Some(connector.map_err(|missing| io::Error::other(missing.to_string()))?)
            }
        };
        let link = Link::new(target, tls, QUIET);
        Ok(Self { link })
    }

    /// The same, for `rediss://` by a connector of the caller's: other roots, a client certificate. For
    /// `redis://` it means nothing.
    #[must_use]
    pub fn with_connector(target: Target, connector: Connector) -> Self {
        let tls = target.is_tls.then_some(connector);
        let link = Link::new(target, tls, QUIET);
        Self { link }
    }

    /// Takes strikes this long after the server was started, instead of 90 seconds: where machines'
    /// clocks differ by less than a minute, or early data is taken for longer
    /// ([`handfast::ServerConfig::early_data_age_ms`]).
    #[must_use]
    pub fn with_quiet(self, quiet: Duration) -> Self {
        let link = self.link.with_quiet(quiet);
        Self { link }
    }

    async fn ask(&self, question: &Cmd) -> Result<Value, StoreFailed> {
        let up = self.link.up().await?;
        self.link.ask(&up, question).await
    }
}

fn key(name: &Name) -> String {
    format!("{PREFIX}{name}")
}

/// At least one, which is the least that a server takes.
fn millis(life: Duration) -> u64 {
    u64::try_from(life.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, LONGEST_MS)
}

/// Ten years: a server has no use for times that overflow.
const LONGEST_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;

fn found(question: &str, answer: Value) -> Result<Option<Vec<u8>>, StoreFailed> {
    match answer {
        Value::Nil => Ok(None),
        Value::BulkString(value) => Ok(Some(value)),
        other => Err(wrong(question, &other)),
    }
}

impl Store for Redis {
    fn get(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let answer = self.ask(cmd("GET").arg(key(&name))).await?;
            found("GET", answer)
        })
    }

    fn take(&self, name: Name) -> Pending<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let answer = self.ask(cmd("GETDEL").arg(key(&name))).await?;
            found("GETDEL", answer)
        })
    }

    fn put(&self, name: Name, value: Vec<u8>, life: Duration) -> Pending<'_, ()> {
        Box::pin(async move {
            let mut question = cmd("SET");
            question
                .arg(key(&name))
                .arg(value)
                .arg("PX")
                .arg(millis(life));
            match self.ask(&question).await? {
                Value::Okay => Ok(()),
                other => Err(wrong("SET", &other)),
            }
        })
    }

    fn insert(&self, name: Name, life: Duration) -> Pending<'_, bool> {
        Box::pin(async move {
            let up = self.link.up().await?;
            up.standing.remembers(Instant::now())?;
            let mut question = cmd("SET");
            question
                .arg(key(&name))
                .arg("")
                .arg("NX")
                .arg("PX")
                .arg(millis(life));
            match self.link.ask(&up, &question).await? {
                Value::Okay => Ok(true),
                Value::Nil => Ok(false),
                other => Err(wrong("SET NX", &other)),
            }
        })
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis({})", self.link.target())
    }
}
