//! What the libraries of other languages and systems say.

use crate::explain::phrases::phrase::Phrase;

/// Parts of messages, in lower case, with spaces for underscores.
pub(super) const OTHERS_SAY: &[Phrase] = &[
    Phrase {
        part: "ssl connect error",
        by: "message of curl",
        says: "the handshake failed (exit code 35); the words behind it say why",
        try_this: "`handfast connect -v HOST` shows how far it came, and what would mend it",
    },
    Phrase {
        part: "fatal alert was received",
        by: "message of GnuTLS",
        says: "the peer ended the handshake; the alert's name stands behind it",
        try_this: "`handfast explain` that name",
    },
    Phrase {
        part: "pkix path building failed",
        by: "message of Java",
        says: "the certificate does not lead to an authority of Java's trust store",
        try_this: "`handfast cert verify HOST` says where the chain ends; send the intermediates, or add \
                   the root to the trust store",
    },
    Phrase {
        part: "first record does not look like a tls handshake",
        by: "message of Go",
        says: "what came is no TLS: the other side speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "x509: certificate signed by unknown authority",
        by: "message of Go",
        says: "the certificate does not lead to a trusted authority",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "unable to find valid certification path",
        by: "message of Java",
        says: "the certificate does not lead to an authority of Java's trust store",
        try_this: "`handfast cert verify HOST` says where the chain ends; send the intermediates, or \
                   add the root to the trust store (keytool -importcert)",
    },
    Phrase {
        part: "no subject alternative",
        by: "message of Java",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "no name matching",
        by: "message of Java",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "no appropriate protocol",
        by: "message of Java",
        says: "the versions or suites that are allowed leave none (jdk.tls.disabledAlgorithms)",
        try_this: "allow TLS 1.2 and 1.3; have the other side allow them",
    },
    Phrase {
        part: "unsupported or unrecognized ssl message",
        by: "message of Java",
        says: "what came is no TLS: the other side speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "remote host terminated the handshake",
        by: "message of Java",
        says: "the other side hung up without saying why",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "trustanchors parameter must be non-empty",
        by: "message of Java",
        says: "Java's trust store is empty, or was not found or opened",
        try_this: "check javax.net.ssl.trustStore and its password",
    },
    Phrase {
        part: "algorithm constraints check failed",
        by: "message of Java",
        says: "a key or a signature is weaker than Java takes (SHA-1, RSA below 2048 bits)",
        try_this: "`handfast cert inspect HOST` shows them: have the certificate issued anew",
    },
    Phrase {
        part: "server selected unsupported protocol version",
        by: "message of Go",
        says: "the server chose a version that this program does not allow: mostly TLS 1.0 (301) or \
                   1.1 (302)",
        try_this: "have the server allow TLS 1.2; `handfast connect --policy obsolete HOST` shows what \
                   it speaks",
    },
    Phrase {
        part: "x509: certificate has expired or is not yet valid",
        by: "message of Go",
        says: "the certificate's time is over, or still to come",
        try_this: "`handfast cert inspect HOST` shows the dates: have the certificate renewed, or set \
                   this machine's clock",
    },
    Phrase {
        part: "x509: certificate is valid for",
        by: "message of Go",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "cannot validate certificate for",
        by: "message of Go",
        says: "the certificate has no name for the address that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "relies on legacy common name",
        by: "message of Go",
        says: "the certificate has its name in the common name alone, which nobody reads any more",
        try_this: "have it issued with subjectAltName: `handfast cert new NAME` and `handfast ca issue \
                   NAME` do",
    },
    Phrase {
        part: "certificate specifies an incompatible key usage",
        by: "message of Go",
        says: "the certificate is meant for something else (extended key usage)",
        try_this: "have it issued for this purpose: serverAuth or clientAuth",
    },
    Phrase {
        part: "server gave http response to https client",
        by: "message of Go",
        says: "the server speaks plain HTTP on this port",
        try_this: "use http://, or the port for https://",
    },
    Phrase {
        part: "client sent an http request to an https server",
        by: "message of Go",
        says: "the client speaks plain HTTP, and this port TLS",
        try_this: "use https://",
    },
    Phrase {
        part: "tls handshake timeout",
        by: "message of Go",
        says: "the other side did not go on with the handshake in time",
        try_this: "look whether the port speaks TLS at all, and what stands in between: `handfast \
                   connect -v HOST`",
    },
    Phrase {
        part: "oversized record received",
        by: "message of Go",
        says: "what came is no TLS: the other side speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "self signed certificate in certificate chain",
        by: "message of Node.js",
        says: "the chain ends in a root that is not trusted here",
        try_this: "trust the root, if you know it: --cacert FILE, NODE_EXTRA_CA_CERTS=FILE",
    },
    Phrase {
        part: "depth zero self signed cert",
        by: "message of Node.js",
        says: "the certificate is its own issuer, and nobody has been told to trust it",
        try_this: "trust it, if you know it: --cacert FILE, NODE_EXTRA_CA_CERTS=FILE",
    },
    Phrase {
        part: "unable to verify leaf signature",
        by: "message of Node.js",
        says: "the server did not send its intermediate certificates, or its root is not trusted",
        try_this: "`handfast cert verify HOST` says where the chain ends; --fetch-issuers fetches what \
                   is missing",
    },
    Phrase {
        part: "err tls cert altname invalid",
        by: "message of Node.js",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "sec e untrusted root",
        by: "message of Windows, or of .NET",
        says: "the chain ends in a root that is not trusted here",
        try_this: "add the root to the machine's store, if you know it; `handfast cert verify HOST` \
                   says where the chain ends",
    },
    Phrase {
        part: "sec e wrong principal",
        by: "message of Windows, or of .NET",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "sec e cert expired",
        by: "message of Windows, or of .NET",
        says: "the certificate's time is over",
        try_this: "`handfast cert inspect HOST` shows the dates: have the certificate renewed, or set \
                   this machine's clock",
    },
    Phrase {
        part: "sec e algorithm mismatch",
        by: "message of Windows, or of .NET",
        says: "the two sides have no suite or version in common",
        try_this: "have the server allow TLS 1.2 with ECDHE and AES-GCM, or TLS 1.3",
    },
    Phrase {
        part: "sec e illegal message",
        by: "message of Windows, or of .NET",
        says: "what came has no place in the handshake, or is no TLS",
        try_this: "`handfast connect -v HOST` names what came",
    },
    Phrase {
        part: "remotecertificatenamemismatch",
        by: "message of Windows, or of .NET",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "remotecertificatechainerrors",
        by: "message of Windows, or of .NET",
        says: "the certificate does not lead to a trusted authority",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "could not create ssl/tls secure channel",
        by: "message of Windows, or of .NET",
        says: "the handshake failed, mostly for want of a version or a suite in common",
        try_this: "have the program allow TLS 1.2; `handfast connect -v HOST` says what is likely; look \
                   into the server's log",
    },
    Phrase {
        part: "invalid peer certificate: unknownissuer",
        by: "message of rustls",
        says: "the certificate does not lead to a trusted authority",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "invalid peer certificate: notvalidforname",
        by: "message of rustls",
        says: "the certificate is for other names than the one that was connected to",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "invalid peer certificate: expired",
        by: "message of rustls",
        says: "the certificate's time is over",
        try_this: "`handfast cert inspect HOST` shows the dates: have the certificate renewed, or set \
                   this machine's clock",
    },
    Phrase {
        part: "invalid peer certificate: causedaserendentity",
        by: "message of rustls",
        says: "an authority's certificate stands where the server's own should",
        try_this: "give the server a certificate of its own, issued by that authority: `handfast ca \
                   issue NAME`",
    },
    Phrase {
        part: "received corrupt message of type invalidcontenttype",
        by: "message of rustls",
        says: "what came is no TLS: the other side speaks plain text",
        try_this: "check the port and the scheme; `handfast connect HOST:PORT` names the protocol",
    },
    Phrase {
        part: "the certificate is not trusted",
        by: "message of GnuTLS",
        says: "the certificate was not believed; the words beside it say why",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "error in the pull function",
        by: "message of GnuTLS",
        says: "the connection ended below TLS: the other side hung up",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "unexpected tls packet was received",
        by: "message of GnuTLS",
        says: "what came has no place in the handshake, or is no TLS",
        try_this: "`handfast connect -v HOST` names what came",
    },
];
