//! Name constraints (RFC 5280 s4.2.1.10): which names an authority may vouch for.
//!
//! DNS, IP, mail, URI and directory names are compared; a constraint of another kind excludes
//! every name of its kind, because nobody can say that such a name is inside.

use crate::certificate::Certificate;
use crate::cursor::{Cursor, Tlv, tag};
use crate::distinguished_name::DistinguishedName;
use crate::fault::{CertificateFault, Problem};
use crate::general_name::GeneralName;
use crate::name::service::split_service;
use crate::name::uri::{UriParts, is_host};
use crate::name::{international_mail, srv_name};
use crate::oid::EMAIL_ADDRESS;
use crate::verify::budget::{Budget, Exceeded};

const FIELD: &str = "nameConstraints";

/// Why names do not fit into constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// The constraints themselves cannot be read.
    Malformed(CertificateFault),
    /// The name lies in an excluded subtree.
    Excluded(String),
    /// The name lies in none of the permitted subtrees of its kind.
    NotPermitted(String),
    /// Comparing took too long.
    Budget(Exceeded),
}

impl From<CertificateFault> for Violation {
    fn from(fault: CertificateFault) -> Self {
        Self::Malformed(fault)
    }
}

impl From<Exceeded> for Violation {
    fn from(exceeded: Exceeded) -> Self {
        Self::Budget(exceeded)
    }
}

/// The constraints of one authority.
pub(crate) struct NameConstraints<'a> {
    permitted: Vec<GeneralName<'a>>,
    excluded: Vec<GeneralName<'a>>,
}

impl<'a> NameConstraints<'a> {
    /// Reads the SEQUENCE inside the extension.
    pub(crate) fn read(list: &Tlv<'a>) -> Result<Self, CertificateFault> {
        let mut inside = list.cursor();
        let permitted = inside.optional(tag::constructed(0), FIELD)?;
        let excluded = inside.optional(tag::constructed(1), FIELD)?;
        inside.finish(FIELD)?;
        // RFC 5280 s4.2.1.10: one of the two must be there.
        if permitted.is_none() && excluded.is_none() {
            return Err(list.fault(Problem::EmptyList, FIELD));
        }
        Ok(Self {
            permitted: read_subtrees(permitted)?,
            excluded: read_subtrees(excluded)?,
        })
    }

    /// Whether a DNS base begins with a dot, which only URI and mail bases may (RFC 5280 s4.2.1.10).
    pub(crate) fn has_dotted_dns(&self) -> bool {
        let mut bases = self.permitted.iter().chain(&self.excluded);
        bases.any(|base| matches!(base, GeneralName::Dns(text) if text.starts_with('.')))
    }

    /// Checks every name of a certificate below.
    pub(crate) fn check(
        &self,
        certificate: &Certificate<'_>,
        budget: &mut Budget,
    ) -> Result<(), Violation> {
        let subject = certificate.subject();
        if !subject.is_empty() {
            self.check_name(&GeneralName::Directory(subject), budget)?;
        }
        let mut has_mail = false;
        for name in certificate.subject_alt_names() {
            has_mail |= matches!(name, GeneralName::Mail(_));
            self.check_name(&name, budget)?;
        }
        if !has_mail {
            self.check_subject_mail(subject, budget)?;
        }
        Ok(())
    }

    /// RFC 5280 s4.2.1.10: without a mail name in subjectAltName, emailAddress in the subject
    /// counts as one.
    fn check_subject_mail(
        &self,
        subject: DistinguishedName<'_>,
        budget: &mut Budget,
    ) -> Result<(), Violation> {
        for attribute in subject.attributes() {
            if attribute.kind == EMAIL_ADDRESS {
                self.check_name(&GeneralName::Mail(&attribute.text()), budget)?;
            }
        }
        Ok(())
    }

    pub(crate) fn check_name(
        &self,
        name: &GeneralName<'_>,
        budget: &mut Budget,
    ) -> Result<(), Violation> {
        for base in &self.excluded {
            budget.compare_name(cost(name, base))?;
            if relation(name, base, Side::Excluded) == Relation::Inside {
                return Err(Violation::Excluded(name.to_string()));
            }
        }
        let mut constrained = false;
        for base in &self.permitted {
            budget.compare_name(cost(name, base))?;
            match relation(name, base, Side::Permitted) {
                Relation::Inside => return Ok(()),
                Relation::Outside => constrained = true,
                Relation::OtherKind => {}
            }
        }
        if constrained {
            Err(Violation::NotPermitted(name.to_string()))
        } else {
            Ok(())
        }
    }
}

