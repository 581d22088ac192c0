//! `handfast connect HOST:PORT`: a raw pipe over TLS, and what was agreed on.
//!
//! Standard input is read only where it is a pipe, a file or a socket, or with `-i`: the
//! command never hangs on a terminal, nor on the null device.

mod pipe;
mod renewed;

use crate::connect::pipe::{Held, Stream, pipe};
use crate::connect::renewed::renew;
use crate::dial::{Dial, Transport, authority};
use crate::exceptions;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given::Verb;
use crate::judged::Judged;
use crate::session_file::SessionFile;
use crate::summary::{self, Times};
use crate::talk::{Talk, note};
use crate::tls::{Tls, Visit};
use clap::{ArgMatches, Args};
use handfast::Negotiated;
use handfast::session::SessionStore;
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, split};
use tokio::time::timeout;
use url::Url;

/// The flags of `connect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where to connect: HOST, HOST:PORT or https://HOST; port 443 unless another is given
    #[arg(value_name = "HOST[:PORT]")]
    target: String,
    /// Send what is typed, line by line
    #[arg(long, short)]
    interactive: bool,
    /// Application protocols to offer, best first, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "TLS")]
    alpn: Vec<String>,
    /// Come back with the session in FILE, and keep the next one there; it is a secret
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    resume: Option<PathBuf>,
    /// Get new keys once connected: by KeyUpdate in TLS 1.3, by a second handshake before it
    #[arg(long, help_heading = "TLS")]
    renew_keys: bool,
    #[command(flatten)]
    dial: Dial,
    #[command(flatten)]
    tls: Tls,
}

/// Runs the command.
pub(crate) async fn run(options: &Options, matches: &ArgMatches, talk: &Talk) -> Exit {
    let outcome = connect(options, matches, talk).await;
    talk.end("connect", &options.target, outcome)
}

async fn connect(options: &Options, matches: &ArgMatches, talk: &Talk) -> Result<Value, Failure> {
    let (host, port) = target(&options.target)?;
    let name = authority(&host, port);
    let alpn: Vec<&str> = options.alpn.iter().map(String::as_str).collect();
    let session = options.session_file(&name)?;
    let sessions = session.clone().map(|file| file as Arc<dyn SessionStore>);
    let limit = options.dial.limit();
    let visit = Visit {
        sessions,
        early_data: false,
        renews_keys: options.renew_keys,
        verb: Verb::Connect,
    };
    let tls = options.tls.ready(matches, talk, &alpn, limit, visit)?;
    let server_name = tls.name_for(&host)?;
    if let Some(file) = &session {
        file.bind(&tls.bound(&server_name))?;
    }
    let dialed = options.dial.dial(&host, port, true).await?;
    let (address, start) = (dialed.address, Instant::now());
    // With --json standard output is the document's.
    let is_pipe = !talk.json && (options.interactive || is_fed());
    let transport: Box<dyn Transport> = if is_pipe {
        Box::new(Held(dialed.transport))
    } else {
        dialed.transport
    };
    let handshake = tls.connect(server_name, port, transport).await;
    let mut stream = handshake
        .map_err(|failed| tls.explain(Failure::handshake(&name, &failed, options.dial.timeout)))?;
    let times = Times {
        resolve: dialed.resolve,
        connect: dialed.connect,
        handshake: start.elapsed(),
    };
    let judged = tls.take_judged(stream.negotiated());
    let mut result = Value::Null;
    let mut is_resumed = false;
    if let Some(negotiated) = stream.negotiated() {
        is_resumed = negotiated.is_resumed();
        result = summary::json(negotiated, times, &judged);
        if !talk.json && !talk.quiet {
            note(&format!("connected to {name} ({address})"));
            let lines = summary::lines(negotiated, times, &judged);
            lines.iter().for_each(|line| note(&format!("  {line}")));
        }
    }
    warn(stream.negotiated(), judged, (&host, &name), talk);
    if let Some(file) = &session
        && file.is_offered()
        && !is_resumed
        && !talk.json
    {
        let path = file.path().display();
        talk.tell(&format!(
            "the session in {path} was not taken up: it is good no longer, so this was a full handshake"
        ));
    }
    if options.renew_keys {
        let renewed = renew(&mut stream, &name, limit).await;
        let renewed = renewed.map_err(|failure| tls.explain(failure))?;
        result["renewed_keys"] = renewed.word().into();
        if !talk.json {
            talk.tell(&format!("  {}", renewed.line()));
        }
    }
    let piped = if is_pipe {
        pipe(stream, &name, limit).await
    } else {
        leave(stream, &name, session.as_deref()).await
    };
    piped.map_err(|failure| tls.explain(failure))?;
    if let Some(file) = session {
        result["session_file"] = kept(&file, talk)?;
    }
    Ok(result)
}

