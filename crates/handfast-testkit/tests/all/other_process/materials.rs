//! What two processes must have in common to know each other: certificates and keys, in files.

use handfast::config::{ClientAuth, Trust, Verification};
use handfast::{ClientConfig, Credential, PrivateKey, ProtocolVersion, ServerConfig};
use handfast_ca::issued::Issued;
use handfast_pki::roots::Roots;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::peer::Folder;
use rustls_pki_types::CertificateDer;
use std::path::Path;
use std::{fs, io};

/// The files of one folder, read.
pub(super) struct Materials {
    root: CertificateDer<'static>,
    server: Credential,
    client: Credential,
}

const KIND: KeyKind = KeyKind::EcP256;

impl Materials {
    /// Writes them, for the other process to read.
    pub(super) fn write(folder: &Folder) -> io::Result<()> {
        folder.write("root", certificates::root().root_der())?;
        for (name, issued) in [
            ("server", certificates::server(KIND)),
            ("client", certificates::client(KIND)),
        ] {
            write_credential(folder, name, issued)?;
        }
        Ok(())
    }

    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            root: CertificateDer::from(fs::read(folder.join("root"))?),
            server: read_credential(folder, "server")?,
            client: read_credential(folder, "client")?,
        })
    }

    fn verification(&self) -> Verification {
        let mut roots = Roots::new();
        roots.add(self.root.clone()).expect("a readable root");
        Verification::chain(Trust::Roots(roots))
    }

    pub(super) fn client(&self, version: ProtocolVersion, mutual: bool) -> ClientConfig {
        let mut client = ClientConfig::with_verification(self.verification());
        client.common.versions = vec![version];
        if mutual {
            client.credentials = vec![self.client.clone()];
        }
        client
    }

    pub(super) fn server(&self, version: ProtocolVersion, mutual: bool) -> ServerConfig {
        let mut server = ServerConfig::new(self.server.clone());
        server.common.versions = vec![version];
        server.common.alpn = vec![b"first".to_vec(), b"second".to_vec()];
        if mutual {
            server.client_auth = ClientAuth::Require(self.verification());
        }
        server
    }
}

fn write_credential(folder: &Folder, name: &str, issued: &Issued) -> io::Result<()> {
    for (at, der) in issued.chain().iter().enumerate() {
        folder.write(&format!("{name}.{at}"), der)?;
    }
    let key = issued.key().to_pkcs8_der().map_err(io::Error::other)?;
    folder.write(&format!("{name}.key"), &key[..])?;
    Ok(())
}

fn read_credential(folder: &Path, name: &str) -> io::Result<Credential> {
    let chain = [0, 1].map(|at| fs::read(folder.join(format!("{name}.{at}"))));
    let chain: io::Result<Vec<_>> = chain.into_iter().collect();
    let chain = chain?.into_iter().map(CertificateDer::from).collect();
    let key = fs::read(folder.join(format!("{name}.key")))?;
    let key = PrivateKey::from_der(&key).map_err(io::Error::other)?;
    Credential::new(chain, key).map_err(io::Error::other)
}
