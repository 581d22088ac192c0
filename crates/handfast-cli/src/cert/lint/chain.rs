//! Certificates together, in the order in which they stand.

use crate::cert::lint::found::{Finding, Found};
use crate::cert::lint::table::{
    AKI_DIFFERS, DUPLICATE, INCOMPLETE, Lint, ORDER, OUTLIVES, ROOT_SENT, STRANGER, Scope,
    Severity, UNKNOWN_ISSUER,
};
use crate::cert::order::{climb, is_authority, is_issued_by, is_self_signed};
use handfast::Roots;
use handfast_pki::certificate::Certificate;

/// The chain of one target.
pub(super) struct Chain<'a> {
    pub(super) target: &'a str,
    /// Whether a live host sent it.
    pub(super) is_host: bool,
    pub(super) certificates: &'a [Certificate<'a>],
    pub(super) roots: &'a Roots,
    pub(super) at: i64,
}

impl Chain<'_> {
    /// The indices of the chain, from the server's own certificate up. That is the first, unless
    /// the first is an authority above a later one: then they stand in the wrong order.
    fn path(&self) -> Vec<usize> {
        let all = self.certificates;
        let later = all.iter().enumerate().filter(|(_, one)| !is_authority(one));
        let mut paths = later.map(|(start, _)| climb(all, start, self.at));
        paths
            .find(|path| path.contains(&0))
            .unwrap_or_else(|| climb(all, 0, self.at))
    }

    /// Whether it leads to one of the trusted certificates.
    pub(super) fn is_trusted(&self) -> bool {
        let path = self.path();
        let mut path = path
            .iter()
            .filter_map(|index| self.certificates.get(*index));
        path.any(|one| {
            self.roots.iter().any(|der| {
                Certificate::parse(der)
                    .is_ok_and(|root| root.der() == one.der() || is_issued_by(one, &root))
            })
        })
    }

    pub(super) fn check(&self, upto: Scope, all: &mut Vec<Finding>) {
        let certificates = self.certificates;
        let mut found = Found {
            upto,
            place: String::new(),
            all,
        };
        let place = |index: usize| format!("{} #{index}", self.target);
        let path = self.path();
        let first = path.first().copied().unwrap_or_default();
        let Some(leaf) = certificates.get(first) else {
            return;
        };
        for (index, one) in certificates.iter().enumerate() {
            let before = certificates.iter().take(index);
            if before.into_iter().any(|other| other.der() == one.der()) {
                found
                    .at(place(index))
                    .add(&DUPLICATE, &one.subject().to_string());
            } else if !path.contains(&index) {
                // A file of authorities is no chain: nothing there is a stranger.
                found.at(place(index)).add_if(
                    !is_authority(leaf),
                    &STRANGER,
                    &one.subject().to_string(),
                );
            }
        }
        if !path.is_sorted() {
            let order: Vec<_> = path.iter().map(ToString::to_string).collect();
            found
                .at(place(first))
                .add(&ORDER, &format!("the chain goes {}", order.join(", ")));
        }
        for (below, above) in path.iter().zip(path.iter().skip(1)) {
            if let (Some(one), Some(issuer)) = (certificates.get(*below), certificates.get(*above))
            {
                check_link(one, issuer, found.at(place(*below)));
            }
        }
        let Some((top, last)) = path
            .last()
            .and_then(|index| Some((*index, certificates.get(*index)?)))
        else {
            return;
        };
        if is_self_signed(last) {
            found
                .at(place(top))
                .add_if(top != first, &ROOT_SENT, &last.subject().to_string());
        } else if !is_authority(leaf) && !self.is_trusted() {
            let urls = last.ca_issuer_urls().unwrap_or_default().join(" and ");
            let published = if urls.is_empty() {
                String::new()
            } else {
                format!("; it is published at {urls}")
            };
            let evidence = format!("its issuer is {}{published}", last.issuer());
            let lint = self.unfinished(path.len() == 1);
            found.at(place(top)).add(&lint, &evidence);
        }
    }

    /// How bad it is that the chain's last certificate is issued by one that is not known here.
    /// Above an intermediate that may well be a root, which no server needs to send. A server's own
    /// certificate alone is what clients refuse; in a file it may yet be joined with the others.
    fn unfinished(&self, is_alone: bool) -> Lint {
        match (is_alone, self.is_host) {
            (false, _) => UNKNOWN_ISSUER,
            (true, true) => INCOMPLETE,
            (true, false) => Lint {
                severity: Severity::Warning,
                ..INCOMPLETE
            },
        }
    }
}

fn check_link(one: &Certificate<'_>, issuer: &Certificate<'_>, found: &mut Found<'_>) {
    let (end, limit) = (one.validity().not_after, issuer.validity().not_after);
    found.add_if(
        end > limit,
        &OUTLIVES,
        &format!("{end}; the issuer's ends {limit}"),
    );
    let named = one.authority_key_identifier().ok().flatten();
    let named = named.and_then(|named| named.key_id);
    let own = issuer.subject_key_identifier();
    let differs = named.zip(own).is_some_and(|(named, own)| named != own);
    found.add_if(differs, &AKI_DIFFERS, &issuer.subject().to_string());
}
