//! A certificate with its key where NSS looks for them.

use handfast_ca::issued::Issued;
use handfast_pki::load::{SystemRandom, to_pkcs12};
use handfast_testkit::peer::Program;
use libtest_mimic::Failed;

use crate::ours::{Files, SOON};

/// The folder of the database among the files.
pub(super) const DATABASE: &str = "db";

/// Makes a database with the certificate, which it calls localhost.
pub(super) fn database(
    files: &Files,
    issued: &Issued,
    certutil: &Program,
    pk12util: &Program,
) -> Result<(), Failed> {
    let chain: Vec<&[u8]> = issued.chain().iter().map(AsRef::as_ref).collect();
    let (key, random) = (issued.key(), &mut SystemRandom);
    let container = to_pkcs12(Some(key), &chain, Some("localhost"), b"p", random)?;
    let container = files.folder.write("all.p12", container)?;
    let database = files.file(DATABASE);
    std::fs::create_dir(&database)?;
    let make = ["-N", "-d", &database, "--empty-password"];
    let fill = ["-i", &container, "-d", &database, "-W", "p", "-K", ""];
    for (program, arguments) in [(certutil, &make[..]), (pk12util, &fill)] {
        let outcome = program.run(arguments, b"", SOON)?;
        if !outcome.success() {
            return Err(format!("{}{}", outcome.text(), outcome.stderr).into());
        }
    }
    Ok(())
}
