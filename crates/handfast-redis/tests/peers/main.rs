//! Sessions and strikes in a real server of Redis, well and unwell. A trial whose program is missing
//! is *ignored*; with `HANDFAST_REQUIRE_PEERS` set it fails.

use libtest_mimic::Arguments;
use std::process::ExitCode;

mod early_data;
mod hostile;
#[expect(
    clippy::unwrap_used,
    reason = "a trial that fails says so by panicking"
)]
#[path = "../../../handfast-store/tests/all/node.rs"]
mod node;
mod proxy;
mod server;
mod unwell;
mod well;

fn main() -> ExitCode {
    let mut trials = well::trials();
    trials.extend(unwell::trials());
    trials.extend(hostile::trials());
    trials.extend(early_data::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
