//! The `openssl` program of OpenSSL 4.0, for trials of what older releases lack: Encrypted ClientHello,
//! raw public keys, certificates compressed by as many of zlib, brotli and zstd as this machine has.

#[path = "../../built.rs"]
mod built;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut options = vec![
        "no-shared",
        "no-tests",
        "no-docs",
        "no-dso",
        "--openssldir=/nonexistent",
    ];
    for (header, option) in [
        ("zlib.h", "zlib"),
        ("brotli/encode.h", "enable-brotli"),
        ("zstd.h", "enable-zstd"),
    ] {
        if Path::new("/usr/include").join(header).exists() {
            options.push(option);
        } else {
            eprintln!("new-openssl: without {option}, since there is no <{header}>");
        }
    }
    built::Program {
        name: "new-openssl",
        version: openssl_src::version(),
        source: openssl_src::source_dir(),
        options: &options,
    }
    .print_path()
}
