//! What curl ends with: its exit codes, which are ours where they mean the same.

/// The code, what it says, and what to do.
pub(super) const CODES: &[(u8, &str, &str)] = &[
    (
        6,
        "the host's name was not found",
        "check the name and the machine's resolver; `handfast connect HOST` says the same, \
         also with exit code 6",
    ),
    (
        7,
        "nobody takes connections there",
        "check the host and the port, and what filters in between; `handfast connect \
         HOST:PORT` says the same, also with exit code 7",
    ),
    (
        28,
        "it took too long",
        "wait longer with --timeout SECONDS; look whether the host answers at all",
    ),
    (
        35,
        "the handshake failed",
        "`handfast connect -v HOST` says by which rule, what each side offered, and what \
         would mend it",
    ),
    (
        51,
        "the certificate is for other names (60 in newer versions)",
        "`handfast cert inspect HOST` lists the names that the certificate has: connect by \
         one of them, or have it issued for this one",
    ),
    (
        52,
        "the server hung up without an answer",
        "look into its log; it may speak TLS on this port, and the URL say http://",
    ),
    (
        53,
        "the crypto engine was not found",
        "curl's own: look at its --engine",
    ),
    (
        54,
        "the crypto engine cannot be the default",
        "curl's own: look at its --engine",
    ),
    (
        55,
        "nothing could be sent any more",
        "the server hung up; look into its log",
    ),
    (
        56,
        "what was to come broke off",
        "`handfast get` ends with 56, too, where what came may not be whole; look into the \
         server's log",
    ),
    (
        58,
        "the own certificate or key cannot be used",
        "`handfast cert match CERT KEY` tells whether the two belong together",
    ),
    (
        59,
        "none of the named cipher suites can be had",
        "`handfast list suites STRING` shows what becomes of each",
    ),
    (
        60,
        "the server was not verified",
        "`handfast cert verify HOST` says which certificate broke which rule, and what to do",
    ),
    (
        66,
        "the crypto engine failed",
        "curl's own: look at its --engine",
    ),
    (
        77,
        "the file of trusted authorities cannot be read",
        "check the path behind --cacert, SSL_CERT_FILE or CURL_CA_BUNDLE",
    ),
    (
        80,
        "the connection was not shut down rightly",
        "what came may not be whole",
    ),
    (
        82,
        "the revocation list cannot be loaded",
        "check the file behind --crlfile",
    ),
    (
        83,
        "the issuer is another than the one demanded",
        "`handfast cert inspect HOST` shows the issuer",
    ),
    (
        90,
        "the server's key is another than the pinned one",
        "ask its operator whether the key was changed; `handfast cert inspect HOST` shows the \
         pin",
    ),
    (
        91,
        "the certificate is revoked, or its status is bad",
        "have a new one issued; `handfast cert verify --revocation soft HOST` says who says \
         so",
    ),
    (
        98,
        "the server wants a certificate of the client's",
        "give one: --cert FILE and --key FILE",
    ),
];
