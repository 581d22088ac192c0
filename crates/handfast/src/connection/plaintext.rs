//! Which protocol the first bytes of a peer are, where they are not TLS.
//!
//! Five bytes tell, since a caller that reads no more than is needed has no more when the record's
//! header is refused. Nothing is asked before the bytes were refused as a record, so what is TLS is never
//! called anything else.

use crate::fault::Fault;
use crate::report::advice::{Advice, Who};

/// A protocol that a peer speaks without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Plaintext {
    /// A request of HTTP, by a client.
    HttpRequest,
    /// A request to an HTTP proxy (CONNECT).
    HttpProxyRequest,
    /// An answer of HTTP, by a server.
    HttpResponse,
    /// A page without a status line before it, as servers of HTTP answer what is no request to them.
    Html,
    /// The header of the PROXY protocol, version 1 or 2, by a balancer.
    ProxyHeader,
    /// SSH, of either side.
    Ssh,
    /// The greeting of a mail server, or a mail client's EHLO.
    Smtp,
    /// The greeting of a server of files.
    Ftp,
    /// A greeting that SMTP and FTP share, as far as it came.
    SmtpOrFtp,
    /// The greeting of a POP3 server.
    Pop3,
    /// The greeting of an IMAP server.
    Imap,
    /// The greeting of a news server.
    Nntp,
    /// PostgreSQL's request to begin TLS.
    Postgres,
    /// The greeting of MySQL or MariaDB.
    Mysql,
    /// A connection request of Microsoft's Remote Desktop.
    Rdp,
    /// The stream of XMPP, of either side.
    Xmpp,
    /// A message of LDAP.
    Ldap,
    /// MQTT.
    Mqtt,
    /// Telnet's negotiation.
    Telnet,
    /// VNC (RFB).
    Vnc,
    /// SIP or RTSP.
    Sip,
    /// An error of Redis.
    Redis,
    /// An error of memcached.
    Memcached,
}

