//! `handfast get URL`: fetch a page over HTTP/1.1 or HTTP/2, the server verified.
//!
//! ```text
//! URL --dial--> TCP --handshake--> TLS --request--> response --(redirect?)--> URL
//!                                                      └--> terminal | file | JSON
//! ```

mod fetch;
mod noted;
mod output;
mod request;

use crate::dial::Dial;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::get::fetch::{Answered, Fetcher};
use crate::get::request::{Asking, RequestOptions};
use crate::talk::Talk;
use crate::tls::Tls;
use clap::{ArgMatches, Args};
use handfast::session::MemoryStore;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
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
    // A redirect to the same host comes back to it.
    let sessions = Some(Arc::<MemoryStore>::default() as _);
    let tls = options
        .tls
        .ready(matches, talk, alpn, options.dial.limit(), sessions)?;
    let fetcher = Fetcher {
        dial: &options.dial,
        tls: &tls,
        talk,
    };
    let mut redirects = Vec::new();
    loop {
        let answered = fetcher.fetch(&url, &asking).await?;
        let status = answered.response.status();
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
            return finish(options, talk, &url, answered, &redirects).await;
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
    redirects: &[String],
) -> Result<Value, Failure> {
    let Answered {
        response,
        tls,
        note,
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
    Ok(result)
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
