//! Answers to what a config leaves open.

use core::future::Future;
use core::pin::Pin;
use handfast::session::StoredSession;
use handfast::{Answer, connection::Question};

/// An answer that may take its time: a key in an HSM, a config in a database.
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Answers the engine's questions, at once or later.
///
/// The question is borrowed from the connection, so what the answer needs is
/// taken from it before the future is returned. Any closure of that shape is an
/// answerer:
///
/// ```
/// use handfast::{Answer, connection::Question};
/// use handfast_tokio::{Answerer, Answering};
///
/// let answerer = |question: Question<'_>| -> Answering {
///     match question {
///         Question::Config { client_hello } => {
///             let host = client_hello.server_name().map(str::to_owned);
///             Box::pin(async move {
///                 // … look `host` up …
///                 # let _ = host;
///                 Answer::Failed
///             })
///         }
///         _ => Box::pin(async { Answer::Failed }),
///     }
/// };
/// # fn is_answerer(_: impl Answerer) {}
/// # is_answerer(answerer);
/// ```
pub trait Answerer: Send + Sync {
    /// The answer to a question.
    fn answer(&self, question: Question<'_>) -> Answering;

    /// Whether sessions that the caller is to keep ([`handfast::Event::StoreSession`]) are given to
    /// [`Answerer::keep`]. Where they are not, as it is provided, [`crate::TlsStream::take_sessions`]
    /// has them.
    fn keeps_sessions(&self) -> bool {
        false
    }

    /// Keeps a session. The connection waits for it: what takes time belongs into a task of its own.
    fn keep(&self, session: StoredSession) {
        drop(session);
    }

    /// Forgets the session that was kept under this key: its connection has failed
    /// ([`handfast::Connection::take_lost_session`]). It is called where sessions are kept here.
    fn forget(&self, key: Vec<u8>) {
        drop(key);
    }
}

impl<F: Fn(Question<'_>) -> Answering + Send + Sync> Answerer for F {
    fn answer(&self, question: Question<'_>) -> Answering {
        self(question)
    }
}
