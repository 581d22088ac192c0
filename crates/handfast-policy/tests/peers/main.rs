//! Strings read beside the programs whose languages they are. A trial whose program is missing is
//! *ignored*; with `HANDFAST_REQUIRE_PEERS` set it fails.

use libtest_mimic::Arguments;
use std::process::ExitCode;

mod dice;
mod gnutls;
mod lists;
mod openssl;
mod strings;

fn main() -> ExitCode {
    let mut trials = openssl::trials();
    trials.extend(gnutls::trials());
    trials.extend(lists::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
