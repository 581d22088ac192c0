//! The row of every [`Fault`]: its id, and what to do about it.
//!
//! A fault that has no row here does not compile. Whoever adds one says in its row
//!
//! * the id: `tls.`, what it is about (the message, the extension or the thing, such as `version`),
//!   a dot, and what is wrong with it; words in lower case, joined by `-`. It never changes again.
//! * who can mend it, and how: [`here`] with the setting by name, [`peer`] with what its operator must
//!   do, [`between`]; or one of the constants of [`crate::report::advice`], as `BROKEN` for what no
//!   version of the protocol allows.

use crate::fault::Fault;
use crate::report::advice::{
    Advice, BROKEN, CERTIFICATE, DAMAGED, FLOOD, Row, UNBOUND, between, here, peer,
};

macro_rules! rows {
    ($($fault:ident => $id:literal, $advice:expr;)*) => {
        /// The row of a fault.
        pub(crate) const fn row(fault: Fault) -> Row {
            match fault {
                $(Fault::$fault => Row { id: $id, advice: $advice },)*
            }
        }
    };
}

impl Fault {
    /// The fault's name for programs, as in `tls.version.not-common`. It never changes its meaning.
    ///
    /// ```
    /// use handfast::Fault;
    ///
    /// assert_eq!(Fault::VersionNotCommon.id(), "tls.version.not-common");
    /// assert_eq!(Fault::by_id("tls.version.not-common"), Some(Fault::VersionNotCommon));
    /// ```
    #[must_use]
    pub const fn id(self) -> &'static str {
        row(self).id
    }

    /// What to do about it, where nothing is known of the connection.
    #[must_use]
    pub const fn advice(self) -> Advice {
        row(self).advice
    }

    /// The fault of this id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.id() == id)
    }
}

