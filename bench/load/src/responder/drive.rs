//! What is asked of the responders, row by row. Connections stand in a ring, as in the other load:
//! the one at the front is served by this program and goes to the back.

use crate::Result;
use crate::responder::lab::{Kind, Lab};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use handfast_pki::crl::Crl;
use handfast_pki::ocsp::OcspResponse;
use handfast_pki::ocsp::single::CertificateStatus;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A row of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// A connection for each request by POST without a nonce.
    Post,
    /// The same with a nonce, another in each.
    Nonce,
    /// A connection for each request by GET.
    Get,
    /// A connection for each fetch of the revocation list.
    List,
    /// Requests on connections that stay.
    KeptPost,
    KeptNonce,
    KeptGet,
    KeptList,
}

impl Row {
    pub(crate) const ALL: [Self; 8] = [
        Self::Post,
        Self::Nonce,
        Self::Get,
        Self::List,
        Self::KeptPost,
        Self::KeptNonce,
        Self::KeptGet,
        Self::KeptList,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Nonce => "POST with a nonce",
            Self::Get => "GET",
            Self::List => "revocation list",
            Self::KeptPost => "POST, connection kept",
            Self::KeptNonce => "POST with a nonce, connection kept",
            Self::KeptGet => "GET, connection kept",
            Self::KeptList => "revocation list, connection kept",
        }
    }

    /// OpenSSL's responder closes after each answer, and has no lists.
    pub(crate) fn is_for(self, kind: Kind) -> bool {
        kind == Kind::Handfast || matches!(self, Self::Post | Self::Nonce | Self::Get)
    }

    fn is_kept(self) -> bool {
        matches!(
            self,
            Self::KeptPost | Self::KeptNonce | Self::KeptGet | Self::KeptList
        )
    }
}

/// Where requests come from.
pub(crate) struct Client {
    row: Row,
    /// The request as it is sent.
    request: Vec<u8>,
    /// Where the nonce stands in it.
    nonce_at: Option<usize>,
    count: u64,
    serial: Vec<u8>,
    read: Vec<u8>,
    /// Bytes of the last answer's body.
    pub(crate) answer_bytes: usize,
}

/// A connection on which something was asked, and the nonce in it.
struct Asked {
    tcp: TcpStream,
    nonce: [u8; NONCE],
}

impl Client {
    pub(crate) fn new(lab: &Lab, row: Row) -> Result<Self> {
        let connection = if row.is_kept() { "keep-alive" } else { "close" };
        let ends = format!("Host: localhost\r\nConnection: {connection}\r\n");
        let post = |der: &[u8]| {
            let head = format!(
                "POST /ocsp HTTP/1.1\r\n{ends}Content-Type: application/ocsp-request\r\n\
                 Content-Length: {}\r\n\r\n",
                der.len()
            );
            [head.as_bytes(), der].concat()
        };
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\n{ends}\r\n").into_bytes();
        let request = match row {
            Row::Post | Row::KeptPost => post(&lab.plain),
            Row::Nonce | Row::KeptNonce => post(&lab.with_nonce),
            Row::Get | Row::KeptGet => {
                // RFC 6960 appendix A.1: what stands in a path is escaped.
                let encoded = STANDARD.encode(&lab.plain);
                let escaped = encoded
                    .replace('+', "%2B")
                    .replace('/', "%2F")
                    .replace('=', "%3D");
                // OpenSSL's responder takes all of the path for the request.
                get(&format!("/{escaped}"))
            }
            Row::List | Row::KeptList => get("/issuing.crl"),
        };
        let nonce_at = matches!(row, Row::Nonce | Row::KeptNonce)
            .then(|| {
                let at = request
                    .windows(NONCE_HEAD.len())
                    .position(|window| window == NONCE_HEAD);
                at.map(|at| at + NONCE_HEAD.len())
                    .ok_or("no nonce of 16 bytes in the request")
            })
            .transpose()?;
        Ok(Self {
            row,
            request,
            nonce_at,
            count: 0,
            serial: lab.serial.clone(),
            read: vec![0; READ],
            answer_bytes: 0,
        })
    }

