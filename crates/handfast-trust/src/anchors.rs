//! Anchors from several places: those that were read, and directories that are looked into.

use crate::fault::TrustFault;
use crate::hashed_directory::HashedDirectory;
use handfast_pki::roots::Roots;

/// Whom to believe: a set that was read, and hashed directories that each chain is looked up in.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// What was read.
    pub roots: Roots,
    /// What is looked into when a chain has come.
    pub directories: Vec<HashedDirectory>,
}

impl Anchors {
    /// The set to verify a chain against: all that was read, and what the directories hold of the
    /// names in the chain.
    ///
    /// # Errors
    /// [`TrustFault`] names a file in a directory that cannot be read.
    pub fn roots_for<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]> + Clone,
    ) -> Result<Roots, TrustFault> {
        let mut roots = self.roots.clone();
        for directory in &self.directories {
            let found = directory.roots_for(chain.clone())?;
            // They were read just now, so all of them can be.
            roots.add_readable(found.iter().cloned());
        }
        Ok(roots)
    }

    /// The CRLs that the directories hold for the issuers in a chain, in DER, unjudged.
    ///
    /// # Errors
    /// [`TrustFault`] names a file in a directory that cannot be read.
    pub fn crls_for<'c>(
        &self,
        chain: impl IntoIterator<Item = &'c [u8]> + Clone,
    ) -> Result<Vec<Vec<u8>>, TrustFault> {
        let mut crls = Vec::new();
        for directory in &self.directories {
            crls.extend(directory.crls_for(chain.clone())?);
        }
        Ok(crls)
    }
}

impl From<Roots> for Anchors {
    fn from(roots: Roots) -> Self {
        Self {
            roots,
            directories: Vec::new(),
        }
    }
}

impl From<HashedDirectory> for Anchors {
    fn from(directory: HashedDirectory) -> Self {
        Self {
            roots: Roots::new(),
            directories: vec![directory],
        }
    }
}
