//! The authority beside OpenSSL, GnuTLS and Python's `cryptography`, both ways: what we make is
//! read, verified and used by them, and what they make by us.

mod gnutls;
mod openssl;
mod python;
mod world;

use libtest_mimic::Trial;

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = openssl::trials();
    trials.extend(gnutls::trials());
    trials.extend(python::trials());
    trials
}