impl NameConstraints<'_> {
    /// The excluded set that holds the name, as it is shown.
    pub(crate) fn excluding(&self, name: &GeneralName<'_>) -> String {
        let holds =
            |base: &&GeneralName<'_>| relation(name, base, Side::Excluded) == Relation::Inside;
        let base = self.excluded.iter().find(holds);
        base.map(ToString::to_string).unwrap_or_default()
    }

    /// The permitted sets that say something of names of this kind, as they are shown.
    pub(crate) fn permitted_of_kind(&self, name: &GeneralName<'_>) -> Vec<String> {
        let of_kind =
            |base: &&GeneralName<'_>| relation(name, base, Side::Permitted) != Relation::OtherKind;
        let bases = self.permitted.iter().filter(of_kind);
        bases.map(ToString::to_string).collect()
    }
}

/// How much there is to compare, in bytes; directory names are taken apart for it.
fn bytes(name: &GeneralName<'_>) -> usize {
    match name {
        GeneralName::Dns(text) | GeneralName::Mail(text) | GeneralName::Uri(text) => text.len(),
        GeneralName::Directory(name) => name.der().len().saturating_mul(4),
        GeneralName::Ip(value) | GeneralName::Other { value, .. } => value.len(),
        GeneralName::RegisteredId(oid) => oid.0.len(),
    }
}

/// How many bytes a comparison looks at. Text beyond ASCII is decoded first, which takes longer.
fn cost(name: &GeneralName<'_>, base: &GeneralName<'_>) -> usize {
    let wide = |byte: &u8| matches!(*byte, tag::BMP_STRING | tag::UNIVERSAL_STRING | 0x80..);
    let decoded = match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => {
            name.der().iter().any(wide) && base.der().len() > 2
        }
        _ => false,
    };
    (bytes(name) + bytes(base)) * if decoded { 4 } else { 1 }
}

fn read_subtrees(list: Option<Tlv<'_>>) -> Result<Vec<GeneralName<'_>>, CertificateFault> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let mut cursor = list.cursor();
    if cursor.is_empty() {
        return Err(list.fault(Problem::EmptyList, FIELD));
    }
    let mut bases = Vec::new();
    while !cursor.is_empty() {
        let subtree = cursor.expect(tag::SEQUENCE, FIELD)?;
        bases.push(read_subtree(&mut subtree.cursor(), &subtree)?);
    }
    Ok(bases)
}

/// GeneralSubtree: the base alone, as minimum is 0 and maximum absent (RFC 5280 s4.2.1.10).
fn read_subtree<'a>(
    inside: &mut Cursor<'a>,
    subtree: &Tlv<'a>,
) -> Result<GeneralName<'a>, CertificateFault> {
    let element = inside.element(FIELD)?;
    let base = GeneralName::read(&element, true, FIELD)?;
    if !inside.is_empty() {
        return Err(subtree.fault(Problem::SubtreeBounds, FIELD));
    }
    let sound = match base {
        GeneralName::Ip(bytes) => is_contiguous(bytes),
        GeneralName::Dns(text) => is_dns_base(text),
        GeneralName::Mail(text) => is_mail_base(text),
        GeneralName::Uri(text) => is_dns_base(text),
        _ => true,
    };
    if sound {
        Ok(base)
    } else {
        Err(element.fault(Problem::Subtree, FIELD))
    }
}

/// A mask is ones, then zeros (RFC 4632 s5.1).
fn is_contiguous(address_and_mask: &[u8]) -> bool {
    let (_, mask) = address_and_mask.split_at(address_and_mask.len() / 2);
    let mut rest = mask.iter().skip_while(|byte| **byte == 0xff);
    let edge = rest.next().copied().unwrap_or(0);
    edge.leading_ones() + edge.trailing_zeros() >= 8 && rest.all(|byte| *byte == 0)
}

/// A host, or a host after a dot, which stands for what is below it alone. RFC 5280 knows the dot
/// for URIs; authorities write it for DNS names too. The empty base holds everything.
fn is_dns_base(text: &str) -> bool {
    let host = text.strip_prefix('.').unwrap_or(text);
    text.is_empty() || is_host(host)
}

fn is_mail_base(text: &str) -> bool {
    match text.split_once('@') {
        Some((local, host)) => !local.is_empty() && is_host(host),
        None => is_dns_base(text),
    }
}

