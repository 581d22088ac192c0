//! What the tests of the command share: certificates, the command itself, a server of ours.

pub(crate) mod acme;
pub(crate) mod authority;
mod serving;

use handfast::stream::now;
use handfast_ca::authority::Authority;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_testkit::peer::{Folder, Outcome, Program};
use std::process::{Output, Stdio};
use std::time::Duration;

pub(crate) use serving::Serving;

/// No step of a test may take longer.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A folder with certificates and files to serve:
///
/// - `root.pem`, which vouches for `server.pem` (localhost, 127.0.0.1) and
///   `client.pem`, each with its `.key`
/// - `expired.pem`, by the same root; `stranger.pem`, by another one
/// - `site/` with `a b.txt`, `big.bin`, `sub/`, `.hidden`
pub(crate) struct Lab {
    pub(crate) folder: Folder,
    root: Authority,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let folder = Folder::new().unwrap();
        let root = Authority::new("Lab root", year(), KeyKind::EcP256).unwrap();
        let lab = Self { folder, root };
        lab.write("root.pem", lab.root.root_pem());
        lab.keep("server", &lab.issue(&["localhost", "127.0.0.1"], year()));
        let past = Validity {
            not_before_unix: 1_000_000_000,
            not_after_unix: 1_000_086_400,
        };
        lab.keep("expired", &lab.issue(&["localhost"], past));
        lab.keep("client", &lab.client("Ann", None));
        let other = Authority::new("Other root", year(), KeyKind::EcP256).unwrap();
        let names = [AlternativeName::dns("localhost")];
        lab.keep(
            "stranger",
            &other.issue_server(&names, year(), KeyKind::EcP256).unwrap(),
        );
        std::fs::create_dir_all(lab.folder.path().join("site/sub")).unwrap();
        lab.write("site/a b.txt", "hello\n");
        lab.write("site/.hidden", "secret");
        lab.write("site/sub/c.html", "<p>c");
        lab.write("site/big.bin", big());
        lab
    }

    /// A certificate by the root.
    pub(crate) fn issue(&self, names: &[&str], validity: Validity) -> Issued {
        let names = names
            .iter()
            .map(|name| match name.parse::<std::net::IpAddr>() {
                Ok(address) => AlternativeName::ip(address),
                Err(_) => AlternativeName::dns(name),
            });
        let names: Vec<_> = names.collect();
        self.root
            .issue_server(&names, validity, KeyKind::EcP256)
            .unwrap()
    }

    /// A client's certificate by the root.
    pub(crate) fn client(&self, name: &str, mail: Option<&str>) -> Issued {
        self.root
            .issue_client(name, mail, year(), KeyKind::EcP256)
            .unwrap()
    }

    /// A client's certificate for another name than a mail address.
    pub(crate) fn client_for(&self, common_name: &str, name: AlternativeName) -> Issued {
        let mut profile = Profile::client(common_name, None, year(), KeyKind::EcP256);
        profile.names.push(name);
        self.root.issue(&profile).unwrap()
    }

    /// A certificate by the root, as the profile says.
    pub(crate) fn of(&self, profile: &Profile) -> Issued {
        self.root.issue(profile).unwrap()
    }

    /// Writes `NAME.pem` and `NAME.key`.
    pub(crate) fn keep(&self, name: &str, issued: &Issued) {
        self.write(&format!("{name}.pem"), issued.chain_pem());
        self.write(&format!("{name}.key"), issued.key_pem().unwrap());
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.folder.write(name, content).unwrap()
    }

    /// A file's path, as an argument.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.file(name)
    }

    /// Runs `handfast VERB`, trusting the lab's root.
    pub(crate) fn trusting(&self, verb: &str, arguments: &[&str]) -> Outcome {
        let root = self.file("root.pem");
        handfast(&[&[verb, "--cacert", &root], arguments].concat())
    }

    /// `handfast serve` over the lab's site, with the lab's certificate.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        let (site, cert, key) = (
            self.file("site"),
            self.file("server.pem"),
            self.file("server.key"),
        );
        Serving::start(&[&[&site as &str, "--cert", &cert, "--key", &key], arguments].concat())
    }
}

/// Runs the command to its end.
pub(crate) fn handfast(arguments: &[&str]) -> Outcome {
    command().run(arguments, b"", SOON).unwrap()
}

/// Runs the command to its end, the null device as its standard input.
pub(crate) fn handfast_alone(arguments: &[&str]) -> Output {
    let mut command = command().command();
    command.args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// The command.
pub(crate) fn command() -> Program {
    Program::at(env!("CARGO_BIN_EXE_handfast"))
}

/// From an hour ago on.
pub(crate) fn year() -> Validity {
    Validity::days(now().unix_s(), 365)
}

/// Three megabytes of no pattern that a block size shares.
pub(crate) fn big() -> Vec<u8> {
    (0..3_000_001_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}
