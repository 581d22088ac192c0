//! Among which hosts a server's sessions go on.

use crate::config::fault::ConfigFault;
use handfast_pki::name::ServerName;

/// Among which hosts a server's sessions of TLS 1.3 go on, beside the one that they began with.
///
/// ```
/// use handfast::config::AcrossNames;
/// use handfast::ServerName;
///
/// let names = ["www.example.org", "static.example.org"].map(ServerName::parse);
/// let among = AcrossNames::Among(names.into_iter().collect::<Result<_, _>>()?);
/// assert!(among.covers(Some("WWW.example.org")) && !among.covers(Some("example.org")));
/// assert!(!AcrossNames::default().covers(Some("www.example.org")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AcrossNames {
    /// None: each session is for its host alone.
    #[default]
    Never,
    /// These, two or more.
    Among(Vec<ServerName>),
    /// All that the config serves, clients that name no host included. Every config that says so with the
    /// same rules for clients and the same ticket keys takes the others' sessions: give configs of
    /// other hosts other keys, or name the hosts.
    All,
}

impl AcrossNames {
    /// True for a host, as a client names it, whose sessions are those of others, too.
    #[must_use]
    pub fn covers(&self, host: Option<&str>) -> bool {
        match (self, host) {
            (Self::Never, _) | (Self::Among(_), None) => false,
            (Self::All, _) => true,
            (Self::Among(names), Some(host)) => {
                ServerName::parse(host).is_ok_and(|host| names.contains(&host))
            }
        }
    }

    /// What stands for them in a session's scope: equal for equal names, in whatever order.
    pub(super) fn label(&self) -> Result<Option<Vec<u8>>, ConfigFault> {
        let names = match self {
            Self::Never => return Ok(None),
            Self::All => return Ok(Some(Vec::new())),
            Self::Among(names) => names,
        };
        let mut texts: Vec<_> = names.iter().map(ServerName::as_text).collect();
        texts.sort_unstable();
        if texts.len() < 2 {
            return Err(ConfigFault::Useless {
                set: "resume_across_names",
                needs: "a second name",
            });
        }
        if texts.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(ConfigFault::ListedTwice("names that share sessions"));
        }
        // No name has a zero in it.
        Ok(Some(texts.join("\0").into_bytes()))
    }
}
