//! An authority's folder beside other people's programs: strace, which kills us and breaks our
//! disk, and OpenSSL, which keeps the same records. A trial whose program is missing is *ignored*;
//! with `HANDFAST_REQUIRE_PEERS` set it fails.

use std::process::ExitCode;

use libtest_mimic::Arguments;

mod checker;
mod crash;
mod full_disk;
mod openssl;
mod work;

fn main() -> ExitCode {
    // Started by a trial under strace, to do one thing.
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, what, folder] = words.as_slice()
        && word == work::WORD
    {
        return work::run(what, folder.as_ref());
    }
    let mut trials = crash::trials();
    trials.extend(full_disk::trials());
    trials.extend(openssl::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
