//! The revocation lists that clients are held against: read at the start, and again when a file
//! changes, while connections run.

use crate::failure::Failure;
use crate::load;
use crate::serve::changing::Changing;
use crate::serve::options::{Options, Strictness};
use crate::summary::date;
use crate::talk::Talk;
use handfast::config::RevocationRules;
use handfast::stream::now;
use handfast_pki::crl::Crl;
use handfast_pki::distinguished_name::DistinguishedName;
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::RevocationStore;
use std::sync::Arc;

/// The lists of `--crl`.
pub(super) struct Revoked {
    files: Changing,
    mode: Mode,
    known: Arc<RevocationStore>,
}

impl Revoked {
    /// Reads the files; warns of lists that are out of date.
    pub(super) fn open(options: &Options, talk: &Talk) -> Result<Self, Failure> {
        let revoked = Self {
            files: Changing::new(&options.crl),
            mode: match options.revocation {
                _ if options.crl.is_empty() => Mode::Off,
                Strictness::Soft => Mode::SoftFail,
                Strictness::Hard => Mode::HardFail,
            },
            known: Arc::default(),
        };
        revoked.read(talk)?;
        Ok(revoked)
    }

    /// Which of the authorities that vouch for clients have no list: under hard they let in
    /// nobody.
    pub(super) fn without_list<'a>(
        &self,
        authorities: impl Iterator<Item = &'a [u8]>,
    ) -> Vec<String> {
        if self.mode != Mode::HardFail {
            return Vec::new();
        }
        let known = self.known.snapshot();
        let names = authorities.filter_map(|der| DistinguishedName::parse(der).ok());
        names
            .filter(|name| !known.has_list_of(name))
            .map(|name| name.to_string())
            .collect()
    }

    pub(super) fn rules(&self) -> RevocationRules {
        RevocationRules {
            mode: self.mode,
            known: Arc::clone(&self.known),
        }
    }

    /// Looks at the files for as long as the server runs. A file that cannot be read leaves what
    /// is known as it is.
    pub(super) async fn watch(mut self, mut talk: Talk) {
        if self.mode == Mode::Off {
            return;
        }
        loop {
            self.files.changed().await;
            let read = tokio::task::spawn_blocking(move || {
                let read = self.read(&talk);
                (self, talk, read)
            });
            let Ok((same, told, read)) = read.await else {
                return;
            };
            (self, talk) = (same, told);
            match read {
                Ok(()) => talk.tell("read the revocation lists anew"),
                Err(failure) => talk.warn(&format!(
                    "{}: the lists read before stay in force",
                    failure.message
                )),
            }
        }
    }

    fn read(&self, talk: &Talk) -> Result<(), Failure> {
        let fresh = RevocationStore::default();
        for path in self.files.paths() {
            for der in load::crls(path)? {
                if let Some(doubt) = doubt(&der) {
                    talk.warn(&format!("--crl {}: {doubt}", path.display()));
                }
                fresh
                    .add_crl(der)
                    .map_err(|fault| Failure::usage(format!("{}: {fault}", path.display())))?;
            }
        }
        self.known.replace_by(&fresh);
        Ok(())
    }
}

/// Why a list will let nobody in.
fn doubt(der: &[u8]) -> Option<String> {
    let next_update = Crl::parse(der).ok()?.next_update().0;
    let now = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    (now > next_update).then(|| {
        let due = date(next_update);
        format!("a newer list was due on {due}: this one still revokes, but vouches for nobody")
    })
}
