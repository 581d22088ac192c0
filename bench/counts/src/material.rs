//! Certificates and keys: root, intermediate, leaf, all P-256. They lie beside this crate, made once
//! by `material`, since a certificate made anew has a signature of another length.

use crate::Result;
use handfast::Credential;
use handfast_pki::load;
use handfast_pki::roots::Roots;
use rustls_pki_types::CertificateDer;

/// The name that clients want to reach.
pub const HOST: &str = "bench.test";

/// 2026-01-01: from here on the certificates are valid, for thirty years.
pub const BEGIN_UNIX_S: u64 = 1_767_225_600;

/// The root that both ends trust.
///
/// # Errors
/// None with the certificates that lie here.
pub fn roots() -> Result<Roots> {
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(ROOT))?;
    Ok(roots)
}

/// What the server shows: leaf and intermediate.
///
/// # Errors
/// None with the certificates that lie here.
pub fn server() -> Result<Credential> {
    credential(SERVER, SERVER_KEY)
}

/// What the client shows, where it is asked: leaf and intermediate.
///
/// # Errors
/// None with the certificates that lie here.
pub fn client() -> Result<Credential> {
    credential(CLIENT, CLIENT_KEY)
}

fn credential(leaf: &'static [u8], key: &[u8]) -> Result<Credential> {
    let chain = [leaf, ISSUER].map(CertificateDer::from).to_vec();
    Ok(Credential::new(chain, load::private_key(key, None)?)?)
}

const ROOT: &[u8] = include_bytes!("../material/root.der");
const ISSUER: &[u8] = include_bytes!("../material/issuer.der");
const SERVER: &[u8] = include_bytes!("../material/server.der");
const SERVER_KEY: &[u8] = include_bytes!("../material/server.key");
const CLIENT: &[u8] = include_bytes!("../material/client.der");
const CLIENT_KEY: &[u8] = include_bytes!("../material/client.key");
