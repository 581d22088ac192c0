//! An answer in words for clients that speak plain HTTP on the TLS port.

use crate::serve::listing::escaped;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Answers 400 with the link that was meant. `begun` is what the client has said.
pub(super) async fn answer(mut tcp: TcpStream, mut begun: Vec<u8>, port: u16) {
    // The client may be as slow as it likes, or go: nobody waits for it long.
    let _ = timeout(PATIENCE, async {
        let mut part = [0; 1024];
        while !begun.windows(4).any(|end| end == b"\r\n\r\n") && begun.len() < LONGEST {
            match tcp.read(&mut part).await {
                Ok(0) | Err(_) => break,
                Ok(read) => begun.extend_from_slice(part.get(..read).unwrap_or_default()),
            }
        }
        let response = words(&String::from_utf8_lossy(&begun), port);
        tcp.write_all(response.as_bytes()).await?;
        tcp.shutdown().await?;
        // Closing before the client has read would take the answer back.
        while tcp.read(&mut part).await? > 0 {}
        Ok::<_, std::io::Error>(())
    })
    .await;
}

fn words(request: &str, port: u16) -> String {
    let mut lines = request.lines();
    let path = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .filter(|path| path.starts_with('/'))
        .unwrap_or("/");
    let host = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map(|(_, host)| host.trim())
        .filter(|host| {
            !host.is_empty()
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
        })
        .map_or_else(|| format!("localhost:{port}"), str::to_owned);
    let url = escaped(&format!("https://{host}{path}"));
    let body = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>HTTPS, please</title>\n\
         <p>This port speaks HTTPS, and the request came in plain HTTP.\n\
         <p>Ask for <a href=\"{url}\">{url}</a>\n"
    );
    format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

const PATIENCE: Duration = Duration::from_secs(3);
const LONGEST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_names_the_link_that_was_meant() {
        let answer = words("GET /a?b=1&c HTTP/1.1\r\nHost: a.test:8443\r\n\r\n", 8443);
        assert!(answer.starts_with("HTTP/1.1 400 "));
        assert!(
            answer.contains("href=\"https://a.test:8443/a?b=1&amp;c\""),
            "{answer}"
        );
    }

    #[test]
    fn what_the_client_says_does_not_become_markup() {
        let answer = words("GET /<script>\"' HTTP/1.1\r\nHost: <b>\r\n\r\n", 8443);
        assert!(
            !answer.contains("<script>") && !answer.contains("<b>"),
            "{answer}"
        );
        assert!(answer.contains("https://localhost:8443/"), "{answer}");
    }
}
