//! Handfast beside other people's programs. A trial whose program is missing is *ignored*; with
//! `HANDFAST_REQUIRE_PEERS` set it fails.

use std::process::ExitCode;

use libtest_mimic::Arguments;

mod authority;
mod capture;
mod certificates;
mod classic;
mod compressed;
mod curl;
mod early_data;
mod ech;
mod gnutls;
mod go;
mod nginx;
mod nss;
mod old;
mod openssl;
mod ours;
mod post_handshake;
mod prf;
mod python;
mod raw_keys;
mod revocation;
mod several;
mod shared_keys;
mod trust;
mod validation;
mod verify_codes;
mod versions;

fn main() -> ExitCode {
    let mut trials = Vec::new();
    trials.extend(authority::trials());
    trials.extend(capture::trials());
    trials.extend(certificates::trials());
    trials.extend(revocation::trials());
    trials.extend(classic::trials());
    trials.extend(compressed::trials());
    trials.extend(curl::trials());
    trials.extend(early_data::trials());
    trials.extend(ech::trials());
    trials.extend(nss::trials());
    trials.extend(gnutls::trials());
    trials.extend(go::trials());
    trials.extend(nginx::trials());
    trials.extend(old::trials());
    trials.extend(openssl::trials());
    trials.extend(post_handshake::trials());
    trials.extend(prf::trials());
    trials.extend(python::trials());
    trials.extend(raw_keys::trials());
    trials.extend(shared_keys::trials());
    trials.extend(trust::trials());
    trials.extend(verify_codes::trials());
    trials.extend(validation::trials());
    trials.extend(versions::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
