//! http-01 (RFC 8555 section 8.3): a file on the name's web server.

use crate::ca::acme::look::dial::{Whither, dial};
use crate::ca::acme::look::reach::Reach;
use crate::ca::acme::look::tls_alpn01::anybody;
use crate::ca::acme::look::url::Next;
use handfast::ServerName;
use handfast_acme::message::{ErrorKind, Problem};
use handfast_acme::server::{MAX_ANSWER_BYTES, Validation};
use handfast_fetch::is_public;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Fetches the file, and judges it.
pub(super) async fn look(reach: &Reach, validation: &Validation) -> Result<(), Problem> {
    let name = validation.identifier.to_string();
    let first = Next::first(reach, &name, &validation.http_path());
    let mut next = first.clone();
    for redirects in 0..=REDIRECTS {
        let whither = match next.host.eq_ignore_ascii_case(&first.host) {
            true => Whither::Proven,
            false => Whither::Redirected,
        };
        let (tcp, address) = dial(reach, (&next.host, next.port), whither).await?;
        // What stands where only this machine reaches, at a path that a stranger chose, is not the
        // stranger's to read.
        let is_told = redirects == 0 || is_public(address);
        next = match step(reach, validation, &next, tcp).await {
            Ok(None) => return Ok(()),
            Ok(Some(next)) => next,
            Err(problem) if is_told => return Err(problem),
            Err(_) => {
                let detail = format!("{name}: where it redirects to is no answer");
                return Err(Problem::new(ErrorKind::IncorrectResponse, detail));
            }
        };
    }
    let detail = format!("{name}: more than {REDIRECTS} redirects");
    Err(Problem::new(ErrorKind::Connection, detail))
}

/// Fetches once: nothing where the answer was found, else where to fetch next.
async fn step(
    reach: &Reach,
    validation: &Validation,
    next: &Next,
    tcp: TcpStream,
) -> Result<Option<Next>, Problem> {
    let response = fetch(next, tcp).await?;
    let status = response.status();
    if !status.is_redirection() {
        judge(validation, next, response).await?;
        return Ok(None);
    }
    let location = response.headers().get(LOCATION);
    let Some(location) = location.and_then(|value| value.to_str().ok()) else {
        let detail = format!("{}: {status} without a Location", next.authority());
        return Err(Problem::new(ErrorKind::Connection, detail));
    };
    next.redirected(reach, location).map(Some)
}

async fn judge(
    validation: &Validation,
    from: &Next,
    response: Response<Incoming>,
) -> Result<(), Problem> {
    let status = response.status();
    if status != hyper::StatusCode::OK {
        let (host, path) = (from.authority(), &from.target);
        let detail = format!("http://{host}{path}: status {status}, not 200");
        return Err(Problem::new(ErrorKind::Unauthorized, detail));
    }
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
        .collect()
        .await;
    let body = body.map_err(|_| {
        let detail = format!(
            "{}: the answer was cut off, or has more than {MAX_ANSWER_BYTES} bytes",
            from.authority()
        );
        Problem::new(ErrorKind::Connection, detail)
    })?;
    validation.judge_body(&body.to_bytes())
}

async fn fetch(next: &Next, tcp: TcpStream) -> Result<Response<Incoming>, Problem> {
    if !next.is_https {
        return ask(next, tcp).await;
    }
    // Whose certificate it is proves nothing here: it may be the one that is to be replaced.
    let host = next.host.trim_matches(['[', ']']);
    let failed = |why: String| {
        let detail = format!("{}: {why}", next.authority());
        Problem::new(ErrorKind::Tls, detail)
    };
    let name = ServerName::parse(host).map_err(|fault| failed(fault.to_string()))?;
    let (connector, _) = anybody(&[b"http/1.1"]).map_err(&failed)?;
    let tls = connector.connect(name, tcp).await;
    ask(next, tls.map_err(|fault| failed(fault.to_string()))?).await
}

async fn ask<T>(next: &Next, stream: T) -> Result<Response<Incoming>, Problem>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |why: String| {
        let detail = format!("{}: {why}", next.authority());
        Problem::new(ErrorKind::Connection, detail)
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(error.to_string()))?;
    // Ends with the response, or when nobody reads it any more.
    tokio::spawn(connection);
    let request = Request::get(&next.target)
        .header(HOST, next.authority())
        .header(
            USER_AGENT,
            concat!("handfast-acme/", env!("CARGO_PKG_VERSION")),
        )
        .header(ACCEPT, "*/*")
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed(error.to_string()))?;
    let response = sender.send_request(request).await;
    response.map_err(|error| failed(error.to_string()))
}

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Bytes of a response's head, at most.
const HEAD: usize = 16 * 1024;
