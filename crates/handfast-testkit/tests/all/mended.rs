//! Makes the changes that a report names, to show that they mend what it reports.

use handfast::config::Common;
use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};
use handfast::report::{Change, PolicyName};

/// The policy of this name.
pub(crate) fn policy(name: PolicyName) -> &'static Policy {
    match name {
        PolicyName::Compatible => &COMPATIBLE,
        PolicyName::Obsolete => &OBSOLETE,
        _ => &MUSEUM,
    }
}

/// Makes the changes; false where one of them is no setting of both kinds of config.
#[must_use]
pub(crate) fn mend(common: &mut Common, changes: &[Change]) -> bool {
    for change in changes {
        match change {
            Change::Policy(name) => common.allow_obsolete(policy(*name)),
            Change::Version(version) => add(&mut common.versions, *version),
            Change::Newest(version) => common.versions.retain(|one| one <= version),
            Change::Suite(suite) => add(&mut common.suites, *suite),
            Change::NoFields => common
                .suites
                .retain(|suite| !suite.to_string().contains("_DHE_")),
            Change::Group(group) => add(&mut common.groups, *group),
            Change::Scheme(scheme) => add(&mut common.schemes, *scheme),
            Change::Protocol(name) => common.alpn.push(name.clone()),
            Change::NoProtocols => common.alpn.clear(),
            _ => return false,
        }
    }
    true
}

/// What a config names and cannot speak by its other lists is named already.
fn add<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}
