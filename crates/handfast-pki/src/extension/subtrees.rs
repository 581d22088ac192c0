//! nameConstraints (RFC 5280 s4.2.1.10) as they were written, to be shown.

use crate::certificate::Certificate;
use crate::cursor::{Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralName;

/// The names that an authority may vouch for, and those that it may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameSubtrees<'a> {
    /// A name of a kind that is here has to lie in one of them.
    pub permitted: Vec<GeneralName<'a>>,
    /// No name may lie in any of them.
    pub excluded: Vec<GeneralName<'a>>,
}

impl<'a> Certificate<'a> {
    /// nameConstraints, if the certificate has them; addresses come with their masks. However many
    /// there are: only the size of the certificate limits them.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not as RFC 5280 s4.2.1.10 lays it out.
    pub fn name_subtrees(&self) -> Result<Option<NameSubtrees<'a>>, CertificateFault> {
        let Some(list) = &self.extensions.name_constraints else {
            return Ok(None);
        };
        let mut inside = list.cursor();
        let permitted = inside.optional(tag::constructed(0), FIELD)?;
        let excluded = inside.optional(tag::constructed(1), FIELD)?;
        inside.finish(FIELD)?;
        Ok(Some(NameSubtrees {
            permitted: permitted.map_or(Ok(Vec::new()), |list| read(&list))?,
            excluded: excluded.map_or(Ok(Vec::new()), |list| read(&list))?,
        }))
    }
}

fn read<'a>(list: &Tlv<'a>) -> Result<Vec<GeneralName<'a>>, CertificateFault> {
    let mut cursor = list.cursor();
    let mut found = Vec::new();
    while !cursor.is_empty() {
        let subtree = cursor.expect(tag::SEQUENCE, FIELD)?;
        let mut inside = subtree.cursor();
        let base = inside.element(FIELD)?;
        if !inside.is_empty() {
            return Err(subtree.fault(Problem::SubtreeBounds, FIELD));
        }
        found.push(GeneralName::read(&base, true, FIELD)?);
    }
    Ok(found)
}

const FIELD: &str = "nameConstraints";
