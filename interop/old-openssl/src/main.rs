//! The `openssl` program of OpenSSL 1.1.1 with SSL 3.0 and weak ciphers, for trials on this machine: it
//! is out of support.

#[path = "../../built.rs"]
mod built;

use std::process::ExitCode;

fn main() -> ExitCode {
    built::Program {
        name: "old-openssl",
        version: openssl_src::version(),
        source: openssl_src::source_dir(),
        // What no current build of OpenSSL has, and only what trials need beside it.
        options: &[
            "no-shared",
            "no-tests",
            "no-dso",
            "no-engine",
            "enable-ssl3",
            "enable-ssl3-method",
            "enable-weak-ssl-ciphers",
            "--openssldir=/nonexistent",
        ],
    }
    .print_path()
}
