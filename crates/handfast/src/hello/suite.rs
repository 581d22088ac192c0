//! The cipher suite (RFC 8446 section 4.1.1, RFC 5246 section 7.4.1).

use crate::config::CommonPlan;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::suite::{Suite, find_suite};
use handfast_crypto::hash::HashAlgorithm;
use handfast_wire::handshake::{ClientHello, ServerHello};
use handfast_wire::registry::{CipherSuite, ProtocolVersion, museum};
use smallvec::SmallVec;

/// The server's side for TLS 1.3: our best suite that the client offers.
pub(crate) fn choose(plan: &CommonPlan, hello: &ClientHello<'_>) -> Result<&'static Suite, Broken> {
    let mut common = common(plan, hello, ProtocolVersion::TLS_1_3);
    if !plan.set.equal_suites.is_empty() {
        let best = clients_order(plan, hello, common.collect());
        let best = best.first().copied();
        return best.ok_or_else(|| nothing_common(plan, hello));
    }
    common.next().ok_or_else(|| nothing_common(plan, hello))
}

/// The same, of those with this hash.
pub(crate) fn with_hash(
    plan: &CommonPlan,
    hello: &ClientHello<'_>,
    hash: HashAlgorithm,
) -> Option<&'static Suite> {
    common(plan, hello, ProtocolVersion::TLS_1_3).find(|suite| suite.hash == hash)
}

/// The server's side before TLS 1.3: suites in common, our best first. Which
/// one it will be depends on the credential.
pub(crate) fn common_classic(
    plan: &CommonPlan,
    hello: &ClientHello<'_>,
    version: ProtocolVersion,
) -> Result<SmallVec<[&'static Suite; 8]>, Broken> {
    let suites: SmallVec<_> = common(plan, hello, version).collect();
    if suites.is_empty() {
        return Err(nothing_common(plan, hello));
    }
    if !plan.set.equal_suites.is_empty() {
        return Ok(clients_order(plan, hello, suites));
    }
    Ok(suites)
}

/// Our order, but for those that are equally good to us: of them, the client's.
fn clients_order(
    plan: &CommonPlan,
    hello: &ClientHello<'_>,
    mut suites: SmallVec<[&'static Suite; 8]>,
) -> SmallVec<[&'static Suite; 8]> {
    let own = |code: CipherSuite| plan.set.suites.iter().position(|one| *one == code);
    suites.sort_by_cached_key(|suite| {
        let mut equal = plan.set.equal_suites.iter();
        let equal = equal.find(|list| list.contains(&suite.code));
        let place = match equal {
            None => own(suite.code),
            Some(list) => list.iter().filter_map(|code| own(*code)).min(),
        };
        let offered = hello.cipher_suites.iter().position(|one| one == suite.code);
        (place, offered.filter(|_| equal.is_some()))
    });
    suites
}

fn common<'a>(
    plan: &'a CommonPlan,
    hello: &'a ClientHello<'_>,
    version: ProtocolVersion,
) -> impl Iterator<Item = &'static Suite> + 'a {
    let offered = plan
        .set
        .suites
        .iter()
        .filter(|suite| hello.cipher_suites.contains(suite));
    offered
        .filter_map(|code| find_suite(*code))
        .filter(move |suite| suite.belongs_to(version))
}

fn nothing_common(plan: &CommonPlan, hello: &ClientHello<'_>) -> Broken {
    let (peer, own) = (hello.cipher_suites.iter().map(told), plan.set.suites.iter());
    Broken::offers(Fault::SuiteNotCommon, "cipher suites", peer, own)
}

/// A suite, and what it is if nobody should wait for it: no policy allows that.
fn told(suite: CipherSuite) -> String {
    match museum::exhibits(suite).next() {
        Some(exhibit) => format!("{suite} ({})", exhibit.name),
        None => suite.to_string(),
    }
}

/// The client's side: the suite must be one that was offered, and belong to
/// the version that was chosen.
pub(crate) fn check_chosen(
    plan: &CommonPlan,
    hello: &ServerHello<'_>,
    version: ProtocolVersion,
) -> Result<&'static Suite, Fault> {
    if !plan.set.suites.contains(&hello.cipher_suite) {
        return Err(Fault::SuiteNotOffered);
    }
    find_suite(hello.cipher_suite)
        .filter(|suite| suite.belongs_to(version))
        .ok_or(Fault::SuiteNotOffered)
}
