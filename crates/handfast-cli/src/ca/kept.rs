//! The certificates that lie in an authority's folder: readable without any key.

use crate::ca::page::Page;
use crate::ca::place::Place;
use crate::ca::rows::time;
use crate::cert::inspect::shown::{colons, hex, serial};
use crate::cert::inspect::validity::Standing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};

/// The authority's own certificates, the root first.
#[derive(Debug)]
pub(crate) struct Kept(Vec<One>);

/// One of them.
#[derive(Debug)]
pub(crate) struct One {
    /// `root` or `issuing`.
    pub(crate) role: &'static str,
    /// Its file.
    pub(crate) file: PathBuf,
    der: CertificateDer<'static>,
}

impl Kept {
    /// Reads them.
    pub(crate) fn read(place: &Place) -> Result<Self, Failure> {
        let file = |role: &str| place.file(&format!("{role}.pem"));
        if !file("root").exists() {
            return Err(nothing(place));
        }
        let there = ["root", "issuing"].into_iter();
        let there = there.filter(|role| file(role).exists());
        let each = there.map(|role| One::read(role, file(role)));
        each.collect::<Result<_, _>>().map(Self)
    }

    /// Each of them, the root first.
    pub(crate) fn each(&self) -> impl Iterator<Item = &One> {
        self.0.iter()
    }

    /// Which names the authority may vouch for, for people.
    pub(crate) fn permitted(&self) -> Result<String, Failure> {
        let Some(last) = self.0.last() else {
            return Ok(String::new());
        };
        let hosts = permitted(&last.certificate()?);
        Ok(if hosts.is_empty() {
            "any: whoever trusts the root trusts it for the whole web".to_owned()
        } else {
            hosts.join(", ")
        })
    }

    /// Shows all of them.
    pub(crate) fn tell(&self, page: &mut Page, now_s: u64) -> Result<(), Failure> {
        self.each().try_for_each(|one| one.tell(page, now_s))
    }

    /// All of them for programs.
    pub(crate) fn described(&self, now_s: u64) -> Result<Vec<Value>, Failure> {
        self.each().map(|one| one.described(now_s)).collect()
    }
}

impl One {
    fn read(role: &'static str, file: PathBuf) -> Result<Self, Failure> {
        let all = load::certificates(Exit::Usage, &file)?;
        let der = all.into_iter().next().ok_or_else(|| {
            Failure::usage(format!("{}: no certificate here", file.display()))
                .hint("put the authority's certificate back from where it was copied to")
        })?;
        Ok(Self { role, file, der })
    }

    fn certificate(&self) -> Result<Certificate<'_>, Failure> {
        let wrong = |fault| Failure::usage(format!("{}: {fault}", self.file.display()));
        Certificate::parse(&self.der).map_err(wrong)
    }

    /// File, subject and end in a line.
    pub(crate) fn line(&self, now_s: u64) -> Result<String, Failure> {
        let certificate = self.certificate()?;
        let standing = standing(&certificate, now_s).words();
        let (file, subject) = (self.file.display(), certificate.subject());
        Ok(format!("{file}: {subject}, {standing}"))
    }

    fn tell(&self, page: &mut Page, now_s: u64) -> Result<(), Failure> {
        let certificate = self.certificate()?;
        let title = certificate.subject().to_string();
        page.title(&title, &format!("{} in {}", self.role, self.file.display()));
        let standing = standing(&certificate, now_s);
        let until = certificate.validity().not_after;
        let is_valid = matches!(standing, Standing::Valid { .. });
        let words = format!("{}, until {until}", standing.words());
        page.verdict("valid", &words, is_valid);
        let mut names = permitted(&certificate).join(", ");
        if names.is_empty() && self.role == "root" {
            "any name".clone_into(&mut names);
        }
        page.line("may name", &names);
        page.line("serial", &serial(certificate.serial()));
        page.line("SHA-256", &colons(&sha256(certificate.der())));
        Ok(())
    }

    fn described(&self, now_s: u64) -> Result<Value, Failure> {
        let certificate = self.certificate()?;
        let validity = certificate.validity();
        let standing = standing(&certificate, now_s);
        let unix = |unix: i64| time(u64::try_from(unix).unwrap_or(0));
        Ok(json!({
            "role": self.role,
            "file": self.file.display().to_string(),
            "subject": certificate.subject().to_string(),
            "not_before": unix(validity.not_before.0),
            "not_after": unix(validity.not_after.0),
            "status": standing.name(),
            "days_left": standing.days_left(),
            "permitted": all_permitted(&certificate),
            "serial": serial(certificate.serial()),
            "sha256": hex(&sha256(certificate.der())),
        }))
    }
}

fn standing(certificate: &Certificate<'_>, now_s: u64) -> Standing {
    let now_s = i64::try_from(now_s).unwrap_or(i64::MAX);
    Standing::of(certificate.validity(), now_s)
}

/// Which hosts and addresses it may vouch for; empty means any. For people: mail addresses and
/// URIs follow the hosts.
fn permitted(certificate: &Certificate<'_>) -> Vec<String> {
    let all = subtrees(certificate);
    let hosts = all.iter().filter(|(kind, _)| HOSTS.contains(kind));
    let hosts: Vec<_> = hosts.map(|(_, name)| name.clone()).collect();
    if hosts.is_empty() {
        return all.into_iter().map(|(_, name)| name).collect();
    }
    hosts
}

fn all_permitted(certificate: &Certificate<'_>) -> Vec<Value> {
    let all = subtrees(certificate).into_iter();
    all.map(|(kind, name)| json!({ "kind": kind, "name": name }))
        .collect()
}

/// RFC 5280 section 4.2.1.10.
fn subtrees(certificate: &Certificate<'_>) -> Vec<(&'static str, String)> {
    let subtrees = certificate.name_subtrees().ok().flatten();
    let permitted = subtrees.map(|subtrees| subtrees.permitted);
    let names = permitted.into_iter().flatten();
    names.map(|name| (name.kind(), name.to_string())).collect()
}

/// What to do where a folder is there, and may not be read.
pub(crate) fn closed(folder: &Path) -> Option<Failure> {
    let found = std::fs::metadata(folder.join("root.pem")).err();
    let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    let error = found.filter(denied)?;
    let failed = Failure::file(Exit::Usage, "read", folder, &error);
    #[cfg(unix)]
    let failed = match std::fs::metadata(folder) {
        Ok(about) => {
            let owner = std::os::unix::fs::MetadataExt::uid(&about);
            let mode = std::os::unix::fs::MetadataExt::mode(&about) & 0o777;
            failed.caused_by(format!(
                "it is the user's with the number {owner}, mode {mode:o}"
            ))
        }
        Err(_) => failed,
    };
    Some(failed.hint("run this as that user, or name another folder with --ca-dir DIR"))
}

/// What to do where a folder holds no authority.
pub(crate) fn nothing(place: &Place) -> Failure {
    if let Some(closed) = closed(&place.ca_dir) {
        return closed;
    }
    let message = format!("{}: no authority here", place.name());
    Failure::new(Exit::Usage, "no_authority", "open", message)
        .hint("make one with handfast ca init, or name its folder with --ca-dir DIR")
}

const HOSTS: [&str; 2] = ["dNSName", "iPAddress"];
