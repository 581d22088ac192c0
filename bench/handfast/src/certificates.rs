//! Certificates and keys, made anew for each run.

use handfast_bench_work::Result;
use handfast_bench_work::handshake::NEWCOMERS;
use handfast_bench_work::material::{Chain, Chains, HOST, Material};
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, Profile, Validity};
use handfast_crypto::signature::KeyKind;

/// What every worker is given; RSA keys take a second to make.
pub fn generate(with_rsa: bool) -> Result<Material> {
    let rsa = with_rsa.then(|| chains(KeyKind::Rsa { bits: 2048 }, 0));
    Ok(Material {
        p256: chains(KeyKind::EcP256, NEWCOMERS)?,
        p384: chains(KeyKind::EcP384, 0)?,
        rsa: rsa.transpose()?,
    })
}

fn chains(key: KeyKind, newcomers: usize) -> Result<Chains> {
    let validity = Validity::days(handfast::stream::now().unix_ms / 1000, 30);
    let root = Authority::new("Bench Root", validity, key)?;
    let issuer = root.intermediate(&Profile::authority("Bench Intermediate", validity, key))?;
    let names = [AlternativeName::dns(HOST)];
    let client = || chain(&issuer.issue_client("bench client", None, validity, key)?);
    let newcomers: Result<Vec<_>> = (0..newcomers).map(|_| client()).collect();
    Ok(Chains {
        root: root.root_der().to_vec(),
        server: chain(&issuer.issue_server(&names, validity, key)?)?,
        client: client()?,
        newcomers: newcomers?,
    })
}

fn chain(issued: &Issued) -> Result<Chain> {
    Ok(Chain {
        certificates: issued
            .chain()
            .iter()
            .map(|certificate| certificate.to_vec())
            .collect(),
        key: issued.key_der()?.secret_der().to_vec(),
    })
}
