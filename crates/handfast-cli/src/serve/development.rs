//! The development authority: a root of one's own in a folder, which vouches
//! for names of this machine and its network alone.
//!
//! Certificates for servers are made anew at each start and never written.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::tls::server_name;
use handfast::stream::now;
use handfast::{Credential, Roots, ServerName};
use handfast_ca::authority::Authority;
use handfast_ca::error::CaError;
use handfast_ca::profile::{AlternativeName, KeyKind, Limits, Profile, Subtree, Validity};
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use rustls_pki_types::CertificateDer;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

/// An authority in a folder.
pub(super) struct Development {
    authority: Authority,
    root_file: PathBuf,
}

impl Development {
    /// Opens the folder, or makes it. A new authority may vouch for `names` too.
    pub(super) fn open(dir: &Path, names: &[String]) -> Result<Self, Failure> {
        let root_file = dir.join(ROOT);
        if dir.join(KEY).exists() || root_file.exists() {
            let authority = kept(dir)?;
            return Ok(Self {
                authority,
                root_file,
            });
        }
        let names = names
            .iter()
            .map(|name| alternative(name))
            .collect::<Result<Vec<_>, _>>()?;
        let authority = made(&names).map_err(|fault| failed(dir, &fault))?;
        write(dir, &authority).map_err(|error| {
            Failure::file(
                Exit::Usage,
                "keep the development authority in",
                dir,
                &error,
            )
            .hint("choose another folder with --ca-dir, or give --cert and --key")
        })?;
        Ok(Self {
            authority,
            root_file,
        })
    }

    /// The file that clients are to trust.
    pub(super) fn root_file(&self) -> &Path {
        &self.root_file
    }

    /// A server's certificate for these names, made now.
    pub(super) fn credential(&self, names: &[String]) -> Result<Credential, Failure> {
        let wanted = names
            .iter()
            .map(|name| alternative(name))
            .collect::<Result<Vec<_>, _>>()?;
        let validity = Validity::days(now().unix_s(), LEAF_DAYS);
        let issued = self
            .authority
            .issue_server(&wanted, validity, KeyKind::EcP256);
        let issued = issued.map_err(|fault| {
            let dir = self.root_file.parent().unwrap_or(&self.root_file);
            match fault {
                CaError::NameOutside { outside, .. } => {
                    let name = outside.name;
                    let why = format!("it was made for other names and may not vouch for {name}");
                    failed(dir, &why).hint(again(dir))
                }
                fault => failed(&self.root_file, &fault),
            }
        })?;
        let (chain, key) = issued.into_parts();
        self.check(&chain, names)?;
        Credential::new(chain, key).map_err(|fault| failed(&self.root_file, &fault))
    }