/// How a name lies to a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// The subtree says nothing about names of this kind.
    OtherKind,
    Inside,
    Outside,
}

/// Which list a subtree stands in. A name that cannot be placed counts as outside of what is
/// permitted and inside of what is excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Permitted,
    Excluded,
}

fn relation(name: &GeneralName<'_>, base: &GeneralName<'_>, side: Side) -> Relation {
    let inside = match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns_inside(name, base, side),
        (GeneralName::Ip(address), GeneralName::Ip(base)) => ip_inside(address, base),
        (GeneralName::Mail(name), GeneralName::Mail(base)) => mail_inside(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri_inside(name, base),
        // RFC 9598 s6: rfc822Name binds addresses of either kind.
        (GeneralName::Other { .. }, GeneralName::Mail(base)) => match international_mail(name) {
            Some(address) => mail_inside(address, base),
            None => return Relation::OtherKind,
        },
        // RFC 4985 has a kind of its own for services; who may not name a host names none of its
        // services either.
        (GeneralName::Other { .. }, GeneralName::Dns(base)) => match srv_name(name) {
            Some(service) => {
                split_service(service).and_then(|(_, host)| dns_inside(host, base, side))
            }
            None => return Relation::OtherKind,
        },
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Some(name.is_within(base)),
        (GeneralName::RegisteredId(_), GeneralName::RegisteredId(_)) => None,
        (GeneralName::Other { kind: name, .. }, GeneralName::Other { kind: base, .. })
            if name == base =>
        {
            None
        }
        _ => return Relation::OtherKind,
    };
    match inside.unwrap_or(side == Side::Excluded) {
        true => Relation::Inside,
        false => Relation::Outside,
    }
}

/// `None`: the name is not well-formed.
fn dns_inside(name: &str, base: &str, side: Side) -> Option<bool> {
    let Some(parent) = name.strip_prefix("*.") else {
        return is_host(name).then(|| host_inside(name, base));
    };
    if !is_host(parent) {
        return None;
    }
    // All that the wildcard stands for is inside if its parent is; and it stands for some name
    // inside if the base lies one label below the parent.
    let all = host_inside(parent, base.strip_prefix('.').unwrap_or(base));
    let some = side == Side::Excluded
        && base
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent));
    Some(all || some)
}

/// The host is the base or below it; a base that begins with a dot holds only what is below it.
fn host_inside(host: &str, base: &str) -> bool {
    if base.is_empty() {
        return true;
    }
    let Some(split) = host.len().checked_sub(base.len()) else {
        return false;
    };
    let (Some(front), Some(back)) = (host.get(..split), host.get(split..)) else {
        return false;
    };
    let at_label = front.is_empty() || front.ends_with('.') || base.starts_with('.');
    back.eq_ignore_ascii_case(base) && at_label && !(front.is_empty() && base.starts_with('.'))
}

/// An address of the other family is another kind of name for a permitted subtree, too: RFC 5280
/// speaks of iPAddress as one kind, so it is outside.
fn ip_inside(address: &[u8], base: &[u8]) -> Option<bool> {
    let (network, mask) = base.split_at(base.len() / 2);
    if network.len() != address.len() {
        return Some(false);
    }
    let pairs = address.iter().zip(network).zip(mask);
    Some(pairs.fold(true, |same, ((own, net), mask)| {
        same && own & mask == net & mask
    }))
}

/// RFC 5280 s4.2.1.10: a mailbox, all mailboxes of a host, or (after a dot) of hosts below it.
/// The local part is compared with case (RFC 5321 s2.4).
fn mail_inside(name: &str, base: &str) -> Option<bool> {
    let (local, host) = name.split_once('@')?;
    if local.is_empty() || !is_host(host) {
        return None;
    }
    Some(match base.split_once('@') {
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None if base.starts_with('.') || base.is_empty() => host_inside(host, base),
        None => host.eq_ignore_ascii_case(base),
    })
}

/// RFC 5280 s4.2.1.10: the host is compared, read as for proving; a URI without a host name fits
/// nowhere.
fn uri_inside(name: &str, base: &str) -> Option<bool> {
    let host = UriParts::read(name)?.host()?;
    Some(if base.starts_with('.') || base.is_empty() {
        host_inside(host, base)
    } else {
        host.eq_ignore_ascii_case(base)
    })
}

#[cfg(test)]
mod tests;
