//! What BoringSSL's build wants beyond a C compiler: cmake, libclang.

use crate::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fetches both as PyPI's wheels into the target directory, and tells where.
pub(crate) fn fetch() -> Result<PathBuf> {
    let target = std::env::current_exe()?;
    let place = target.with_file_name("tools");
    if !place.join("cmake").exists() || !place.join("clang").exists() {
        let done = Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(&place)
            .args(["cmake==4.1.2", "libclang==18.1.1"])
            .status()?;
        if !done.success() {
            return Err("pip could not fetch cmake and libclang".into());
        }
    }
    Ok(place)
}

/// Lets a build find what [`fetch`] brought. libclang comes without headers of its own;
/// the C compiler's do.
pub(crate) fn use_them(cargo: &mut Command, place: &Path) -> Result<()> {
    let headers = Command::new("cc")
        .arg("-print-file-name=include")
        .output()?;
    let headers = String::from_utf8(headers.stdout)?;
    cargo
        .env("CMAKE", place.join("cmake/data/bin/cmake"))
        .env("LIBCLANG_PATH", place.join("clang/native"))
        .env(
            "BINDGEN_EXTRA_CLANG_ARGS",
            format!("-isystem {}", headers.trim()),
        );
    Ok(())
}
