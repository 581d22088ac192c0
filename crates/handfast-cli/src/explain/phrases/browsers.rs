//! What browsers say.

use crate::explain::phrases::phrase::Phrase;

/// Parts of messages, in lower case, with spaces for underscores.
pub(super) const BROWSERS_SAY: &[Phrase] = &[
    Phrase {
        part: "ssl error no cypher overlap",
        by: BROWSER,
        says: "the server has no cipher suite, or no version, in common with the browser: mostly it \
               speaks nothing newer than TLS 1.1, or RSA key exchange alone",
        try_this: "`handfast connect --policy obsolete HOST` shows what it speaks; have its operator \
                   allow TLS 1.2 with ECDHE and AES-GCM, or TLS 1.3",
    },
    Phrase {
        part: "err ssl version or cipher mismatch",
        by: BROWSER,
        says: "the server has no cipher suite, or no version, in common with the browser, or no \
               certificate for the name",
        try_this: "`handfast connect --policy obsolete HOST` shows what it speaks; have its operator \
                   allow TLS 1.2 with ECDHE and AES-GCM, or TLS 1.3",
    },
    Phrase {
        part: "err cert authority invalid",
        by: BROWSER,
        says: "the certificate does not lead to an authority that the browser trusts",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "sec error unknown issuer",
        by: BROWSER,
        says: "the certificate does not lead to an authority that the browser trusts, or an \
               intermediate is missing",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "ssl error rx record too long",
        by: BROWSER,
        says: "what came back is no TLS record: the port speaks plain text",
        try_this: "check the port; have the server's operator switch TLS on for it",
    },
    Phrase {
        part: "err ssl protocol error",
        by: BROWSER,
        says: "the server said something that is not TLS, or broke the protocol",
        try_this: "`handfast connect -v HOST` names what came",
    },
    Phrase {
        part: "pr end of file error",
        by: BROWSER,
        says: "the server hung up in the handshake without saying why",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "err cert date invalid",
        by: BROWSER,
        says: "the certificate's time is over, or still to come",
        try_this: "`handfast cert inspect HOST` shows the dates: have the certificate renewed, or set \
                   this machine's clock",
    },
    Phrase {
        part: "err cert common name invalid",
        by: BROWSER,
        says: "the certificate is for other names than the one in the address",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "err cert revoked",
        by: BROWSER,
        says: "the certificate was taken back by whoever issued it",
        try_this: "have a new one issued",
    },
    Phrase {
        part: "err cert weak signature algorithm",
        by: BROWSER,
        says: "the certificate is signed by SHA-1, which can be forged",
        try_this: "have it signed anew with SHA-256",
    },
    Phrase {
        part: "err cert weak key",
        by: BROWSER,
        says: "the certificate's key is too small",
        try_this: "have a certificate issued for an RSA key of 2048 bits, or for P-256",
    },
    Phrase {
        part: "err certificate transparency required",
        by: BROWSER,
        says: "no public log vouches for the certificate",
        try_this: "have it issued by an authority that logs what it issues; one of your own is to be \
                   added to the machine's store",
    },
    Phrase {
        part: "err ssl obsolete version",
        by: BROWSER,
        says: "the server speaks nothing newer than TLS 1.1",
        try_this: "have its operator allow TLS 1.2 and 1.3",
    },
    Phrase {
        part: "err ssl client auth",
        by: BROWSER,
        says: "the server wants a certificate of the client's, and got none that it takes",
        try_this: "import a certificate with its key into the browser; `handfast connect -v HOST` shows \
                   whom the server takes",
    },
    Phrase {
        part: "err bad ssl client auth cert",
        by: BROWSER,
        says: "the server wants a certificate of the client's, and got none that it takes",
        try_this: "import a certificate with its key into the browser; `handfast connect -v HOST` shows \
                   whom the server takes",
    },
    Phrase {
        part: "err ssl unrecognized name",
        by: BROWSER,
        says: "the server has no host of that name",
        try_this: "check the name; have its operator give it a certificate for that name",
    },
    Phrase {
        part: "err ssl key usage incompatible",
        by: BROWSER,
        says: "the certificate's key may not be used as the suite would",
        try_this: "have the certificate issued with the key usage digitalSignature",
    },
    Phrase {
        part: "err ssl server cert bad format",
        by: BROWSER,
        says: "the certificate's encoding is damaged",
        try_this: "have the certificate issued anew",
    },
    Phrase {
        part: "err ech",
        by: BROWSER,
        says: "the encrypted ClientHello was not opened by the server",
        try_this: "have the host's HTTPS record renewed: `handfast ech show` reads its list",
    },
    Phrase {
        part: "err connection closed",
        by: BROWSER,
        says: "the server hung up in the handshake without saying why",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "err connection reset",
        by: BROWSER,
        says: "the server, or something on the way, cut the connection",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "err empty response",
        by: BROWSER,
        says: "the server hung up without an answer: it may speak TLS on this port, and the address \
                   say http://",
        try_this: "check the scheme and the port",
    },
    Phrase {
        part: "err invalid http response",
        by: BROWSER,
        says: "the server spoke something else than HTTP: it may speak TLS on this port",
        try_this: "check the scheme and the port",
    },
    Phrase {
        part: "mozilla pkix error self signed cert",
        by: BROWSER,
        says: "the certificate is its own issuer, and nobody has been told to trust it",
        try_this: "if you know it, import it; or have one issued by an authority: `handfast ca init`",
    },
    Phrase {
        part: "mozilla pkix error",
        by: BROWSER,
        says: "the certificate was refused; the words behind it say by which rule",
        try_this: "`handfast cert verify HOST` says which certificate broke which rule",
    },
    Phrase {
        part: "ssl error bad cert domain",
        by: BROWSER,
        says: "the certificate is for other names than the one in the address",
        try_this: "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
                   one of them, or have it issued for this one",
    },
    Phrase {
        part: "sec error expired certificate",
        by: BROWSER,
        says: "the certificate's time is over",
        try_this: "`handfast cert inspect HOST` shows the dates: have the certificate renewed, or set \
                   this machine's clock",
    },
    Phrase {
        part: "sec error expired issuer certificate",
        by: BROWSER,
        says: "the time of an authority's certificate is over",
        try_this: "have the server send an intermediate that is good today; `handfast cert verify HOST` \
                   says where the chain ends",
    },
    Phrase {
        part: "sec error revoked certificate",
        by: BROWSER,
        says: "the certificate was taken back by whoever issued it",
        try_this: "have a new one issued",
    },
    Phrase {
        part: "sec error untrusted",
        by: BROWSER,
        says: "the certificate does not lead to an authority that the browser trusts",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "sec error ocsp",
        by: BROWSER,
        says: "the responder that tells about revocation could not be asked, or answers wrongly",
        try_this: "`handfast cert verify --revocation soft HOST` tells what it says",
    },
    Phrase {
        part: "ssl error unsupported version",
        by: BROWSER,
        says: "the server speaks nothing newer than TLS 1.1",
        try_this: "have its operator allow TLS 1.2 and 1.3; `handfast connect --policy obsolete HOST` \
                   shows what it speaks",
    },
    Phrase {
        part: "ssl error handshake failure alert",
        by: BROWSER,
        says: "the server ended the handshake: nothing that was offered suits it, or it wants a \
                   certificate",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "ssl error unknown ca alert",
        by: BROWSER,
        says: "the server does not believe the certificate that the browser showed",
        try_this: "show one by an authority that the server trusts",
    },
    Phrase {
        part: "ssl error no certificate",
        by: BROWSER,
        says: "one side has no certificate to show",
        try_this: "give it one, with its key",
    },
    Phrase {
        part: "ssl error bad mac",
        by: BROWSER,
        says: "what came was changed on the way, or one side computes wrongly",
        try_this: "look for a proxy or a scanner in between, which rewrites TLS",
    },
    Phrase {
        part: "ssl error rx",
        by: BROWSER,
        says: "the server said something that the handshake has no place for, or that is not TLS",
        try_this: "`handfast connect -v HOST` names what came",
    },
    Phrase {
        part: "pr connect reset error",
        by: BROWSER,
        says: "the server, or something on the way, cut the connection",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "-9807",
        by: APPLE,
        says: "the certificate does not lead to a trusted authority (errSSLXCertChainInvalid)",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "-9806",
        by: APPLE,
        says: "the server hung up in the handshake (errSSLClosedAbort)",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "-9824",
        by: APPLE,
        says: "the handshake failed: nothing in common (errSSLPeerHandshakeFail)",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
    Phrase {
        part: "-1202",
        by: APPLE,
        says: "the certificate was not believed (NSURLErrorServerCertificateUntrusted)",
        try_this: "`handfast cert verify HOST` says where the chain ends",
    },
    Phrase {
        part: "-1200",
        by: APPLE,
        says: "the handshake failed (NSURLErrorSecureConnectionFailed)",
        try_this: "`handfast connect -v HOST` says what is likely; look into the server's log",
    },
];

const BROWSER: &str = "message of a browser";
const APPLE: &str = "error of Apple's systems";
