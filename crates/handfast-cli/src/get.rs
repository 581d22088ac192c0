//! `handfast get URL`: fetch a page over HTTP/1.1 or HTTP/2, the server verified.
//!
//! ```text
//! URL --dial--> TCP --handshake--> TLS --request--> response --(redirect?)--> URL
//!                                                      └--> terminal | file | JSON
//! ```

mod early;
mod fetch;
mod noted;
mod output;
mod request;

use crate::dial::{Dial, authority};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::get::fetch::{Answered, Fetcher};
use crate::get::request::{Asking, RequestOptions};
use crate::given::Verb;
use crate::session_file::SessionFile;
use crate::talk::Talk;
use crate::tls::{Tls, Visit};
use clap::{ArgMatches, Args};
use handfast::session::MemoryStore;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use url::Url;

/// Fetches a page, the server verified.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// What to fetch; without a scheme, https:// is meant
    #[arg(value_name = "URL")]
    url: String,
    #[command(flatten)]
    request: RequestOptions,
    /// Write the body to FILE, byte by byte as it comes; - is standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Response")]
    output: Option<PathBuf>,
    /// Print status and headers before the body
    #[arg(long, short, help_heading = "Response")]
    include: bool,
    /// Follow redirects
    #[arg(long, short = 'L', help_heading = "Response")]
    location: bool,
    /// Follow at most this many
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 10,
        help_heading = "Response"
    )]
    max_redirs: usize,
    /// End with exit code 22 when the status is 400 or above
    #[arg(long, short, help_heading = "Response")]
    fail: bool,
    /// Come back with the session in FILE, and keep the next one there; it is a secret
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "location",
        help_heading = "Connection"
    )]
    resume: Option<PathBuf>,
    /// Send the request in early data (0-RTT) where the session of --resume allows it: a round trip
    /// sooner, and whoever records it can have it answered twice. For GET and HEAD
    #[arg(long, requires = "resume", help_heading = "Connection")]
    early_data: bool,
    /// Offer HTTP/1.1 alone
    #[arg(long = "http1.1", help_heading = "Connection")]
    http1: bool,
    #[command(flatten)]
    dial: Dial,
    #[command(flatten)]
    tls: Tls,
}

/// Runs the command.
pub(crate) async fn run(options: &Options, matches: &ArgMatches, talk: &Talk) -> Exit {
    let outcome = fetch(options, matches, talk).await;
    talk.end("get", &without_password(&options.url), outcome)
}

async fn fetch(options: &Options, matches: &ArgMatches, talk: &Talk) -> Result<Value, Failure> {
    let mut url = parse(&options.url)?;
    let mut asking = Asking::new(&options.request)?;
    asking.log_in(&mut url)?;
    let alpn: &[&str] = if options.http1 {
        &["http/1.1"]
    } else {
        &["h2", "http/1.1"]
    };
    let session = options.session_file(&url, &asking)?;
    let visit = Visit {
        // A redirect to the same host comes back to it.
        sessions: Some(match &session {
            Some(file) => Arc::clone(file) as _,
            None => Arc::<MemoryStore>::default() as _,
        }),
        early_data: options.early_data,
        renews_keys: false,
        verb: Verb::Get,
    };
    let tls = options
        .tls
        .ready(matches, talk, alpn, options.dial.limit(), visit)?;
    let mut fetcher = Fetcher {
        dial: &options.dial,
        tls: &tls,
        talk,
        session: session.as_deref(),
        sends_early: options.early_data,
    };
    let mut redirects = Vec::new();
    loop {
        let answered = fetcher.fetch(&url, &asking).await?;
        let status = answered.response.status();
        // RFC 8470 s5.2: the server wants to hear it once the handshake is done.
        if status == StatusCode::TOO_EARLY && answered.went_early {
            talk.tell("the server answered 425 Too Early: the request is sent again");
            fetcher.sends_early = false;
            continue;
        }
        let next = if options.location {
            request::redirect(&url, &answered.response)?
        } else {
            None
        };
        let Some(next) = next else {
            if options.fail && status.as_u16() >= 400 {
                let message = format!("{url} answered {status}");
                return Err(Failure::new(Exit::Http, "http_status", "response", message));
            }
            let session = session.as_deref();
            return finish(options, talk, &url, answered, (&redirects, session)).await;
        };
        if redirects.len() >= options.max_redirs {
            let message = format!(
                "{url} redirects once more, after {} redirects",
                redirects.len()
            );
            return Err(
                Failure::new(Exit::Bad, "too_many_redirects", "response", message)
                    .hint("follow more with --max-redirs COUNT"),
            );
        }
        asking.follow(status, &url, &next);
        redirects.push(next.to_string());
        url = next;
    }
}