    /// Whether clients will believe it: an authority that was made for other names vouches for
    /// those alone.
    fn check(&self, chain: &[CertificateDer<'_>], names: &[String]) -> Result<(), Failure> {
        let mut roots = Roots::new();
        roots
            .add(self.authority.root_der().clone())
            .map_err(|fault| failed(&self.root_file, &fault))?;
        let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        for name in names {
            let request = Request {
                chain: &chain,
                roots: &roots,
                purpose: Purpose::ServerAuth,
                key_usage: None,
                name: Some(&server_name(name)?),
                at_unix_s: i64::try_from(now().unix_s()).unwrap_or(i64::MAX),
                policy: &Policy::MODERN,
                leaf_key: None,
                facts: None,
                revocation: Revocation::default(),
            };
            if let Err(rejection) = verify(&request) {
                let dir = self.root_file.parent().unwrap_or(&self.root_file);
                let why = match rejection.reason() {
                    // The first name that it may not vouch for, whichever was judged first.
                    Reason::NameNotPermitted { name } => {
                        format!("it was made for other names and may not vouch for {name}")
                    }
                    reason => format!("it cannot vouch for {name}: {reason}"),
                };
                return Err(failed(dir, &why).hint(again(dir)));
            }
        }
        Ok(())
    }
}

/// The authority that lies in the folder.
fn kept(dir: &Path) -> Result<Authority, Failure> {
    let root = load::certificates(Exit::Usage, &dir.join(ROOT))?;
    let key = load::private_key(Exit::Usage, &dir.join(KEY))?;
    let root = root
        .into_iter()
        .next()
        .ok_or_else(|| failed(dir, &"it holds no certificate").hint(again(dir)))?;
    let authority = Authority::restore(vec![root], key)
        .map_err(|fault| failed(dir, &fault).hint(again(dir)))?;
    if authority.validity().not_after_unix < now().unix_s() {
        return Err(failed(dir, &"it has expired").hint(again(dir)));
    }
    Ok(authority)
}

fn made(names: &[AlternativeName]) -> Result<Authority, CaError> {
    let validity = Validity::days(now().unix_s(), ROOT_DAYS);
    let mut profile = Profile::authority("Handfast development", validity, KeyKind::EcP256);
    let mut permitted = local();
    permitted.extend(names.iter().filter_map(|name| match name {
        AlternativeName::Dns(name) => Some(Subtree::Dns(name.clone())),
        AlternativeName::Ip(address) => Some(Subtree::Ip(
            *address,
            if address.is_ipv4() { 32 } else { 128 },
        )),
        _ => None,
    }));
    profile.authority = Some(Limits {
        path_length: Some(0),
        permitted,
        ..Limits::default()
    });
    Authority::root(&profile)
}

/// What never names a host of someone else's: whoever trusts this root trusts it for these alone.
fn local() -> Vec<Subtree> {
    let v4 = |a, b, bits| Subtree::Ip(IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), bits);
    let v6 = |first, bits| Subtree::Ip(IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0)), bits);
    let mut all: Vec<_> = ["localhost", "local", "test", "internal", "home.arpa"]
        .map(|name| Subtree::Dns(name.to_owned()))
        .into();
    all.extend([
        v4(127, 0, 8),
        v4(10, 0, 8),
        v4(172, 16, 12),
        v4(192, 168, 16),
        v6(0xfc00, 7),
        v6(0xfe80, 10),
    ]);
    all.push(Subtree::Ip(IpAddr::V6(Ipv6Addr::LOCALHOST), 128));
    all
}

/// Writes all files beside the folder first, so that it is there whole or not at all.
fn write(dir: &Path, authority: &Authority) -> io::Result<()> {
    let mut beside = dir.as_os_str().to_owned();
    beside.push(format!(".new-{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let key = authority.own().key_pem().map_err(io::Error::other)?;
    private_dir(&beside)?;
    let written = private_file(&beside.join(KEY), &key)
        .and_then(|()| private_file(&beside.join(ROOT), &authority.root_pem()))
        // A key has no business in a repository.
        .and_then(|()| private_file(&beside.join(".gitignore"), "*\n"))
        .and_then(|()| fs::rename(&beside, dir));
    if written.is_err() {
        // What was begun is of no use; the first error is the one to tell.
        let _ = fs::remove_dir_all(&beside);
    }
    written
}

fn private_dir(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private_file(path: &Path, content: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content.as_bytes())
}

fn again(dir: &Path) -> String {
    format!(
        "move {} away, and a new authority is made: whoever trusts the old root has to trust the \
         new one anew",
        dir.display()
    )
}

fn failed(dir: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        Exit::Usage,
        "development_authority",
        "start",
        format!("the development authority in {}: {why}", dir.display()),
    )
}

/// A name as it stands in a certificate.
fn alternative(name: &str) -> Result<AlternativeName, Failure> {
    match server_name(name)? {
        ServerName::Ip(address) => Ok(AlternativeName::ip(address)),
        ServerName::Dns(dns) => Ok(AlternativeName::dns(dns.as_str())),
        _ => Err(Failure::usage(format!(
            "{name}: give a host name or an address"
        ))),
    }
}

const ROOT: &str = "root.pem";
const KEY: &str = "root.key";
const ROOT_DAYS: u32 = 3650;
const LEAF_DAYS: u32 = 397;
