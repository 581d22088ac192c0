//! Whose a URI is (RFC 3986 s3): read in one way, whether a name is proved or constrained by it.

/// The parts of a URI that say whose it is.
pub(crate) struct UriParts<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) has_userinfo: bool,
    /// As it stands there; it may be anything that is neither bracketed nor a delimiter.
    host: &'a str,
}

impl<'a> UriParts<'a> {
    /// `None`: the URI names nobody, or its readers could differ on whom.
    pub(crate) fn read(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let visible = uri.bytes().all(|one| one.is_ascii_graphic());
        if !visible || !is_scheme(scheme) {
            return None;
        }
        let (userinfo, host_and_port) = match (is_bare(scheme), rest.strip_prefix("//")) {
            // RFC 3261 s25.1: a user may hold `;`, `?` and `/`; parameters and headers hold no `@`.
            (true, None) => {
                let (user, rest) = split_userinfo(rest);
                (user, rest.split([';', '?']).next()?)
            }
            (false, Some(rest)) => split_userinfo(rest.split(['/', '?', '#']).next()?),
            // One would read an authority where another reads a path.
            _ => return None,
        };
        let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
        let delimiter = |byte: u8| b"@:/?#[];,\\".contains(&byte);
        let sound = userinfo.is_none_or(|user| is_userinfo(user, is_bare(scheme)))
            && port.bytes().all(|one| one.is_ascii_digit())
            && !host.bytes().any(delimiter);
        sound.then_some(Self {
            scheme,
            has_userinfo: userinfo.is_some(),
            host,
        })
    }

    /// The host as a caller wrote it.
    pub(crate) fn written_host(&self) -> &'a str {
        self.host
    }

    /// The host by name, as a certificate has to write it; an address is none (RFC 5280
    /// s4.2.1.10).
    pub(crate) fn host(&self) -> Option<&'a str> {
        let last = self.host.rsplit('.').next()?;
        let named = is_host(self.host) && !last.bytes().all(|byte| byte.is_ascii_digit());
        named.then_some(self.host)
    }
}

fn split_userinfo(text: &str) -> (Option<&str>, &str) {
    match text.split_once('@') {
        Some((userinfo, rest)) => (Some(userinfo), rest),
        None => (None, text),
    }
}

fn is_scheme(text: &str) -> bool {
    let mut letters = text.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|one| one.is_ascii_alphanumeric() || b"+-.".contains(&one))
}

fn is_userinfo(text: &str, bare: bool) -> bool {
    text.bytes().all(|one| {
        one.is_ascii_alphanumeric()
            || b"-._~%!$&'()*+,;=:".contains(&one)
            || bare && b"?/".contains(&one)
    })
}

/// RFC 3261 s19.1.1: the host follows the scheme.
pub(crate) fn is_bare(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
}

/// Labels of letters, digits, hyphens and, as it is written, underscores.
pub(crate) fn is_host(text: &str) -> bool {
    text.split('.').all(|label| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    })
}
