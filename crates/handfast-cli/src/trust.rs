//! Whom to trust, as flags.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::session_file::fingerprint;
use crate::talk::Talk;
use clap::Args;
use handfast::Roots;
use handfast_pki::verify::Purpose;
use handfast_trust::{Anchors, HashedDirectory, KnownPeers, Store, TrustFault};
use std::path::{Path, PathBuf};

/// The flags that name authorities.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Authorities {
    /// Trust the system's authorities (the default), Mozilla's, those that SSL_CERT_FILE and
    /// SSL_CERT_DIR name, none, those in FILE, or those in DIR by `openssl rehash`
    #[arg(long, value_name = "system|mozilla|env|none|FILE|DIR")]
    trust: Option<PathBuf>,
    /// Trust the certificates in FILE (PEM or DER) instead of the system's, or beside those of
    /// --trust; may be repeated
    #[arg(long, value_name = "FILE")]
    cacert: Vec<PathBuf>,
}

/// The flags.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TrustOptions {
    #[command(flatten)]
    authorities: Authorities,
    /// Accept a server that no authority vouches for, once: its key is kept in FILE, and from then
    /// on it must show that one
    #[arg(long, value_name = "FILE")]
    tofu: Option<PathBuf>,
}

/// Whom the flags trust, read.
pub(crate) struct Trusted {
    pub(crate) anchors: Anchors,
    /// Whether it is the system's store and nothing else.
    pub(crate) is_system: bool,
    /// Peers that were seen before, where that counts.
    pub(crate) peers: Option<KnownPeers>,
}

impl Authorities {
    /// Reads what the flags name, and whether it is the system's store and nothing else. With `-k`
    /// the system may have nothing.
    fn anchors(&self, insecure: bool, purpose: Purpose) -> Result<(Anchors, bool), Failure> {
        let is_system = self.is_system();
        let mut anchors = match &self.trust {
            Some(trust) => named(trust, purpose)?,
            None if self.cacert.is_empty() => match system() {
                Err(_) if insecure => Anchors::default(),
                found => found?,
            },
            None => Anchors::default(),
        };
        if anchors.roots.is_empty() {
            anchors.roots = load::roots(&self.cacert, purpose)?;
        } else {
            // Each was read when it was loaded.
            let more = load::roots(&self.cacert, purpose)?;
            anchors.roots.add_readable(more.iter().cloned());
        }
        Ok((anchors, is_system))
    }

    /// Everything that the flags name, directories too, and what that is in words.
    pub(crate) fn roots(&self, purpose: Purpose) -> Result<(Roots, String), Failure> {
        let (anchors, _) = self.anchors(false, purpose)?;
        let roots = all(&anchors, purpose)?;
        let files = self.cacert.iter().map(|path| path.display().to_string());
        let named = self.trust.iter().map(|path| match path.to_str() {
            Some("system") => SYSTEM.to_owned(),
            Some("mozilla") => "Mozilla's store".to_owned(),
            Some("env") => "SSL_CERT_FILE and SSL_CERT_DIR".to_owned(),
            _ => path.display().to_string(),
        });
        let names: Vec<_> = named.chain(files).collect();
        let words = match names.as_slice() {
            [] => SYSTEM.to_owned(),
            names => names.join(", "),
        };
        Ok((roots, words))
    }

    /// The file that holds an anchor, where it is one of those that are named.
    pub(crate) fn holder(&self, anchor: &[u8]) -> Option<String> {
        let named = self.trust.iter().filter(|path| path.is_file());
        let mut files = self.cacert.iter().chain(named);
        let holds = |path: &&PathBuf| {
            let found = load::certificates(Exit::Usage, path);
            found.is_ok_and(|found| found.iter().any(|der| **der == *anchor))
        };
        files.find(holds).map(|path| path.display().to_string())
    }

    /// Whether the system's store is meant, and nothing else.
    pub(crate) fn is_system(&self) -> bool {
        let trust = self.trust.as_deref();
        self.cacert.is_empty() && trust.is_none_or(|trust| trust == Path::new("system"))
    }
}

const SYSTEM: &str = "the system's store";