impl Plaintext {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::HttpRequest,
        Self::HttpProxyRequest,
        Self::HttpResponse,
        Self::Html,
        Self::ProxyHeader,
        Self::Ssh,
        Self::Smtp,
        Self::Ftp,
        Self::SmtpOrFtp,
        Self::Pop3,
        Self::Imap,
        Self::Nntp,
        Self::Postgres,
        Self::Mysql,
        Self::Rdp,
        Self::Xmpp,
        Self::Ldap,
        Self::Mqtt,
        Self::Telnet,
        Self::Vnc,
        Self::Sip,
        Self::Redis,
        Self::Memcached,
    ];

    /// What the first bytes are; nothing where they could be anything.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        BEGINNINGS
            .iter()
            .find(|(begins, _)| bytes.starts_with(begins))
            .map(|(_, what)| *what)
            .or_else(|| by_fields(bytes))
            .map(|what| what.nearer(bytes))
    }

    /// SMTP and FTP greet alike; the rest of the line may tell.
    fn nearer(self, bytes: &[u8]) -> Self {
        if self != Self::SmtpOrFtp {
            return self;
        }
        let line = first_line(bytes).unwrap_or_default().to_ascii_uppercase();
        match (line.contains("SMTP"), line.contains("FTP")) {
            (true, _) => Self::Smtp,
            (false, true) => Self::Ftp,
            _ => self,
        }
    }

    /// The protocol's name, as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HttpRequest => "plain HTTP (a request)",
            Self::HttpProxyRequest => "plain HTTP (a request to a proxy)",
            Self::HttpResponse => "plain HTTP (an answer)",
            Self::Html => "plain HTTP (a page)",
            Self::ProxyHeader => "the PROXY protocol",
            Self::Ssh => "SSH",
            Self::Smtp => "SMTP",
            Self::Ftp => "FTP",
            Self::SmtpOrFtp => "SMTP or FTP",
            Self::Pop3 => "POP3",
            Self::Imap => "IMAP",
            Self::Nntp => "NNTP",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Rdp => "RDP",
            Self::Xmpp => "XMPP",
            Self::Ldap => "LDAP",
            Self::Mqtt => "MQTT",
            Self::Telnet => "Telnet",
            Self::Vnc => "VNC",
            Self::Sip => "SIP or RTSP",
            Self::Redis => "Redis",
            Self::Memcached => "memcached",
        }
    }

    /// The id for programs, as in `tls.plain.ssh`. It never changes its meaning.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::HttpRequest => "tls.plain.http-request",
            Self::HttpProxyRequest => "tls.plain.http-proxy-request",
            Self::HttpResponse => "tls.plain.http-response",
            Self::Html => "tls.plain.html",
            Self::ProxyHeader => "tls.plain.proxy-header",
            Self::Ssh => "tls.plain.ssh",
            Self::Smtp => "tls.plain.smtp",
            Self::Ftp => "tls.plain.ftp",
            Self::SmtpOrFtp => "tls.plain.smtp-or-ftp",
            Self::Pop3 => "tls.plain.pop3",
            Self::Imap => "tls.plain.imap",
            Self::Nntp => "tls.plain.nntp",
            Self::Postgres => "tls.plain.postgres",
            Self::Mysql => "tls.plain.mysql",
            Self::Rdp => "tls.plain.rdp",
            Self::Xmpp => "tls.plain.xmpp",
            Self::Ldap => "tls.plain.ldap",
            Self::Mqtt => "tls.plain.mqtt",
            Self::Telnet => "tls.plain.telnet",
            Self::Vnc => "tls.plain.vnc",
            Self::Sip => "tls.plain.sip",
            Self::Redis => "tls.plain.redis",
            Self::Memcached => "tls.plain.memcached",
        }
    }

    /// The fault that it is told by.
    #[must_use]
    pub const fn fault(self) -> Fault {
        match self {
            Self::HttpRequest => Fault::PlainHttp,
            Self::HttpProxyRequest => Fault::PlainHttpProxy,
            Self::HttpResponse | Self::Html => Fault::PlainHttpAnswer,
            Self::ProxyHeader => Fault::ProxyHeader,
            _ => Fault::PlainProtocol,
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn advice(self) -> Advice {
        let words = match self {
            Self::HttpRequest
            | Self::HttpProxyRequest
            | Self::HttpResponse
            | Self::Html
            | Self::ProxyHeader => {
                return self.fault().advice();
            }
            Self::Ssh => "this is SSH's port, or an SSH client: name the port that speaks TLS",
            Self::Smtp | Self::SmtpOrFtp => {
                "this port begins in plain text and takes TLS after a STARTTLS (SMTP) or AUTH TLS \
                 (FTP), which has to be said first: use the port that begins with TLS (465 for SMTP, \
                 990 for FTP)"
            }
            Self::Ftp => {
                "this port takes TLS after an AUTH TLS: use the port that begins with it (990)"
            }
            Self::Pop3 => {
                "this port takes TLS after an STLS: use the port that begins with it (995)"
            }
            Self::Imap => {
                "this port takes TLS after a STARTTLS: use the port that begins with it (993)"
            }
            Self::Nntp => {
                "this port takes TLS after a STARTTLS: use the port that begins with it (563)"
            }
            Self::Postgres => {
                "the client asks to begin TLS as PostgreSQL does: it is to begin with TLS at once \
                 (sslnegotiation=direct), or to talk to the database itself"
            }
            Self::Mysql => {
                "MySQL greets in plain text and takes TLS after its own request: use a client of \
                 MySQL, or a TLS proxy before it"
            }
            Self::Rdp => {
                "Remote Desktop asks in its own words before it takes TLS: use a client of RDP, or a \
                 port that begins with TLS"
            }
            Self::Xmpp => {
                "XMPP takes TLS after a STARTTLS: use the port that begins with it (5223)"
            }
            Self::Ldap => {
                "LDAP takes TLS after its StartTLS: use the port that begins with it (636)"
            }
            Self::Mqtt => "this is MQTT without TLS: use the port that begins with it (8883)",
            Self::Telnet => "this is Telnet, which has no TLS: name the port that speaks TLS",
            Self::Vnc => "this is VNC, which begins without TLS: name the port that speaks TLS",
            Self::Sip => {
                "this is SIP or RTSP without TLS: use the port that begins with it (5061, 322)"
            }
            Self::Redis => {
                "this is Redis without TLS: have it listen for TLS (tls-port), and name that port"
            }
            Self::Memcached => "this is memcached without TLS: have it started with --enable-ssl",
        };
        Advice {
            who: Who::Peer,
            words,
        }
    }
}

/// The first line, where it is text, cut at 64 characters: what a peer says there is not to be believed,
/// only to be shown.
pub(crate) fn first_line(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let line = line.get(..LONGEST).unwrap_or(line);
    let is_text = line.len() >= 3 && line.iter().all(|byte| matches!(byte, b' '..=b'~'));
    is_text.then(|| match request_method(line) {
        // What is asked for may be nobody's business: a link to reset a password, a token.
        Some(method) => format!("{} ...", method.escape_ascii()),
        None => line.escape_ascii().to_string(),
    })
}

/// The method of an HTTP request for more than `/`.
fn request_method(line: &[u8]) -> Option<&[u8]> {
    let mut words = line.split(|byte| *byte == b' ');
    let (method, target) = (words.next()?, words.next()?);
    let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let is_url = target.windows(3).any(|three| three == b"://");
    (is_method && (is_url || target.starts_with(b"/")) && target != b"/").then_some(method)
}

const LONGEST: usize = 64;

/// By numbers in fixed places.
fn by_fields(bytes: &[u8]) -> Option<Plaintext> {
    match bytes {
        // RFC 1006 s6: a TPKT of version 3, whose length is that of the X.224 request in it and five.
        [3, 0, 0, length, inner, ..] if *length >= 11 && *length == inner.wrapping_add(5) => {
            Some(Plaintext::Rdp)
        }
        // SSLRequest: a length of 8 and the code 80877103.
        [0, 0, 0, 8, 4, rest @ ..] if rest.is_empty() || rest.starts_with(&[0xd2]) => {
            Some(Plaintext::Postgres)
        }
        // A packet of the number 0 that begins with the protocol's version, 10.
        [_, _, 0, 0, 10, ..] => Some(Plaintext::Mysql),
        // RFC 4511 s4.1.1: a SEQUENCE that begins with a message ID of one byte.
        [0x30, 6..=127, 2, 1, _, ..] => Some(Plaintext::Ldap),
        // MQTT s3.1: CONNECT, and its protocol's name.
        [0x10, _, 0, 4 | 6, b'M', ..] => Some(Plaintext::Mqtt),
        // RFC 854: IAC, WILL to DONT, an option, and again.
        [0xff, 0xfb..=0xfe, _, 0xff, 0xfb..=0xfe, ..] => Some(Plaintext::Telnet),
        _ => None,
    }
}

/// How protocols begin, at most five bytes of it.
const BEGINNINGS: &[(&[u8], Plaintext)] = &[
    (b"GET ", Plaintext::HttpRequest),
    (b"POST ", Plaintext::HttpRequest),
    (b"HEAD ", Plaintext::HttpRequest),
    (b"PUT ", Plaintext::HttpRequest),
    (b"OPTIO", Plaintext::HttpRequest),
    (b"DELET", Plaintext::HttpRequest),
    (b"PATCH", Plaintext::HttpRequest),
    (b"TRACE", Plaintext::HttpRequest),
    (b"PRI *", Plaintext::HttpRequest),
    (b"PROPF", Plaintext::HttpRequest),
    (b"MKCOL", Plaintext::HttpRequest),
    (b"REPOR", Plaintext::HttpRequest),
    (b"CONNE", Plaintext::HttpProxyRequest),
    (b"HTTP/", Plaintext::HttpResponse),
    (b"<html", Plaintext::Html),
    (b"<HTML", Plaintext::Html),
    (b"<!doc", Plaintext::Html),
    (b"<!DOC", Plaintext::Html),
    (b"<head", Plaintext::Html),
    (b"<HEAD", Plaintext::Html),
    (b"<titl", Plaintext::Html),
    (b"<body", Plaintext::Html),
    (b"PROXY", Plaintext::ProxyHeader),
    (b"\r\n\r\n\0", Plaintext::ProxyHeader),
    (b"SSH-", Plaintext::Ssh),
    (b"220 ", Plaintext::SmtpOrFtp),
    (b"220-", Plaintext::SmtpOrFtp),
    (b"421 ", Plaintext::SmtpOrFtp),
    (b"EHLO ", Plaintext::Smtp),
    (b"HELO ", Plaintext::Smtp),
    (b"LHLO ", Plaintext::Smtp),
    (b"554 ", Plaintext::Smtp),
    (b"+OK", Plaintext::Pop3),
    (b"* OK ", Plaintext::Imap),
    (b"* PRE", Plaintext::Imap),
    (b"* BYE", Plaintext::Imap),
    (b"200 ", Plaintext::Nntp),
    (b"201 ", Plaintext::Nntp),
    (b"<?xml", Plaintext::Xmpp),
    (b"<stre", Plaintext::Xmpp),
    (b"RFB 0", Plaintext::Vnc),
    (b"SIP/2", Plaintext::Sip),
    (b"RTSP/", Plaintext::Sip),
    (b"-ERR ", Plaintext::Redis),
    (b"ERROR", Plaintext::Memcached),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_bytes_name_each_protocol_and_more_never_name_another() {
        let samples: &[(&[u8], Plaintext)] = &[
            (b"GET / HTTP/1.1\r\n", Plaintext::HttpRequest),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Plaintext::HttpRequest),
            (b"CONNECT a:443 HTTP/1.1\r\n", Plaintext::HttpProxyRequest),
            (b"HTTP/1.1 400 Bad Request\r\n", Plaintext::HttpResponse),
            (
                b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
                Plaintext::ProxyHeader,
            ),
            (
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
                Plaintext::ProxyHeader,
            ),
            (b"<html>\r\n<head><title>400 Bad Request", Plaintext::Html),
            (b"<!DOCTYPE html>", Plaintext::Html),
            (b"<!doctype html>", Plaintext::Html),
            (b"PROPFIND / HTTP/1.1\r\n", Plaintext::HttpRequest),
            (b"-ERR unknown command\r\n", Plaintext::Redis),
            (b"ERROR\r\n", Plaintext::Memcached),
            (b"SSH-2.0-OpenSSH_9.9\r\n", Plaintext::Ssh),
            (b"+OK POP3 ready\r\n", Plaintext::Pop3),
            (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", Plaintext::Imap),
            (b"200 news.test ready\r\n", Plaintext::Nntp),
            (b"\0\0\0\x08\x04\xd2\x16\x2f", Plaintext::Postgres),
            (b"\x4a\0\0\0\x0a8.0.36\0", Plaintext::Mysql),
            (
                b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
                Plaintext::Rdp,
            ),
            (b"<?xml version='1.0'?>", Plaintext::Xmpp),
            (b"<stream:stream to='a'>", Plaintext::Xmpp),
            (b"\x30\x0c\x02\x01\x01\x60\x07", Plaintext::Ldap),
            (b"\x10\x20\0\x04MQTT\x04", Plaintext::Mqtt),
            (b"\xff\xfd\x18\xff\xfd\x20", Plaintext::Telnet),
            (b"RFB 003.008\n", Plaintext::Vnc),
            (b"SIP/2.0 200 OK\r\n", Plaintext::Sip),
        ];
        for (bytes, what) in samples {
            for length in 5..=bytes.len() {
                assert_eq!(
                    Plaintext::of(&bytes[..length]),
                    Some(*what),
                    "{what:?} {length}"
                );
            }
            assert!(what.id().starts_with("tls.plain."));
        }
    }

    #[test]
    fn greetings_that_two_protocols_share_are_told_apart_by_the_rest_of_the_line() {
        for (line, what) in [
            ("220 m", Plaintext::SmtpOrFtp),
            ("220 mail.test ESMTP Postfix\r\n", Plaintext::Smtp),
            ("220 (vsFTPd 3.0.5)\r\n", Plaintext::Ftp),
            ("220-ready\r\n", Plaintext::SmtpOrFtp),
        ] {
            assert_eq!(Plaintext::of(line.as_bytes()), Some(what), "{line}");
        }
    }

    #[test]
    fn what_could_be_anything_has_no_name() {
        for bytes in [
            &[0; 16][..],
            &[22, 3, 1, 2, 0, 1],
            &[21, 3, 3, 0, 2, 2, 40],
            &[0x80, 0x2e, 1, 3, 1],
            b"hello there",
            b"GETTING",
            &[],
            &[24, 3, 3, 0, 3],
            &[3, 0, 0, 19, 9],
        ] {
            assert_eq!(Plaintext::of(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_line_is_shown_only_where_it_is_text() {
        assert_eq!(first_line(b"220 a\r\n250 b").as_deref(), Some("220 a"));
        assert_eq!(first_line(b"\x1b[2J boo\r\n"), None);
        assert_eq!(first_line(&[b'a'; 500]).unwrap().len(), 64);
    }
}
