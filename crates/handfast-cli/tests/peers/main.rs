//! The command beside other people's programs. A trial whose program is missing is *ignored*;
//! with `HANDFAST_REQUIRE_PEERS` set it fails.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says so by panicking"
)]

mod acme;
mod clients;
mod containers;
mod inspected;
mod killed;
#[expect(dead_code, reason = "the other binary of tests uses more of it")]
#[path = "../lab/mod.rs"]
mod lab;
mod nginx;
mod pebble;
mod protect;
mod redis;
mod requests;
mod responder;
mod revocation;
mod servers;
mod stores;
mod whole_system;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut trials = clients::trials();
    trials.extend(acme::trials());
    trials.extend(servers::trials());
    trials.extend(nginx::trials());
    trials.extend(pebble::trials());
    trials.extend(protect::trials());
    trials.extend(responder::trials());
    trials.extend(revocation::trials());
    trials.extend(containers::trials());
    trials.extend(inspected::trials());
    trials.extend(redis::trials());
    trials.extend(requests::trials());
    trials.extend(stores::trials());
    trials.extend(whole_system::trials());
    trials.extend(killed::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