/// Everything at once, directories too.
fn all(anchors: &Anchors, purpose: Purpose) -> Result<Roots, Failure> {
    let mut all = anchors.roots.clone();
    for directory in &anchors.directories {
        let found = directory.all_for(purpose);
        let found = found.map_err(|fault| no_trust(&fault))?;
        all.add_readable(found.iter().cloned());
    }
    Ok(all)
}

impl TrustOptions {
    /// Reads what the flags name. With `-k` the system may have nothing.
    pub(crate) fn read(&self, insecure: bool, talk: &Talk) -> Result<Trusted, Failure> {
        let (anchors, is_system) = self.authorities.anchors(insecure, Purpose::ServerAuth)?;
        Ok(Trusted {
            anchors,
            is_system,
            peers: self.peers(talk)?,
        })
    }

    /// Whether authorities are named at all.
    pub(crate) fn is_given(&self) -> bool {
        self.authorities.trust.is_some() || !self.authorities.cacert.is_empty()
    }

    /// Whether servers are known again by their keys.
    pub(crate) fn is_first_use(&self) -> bool {
        self.tofu.is_some()
    }

    fn peers(&self, talk: &Talk) -> Result<Option<KnownPeers>, Failure> {
        let Some(path) = &self.tofu else {
            return Ok(None);
        };
        let unread = |fault: TrustFault| {
            Failure::usage(format!("the file of known servers: {fault}"))
                .hint("name a file of your own with --tofu, in a folder that is there")
        };
        let peers = KnownPeers::open(path).map_err(unread)?;
        for broken in peers.broken_lines().map_err(unread)? {
            talk.warn(&format!(
                "{}, {broken}: it counts for nobody",
                path.display()
            ));
        }
        Ok(Some(peers))
    }
}

impl Trusted {
    /// Whether the chain must be seen before it is known who vouches for it.
    pub(crate) fn asks(&self) -> bool {
        self.peers.is_some() || !self.anchors.directories.is_empty()
    }

    /// Everything at once, directories too.
    pub(crate) fn all(&self) -> Result<Roots, Failure> {
        all(&self.anchors, Purpose::ServerAuth)
    }

    /// What tells it from other trust, for the sessions that are made under it.
    pub(crate) fn fingerprint(&self) -> String {
        if self.is_system && self.peers.is_none() {
            return "system".to_owned();
        }
        let mut parts: Vec<&[u8]> = self.anchors.roots.encodings().collect();
        parts.sort_unstable();
        let directories = self.anchors.directories.iter();
        let paths = directories.map(HashedDirectory::path);
        let paths = paths.chain(self.peers.as_ref().map(KnownPeers::path));
        let paths: Vec<_> = paths
            .map(|path| path.as_os_str().as_encoded_bytes())
            .collect();
        // An empty part stands between certificates and paths: no certificate is empty.
        let parts = parts
            .into_iter()
            .chain([&[][..]])
            .chain(paths.iter().copied());
        fingerprint(parts)
    }
}

/// What `--trust` names: one of the words, else a file or directory.
fn named(trust: &Path, purpose: Purpose) -> Result<Anchors, Failure> {
    match trust.to_str() {
        Some("system") => return system(),
        Some("mozilla") => return Ok(handfast_trust::mozilla().into()),
        Some("env") => return handfast_trust::from_environment().map_err(|fault| no_trust(&fault)),
        Some("none") => return Ok(Anchors::default()),
        _ => {}
    }
    let read = if trust.is_dir() {
        HashedDirectory::open(trust).map(Anchors::from)
    } else {
        Store::new().file_for(trust, purpose).map(Anchors::from)
    };
    read.map_err(|fault| no_trust(&fault))
}

fn system() -> Result<Anchors, Failure> {
    let roots = handfast_trust::system().map_err(|missing| {
        Failure::usage(missing.to_string())
            .hint("name the roots with --cacert FILE, or take Mozilla's with --trust mozilla")
    })?;
    Ok(roots.into())
}

/// What was named cannot be read.
pub(crate) fn no_trust(fault: &TrustFault) -> Failure {
    Failure::usage(format!("whom to trust cannot be read: {fault}")).hint(
        "--trust takes system, mozilla, env, none, a file of certificates, or a directory by \
         `openssl rehash`",
    )
}
