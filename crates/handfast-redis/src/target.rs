//! Where a server is, and who we are to it.

use ::redis::{ProtocolVersion, RedisConnectionInfo};
use core::fmt;
use percent_encoding::percent_decode_str;
use url::{Host, Url};
use zeroize::Zeroizing;

/// Where a server is: `redis://[USER][:PASSWORD]@HOST[:PORT][/DATABASE]`, or `rediss://…` for TLS. It
/// prints without the password.
#[derive(Clone)]
pub struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) is_tls: bool,
    database: u32,
    user: Option<String>,
    password: Option<Zeroizing<String>>,
}

/// What is wrong with a URL. It repeats nothing of it, since a password may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetFault {
    /// It is no URL.
    NotUrl,
    /// It begins with neither `redis://` nor `rediss://`.
    Scheme,
    /// It names no host.
    NoHost,
    /// What follows the host is no number of a database.
    Database,
    /// User or password are not UTF-8, once they are decoded.
    Credentials,
    /// There is a query or a fragment, which mean nothing here.
    Query,
}

const PORT: u16 = 6379;

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`TargetFault`].
    ///
    /// ```
    /// use handfast_redis::Target;
    ///
    /// let target = Target::parse("rediss://cache:s%40cret@store.test/2").unwrap();
    /// assert_eq!(target.to_string(), "rediss://store.test:6379/2");
    /// ```
    pub fn parse(url: &str) -> Result<Self, TargetFault> {
        let url = Url::parse(url).map_err(|_| TargetFault::NotUrl)?;
        let is_tls = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            _ => return Err(TargetFault::Scheme),
        };
        let host = match url.host().ok_or(TargetFault::NoHost)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        if host.is_empty() {
            return Err(TargetFault::NoHost);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(TargetFault::Query);
        }
        let database = match url.path().trim_matches('/') {
            "" => 0,
            number => number.parse().map_err(|_| TargetFault::Database)?,
        };
        let decoded = |text: &str| {
            let decoded = percent_decode_str(text).decode_utf8();
            let decoded = decoded.map_err(|_| TargetFault::Credentials)?;
            Ok((!decoded.is_empty()).then(|| decoded.into_owned()))
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(PORT),
            is_tls,
            database,
            user: decoded(url.username())?,
            password: decoded(url.password().unwrap_or_default())?.map(Zeroizing::new),
        })
    }

    /// With this password, in the place of one in the URL, which others on the machine may see.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.password = Some(Zeroizing::new(password.to_owned()));
        self
    }

    pub(crate) fn settings(&self) -> RedisConnectionInfo {
        let mut settings = RedisConnectionInfo::default()
            .set_db(self.database.into())
            .set_protocol(ProtocolVersion::RESP2)
            .set_skip_set_lib_name();
        if let Some(user) = &self.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password.as_str());
        }
        settings
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        let (open, close) = if self.host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        let Self {
            host,
            port,
            database,
            ..
        } = self;
        write!(f, "{scheme}://{open}{host}{close}:{port}/{database}")
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl fmt::Display for TargetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUrl => "this is no URL: write redis://HOST[:PORT][/DATABASE]",
            Self::Scheme => "the URL of a server begins with redis:// or rediss://",
            Self::NoHost => "the URL names no host",
            Self::Database => "behind the host comes the number of a database, or nothing",
            Self::Credentials => "user and password must be UTF-8",
            Self::Query => "the URL has a query or a fragment, which mean nothing here",
        })
    }
}

impl core::error::Error for TargetFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_who_and_prints_no_password() {
        let target = Target::parse("redis://me:se%3Acret@[::1]:7000/15").unwrap();
        assert_eq!(target.to_string(), "redis://[::1]:7000/15");
        let settings = target.settings();
        assert_eq!(settings.password(), Some("se:cret"));
        assert_eq!((settings.username(), settings.db()), (Some("me"), 15));
        let printed = format!("{target:?} {target} {settings:?}");
        assert!(!printed.contains("cret"), "{printed}");
        let plain = Target::parse("redis://:pw@store.test").unwrap();
        assert_eq!(plain.settings().username(), None);
        assert_eq!(plain.to_string(), "redis://store.test:6379/0");
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused() {
        for (url, fault) in [
            ("10.0.0.1:6379", TargetFault::NotUrl),
            ("http://store.test", TargetFault::Scheme),
            ("redis:///0", TargetFault::NoHost),
            ("redis://store.test/one", TargetFault::Database),
            ("redis://store.test/-1", TargetFault::Database),
            ("redis://:%ff@store.test/", TargetFault::Credentials),
            ("redis://store.test/?db=1", TargetFault::Query),
        ] {
            assert_eq!(Target::parse(url).unwrap_err(), fault, "{url}");
        }
    }
}
