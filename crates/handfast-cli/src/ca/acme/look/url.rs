//! Where a redirect of http-01 may lead: to http and https, at their usual ports or those that the
//! operator has set.

use crate::ca::acme::look::reach::Reach;
use handfast_acme::message::{ErrorKind, Problem};
use url::Url;

/// What is fetched next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) is_https: bool,
    /// As it stands in a URL: IPv6 addresses in brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query.
    pub(super) target: String,
}

impl Next {
    /// The beginning: always plain HTTP.
    pub(super) fn first(reach: &Reach, identifier: &str, path: &str) -> Self {
        let host = match identifier.contains(':') {
            true => format!("[{identifier}]"),
            false => identifier.to_owned(),
        };
        Self {
            is_https: false,
            host,
            port: reach.http_port,
            target: path.to_owned(),
        }
    }

    /// The value of the field Host.
    pub(super) fn authority(&self) -> String {
        match (self.is_https, self.port) {
            (false, 80) | (true, 443) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    /// Where a redirect leads.
    pub(super) fn redirected(&self, reach: &Reach, location: &str) -> Result<Self, Problem> {
        let refused = |why: &str| {
            let detail = format!("{} redirects to {location:?}: {why}", self.host);
            Err(Problem::new(ErrorKind::Connection, detail))
        };
        if location.len() > LONGEST {
            return refused("the URL is too long");
        }
        let scheme = if self.is_https { "https" } else { "http" };
        let base = format!("{scheme}://{}:{}{}", self.host, self.port, self.target);
        let parsed = Url::parse(&base).and_then(|base| base.join(location));
        let Ok(url) = parsed else {
            return refused("that is no URL");
        };
        let is_https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return refused("only http and https are followed"),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the URL holds a user's name");
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if ![80, 443, reach.http_port, reach.tls_port].contains(&port) {
            return refused("the port is neither 80 nor 443, nor set by the operator");
        }
        let Some(host) = url.host_str() else {
            return refused("the URL names no host");
        };
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        Ok(Self {
            is_https,
            host: host.to_owned(),
            port,
            target: format!("{}{query}", url.path()),
        })
    }
}

const LONGEST: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        Reach {
            networks: Vec::new(),
            http_port: 5002,
            tls_port: 443,
            dns_hook: None,
        }
    }

    #[test]
    fn redirects_lead_to_web_servers_alone() {
        let first = Next::first(&reach(), "a.test", "/.well-known/acme-challenge/t");
        assert_eq!(first.authority(), "a.test:5002");
        let to = |location: &str| first.redirected(&reach(), location);
        assert_eq!(to("/x?y=1").unwrap().target, "/x?y=1");
        assert_eq!(to("/x").unwrap().port, 5002);
        assert_eq!(to("https://b.test/x").unwrap().authority(), "b.test");
        assert!(to("//b.test:80/").unwrap().host == "b.test");
        for location in [
            "http://b.test:22/",
            "http://b.test:8080/",
            "ftp://b.test/",
            "file:///etc/passwd",
            "gopher://b.test:80/",
            "http://user@b.test/",
            "http://[::1/",
            "javascript:alert(1)",
        ] {
            assert!(to(location).is_err(), "{location}");
        }
        assert!(to(&format!("/{}", "x".repeat(2_000))).is_err());
        let six = Next::first(&reach(), "::1", "/");
        assert_eq!(six.authority(), "[::1]:5002");
    }
}
