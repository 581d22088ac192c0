//! A folder with an authority, one certificate of it, and the requests about that.

use crate::Result;
use crate::options::Options;
use crate::processor::Cores;
use crate::server::Running;
use handfast_pki::certificate::Certificate;
use handfast_pki::load::certificates;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

/// Which responder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Handfast,
    Openssl,
    /// A process a core.
    OpensslMulti,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Handfast, Self::Openssl, Self::OpensslMulti];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Handfast => "handfast",
            Self::Openssl => "openssl ocsp",
            Self::OpensslMulti => "openssl ocsp -multi",
        }
    }
}

/// The folder, which goes away with this value.
pub(crate) struct Lab {
    folder: PathBuf,
    handfast: PathBuf,
    openssl: PathBuf,
    /// What is measured.
    pub(crate) versions: String,
    pub(crate) serial: Vec<u8>,
    /// A request without a nonce.
    pub(crate) plain: Vec<u8>,
    /// One with a nonce of 16 bytes.
    pub(crate) with_nonce: Vec<u8>,
}

impl Lab {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("handfast-responder-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let mut lab = Self {
            folder,
            handfast: options.handfast.clone(),
            openssl: options.openssl.clone(),
            versions: String::new(),
            serial: Vec::new(),
            plain: Vec::new(),
            with_nonce: Vec::new(),
        };
        lab.versions = format!("{}, {}", lab.own(&["--version"])?, lab.peer(&["version"])?);
        let ca = lab.file("ca");
        lab.own(&["ca", "init", "Load", "--any-name", "--ca-dir", &ca])?;
        let leaf = lab.file("leaf.pem");
        for name in OTHERS {
            let other = lab.file(&format!("{name}.pem"));
            lab.own(&["ca", "issue", name, "--ca-dir", &ca, "-o", &other])?;
        }
        lab.own(&["ca", "issue", "leaf.test", "--ca-dir", &ca, "-o", &leaf])?;
        lab.own(&["ca", "revoke", "gone.test", "--ca-dir", &ca])?;
        let mut index = String::new();
        for name in OTHERS.iter().chain(&["leaf"]) {
            let serial = serial(&lab.file(&format!("{name}.pem")))?;
            let hex: String = serial.iter().map(|octet| format!("{octet:02X}")).collect();
            // OpenSSL writes no sign's zero.
            let hex = hex.strip_prefix("00").unwrap_or(&hex);
            let state = if *name == "gone.test" {
                "R\t991231235959Z\t260101000000Z"
            } else {
                "V\t991231235959Z\t"
            };
            index += &format!("{state}\t{hex}\tunknown\t/CN={name}\n");
            lab.serial = serial;
        }
        fs::write(lab.file("index.txt"), index)?;
        let issuer = lab.file("ca/issuing.pem");
        let about = ["ocsp", "-issuer", &issuer, "-cert", &leaf, "-reqout"];
        for (name, more) in [("plain", "-no_nonce"), ("nonce", "-nonce")] {
            lab.peer(&[&about[..], &[&lab.file(name), more]].concat())?;
        }
        lab.plain = fs::read(lab.file("plain"))?;
        lab.with_nonce = fs::read(lab.file("nonce"))?;
        Ok(lab)
    }

    /// A path in the folder, as text.
    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn own(&self, arguments: &[&str]) -> Result<String> {
        said(Command::new(&self.handfast).args(arguments))
    }

    fn peer(&self, arguments: &[&str]) -> Result<String> {
        said(Command::new(&self.openssl).args(arguments))
    }

    /// Starts a responder.
    pub(crate) fn start(&self, kind: Kind, cores: &Cores, threads: usize) -> Result<Running> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (ca, number) = (self.file("ca"), port.to_string());
        let command = if kind == Kind::Handfast {
            let mut command = Command::new(&self.handfast);
            command.args([
                "ca", "serve", "--quiet", "--listen", &number, "--ca-dir", &ca,
            ]);
            command
        } else {
            let mut command = Command::new(&self.openssl);
            let (own, key) = (self.file("ca/issuing.pem"), self.file("ca/issuing.key"));
            command.args(["ocsp", "-port", &number, "-index", &self.file("index.txt")]);
            command.args(["-CA", &own, "-rsigner", &own, "-rkey", &key, "-ndays", "1"]);
            if kind == Kind::OpensslMulti {
                command.args(["-multi", &threads.to_string()]);
            }
            command
        };
        // It inherits the cores that this process may use.
        cores.take_servers()?;
        Running::start(command, port, &self.file("server.log"))
    }

    /// OpenSSL's client must believe what the responder says.
    pub(crate) fn check(&self, kind: Kind, port: u16) -> Result<()> {
        let (issuer, root) = (self.file("ca/issuing.pem"), self.file("ca/root.pem"));
        let url = format!("http://127.0.0.1:{port}/ocsp");
        let said = self.peer(&[
            "ocsp",
            "-issuer",
            &issuer,
            "-cert",
            &self.file("leaf.pem"),
            "-url",
            &url,
            "-CAfile",
            &root,
        ])?;
        if said.contains(": good") {
            return Ok(());
        }
        Err(format!("{}: {said}", kind.name()).into())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The serial number of the first certificate in a file.
fn serial(file: &str) -> Result<Vec<u8>> {
    let der = certificates(&fs::read(file)?)?;
    let der = der.first().ok_or("no certificate was issued")?;
    let view = Certificate::parse(der).map_err(|fault| format!("{fault:?}"))?;
    Ok(view.serial().to_vec())
}

/// What a program says, if it succeeds.
fn said(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("{command:?}: {}", text(&output.stderr)).into())
}

/// What else the records hold.
const OTHERS: [&str; 3] = ["one.test", "other.test", "gone.test"];