async fn finish(
    options: &Options,
    talk: &Talk,
    url: &Url,
    answered: Answered,
    (redirects, session): (&[String], Option<&SessionFile>),
) -> Result<Value, Failure> {
    let Answered {
        response,
        tls,
        note,
        went_early,
        connection,
    } = answered;
    let (parts, body) = response.into_parts();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let mut result = json!({
        "url": url.as_str(),
        "status": parts.status.as_u16(),
        "http": format!("{:?}", parts.version),
        "headers": headers,
        "redirects": redirects,
        "tls": tls,
    });
    let sink = output::Sink::open(options.output.as_deref(), talk, &parts.headers)?;
    let head = (options.include || options.request.head).then(|| output::head(&parts));
    let written = sink
        .take(url.as_str(), head, body, &note, options.dial.timeout)
        .await?;
    if let Some(result) = result.as_object_mut() {
        result.extend(written);
    }
    if let Some(file) = session {
        wait_for_session(file).await;
        drop(connection);
        let words = file.outcome()?;
        if talk.verbose > 0 && !talk.json {
            talk.tell(&words);
        }
        result["session_file"] = json!({
            "file": file.path(),
            "offered": file.is_offered(),
            "kept": file.is_kept(),
        });
        result["early_data"] = went_early.into();
    }
    Ok(result)
}

/// A session may come after the answer, where the request went early.
async fn wait_for_session(file: &SessionFile) {
    for _ in 0..MOMENTS_FOR_SESSION {
        if file.is_kept() {
            return;
        }
        sleep(MOMENT).await;
    }
}

impl Options {
    /// The file of --resume.
    fn session_file(
        &self,
        url: &Url,
        asking: &Asking,
    ) -> Result<Option<Arc<SessionFile>>, Failure> {
        if self.early_data && !matches!(asking.method, Method::GET | Method::HEAD) {
            return Err(Failure::usage(format!(
                "--early-data with {}: whoever records the request could have it done twice",
                asking.method
            ))
            .hint("leave out --early-data: it is for GET and HEAD"));
        }
        if self.resume.is_some() && url.scheme() != "https" {
            return Err(Failure::usage("--resume is for https:// alone"));
        }
        let host = url.host_str().unwrap_or_default();
        let server = authority(host, url.port_or_known_default().unwrap_or(443));
        SessionFile::of_flag(self.resume.as_deref(), self.tls.is_insecure(), &server)
    }
}

/// A URL; without a scheme, https:// is meant.
fn parse(text: &str) -> Result<Url, Failure> {
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url =
        Url::parse(&whole).map_err(|error| Failure::usage(format!("{text} is no URL: {error}")))?;
    match url.scheme() {
        "https" | "http" if url.host_str().is_some() => Ok(url),
        scheme => Err(Failure::usage(format!(
            "{scheme}:// is not spoken here: give https:// or http://"
        ))),
    }
}

/// The URL as it may be shown.
fn without_password(text: &str) -> String {
    let Ok(mut url) = parse(text) else {
        return text.to_owned();
    };
    if url.username().is_empty() && url.password().is_none() {
        return text.to_owned();
    }
    // Both can only fail where there is no host, which `parse` has refused.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

const MOMENT: Duration = Duration::from_millis(20);
/// Moments that a session is waited for: two seconds.
const MOMENTS_FOR_SESSION: usize = 100;