/// What to know about the server `name`, of this host, that the summary has not said.
fn warn(negotiated: Option<&Negotiated>, judged: Judged, (host, name): (&str, &str), talk: &Talk) {
    exceptions::tell(negotiated, talk);
    if let Some(news) = judged.first_use.as_ref().and_then(|one| one.news(name)) {
        talk.warn(&news);
    }
    // Without --json the summary has said it.
    if let Some(objection) = judged.objection.filter(|_| talk.json) {
        talk.warn(&format!("{host} is NOT verified: {objection}"));
    }
}

/// What became of the file of --resume.
fn kept(file: &SessionFile, talk: &Talk) -> Result<Value, Failure> {
    let words = file.outcome()?;
    if !talk.json {
        talk.tell(&words);
    }
    Ok(json!({
        "file": file.path(),
        "offered": file.is_offered(),
        "kept": file.is_kept(),
    }))
}

impl Options {
    /// The file of --resume.
    fn session_file(&self, server: &str) -> Result<Option<Arc<SessionFile>>, Failure> {
        let path = self.resume.as_deref();
        SessionFile::of_flag(path, self.tls.is_insecure(), server)
    }
}

/// Closes. In TLS 1.3 a server judges the client's certificate after the
/// client is done: what it says within a moment is heard. So is the session that
/// it gives, which is waited for somewhat longer.
async fn leave(
    mut stream: Stream,
    name: &str,
    session: Option<&SessionFile>,
) -> Result<(), Failure> {
    // The server may be gone already, which is no failure of the handshake.
    let _ = stream.shutdown().await;
    let (mut read, _write): (ReadHalf<_>, _) = split(stream);
    let mut buffer = [0; 1024];
    for _ in 0..MOMENTS_FOR_SESSION {
        let heard = timeout(MOMENT, async {
            while read.read(&mut buffer).await? > 0 {}
            Ok::<_, io::Error>(())
        });
        match heard.await {
            Ok(Err(error)) => {
                let failure = Failure::broken(name, "close", &error);
                return if failure.alert.is_some() {
                    Err(failure)
                } else {
                    Ok(())
                };
            }
            Err(_) if session.is_some_and(|file| !file.is_kept()) => {}
            _ => break,
        }
    }
    Ok(())
}

/// Whether standard input has something to give by itself.
#[cfg(unix)]
fn is_fed() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    let copy = io::stdin().as_fd().try_clone_to_owned();
    let kind = copy
        .and_then(|fd| std::fs::File::from(fd).metadata())
        .map(|data| data.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_file() || kind.is_socket())
}

#[cfg(not(unix))]
fn is_fed() -> bool {
    !io::IsTerminal::is_terminal(&io::stdin())
}

/// Host and port of what was given.
pub(crate) fn target(text: &str) -> Result<(String, u16), Failure> {
    let bare_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
    let whole = match (text.contains("://"), bare_v6) {
        (true, _) => text.to_owned(),
        (false, true) => format!("https://[{text}]"),
        (false, false) => format!("https://{text}"),
    };
    let wrong =
        |why: String| Failure::usage(format!("{text}: {why}")).hint("write HOST or HOST:PORT");
    let url = Url::parse(&whole).map_err(|error| wrong(error.to_string()))?;
    if url.scheme() != "https" {
        return Err(wrong(format!(
            "{}:// is not connected to here",
            url.scheme()
        )));
    }
    let host = url.host_str().ok_or_else(|| wrong("no host".to_owned()))?;
    Ok((host.to_owned(), url.port().unwrap_or(443)))
}

const MOMENT: Duration = Duration::from_millis(300);
/// Moments that a session is waited for: a little over two seconds.
const MOMENTS_FOR_SESSION: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_given_in_several_ways() {
        for (text, host, port) in [
            ("a.test", "a.test", 443),
            ("a.test:8443", "a.test", 8443),
            ("https://a.test/x", "a.test", 443),
            ("127.0.0.1:1", "127.0.0.1", 1),
            ("[::1]:99", "[::1]", 99),
            ("::1", "[::1]", 443),
        ] {
            assert_eq!(target(text).unwrap(), (host.to_owned(), port), "{text}");
        }
        for wrong in ["", "a:b", "http://a", "a:99999"] {
            assert_eq!(target(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }
}
