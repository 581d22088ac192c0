//! The development authority: the authority of `handfast ca` in a folder, made where there is none,
//! which vouches for names of this machine and its network alone.
//!
//! The server's certificate is recorded as every other, so that `ca list` shows it and `ca revoke`
//! takes it back. Its key is never written: it follows from the authority's key and the
//! certificate's serial number. So the next start serves under the same certificate as long as
//! that has a third of its life left, and the book grows by a row in two months for each set of
//! names, however often a server is started.

use crate::ca::opened::failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::tls::server_name;
use handfast::stream::now;
use handfast::{Credential, PrivateKey, ServerName};
use handfast_ca::key;
use handfast_ca::profile::{
    AlternativeName, KeyKind, Profile, Subtree, Validity, development_names,
};
use handfast_ca::serial::SerialNumber;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_ca_store::row::{Row, State};
use handfast_pki::certificate::Certificate;
use rustls_pki_types::CertificateDer;
use std::path::{Path, PathBuf};

/// An authority in a folder.
pub(super) struct Development {
    directory: CaDirectory,
    dir: PathBuf,
    root_file: PathBuf,
}

/// A certificate with those above it, and its key.
type Own = (Vec<CertificateDer<'static>>, PrivateKey);

impl Development {
    /// Opens the folder, or makes it. A new authority may vouch for `names` too. One that was
    /// made before there was a book gets one now.
    pub(super) fn open(
        dir: &Path,
        pass_file: Option<&Path>,
        names: &[String],
    ) -> Result<Self, Failure> {
        let now_s = now().unix_s();
        let opened = match CaDirectory::open(dir) {
            Err(StoreError::NoDatabaseYet { .. }) => CaDirectory::adopt(dir, now_s),
            Err(StoreError::NoAuthority { .. }) => {
                CaDirectory::create(dir, &plan(pass_file, names)?, now_s)
            }
            opened => opened,
        };
        let mut directory = opened.map_err(|fault| failed(dir, &fault))?;
        let pass = load::password(pass_file)?;
        let unlocked = directory.unlock(pass.as_deref().map(Vec::as_slice));
        unlocked.map_err(|fault| failed(dir, &fault))?;
        if directory.not_after() < now_s {
            return Err(Failure::new(
                Exit::Usage,
                "development_authority",
                "start",
                format!("the development authority in {} has expired", dir.display()),
            )
            .hint(again(dir)));
        }
        Ok(Self {
            directory,
            dir: dir.to_owned(),
            root_file: dir.join("root.pem"),
        })
    }

    /// The file that clients are to trust.
    pub(super) fn root_file(&self) -> &Path {
        &self.root_file
    }

    /// A server's certificate for these names: the one of the last start, or one made now.
    pub(super) fn credential(&mut self, names: &[String]) -> Result<Credential, Failure> {
        let names = alternatives(names)?;
        let dir = self.dir.clone();
        let kept = self.kept(&names).map_err(|fault| failed(&dir, &fault))?;
        let (chain, key) = match kept {
            Some(own) => own,
            None => self.made(&names).map_err(|fault| failed(&dir, &fault))?,
        };
        Credential::new(chain, key).map_err(|fault| {
            Failure::usage(format!(
                "the development authority in {}: {fault}",
                dir.display()
            ))
        })
    }

    /// A certificate for the same names that has a third of its life left and is not revoked,
    /// and whose key is known here, if there is one.
    fn kept(&mut self, names: &[AlternativeName]) -> Result<Option<Own>, StoreError> {
        let now_s = now().unix_s();
        let filter = Filter {
            selector: names.first().map(|name| Selector::Any(name.to_string())),
            state: Some((State::Valid, now_s)),
            profile: Some("server".to_owned()),
            ..Filter::default()
        };
        let wanted: Vec<_> = names.iter().map(ToString::to_string).collect();
        let fits = |row: &&Row| {
            let same = row.names.iter().map(|name| &name.text).eq(&wanted);
            same && row.not_after.saturating_sub(now_s) > LEAF_DAYS / 3 * DAY_S
        };
        for row in self.directory.list(&filter)?.iter().filter(fits) {
            let Some(der) = self.directory.certificate(row.id)? else {
                continue;
            };
            let authority = self.directory.authority()?;
            let key = key::derived(authority.own().key(), row.serial.as_bytes())?;
            let spki = Certificate::parse(&der).map(|leaf| leaf.spki().to_vec());
            // One of `ca issue` for the same names has a key of its own.
            if spki.is_ok_and(|spki| spki == key.public_spki()) {
                return Ok(Some((authority.chain_below(der), key)));
            }
        }
        Ok(None)
    }

    fn made(&mut self, names: &[AlternativeName]) -> Result<Own, StoreError> {
        let now_s = now().unix_s();
        let validity = Validity::seconds(now_s, LEAF_DAYS * DAY_S);
        let serial = SerialNumber::random()?;
        let key = key::derived(self.directory.authority()?.own().key(), serial.as_bytes())?;
        let mut profile = Profile::server(names, validity, KeyKind::EcP256);
        profile.serial = Some(serial);
        let certified = self.directory.certify(key.public_spki(), &profile, now_s)?;
        Ok((certified.chain, key))
    }
}

/// A root alone, which may vouch for names of this machine and its network, and for these.
fn plan(pass_file: Option<&Path>, names: &[String]) -> Result<Plan, Failure> {
    let mut plan = Plan::root_alone("Handfast development");
    plan.permitted = development_names();
    for name in alternatives(names)? {
        for set in Subtree::around(&name) {
            if !plan.permitted.contains(&set) {
                plan.permitted.push(set);
            }
        }
    }
    plan.pass = load::password(pass_file)?;
    Ok(plan)
}

fn again(dir: &Path) -> String {
    format!(
        "move {} away, and a new authority is made: whoever trusts the old root has to trust the \
         new one anew",
        dir.display()
    )
}

/// What the store says, of a server that starts.
fn failed(dir: &Path, fault: &StoreError) -> Failure {
    let mut failed = failure(fault);
    failed.message = format!(
        "the development authority in {}: {}",
        dir.display(),
        failed.message
    );
    match fault {
        StoreError::NotPermitted { .. } => {
            let hint = format!("it was made for other names: {}", again(dir));
            failed.hint(hint)
        }
        StoreError::PassNeeded { .. } | StoreError::WrongPass { .. } => {
            failed.hint("its pass phrase is given in a file, by --ca-pass-file FILE")
        }
        StoreError::Exists { .. } | StoreError::ReadOnly { .. } | StoreError::File { .. } => {
            failed.hint("choose another folder with --ca-dir, or give --cert and --key")
        }
        _ => failed,
    }
}

/// Names as they stand in a certificate.
fn alternatives(names: &[String]) -> Result<Vec<AlternativeName>, Failure> {
    names.iter().map(|name| alternative(name)).collect()
}

fn alternative(name: &str) -> Result<AlternativeName, Failure> {
    match server_name(name)? {
        ServerName::Ip(address) => Ok(AlternativeName::ip(address)),
        ServerName::Dns(dns) => Ok(AlternativeName::dns(dns.as_str())),
        _ => Err(Failure::usage(format!(
            "{name}: give a host name or an address"
        ))),
    }
}

const LEAF_DAYS: u64 = 90;
const DAY_S: u64 = 86_400;
