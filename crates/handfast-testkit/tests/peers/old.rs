//! What is old, by name: each version below TLS 1.3 with every suite that a policy allows, in both
//! roles, resumed and with clients' certificates. Debian's programs have what is not too old; the
//! rest is tried where `HANDFAST_OLD_OPENSSL` names a program that still has it
//! (`cargo xtask old-peers`).

mod case;
mod gnutls;
mod java;
mod nss;
pub(crate) mod openssl;
mod sha1;
mod short_secret;

use std::env;

use handfast_testkit::peer::Program;
use libtest_mimic::Trial;

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    if let Some(debian) = Program::find("openssl") {
        trials.extend(openssl::trials("openssl", &debian));
    }
    trials.extend(gnutls::trials());
    // Nobody has it by chance: it is built for this, and asked for by name.
    if let Some(path) = env::var_os(case::OLD) {
        trials.extend(openssl::trials("openssl_1_1_1", &Program::at(path)));
        trials.extend(java::trials());
        trials.extend(nss::trials());
    }
    trials
}