    /// Asks until the deadline, and gives how many answers came.
    pub(crate) fn drive(
        &mut self,
        port: u16,
        connections: usize,
        deadline: Instant,
    ) -> Result<u64> {
        let mut ring = VecDeque::new();
        for _ in 0..connections {
            ring.push_back(self.begin(port)?);
        }
        let mut done = 0;
        while let Some(mut asked) = ring.pop_front() {
            self.answer(&mut asked)?;
            done += 1;
            if Instant::now() >= deadline {
                continue;
            }
            if self.row.is_kept() {
                asked.nonce = self.ask(&mut asked.tcp)?;
                ring.push_back(asked);
            } else {
                drop(asked);
                ring.push_back(self.begin(port)?);
            }
        }
        Ok(done)
    }

    fn begin(&mut self, port: u16) -> Result<Asked> {
        let mut tcp = TcpStream::connect(("127.0.0.1", port))?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        let nonce = self.ask(&mut tcp)?;
        Ok(Asked { tcp, nonce })
    }

    fn ask(&mut self, tcp: &mut TcpStream) -> Result<[u8; NONCE]> {
        self.count += 1;
        let mut nonce = [0xa5; NONCE];
        if let Some((counted, _)) = nonce.split_first_chunk_mut() {
            *counted = self.count.to_be_bytes();
        }
        if let Some(at) = self.nonce_at
            && let Some(place) = self.request.get_mut(at..at + NONCE)
        {
            place.copy_from_slice(&nonce);
        }
        tcp.write_all(&self.request)?;
        Ok(nonce)
    }

    /// Reads an answer, and looks whether it is the right one.
    fn answer(&mut self, asked: &mut Asked) -> Result<()> {
        let mut length = 0;
        let (body, end) = loop {
            let room = self.read.get_mut(length..).unwrap_or_default();
            let read = asked.tcp.read(room)?;
            if read == 0 {
                return Err("the answer was cut off".into());
            }
            length += read;
            let come = self.read.get(..length).unwrap_or_default();
            if let Some((body, end)) = bounds(come)?
                && end <= length
            {
                break (body, end);
            }
        };
        let body = self.read.get(body..end).unwrap_or_default();
        self.answer_bytes = body.len();
        match self.row {
            Row::List | Row::KeptList => {
                Crl::parse(body).map_err(|fault| format!("{fault:?}"))?;
            }
            _ => check(body, &self.serial)?,
        }
        if self.nonce_at.is_some() && !body.windows(NONCE).any(|window| window == asked.nonce) {
            return Err("the answer has another nonce".into());
        }
        if !self.row.is_kept() && asked.tcp.read(&mut [0])? != 0 {
            return Err("more than an answer came".into());
        }
        Ok(())
    }
}

/// Where the body of an answer begins and ends, once its head is there.
fn bounds(come: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = come.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(come.get(..end).unwrap_or_default())?;
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    if !status.contains(" 200 ") {
        return Err(format!("this is no answer: {head}").into());
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim())
    });
    let length: usize = length.ok_or("no length")?.parse()?;
    Ok(Some((end + 4, end + 4 + length)))
}

/// It must be good, and of the certificate that was asked about.
fn check(body: &[u8], serial: &[u8]) -> Result<()> {
    let response = OcspResponse::parse(body).map_err(|fault| format!("{fault:?}"))?;
    let OcspResponse::Basic(basic) = response else {
        return Err("no response but an error".into());
    };
    let single = basic.responses().next().ok_or("nothing is said")?;
    let is_good = matches!(single.status, CertificateStatus::Good);
    if is_good && single.id.serial == serial {
        return Ok(());
    }
    Err(format!("this is said: {single:?}").into())
}

/// Bytes of a nonce as OpenSSL makes them.
const NONCE: usize = 16;
/// What stands before it: the extension's identifier, and its value's head.
const NONCE_HEAD: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2, 4, 18, 4, 16];
const READ: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(20);
