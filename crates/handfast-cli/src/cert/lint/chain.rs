//! Certificates together, in the order in which they stand.

use crate::cert::lint::found::{Finding, Found};
use crate::cert::lint::table::{
    AKI_DIFFERS, ALONE, DUPLICATE, INCOMPLETE, ORDER, OUTLIVES, ROOT_SENT, STRANGER, Scope,
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
    /// Whether it leads to one of the trusted certificates.
    pub(super) fn is_trusted(&self) -> bool {
        let path = climb(self.certificates, 0, self.at);
        let last = path.last().and_then(|index| self.certificates.get(*index));
        last.is_some_and(|last| {
            self.roots.iter().any(|der| {
                Certificate::parse(der)
                    .is_ok_and(|root| root.der() == last.der() || is_issued_by(last, &root))
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
        let Some(leaf) = certificates.first() else {
            return;
        };
        let path = climb(certificates, 0, self.at);
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
                .at(place(0))
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
                .add_if(top > 0, &ROOT_SENT, &last.subject().to_string());
        } else if !is_authority(leaf) && !self.is_trusted() {
            let urls = last.ca_issuer_urls().unwrap_or_default().join(" and ");
            let published = if urls.is_empty() {
                String::new()
            } else {
                format!("; it is published at {urls}")
            };
            let issuer = last.issuer();
            // A file with the server's own certificate alone is how many programs keep it.
            let is_alone = certificates.len() == 1 && !self.is_host;
            let lint = if is_alone { &ALONE } else { &INCOMPLETE };
            let evidence = format!("its issuer is {issuer}{published}");
            found.at(place(top)).add(lint, &evidence);
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
