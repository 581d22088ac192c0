//! A URL that may be asked.

use crate::failed::Failed;
use crate::limits::Reach;
use url::{Host, Url};

/// Longer URLs are not asked (a limit of ours).
const MAX_URL_BYTES: usize = 2048;

/// Reads a URL as a certificate names it.
pub(crate) fn target(text: &str, reach: &Reach) -> Result<Url, Failed> {
    if text.len() > MAX_URL_BYTES {
        let why = format!("longer than {MAX_URL_BYTES} bytes");
        return Err(Failed::Url { why });
    }
    let url = Url::parse(text).map_err(|fault| Failed::Url {
        why: fault.to_string(),
    })?;
    check(url, reach)
}

/// Where a redirect leads.
pub(crate) fn redirect(from: &Url, location: &str, reach: &Reach) -> Result<Url, Failed> {
    let url = from.join(location).map_err(|fault| Failed::Url {
        why: format!("redirect: {fault}"),
    })?;
    if url.as_str().len() > MAX_URL_BYTES {
        let why = format!("redirect longer than {MAX_URL_BYTES} bytes");
        return Err(Failed::Url { why });
    }
    check(url, reach)
}

fn check(mut url: Url, reach: &Reach) -> Result<Url, Failed> {
    if url.scheme() != "http" {
        let scheme = url.scheme().to_owned();
        return Err(Failed::Scheme { scheme });
    }
    if !url.username().is_empty() || url.password().is_some() {
        let why = "it carries a user's name or password".to_owned();
        return Err(Failed::Url { why });
    }
    if url.host().is_none() {
        let why = "no host".to_owned();
        return Err(Failed::Url { why });
    }
    let port = port(&url);
    if !reach.allows_port(port) {
        return Err(Failed::Port { port });
    }
    url.set_fragment(None);
    Ok(url)
}

/// The port that is meant.
pub(crate) fn port(url: &Url) -> u16 {
    url.port().unwrap_or(80)
}

/// The host without brackets, as a resolver wants it.
pub(crate) fn host(url: &Url) -> String {
    match url.host() {
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(host) => host.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        target(text, &Reach::default()).unwrap_err().to_string()
    }

    #[test]
    fn only_plain_http_on_port_80_without_a_user_is_asked() {
        for (text, words) in [
            ("https://a.test/x", "https: is not fetched"),
            ("ldap://a.test/cn=x", "ldap: is not fetched"),
            ("file:///etc/passwd", "file: is not fetched"),
            ("ftp://a.test/", "ftp: is not fetched"),
            ("gopher://a.test/", "gopher: is not fetched"),
            ("http://me@a.test/", "user"),
            ("http://:secret@a.test/", "user"),
            ("http://a.test:22/", "port 22"),
            ("http://", "empty host"),
            ("a.test/x", "no URL"),
            ("", "no URL"),
        ] {
            let said = refused(text);
            assert!(said.contains(words), "{text}: {said}");
        }
        let long = format!("http://a.test/{}", "x".repeat(MAX_URL_BYTES));
        assert!(refused(&long).contains("longer than"));
        let reach = Reach::default();
        assert!(target("http://a.test:80/x?y#z", &reach).is_ok());
        assert!(target("http://a.test:22/", &reach.danger_any_port()).is_ok());
    }

    #[test]
    fn a_redirect_is_held_to_the_same_rules() {
        let from = Url::parse("http://a.test/b/c").unwrap();
        let to = |text| redirect(&from, text, &Reach::default());
        assert_eq!(to("../d").unwrap().as_str(), "http://a.test/d");
        assert_eq!(to("//b.test/").unwrap().as_str(), "http://b.test/");
        assert_eq!(to("https://a.test/").unwrap_err().word(), "scheme");
        assert_eq!(to("http://u@a.test/").unwrap_err().word(), "url");
        assert_eq!(to("http://a.test:8080/").unwrap_err().word(), "port");
    }

    #[test]
    fn an_address_in_disguise_is_read_as_the_address_that_it_is() {
        for text in ["http://127.1/", "http://0x7f000001/", "http://2130706433/"] {
            let url = target(text, &Reach::default()).unwrap();
            assert_eq!(host(&url), "127.0.0.1", "{text}");
        }
        let url = target("http://[::1]/", &Reach::default()).unwrap();
        assert_eq!(host(&url), "::1");
    }
}
