//! The flags of `serve`.

use crate::given::{Given, Verb};
use crate::listening::address;
use crate::peer_policy::PeerPolicy;
use crate::psk::SharedKeys;
use crate::serve::acme::options::AcmeOptions;
use crate::serve::allowed::Allow;
use crate::serve::keeping::KeepingOptions;
use crate::serve::protected::Protect;
use crate::versions::Versions;
use crate::wanted::Wanted;
use clap::Args;
use handfast::ServerName;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The flags of `serve`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The folder to serve; the current one unless --host names others
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Listen here: a port of 127.0.0.1, or ADDRESS:PORT
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "127.0.0.1:8443", value_parser = address)]
    pub(super) listen: SocketAddr,
    /// Serve the folder DIR as the host NAME; --cert and --key after it are its own; may be repeated
    #[arg(long, value_name = "NAME=DIR", value_parser = host)]
    pub(super) host: Vec<Host>,
    /// Certificate chain of the --host before it, or of DIR; .p12 and .pfx hold the key too
    #[arg(long, short = 'E', value_name = "FILE")]
    pub(super) cert: Vec<PathBuf>,
    /// The key of the --cert before it, where it is not in the same file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key: Vec<PathBuf>,
    /// Staple the OCSP response in FILE (DER) to the --cert before it; read again when FILE changes
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) staple: Vec<PathBuf>,
    /// Show the --cert before it by the key in FILE that it vouches for (RFC 9345), to clients that take
    /// such; with a --key, others are shown the certificate's own. Read again when FILE changes
    /// (`handfast cert delegate`)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) delegated: Vec<PathBuf>,
    /// The password of the keys: the first line of FILE
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) pass_file: Option<PathBuf>,
    /// Show the public half of the key in FILE by itself, as a raw public key (RFC 7250), to clients
    /// that take such, for every host; others are shown certificates; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) raw_key: Vec<PathBuf>,
    /// Let in clients by this raw public key (RFC 7250): its pin, sha256/BASE64, or a FILE that holds
    /// the key or a certificate of it. Nobody else gets in, but by --client-ca; may be repeated
    #[arg(long, value_name = "PIN|FILE", conflicts_with_all = ["protect", "allow", "psk"])]
    pub(super) client_raw_key: Vec<String>,
    /// Further names and addresses for the development certificate; with --acme, the names of
    /// DIR's certificate; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) name: Vec<String>,
    /// Where the development authority is kept, for hosts without a certificate of their own
    #[arg(long, value_name = "DIR", default_value = ".handfast")]
    pub(super) ca_dir: PathBuf,
    /// The pass phrase of the development authority's key: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pub(super) ca_pass_file: Option<PathBuf>,
    /// Let in only clients with a certificate by an authority in FILE; with --protect, to the
    /// pages that it names
    #[arg(long, value_name = "FILE")]
    pub(super) client_ca: Vec<PathBuf>,
    /// Refuse clients whom the revocation lists in FILE (PEM or DER) revoke, or do not speak for:
    /// every authority between them and --client-ca needs its list too. Read again when FILE
    /// changes, and asked about those who come back as well; may be repeated
    #[arg(long, value_name = "FILE", requires = "client_ca")]
    pub(super) crl: Vec<PathBuf>,
    /// Let in clients whose status no list tells: soft; the lists given by --crl decide by
    /// default alone: hard
    #[arg(long, value_name = "MODE", requires = "crl", default_value = "hard")]
    pub(super) revocation: Strictness,
    /// Serve only whom the client's certificate names so: a host name or mail address that it is
    /// for, or, where it has no such list of names at all (no subjectAltName), its common name;
    /// others get a 403; may be repeated
    #[arg(long, value_name = "NAME|MAIL", requires = "client_ca", value_parser = Allow::parse)]
    pub(super) allow: Vec<Allow>,
    /// Relax the rules about clients' certificates that FILE (TOML) names, each for one client, for a
    /// reason, until a day; each use is logged. Read again when FILE changes
    #[arg(long, value_name = "FILE", requires = "client_ca")]
    pub(super) exceptions: Option<PathBuf>,
    /// Serve PATH of every host, and all below it, only to clients with a certificate by
    /// --client-ca, who are asked for it when they ask for such a page; the rest is open. Speaks
    /// HTTP/1.1 alone, since nobody may be asked later in HTTP/2; may be repeated
    #[arg(long, value_name = "PATH", requires = "client_ca", value_parser = Protect::parse)]
    pub(super) protect: Vec<Protect>,
    /// Open the encrypted ClientHello of clients that hide whom they ask for, by the key in FILE (PEM with
    /// PRIVATE KEY and ECHCONFIG, as `handfast ech new` and `openssl ech` make it). The host that it names for
    /// everybody must be served, too. Clients whose ClientHello does not open are told of all these keys;
    /// may be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) ech_key: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) keys: SharedKeys,
    #[command(flatten)]
    pub(super) versions: Versions,
    #[command(flatten)]
    pub(super) policy: PeerPolicy,
    #[command(flatten)]
    pub(super) wanted: Wanted,
    /// Take so many bytes of early data (0-RTT) from clients that come back: GET and HEAD are answered
    /// a round trip sooner, anything else by 425 Too Early; each first flight is taken once
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    pub(super) early_data: u32,
    /// Serve files whose names begin with a dot too
    #[arg(long)]
    pub(super) hidden: bool,
    #[command(flatten)]
    pub(super) acme: AcmeOptions,
    #[command(flatten)]
    pub(super) keeping: KeepingOptions,
}

impl Options {
    /// The flags, by which remedies are told.
    pub(super) fn given(&self) -> Given {
        Given {
            verb: Verb::Serve,
            preset: self.policy.preset(),
            min: self.versions.min(),
            max: self.versions.max(),
            lists: self.wanted.given(),
            has_own: !self.cert.is_empty(),
            ..Given::default()
        }
    }

    /// True where clients are met by shared keys, and there is no certificate to show.
    pub(super) fn by_keys_alone(&self) -> bool {
        self.keys.are_given() && self.cert.is_empty() && !self.acme.is_given()
    }
}

/// How much must be known about clients.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// What a list revokes is refused
    Soft,
    /// What no list vouches for is refused too
    Hard,
}

/// One `--host`.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(super) name: String,
    pub(super) dir: PathBuf,
}

fn host(text: &str) -> Result<Host, String> {
    let (name, dir) = text.split_once('=').ok_or("write NAME=DIR")?;
    let parsed = ServerName::parse(name).map_err(|fault| fault.to_string())?;
    let ServerName::Dns(dns) = parsed else {
        return Err("give a name, not an address".to_owned());
    };
    Ok(Host {
        name: dns.as_str().to_owned(),
        dir: dir.into(),
    })
}