rows! {
    // Records.
    NotTls => "tls.record.not-tls", peer("the peer does not speak TLS here: check the port, whether TLS begins only after a STARTTLS, and that the peer is configured for TLS");
    PlainHttp => "tls.plain.http-request", peer("the peer speaks HTTP without TLS: have it use https:// for this port, or a port for http://");
    PlainHttpProxy => "tls.plain.http-proxy-request", peer("the peer takes this port for an HTTP proxy: have it name this host as the target and no proxy, or set up a proxy here");
    PlainHttpAnswer => "tls.plain.http-response", peer("the server speaks HTTP without TLS on this port: use http://, or the port for https:// (443)");
    ProxyHeader => "tls.plain.proxy-header", between("a balancer in front says by the PROXY protocol who connects: switch that off for this port, or have the program take the header off before TLS begins");
    PlainProtocol => "tls.plain.protocol", peer("name the port that begins with TLS: this one speaks another protocol, or takes TLS only after a command such as STARTTLS");
    Ssl2Alone => "tls.ssl2.alone", peer("the peer knows nothing but SSL 2.0, which protects from nobody and is spoken under no policy: replace it, or put a TLS proxy before it");
    Ssl2HelloRefused => "tls.ssl2.hello-refused", here("the policy OBSOLETE reads a ClientHello in SSL 2.0's format; better, have the client send a newer one");
    Ssl2HelloMalformed => "tls.ssl2.hello-malformed", BROKEN;
    RecordVersionWrong => "tls.record.version-wrong", peer("the peer does not speak TLS here, or something rewrites it: check the port, and that the peer is configured for TLS");
    RecordTooLong => "tls.record.too-long", BROKEN;
    PlaintextTooLong => "tls.record.plaintext-too-long", BROKEN;
    RecordTypeUnknown => "tls.record.type-unknown", peer("the peer does not speak TLS here, or sends what TLS has no place for: check the port, and that the peer is configured for TLS");
    RecordNotAuthentic => "tls.record.not-authentic", DAMAGED;
    RecordWithoutType => "tls.record.without-type", BROKEN;
    RecordNotProtected => "tls.record.not-protected", DAMAGED;
    RecordEmpty => "tls.record.empty", BROKEN;
    TooManyEmptyRecords => "tls.record.too-many-empty", FLOOD;
    SequenceExhausted => "tls.record.sequence-exhausted", BROKEN;
    ChangeCipherSpecUnexpected => "tls.change-cipher-spec.unexpected", BROKEN;
    ChangeCipherSpecMalformed => "tls.change-cipher-spec.malformed", BROKEN;
    ApplicationDataUnexpected => "tls.record.data-unexpected", BROKEN;
    TooMuchEarlyData => "tls.early-data.too-much", BROKEN;
    TooMuchSkippedEarlyData => "tls.early-data.too-much-skipped", BROKEN;
    // Alerts.
    AlertMalformed => "tls.alert.malformed", BROKEN;
    AlertLevelUnknown => "tls.alert.level-unknown", BROKEN;
    TooManyWarningAlerts => "tls.alert.too-many-warnings", FLOOD;
    // The order and shape of handshake messages.
    MessageUnexpected => "tls.handshake.unexpected-message", BROKEN;
    MessageTooLong => "tls.handshake.message-too-long", peer("have the peer send less: a chain without certificates that nobody needs, fewer authorities, shorter tickets");
    MessageAcrossKeyChange => "tls.handshake.across-key-change", BROKEN;
    MessageInterleaved => "tls.handshake.interleaved", BROKEN;
    ClientHelloMalformed => "tls.client-hello.malformed", BROKEN;
    ServerHelloMalformed => "tls.server-hello.malformed", BROKEN;
    EndOfEarlyDataMalformed => "tls.end-of-early-data.malformed", BROKEN;
    EncryptedExtensionsMalformed => "tls.encrypted-extensions.malformed", BROKEN;
    CertificateRequestMalformed => "tls.certificate-request.malformed", BROKEN;
    CertificateMalformed => "tls.certificate.malformed", BROKEN;
    CompressedCertificateMalformed => "tls.compressed-certificate.malformed", BROKEN;
    CertificateVerifyMalformed => "tls.certificate-verify.malformed", BROKEN;
    FinishedMalformed => "tls.finished.malformed", BROKEN;
    NewSessionTicketMalformed => "tls.new-session-ticket.malformed", BROKEN;
    FlagsNotMinimal => "tls.flags.not-minimal", BROKEN;
    KeyUpdateMalformed => "tls.key-update.malformed", BROKEN;
    ExtensionMalformed => "tls.extension.malformed", BROKEN;
    ExtensionTwice => "tls.extension.twice", BROKEN;
    ExtensionNotOffered => "tls.extension.not-offered", BROKEN;
    // Versions.
    VersionNotCommon => "tls.version.not-common", peer("have the peer's operator allow TLS 1.2 or 1.3");
    VersionNotOffered => "tls.version.not-offered", BROKEN;
    LegacyVersionWrong => "tls.version.legacy-field-wrong", BROKEN;
    LegacyVersionObsolete => "tls.version.legacy-field-obsolete", peer("the peer speaks SSL 3.0 or claims to: have its operator allow TLS 1.2 or 1.3");
    Downgrade => "tls.version.downgrade", between("do not go on: somebody in between has made the version older. Without an attacker it is a proxy that answers for the server: look for one");
    FallbackInappropriate => "tls.version.fallback-inappropriate", peer("a first try of the client was broken off, so it tried an older version: find what broke it off (a middlebox that does not stand newer ClientHellos), or have the client not fall back");
    // ClientHello.
    CompressionOffered => "tls.client-hello.compression-offered", BROKEN;
    SuiteNotCommon => "tls.suite.not-common", peer("have the peer's operator allow ECDHE with AES-GCM or ChaCha20-Poly1305, or TLS 1.3");
    GroupNotCommon => "tls.group.not-common", peer("have the peer's operator allow X25519 or P-256");
    SchemeNotCommon => "tls.scheme.not-common", here("show a certificate with a key of another kind, by which the peer accepts signatures (`Credential`)");
    IssuerNotCommon => "tls.issuer.not-common", here("show a certificate from an authority that the peer names, or do not demand that it be named (`Credential::must_match_issuer`)");
    KeyShareMissing => "tls.key-share.missing", BROKEN;
    KeyShareTwice => "tls.key-share.twice", BROKEN;
    KeyShareNotInGroups => "tls.key-share.not-in-groups", BROKEN;
    KeyShareWrong => "tls.key-share.wrong", BROKEN;
    GroupsMissing => "tls.groups.missing", BROKEN;
    SchemesMissing => "tls.schemes.missing", BROKEN;
    PskNotLast => "tls.psk.not-last", BROKEN;
    PskModesMissing => "tls.psk.modes-missing", BROKEN;
    PskBindersUneven => "tls.psk.binders-uneven", BROKEN;
    PskIndexWrong => "tls.psk.index-wrong", BROKEN;
    PskModesNotCommon => "tls.psk.modes-not-common", peer("have the client use shared keys with a key exchange (psk_dhe_ke), or give this server a certificate");
    PskNotCommon => "tls.psk.not-common", here("give both sides a key under the same identity and hash (`psks`), or give this server a certificate");
    PskMissingAfterRetry => "tls.psk.missing-after-retry", BROKEN;
    PskGoneAfterRetry => "tls.psk.gone-after-retry", BROKEN;
    BinderWrong => "tls.psk.binder-wrong", here("the two sides have different keys under one identity: give both the same one (`psks`); where it is a ticket, have the servers share their ticket keys");
    EarlyDataInSecondHello => "tls.second-hello.early-data", BROKEN;
    SecondHelloChanged => "tls.second-hello.changed", BROKEN;
    SecondHelloShareWrong => "tls.second-hello.share-wrong", BROKEN;
    CookieWrong => "tls.second-hello.cookie-wrong", BROKEN;
    ServerNameMalformed => "tls.server-name.malformed", BROKEN;
    QuicParametersOverTls => "tls.extension.quic-over-tls", peer("the client sends over TCP what is for QUIC alone: have it speak TLS to this port, and QUIC to one of UDP");
    ServerNameUnknown => "tls.server-name.unknown", here("give this server a certificate for that name (`credentials`), or let it show its first one to whoever asks for another (`unknown_name`)");
    AlpnNotCommon => "tls.alpn.not-common", here("name one of the peer's application protocols (`common.alpn`), or let the connection go on without one (`alpn_optional`)");
    MaxFragmentLengthUnknown => "tls.max-fragment-length.unknown", BROKEN;
    RecordSizeLimitTooSmall => "tls.record-size-limit.too-small", BROKEN;
    // ServerHello, HelloRetryRequest, EncryptedExtensions.
    PskNotChosen => "tls.psk.not-chosen", here("give the server the same key under the same identity, or do not require it (`require_psk`)");
    SessionIdNotEchoed => "tls.server-hello.session-id-not-echoed", BROKEN;
    CompressionChosen => "tls.server-hello.compression-chosen", BROKEN;
    SuiteNotOffered => "tls.suite.not-offered", BROKEN;
    VersionChangedAfterRetry => "tls.retry.version-changed", BROKEN;
    SuiteChangedAfterRetry => "tls.retry.suite-changed", BROKEN;
    GroupNotOffered => "tls.group.not-offered", BROKEN;
    RetryGroupWrong => "tls.retry.group-wrong", BROKEN;
    RetryWithoutChange => "tls.retry.without-change", BROKEN;
    RetryNotAwaited => "tls.retry.not-awaited", BROKEN;
    SecondRetry => "tls.retry.second", BROKEN;
    AlpnNotOffered => "tls.alpn.not-offered", BROKEN;
    ApplicationSettingsNotOffered => "tls.application-settings.not-offered", BROKEN;
    ApplicationSettingsRepeated => "tls.application-settings.repeated", BROKEN;
    ApplicationSettingsMissing => "tls.application-settings.missing", BROKEN;
    SrtpProfileWrong => "tls.srtp.profile-wrong", BROKEN;
    AlpnMalformed => "tls.alpn.malformed", BROKEN;
    EchRejected => "tls.ech.rejected", here("connect again with the server's retry configs (Connection::ech_retry_configs), which replace those from DNS; where there are none, the server does not take encrypted ClientHellos any more: connect again without a config list");
    EchRejectedUnproved => "tls.ech.rejected-unproved", here("nobody knows who answered: do not connect again without a config list, which would show the hidden name; try by another network, and let servers be verified (no Answer::DangerPeerUnverified)");
    EchConfirmationMissing => "tls.ech.confirmation-missing", BROKEN;
    EchPaddingNotZero => "tls.ech.padding-not-zero", BROKEN;
    EchInnerMalformed => "tls.ech.inner-malformed", BROKEN;
    EchOuterExtensionsWrong => "tls.ech.outer-extensions-wrong", BROKEN;
    EchInnerInClear => "tls.ech.inner-in-clear", BROKEN;
    EchInnerUnmarked => "tls.ech.inner-unmarked", BROKEN;
    EchInnerTooOld => "tls.ech.inner-too-old", BROKEN;
    EchLeftOut => "tls.ech.left-out", BROKEN;
    EchChanged => "tls.ech.changed", BROKEN;
    EchNotAuthentic => "tls.ech.not-authentic", BROKEN;
    EarlyDataOlderVersion => "tls.early-data.older-version", here("forget the session, and connect again without early data: the server was changed since it gave the ticket, or another one answers");
    EarlyDataSuiteChanged => "tls.early-data.suite-changed", BROKEN;
    EarlyDataAlpnChanged => "tls.early-data.alpn-changed", BROKEN;
    MaxFragmentLengthChanged => "tls.max-fragment-length.changed", BROKEN;
    SessionIdInvented => "tls.session.id-invented", BROKEN;
    ExtendedMasterSecretAbsent => "tls.extended-master-secret.absent", peer("the peer does not know RFC 7627 of 2015: have it updated or let it speak TLS 1.3, or take such peers (`Common::require_extended_master_secret`)");
    ExtendedMasterSecretDropped => "tls.session.extended-master-secret-dropped", BROKEN;
    ExtendedMasterSecretAdded => "tls.session.extended-master-secret-added", BROKEN;
    VersionChangedInSession => "tls.session.version-changed", BROKEN;
    SuiteChangedInSession => "tls.session.suite-changed", BROKEN;
    RenegotiationInfoWrong => "tls.renegotiation.info-wrong", between("somebody in between has put a handshake of its own before this one, or the peer's TLS software is broken: look for a proxy");
    RenegotiationInfoAbsent => "tls.renegotiation.info-absent", between("the server does not know RFC 5746 of 2010: have it updated, or take such servers (`ClientConfig::require_secure_renegotiation`)");
    RenegotiationInfoMissing => "tls.renegotiation.info-missing", UNBOUND;
    RenegotiationInfoForeign => "tls.renegotiation.info-foreign", UNBOUND;
    RenegotiationForgotten => "tls.renegotiation.forgotten", UNBOUND;
    RenegotiationUnbound => "tls.renegotiation.unbound", UNBOUND;
    VersionChanged => "tls.renegotiation.version-changed", BROKEN;
    PeerChanged => "tls.renegotiation.peer-changed", peer("have the peer show the same certificate in every handshake of a connection; one that has a new certificate is to connect anew");
    ServerNameChanged => "tls.renegotiation.server-name-changed", peer("have the client connect anew for another host");
    HelloRequestMalformed => "tls.hello-request.malformed", BROKEN;
    PointFormatsWrong => "tls.point-formats.wrong", BROKEN;
    CurveTypeWrong => "tls.curve-type.wrong", peer("have the server's operator choose a named curve, such as P-256: explicit curves are taken by nobody any more");
    PrimeShort => "tls.dh.prime-short", peer("have the server's operator use a prime of 2048 bits or more (ffdhe2048), or allow ECDHE");
    PrimeLong => "tls.dh.prime-long", peer("have the server's operator use a prime of 2048 to 8192 bits (ffdhe3072), or allow ECDHE");
    PrimeUnsafe => "tls.dh.prime-unsafe", peer("have the server's operator use a known safe prime (ffdhe2048), or allow ECDHE");
    PskIdentityUnknown => "tls.psk.identity-unknown", here("give both sides a key under the same identity (`psks`)");
    GeneratorWrong => "tls.dh.generator-wrong", BROKEN;
    PublicValueWrong => "tls.dh.public-value-wrong", BROKEN;
    RenegotiationRefused => "tls.renegotiation.refused", here("a server begins again like that when it wants to know who asks: show a certificate and allow it (`common.renegotiation`); a client has no good reason to");
    ServerKeyExchangeMalformed => "tls.server-key-exchange.malformed", BROKEN;
    ServerHelloDoneMalformed => "tls.server-hello-done.malformed", BROKEN;
    ClientKeyExchangeMalformed => "tls.client-key-exchange.malformed", BROKEN;
    CertificateStatusMalformed => "tls.certificate-status.malformed", BROKEN;
    CertificateWrongForSuite => "tls.certificate.wrong-for-suite", BROKEN;
    CertificateCurveNotCommon => "tls.certificate.curve-not-common", here("show a certificate on a curve that the client names, or an RSA one (`credentials`)");
    CertificateCurveNotOffered => "tls.certificate.curve-not-offered", here("add the certificate's curve to the groups (`common.groups`), or have the server show another certificate");
    ClassicCertificateRequired => "tls.client-certificate.required-classic", peer("have the client show a certificate, or do not require one (`client_auth`)");
    // Certificates and proofs.
    RequestContextTwice => "tls.certificate-request.context-twice", BROKEN;
    RequestContextUnknown => "tls.certificate.context-unknown", BROKEN;
    IdentityChanged => "tls.certificate.identity-changed", peer("have the peer show the same certificate as before, or connect anew with the new one");
    RequestContextWrong => "tls.certificate-request.context-wrong", BROKEN;
    CertificatesTooMany => "tls.certificate.too-many", peer("have the peer send its own chain alone");
    CompressionListedTwice => "tls.compress-certificate.twice", BROKEN;
    CertificateCompressionUnknown => "tls.compressed-certificate.algorithm-not-offered", BROKEN;
    CertificateExpandsTooFar => "tls.compressed-certificate.too-long", peer("have the peer send its own chain alone: no Certificate message is longer than 100 KiB");
    CertificateDecompression => "tls.compressed-certificate.not-decompressed", peer("have the peer send its certificates as they are, or leave its way to compress them out of `common.certificate_compression`");
    CertificateTypesIdle => "tls.certificate-type.idle", BROKEN;
    CertificateTypeNotCommon => "tls.certificate-type.not-common", here("show or take what the peer has: a certificate beside a raw public key (`credentials`), or both types (`server_certificate_types`, `client_certificate_types`)");
    CertificateTypeNotOffered => "tls.certificate-type.not-offered", BROKEN;
    CertificateTypeChanged => "tls.certificate-type.changed", BROKEN;
    RawKeyUnasked => "tls.raw-key.unasked", here("give the server a certificate beside its raw public key (`credentials`), or have the client take raw public keys (RFC 7250)");
    RawKeyRefused => "tls.raw-key.refused", here("take certificates, too (`server_certificate_types`, with roots to verify them by), or have the server show a raw public key");
    RawKeyMalformed => "tls.raw-key.malformed", BROKEN;
    RawKeyNotAlone => "tls.raw-key.not-alone", BROKEN;
    RawKeyUnknown => "tls.raw-key.unknown", here("add the key to those that are known (`Verification::raw_keys`), if it is the peer's: ask its operator for the key's SHA-256");
    DelegatedUnasked => "tls.delegated-credential.unasked", BROKEN;
    DelegatedSchemeNotOffered => "tls.delegated-credential.scheme-not-offered", BROKEN;
    DelegatedExpired => "tls.delegated-credential.expired", peer("have the peer renew its delegated credential; or, where it is not over, set the clocks");
    DelegatedTooLong => "tls.delegated-credential.too-long", peer("have the peer make its delegated credential for seven days at most; or, where it is so, set the clocks");
    DelegatedSchemeChanged => "tls.delegated-credential.scheme-changed", BROKEN;
    DelegationNotAllowed => "tls.delegated-credential.not-allowed", peer("have the certificate issued with DelegationUsage and the key usage digitalSignature, or the peer show none");
    DelegatedKeyUnfit => "tls.delegated-credential.key-unfit", peer("have the peer make its delegated credential for a P-256 key");
    DelegatedSignatureWrong => "tls.delegated-credential.signature-wrong", peer("have the peer make its delegated credential for the certificate that it shows now");
    CertificateMissing => "tls.certificate.missing", BROKEN;
    CertificateRequired => "tls.client-certificate.required", peer("have the client show a certificate, or do not require one (`client_auth`)");
    CertificateUnreadable => "tls.certificate.unreadable", peer("have the certificate issued anew: its encoding is damaged");
    CertificateKeyUnsupported => "tls.certificate.key-unsupported", peer("have a certificate issued for an RSA, P-256, P-384, P-521, Ed25519 or ML-DSA key");
    CertificateKeyWeak => "tls.certificate.key-weak", peer("have a certificate issued for an RSA key of 2048 to 8192 bits, or for P-256");
    CertificateKeyUsage => "tls.certificate.key-usage", peer("have the certificate issued with the key usage digitalSignature");
    CertificateBad => "tls.certificate.bad", CERTIFICATE;
    CertificateKindRefused => "tls.certificate.kind-refused", CERTIFICATE;
    CertificateRevoked => "tls.certificate.revoked", CERTIFICATE;
    CertificateExpired => "tls.certificate.expired", CERTIFICATE;
    CertificateRefused => "tls.certificate.refused", CERTIFICATE;
    CertificateNameWrong => "tls.certificate.name-wrong", CERTIFICATE;
    CertificateAuthorityUnknown => "tls.certificate.authority-unknown", CERTIFICATE;
    CertificateAccessDenied => "tls.certificate.access-denied", here("let the peer in, where it should be: the program's own rule refused it");
    CertificateStatusBad => "tls.certificate.status-bad", CERTIFICATE;
    ClientRefused => "tls.caller.client-refused", here("the program refused the client for its ClientHello: see its rule");
    PeerRefused => "tls.caller.peer-refused", here("the program refused the peer: see its rule");
    SchemeNotOffered => "tls.scheme.not-offered", BROKEN;
    SchemeWrongForKey => "tls.scheme.wrong-for-key", BROKEN;
    SignatureWrong => "tls.certificate-verify.signature-wrong", peer("the peer does not have the key of its certificate: have its operator check that the two belong together, and that its hardware works");
    FinishedWrong => "tls.finished.wrong", DAMAGED;
    // After the handshake.
    KeyUpdateUnknown => "tls.key-update.unknown", BROKEN;
    TooManyKeyUpdates => "tls.key-update.too-many", FLOOD;
    TooManyRequests => "tls.certificate-request.too-many", FLOOD;
    TooManyHelloRequests => "tls.hello-request.too-many", FLOOD;
    TooManyTickets => "tls.new-session-ticket.too-many", FLOOD;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_fault_has_an_id_of_its_own_and_something_to_do() {
        let ids: BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.id()).collect();
        assert_eq!(ids.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            let row = row(*fault);
            let parts: Vec<_> = row.id.split('.').collect();
            assert!(matches!(parts[..], ["tls", _, _]), "{}", row.id);
            let is_word = |part: &&str| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            };
            assert!(parts.iter().all(is_word), "{}", row.id);
            assert!(
                !row.advice.words.is_empty() && !row.advice.words.ends_with('.'),
                "{}",
                row.id
            );
            assert_eq!(Fault::by_id(row.id), Some(*fault));
        }
        assert_eq!(Fault::by_id("tls.nothing.such"), None);
    }

    /// What others build on: an id is never renamed.
    #[test]
    fn ids_that_are_out_stay() {
        for (fault, id) in [
            (Fault::VersionNotCommon, "tls.version.not-common"),
            (Fault::SuiteNotCommon, "tls.suite.not-common"),
            (Fault::GroupNotCommon, "tls.group.not-common"),
            (Fault::SchemeNotCommon, "tls.scheme.not-common"),
            (Fault::AlpnNotCommon, "tls.alpn.not-common"),
            (Fault::PlainHttp, "tls.plain.http-request"),
            (Fault::NotTls, "tls.record.not-tls"),
        ] {
            assert_eq!(fault.id(), id);
        }
    }
}
