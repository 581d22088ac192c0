//! An authority in a folder, and `handfast ca serve` over it.

use super::serving::Serving;
use super::{SOON, year};
use handfast::stream::now;
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Pointers, Profile};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::find::Selector;
use handfast_ca_store::plan::Plan;
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::entry::RevocationReason;
use handfast_pki::ocsp::request::{IdHash, ocsp_request};
use handfast_testkit::peer::Folder;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

/// An authority in a folder of its own.
pub(crate) struct OwnAuthority {
    pub(crate) folder: Folder,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl OwnAuthority {
    /// A root, and an authority below it that issues.
    pub(crate) fn new() -> Self {
        Self::planned(&Plan::new("Own"))
    }

    pub(crate) fn planned(plan: &Plan) -> Self {
        let folder = Folder::new().unwrap();
        CaDirectory::create(&folder.path().join("ca"), plan, now().unix_s()).unwrap();
        Self { folder }
    }

    /// The folder, as an argument.
    pub(crate) fn place(&self) -> String {
        self.folder.file("ca")
    }

    /// Another connection to its records than the server's.
    pub(crate) fn open(&self) -> CaDirectory {
        CaDirectory::open(&self.folder.path().join("ca")).unwrap()
    }

    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        let place = self.place();
        Serving::start_as(
            &["ca", "serve"],
            &[&["--ca-dir", &place], arguments].concat(),
        )
    }

    /// A server's certificate.
    pub(crate) fn issue(&self, name: &str, pointers: Pointers) -> Issued {
        let names = [AlternativeName::dns(name)];
        let mut profile = Profile::server(&names, year(), KeyKind::EcP256);
        profile.pointers = pointers;
        let recorded = self.open().issue(&profile, now().unix_s());
        recorded.unwrap().issued
    }

    pub(crate) fn revoke(&self, name: &str) {
        let reason = RevocationReason::KeyCompromise;
        let wanted = Selector::parse(name);
        self.open().revoke(&wanted, reason, now().unix_s()).unwrap();
    }

    /// A request about what was issued.
    pub(crate) fn request(&self, issued: &Issued, hash: IdHash, nonce: Option<&[u8]>) -> Vec<u8> {
        let issuer = self.open().issuer_chain().remove(0);
        let issuer = Certificate::parse(&issuer).unwrap();
        let leaf = Certificate::parse(&issued.chain()[0]).unwrap();
        ocsp_request(&leaf, &issuer, hash, nonce)
    }
}

impl Came {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Says this on a connection of its own, and takes what comes until the end.
pub(crate) fn say(port: u16, bytes: &[u8]) -> Came {
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    // A server that has refused may have closed before all was said.
    let _ = tcp.write_all(bytes);
    let _ = tcp.shutdown(Shutdown::Write);
    let mut all = Vec::new();
    let end = tcp.read_to_end(&mut all);
    let split = all.windows(4).position(|end| end == b"\r\n\r\n");
    let split = split.unwrap_or_else(|| panic!("{end:?}: {:?}", String::from_utf8_lossy(&all)));
    let head = String::from_utf8(all[..split].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Came {
        status,
        head,
        body: all.split_off(split + 4),
    }
}

pub(crate) fn get(port: u16, path: &str, more: &str) -> Came {
    let ask = format!("GET {path} HTTP/1.1\r\nHost: ca.test\r\n{more}Connection: close\r\n\r\n");
    say(port, ask.as_bytes())
}

pub(crate) fn post(port: u16, path: &str, media_type: &str, body: &[u8]) -> Came {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: ca.test\r\nContent-Type: {media_type}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    say(port, &[head.as_bytes(), body].concat())
}
