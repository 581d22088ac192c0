//! What is asked for: method, headers, body; and what a redirect makes of it.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::file_body::FileBody;
use clap::Args;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::PathBuf;
use url::Url;

/// The request's flags.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestOptions {
    /// The method
    #[arg(long, short = 'X', value_name = "METHOD")]
    request: Option<String>,
    /// Ask for the headers alone (HEAD)
    #[arg(long, short = 'I', conflicts_with_all = ["data", "upload_file"])]
    pub(crate) head: bool,
    /// Send a header, `Name: value`; `Name:` sends none; may be repeated
    #[arg(long, short = 'H', value_name = "HEADER", value_parser = parse_header)]
    header: Vec<(HeaderName, Option<HeaderValue>)>,
    /// Send this as a form's content (POST); @FILE sends a file's; may be repeated
    #[arg(long, short, value_name = "TEXT|@FILE")]
    data: Vec<String>,
    /// Upload FILE (PUT); - is standard input
    #[arg(long, short = 'T', value_name = "FILE", conflicts_with = "data")]
    upload_file: Option<PathBuf>,
}

/// The body of a request.
pub(crate) type Sent = BoxBody<Bytes, io::Error>;

/// A request, as it stands after so many redirects.
pub(crate) struct Asking {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    content: Content,
}

enum Content {
    None,
    Bytes(Bytes),
    File(PathBuf),
}

impl Asking {
    pub(crate) fn new(options: &RequestOptions) -> Result<Self, Failure> {
        let content = match &options.upload_file {
            Some(path) => Content::File(path.clone()),
            None if options.data.is_empty() => Content::None,
            None => Content::Bytes(form(&options.data)?),
        };
        let usual = match &content {
            _ if options.head => Method::HEAD,
            Content::None => Method::GET,
            Content::Bytes(_) => Method::POST,
            Content::File(_) => Method::PUT,
        };
        let method = match &options.request {
            None => usual,
            Some(name) => Method::from_bytes(name.as_bytes())
                .map_err(|_| Failure::usage(format!("{name} is no HTTP method")))?,
        };
        let mut headers = HeaderMap::new();
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(concat!("handfast/", env!("CARGO_PKG_VERSION"))),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        if matches!(content, Content::Bytes(_)) {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            );
        }
        for (name, _) in &options.header {
            headers.remove(name);
        }
        for (name, value) in &options.header {
            if let Some(value) = value {
                headers.append(name, value.clone());
            }
        }
        Ok(Self {
            method,
            headers,
            content,
        })
    }

    /// Takes name and password out of a URL into the header that they belong in (RFC 7617).
    pub(crate) fn log_in(&mut self, url: &mut Url) -> Result<(), Failure> {
        use base64::Engine as _;
        let decoded = |part: &str| percent_encoding::percent_decode_str(part).collect::<Vec<u8>>();
        let (name, password) = (
            decoded(url.username()),
            decoded(url.password().unwrap_or_default()),
        );
        if name.is_empty() && password.is_empty() {
            return Ok(());
        }
        // Both can only fail where there is no host, which was refused before.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let pair =
            base64::engine::general_purpose::STANDARD.encode([&name[..], b":", &password].concat());
        let mut value = HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|_| Failure::usage("name and password stand in no header"))?;
        value.set_sensitive(true);
        self.headers.entry(header::AUTHORIZATION).or_insert(value);
        Ok(())
    }

    /// The body, made anew for each request.
    pub(crate) async fn body(&self) -> Result<Sent, Failure> {
        let never = |never: Infallible| match never {};
        match &self.content {
            Content::None => Ok(Empty::new().map_err(never).boxed()),
            Content::Bytes(bytes) => Ok(Full::new(bytes.clone()).map_err(never).boxed()),
            Content::File(path) if path.as_os_str() == "-" => {
                Ok(FileBody::new(tokio::io::stdin(), None).boxed())
            }
            Content::File(path) => {
                let fault = |error| Failure::file(Exit::Usage, "upload", path, &error);
                let file = tokio::fs::File::open(path).await.map_err(fault)?;
                let data = file.metadata().await.map_err(fault)?;
                Ok(FileBody::new(file, data.is_file().then_some(data.len())).boxed())
            }
        }
    }

    /// Changes what a redirect changes (RFC 9110 section 15.4).
    pub(crate) fn follow(&mut self, status: StatusCode, from: &Url, to: &Url) {
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.content = Content::None;
            self.headers.remove(header::CONTENT_TYPE);
        }
        if from.origin() != to.origin() {
            // What was meant for one host is no business of another.
            for name in [header::AUTHORIZATION, header::COOKIE, header::HOST] {
                self.headers.remove(name);
            }
        }
    }
}

/// Where a response redirects to.
pub(crate) fn redirect(from: &Url, response: &Response<Incoming>) -> Result<Option<Url>, Failure> {
    let status = response.status().as_u16();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(location.as_bytes());
    let bad = |why: String| {
        Failure::new(
            Exit::Bad,
            "redirect",
            "response",
            format!("{from} redirects {why}"),
        )
    };
    let to = from
        .join(&text)
        .map_err(|error| bad(format!("to {text:?}, which is no URL: {error}")))?;
    match (from.scheme(), to.scheme()) {
        ("https", "http") => Err(bad(format!("to {to}, which is not protected"))
            .hint("if you mean it, give that URL yourself")),
        (_, "https" | "http") if to.host_str().is_some() => Ok(Some(to)),
        (_, scheme) => Err(bad(format!("to {scheme}://, which is not spoken here"))),
    }
}

fn form(data: &[String]) -> Result<Bytes, Failure> {
    let mut content = Vec::new();
    for (at, part) in data.iter().enumerate() {
        if at > 0 {
            content.push(b'&');
        }
        match part.strip_prefix('@') {
            None => content.extend_from_slice(part.as_bytes()),
            Some(path) => {
                let read = fs::read(path);
                content.extend(
                    read.map_err(|error| {
                        Failure::file(Exit::Usage, "read", path.as_ref(), &error)
                    })?,
                );
            }
        }
    }
    Ok(content.into())
}

fn parse_header(text: &str) -> Result<(HeaderName, Option<HeaderValue>), String> {
    let (name, value) = text.split_once(':').ok_or("write Name: value")?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| format!("{name:?} is no header's name"))?;
    let value = value.trim();
    if value.is_empty() {
        return Ok((name, None));
    }
    let value =
        HeaderValue::from_str(value).map_err(|_| format!("{value:?} stands in no header"))?;
    Ok((name, Some(value)))
}
