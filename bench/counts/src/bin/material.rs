//! Makes the certificates and keys that lie in `material/` anew. Lengths may then differ by a byte
//! or two, so the expected counts are to be accepted anew, too. Run it in the package's folder.

use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, Profile, Validity};
use handfast_counts::Result;
use handfast_counts::material::{BEGIN_UNIX_S, HOST};
use handfast_crypto::signature::KeyKind;
use std::fs;

fn main() -> Result<()> {
    let validity = Validity::days(BEGIN_UNIX_S, 30 * 365);
    let root = Authority::new("Bench Root", validity, KEY)?;
    let issuer = root.intermediate(&Profile::authority("Bench Intermediate", validity, KEY))?;
    let server = issuer.issue_server(&[AlternativeName::dns(HOST)], validity, KEY)?;
    let client = issuer.issue_client("bench client", None, validity, KEY)?;
    fs::write("material/root.der", root.root_der())?;
    save("server", &server)?;
    save("client", &client)
}

fn save(name: &str, issued: &Issued) -> Result<()> {
    let [leaf, issuer] = issued.chain() else {
        return Err("a leaf and its issuer were expected".into());
    };
    fs::write(format!("material/{name}.der"), leaf)?;
    fs::write("material/issuer.der", issuer)?;
    let key = issued.key_der()?;
    fs::write(format!("material/{name}.key"), key.secret_der())?;
    Ok(())
}

const KEY: KeyKind = KeyKind::EcP256;
