//! What OpenSSL says, and what is built on it.

use crate::explain::phrases::phrase::Phrase;

/// Parts of messages, in lower case, with spaces for underscores.
pub(super) const OPENSSL_SAYS: &[Phrase] = &[
    Phrase {
        part: "wrong version number",
        by: OPENSSL,
        says: "what came back is no TLS record: nearly always the port speaks plain text, such as \
                   HTTP",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol that \
                   answers. Where TLS begins after a STARTTLS, use the port that begins with it",
    },
    Phrase {
        part: "packet length too long",
        by: OPENSSL,
        says: "what came back is no TLS record: the port speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "record layer failure",
        by: OPENSSL,
        says: "what came back is no record that OpenSSL takes",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "http request",
        by: OPENSSL,
        says: "a client spoke plain HTTP to this TLS port (HTTP_REQUEST)",
        try_this: "have the client use https://",
    },
    Phrase {
        part: "no shared cipher",
        by: OPENSSL,
        says: "this server found no suite in common with the client, or has no certificate that \
                   suits",
        try_this: "check that certificate and key are set and of a kind that the client takes; \
                   `handfast list policies` shows which suites need which policy",
    },
    Phrase {
        part: "no cipher match",
        by: OPENSSL,
        says: "the cipher string names nothing that this OpenSSL has",
        try_this: "mend the string; what TLS 1.3 has stands in a setting of its own (-ciphersuites)",
    },
    Phrase {
        part: "no ciphers available",
        by: OPENSSL,
        says: "no suite of the string goes with the versions that are allowed, or with the security \
                   level",
        try_this: "allow another version, or lower @SECLEVEL on purpose",
    },
    Phrase {
        part: "unsupported protocol",
        by: OPENSSL,
        says: "the peer chose or offered a version that is not allowed here: mostly TLS 1.0 or 1.1",
        try_this: "have the peer allow TLS 1.2 or 1.3; to reach an old device: --policy obsolete",
    },
    Phrase {
        part: "unsafe legacy renegotiation disabled",
        by: OPENSSL,
        says: "the server does not know how second handshakes are tied to the first (RFC 5746), which an \
               attacker in between can use where it renegotiates",
        try_this: "have the server's operator update its TLS software; this command connects to it, \
                   and refuses to renegotiate",
    },
    Phrase {
        part: "dh key too small",
        by: OPENSSL,
        says: "the server's prime for Diffie-Hellman has fewer bits than allowed (Logjam)",
        try_this: "have the server's operator use 2048 bits (ffdhe2048) or allow ECDHE; from here leave \
                   out suites with DHE: --policy compatible --suites TLS_RSA_WITH_AES_128_GCM_SHA256",
    },
    Phrase {
        part: "ee key too small",
        by: OPENSSL,
        says: "the certificate's key has fewer bits than the security level wants",
        try_this: "have a certificate issued for an RSA key of 2048 bits, or for P-256",
    },
    Phrase {
        part: "ca md too weak",
        by: OPENSSL,
        says: "a certificate of the chain is signed by SHA-1 or MD5, which can be forged",
        try_this: "have the certificate signed anew with SHA-256",
    },
    Phrase {
        part: "ca key too small",
        by: OPENSSL,
        says: "an authority's key has fewer bits than the security level wants",
        try_this: "have a certificate issued below an authority with an RSA key of 2048 bits or more",
    },
    Phrase {
        part: "certificate verify failed",
        by: OPENSSL,
        says: "the server's certificate was not believed; the words behind it say why",
        try_this: "`handfast cert verify HOST` says which certificate broke which rule, and what to do",
    },
    Phrase {
        part: "unexpected eof while reading",
        by: OPENSSL,
        says: "the peer hung up without close_notify: what came may not be whole, or it hung up in the \
               handshake",
        try_this: "look into the peer's log; `handfast connect -v HOST` shows how far the handshake \
                   came",
    },
    Phrase {
        part: "hostname mismatch",
        by: OPENSSL,
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "no alternative certificate subject name",
        by: OPENSSL,
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "no protocols available",
        by: OPENSSL,
        says: "the versions that are allowed leave none: the minimum is above the maximum, or the \
                   security level takes them away",
        try_this: "allow TLS 1.2 and 1.3 (MinProtocol and MaxProtocol of openssl.cnf, -min_protocol and \
                   -max_protocol)",
    },
    Phrase {
        part: "no suitable signature algorithm",
        by: OPENSSL,
        says: "the certificate's key signs by none of the schemes that the other side takes",
        try_this: "show a certificate with another kind of key, or let the other side name more schemes \
                   (-sigalgs, --sigalgs)",
    },
    Phrase {
        part: "no suitable key share",
        by: OPENSSL,
        says: "the two sides have no group for the key exchange in common",
        try_this: "name a group that both have (-groups, --groups), x25519 or P-256",
    },
    Phrase {
        part: "wrong signature type",
        by: OPENSSL,
        says: "the other side signs by a scheme that is not taken here: mostly SHA-1, below TLS 1.2 \
                   or with an old certificate",
        try_this: "have its certificate and software renewed; to reach an old device: --policy obsolete",
    },
    Phrase {
        part: "sslv3 alert illegal parameter",
        by: OPENSSL,
        says: "the other side finds a field of the handshake wrong",
        try_this: "have its TLS software updated; its log may say which field",
    },
    Phrase {
        part: "key values mismatch",
        by: OPENSSL,
        says: "the private key does not belong to the certificate",
        try_this: "`handfast cert match CERT KEY` tells which belong together; the leaf stands first in \
                   the file",
    },
    Phrase {
        part: "bad decrypt",
        by: OPENSSL,
        says: "a password does not open the key, or a file is damaged",
        try_this: "give the password by --pass-file FILE; look whether the key is whole",
    },
    Phrase {
        part: "no start line",
        by: OPENSSL,
        says: "the file holds nothing in PEM of the kind that was wanted",
        try_this: "`handfast cert inspect FILE` says what it holds; `handfast cert convert` makes PEM \
                   of it",
    },
    Phrase {
        part: "legacy sigalg disallowed",
        by: OPENSSL,
        says: "a signature by SHA-1 is not taken at this security level",
        try_this: "have the other side renewed; @SECLEVEL=0 and --policy obsolete take it",
    },
    Phrase {
        part: "callback failed",
        by: OPENSSL,
        says: "the program refused what was asked of it: a password, a host, a shared key",
        try_this: "look into the program's own settings and log",
    },
    Phrase {
        part: "connection reset by peer",
        by: OPENSSL,
        says: "the other side, or something on the way, cut the connection",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "errno 104",
        by: OPENSSL,
        says: "the other side, or something on the way, cut the connection",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "ssl error syscall",
        by: OPENSSL,
        says: "the connection ended below TLS: the other side hung up without saying why",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "ssl error ssl",
        by: OPENSSL,
        says: "TLS failed; the words behind it say why",
        try_this: "`handfast explain` those words",
    },
    Phrase {
        part: "application data after close notify",
        by: OPENSSL,
        says: "the other side went on talking after it had said that it was done",
        try_this: "have its TLS software updated",
    },
];

const OPENSSL: &str = "message of OpenSSL, or of a program on it (curl, Python, nginx)";
