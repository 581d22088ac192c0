//! The cipher suite (RFC 8446 section 4.1.1).

use crate::config::CommonPlan;
use crate::connection::Broken;
use crate::fault::Fault;
use crate::suite::{Suite, find_suite};
use handfast_wire::handshake::{ClientHello, ServerHello};

/// The server's side: our best suite that the client offers.
pub(crate) fn choose(plan: &CommonPlan, hello: &ClientHello<'_>) -> Result<&'static Suite, Broken> {
    let common = plan
        .set
        .suites
        .iter()
        .find(|suite| hello.cipher_suites.contains(suite));
    common.and_then(|code| find_suite(*code)).ok_or_else(|| {
        let own = plan.set.suites.iter();
        Broken::offers(
            Fault::SuiteNotCommon,
            "cipher suites",
            hello.cipher_suites.iter(),
            own,
        )
    })
}

/// The client's side: the suite must be one that was offered.
pub(crate) fn check_chosen(
    plan: &CommonPlan,
    hello: &ServerHello<'_>,
) -> Result<&'static Suite, Fault> {
    if !plan.set.suites.contains(&hello.cipher_suite) {
        return Err(Fault::SuiteNotOffered);
    }
    find_suite(hello.cipher_suite).ok_or(Fault::SuiteNotOffered)
}
