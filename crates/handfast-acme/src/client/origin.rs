//! Which URLs a client goes to: those of the directory's own origin, and no others.

use crate::client::fault::ClientFault;
use crate::client::problem::shown;
use url::{Host, Url};

/// A URL of the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Where requests go.
    pub(crate) url: Url,
    /// What the server wrote, and compares with: it is what is signed (RFC 8555 section 6.4).
    pub(crate) text: String,
}

/// Where the directory lies.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Url);

impl Origin {
    /// Reads the directory's URL. Without TLS it may only be on this machine itself (RFC 8555
    /// section 6.1).
    pub(crate) fn of(directory: &str) -> Result<Self, ClientFault> {
        let wrong = |why: &str| {
            ClientFault::settings(format!("{}: {why}", shown(directory)))
                .hint("give the URL of the authority's ACME directory, as https://HOST/directory")
        };
        let url = Url::parse(directory).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(wrong(
                    "without TLS anybody on the way could take the account over: https:// is \
                     needed, but for a server on this machine (127.0.0.1, [::1], localhost)",
                ));
            }
            _ => return Err(wrong("the URL must begin with https://")),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("the URL names no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "a name or password in the URL would be told to nobody",
            ));
        }
        Ok(Self(url))
    }

    /// The directory's URL.
    pub(crate) fn directory(&self) -> Link {
        Link {
            url: self.0.clone(),
            text: self.0.to_string(),
        }
    }

    /// A URL that the server gave. It is taken only where it leads back to the same server: a
    /// server that names others makes a client ask them.
    pub(crate) fn url(&self, text: &str, what: &str) -> Result<Link, ClientFault> {
        let wrong = |why: String| ClientFault::protocol(format!("the URL of {what} {why}"));
        if text.len() > URL_BYTES {
            return Err(wrong(format!("is longer than {URL_BYTES} bytes")));
        }
        let url = Url::parse(text)
            .map_err(|error| wrong(format!("is not one ({error}): {}", shown(text))))?;
        let is_same = url.scheme() == self.0.scheme()
            && url.host() == self.0.host()
            && url.port_or_known_default() == self.0.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_same {
            return Err(wrong(format!(
                "leads away from {}, where the directory is: {}",
                self.0.origin().ascii_serialization(),
                shown(text)
            )));
        }
        let text = text.to_owned();
        Ok(Link { url, text })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The longest URL that is taken.
const URL_BYTES: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_tls_is_taken_on_this_machine_alone() {
        for good in [
            "https://ca.test/directory",
            "https://ca.test:14000/",
            "http://127.0.0.1:14000/directory",
            "http://[::1]/directory",
            "http://localhost:1/d",
        ] {
            assert!(Origin::of(good).is_ok(), "{good}");
        }
        for bad in [
            "http://ca.test/directory",
            "http://10.0.0.1/directory",
            "http://localhost.evil.test/",
            "ftp://ca.test/",
            "ca.test",
            "https://me:secret@ca.test/",
            "",
        ] {
            let fault = Origin::of(bad).unwrap_err();
            assert!(fault.needs_other_settings(), "{bad}");
            assert!(fault.hint.is_some(), "{bad}");
        }
    }

    #[test]
    fn a_url_of_another_origin_is_refused() {
        let origin = Origin::of("https://ca.test/directory").unwrap();
        assert!(origin.url("https://ca.test:443/new-order", "it").is_ok());
        for bad in [
            "https://other.test/new-order",
            "http://ca.test/new-order",
            "https://ca.test:444/new-order",
            "https://ca.test@other.test/",
            "https://me@ca.test/",
            "file:///etc/passwd",
            "/new-order",
            "https://[::1",
        ] {
            let fault = origin.url(bad, "new orders").unwrap_err();
            assert!(
                fault.message.starts_with("the URL of new orders "),
                "{fault}"
            );
        }
        let long = format!("https://ca.test/{}", "a".repeat(2048));
        assert!(
            origin
                .url(&long, "it")
                .unwrap_err()
                .message
                .contains("longer than")
        );
    }
}
