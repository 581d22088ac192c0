//! Everything that can go wrong: one row a fault, with the alert it is told by,
//! the section that it breaks, and one sentence.

use core::fmt;
use handfast_wire::registry::AlertDescription;

/// Why a call failed. Small and copyable; [`crate::Connection::refusal`] says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer broke a rule; an alert tells it so.
    Fault(Fault),
    /// The peer ended the connection with this alert.
    PeerAlert(AlertDescription),
    /// The caller asked for something that cannot be done now. Nothing changed.
    Misuse(Misuse),
    /// Something failed here, through no fault of the peer.
    Own(OwnFailure),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fmt::Display::fmt(fault, f),
            Self::PeerAlert(alert) => match alert.sentence() {
                Some(sentence) => write!(f, "the peer sent the alert {alert}: {sentence}"),
                None => write!(f, "the peer sent the alert {alert}"),
            },
            Self::Misuse(misuse) => fmt::Display::fmt(misuse, f),
            Self::Own(own) => fmt::Display::fmt(own, f),
        }
    }
}

impl core::error::Error for Error {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<OwnFailure> for Error {
    fn from(own: OwnFailure) -> Self {
        Self::Own(own)
    }
}

macro_rules! faults {
    ($($name:ident => $alert:ident, $section:literal, $sentence:literal;)*) => {
        /// A rule that the peer broke.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = concat!($sentence, " (", $section, "; told by ", stringify!($alert), ").")] $name,)*
        }

        impl Fault {
            /// Every fault, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The alert that tells the peer.
            #[must_use]
            pub const fn alert(self) -> AlertDescription {
                match self { $(Self::$name => AlertDescription::$alert,)* }
            }

            /// Where the rule stands.
            #[must_use]
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }

            /// What the peer did, in one sentence without a full stop.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// The fault's name, as it stands in the table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }

        impl fmt::Display for Fault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} ({}, alert {})", self.sentence(), self.section(), self.alert())
            }
        }
    };
}

faults! {
    // Records.
    NotTls => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "the first bytes are not a TLS record";
    PlainHttp => UNEXPECTED_MESSAGE, "RFC 9110 s4.2.2", "the peer speaks plain HTTP on a TLS port";
    PlainHttpProxy => UNEXPECTED_MESSAGE, "RFC 9110 s9.3.6", "the peer speaks to an HTTP proxy on a TLS port";
    PlainHttpAnswer => UNEXPECTED_MESSAGE, "RFC 9110 s4.2.2", "the peer answers in plain HTTP on a TLS port";
    ProxyHeader => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "a header of the PROXY protocol stands before TLS";
    PlainProtocol => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "the peer speaks another protocol without TLS";
    Ssl2Alone => PROTOCOL_VERSION, "RFC 6176 s2", "the peer speaks SSL 2.0 and nothing newer";
    Ssl2HelloRefused => PROTOCOL_VERSION, "RFC 6176 s2", "the peer sent a ClientHello in SSL 2.0's format, which is read only under the policy OBSOLETE";
    Ssl2HelloMalformed => DECODE_ERROR, "RFC 5246 appendix E.2", "a ClientHello in SSL 2.0's format is malformed";
    RecordVersionWrong => PROTOCOL_VERSION, "RFC 8446 s5.1", "a record carries a version that is not TLS";
    RecordTooLong => RECORD_OVERFLOW, "RFC 8446 s5.2", "a protected record is longer than allowed";
    PlaintextTooLong => RECORD_OVERFLOW, "RFC 8446 s5.1", "a record's content is longer than allowed";
    RecordTypeUnknown => UNEXPECTED_MESSAGE, "RFC 8446 s5", "a record has an unknown content type";
    RecordNotAuthentic => BAD_RECORD_MAC, "RFC 8446 s5.2", "a record could not be authenticated";
    RecordWithoutType => UNEXPECTED_MESSAGE, "RFC 8446 s5.4", "a protected record holds only padding";
    RecordNotProtected => UNEXPECTED_MESSAGE, "RFC 8446 s5", "an unprotected record came where all must be protected";
    RecordEmpty => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "a record that must carry something is empty";
    TooManyEmptyRecords => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "too many records in a row carry nothing";
    SequenceExhausted => INTERNAL_ERROR, "RFC 8446 s5.3", "the peer used one key for more than it bears";
    ChangeCipherSpecUnexpected => UNEXPECTED_MESSAGE, "RFC 8446 s5", "a change_cipher_spec record came where none is allowed";
    ChangeCipherSpecMalformed => UNEXPECTED_MESSAGE, "RFC 8446 s5", "a change_cipher_spec record holds something other than 1";
    ApplicationDataUnexpected => UNEXPECTED_MESSAGE, "RFC 8446 s2", "application data came before the handshake was done";
    TooMuchEarlyData => UNEXPECTED_MESSAGE, "RFC 8446 s4.2.10", "the client sent more early data than its ticket allows";
    TooMuchSkippedEarlyData => UNEXPECTED_MESSAGE, "RFC 8446 s4.2.10", "the client sent more early data than may be skipped";
    // Alerts.
    AlertMalformed => DECODE_ERROR, "RFC 8446 s6", "an alert is not exactly two bytes";
    AlertLevelUnknown => ILLEGAL_PARAMETER, "RFC 8446 s6", "an alert is neither a warning nor fatal";
    TooManyWarningAlerts => UNEXPECTED_MESSAGE, "RFC 8446 s6", "too many warnings in a row";
    // The order and shape of handshake messages.
    MessageUnexpected => UNEXPECTED_MESSAGE, "RFC 8446 s2", "a handshake message came that has no place here";
    MessageTooLong => ILLEGAL_PARAMETER, "RFC 8446 s4", "a handshake message is longer than allowed";
    MessageAcrossKeyChange => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "handshake bytes straddle a change of keys";
    MessageInterleaved => UNEXPECTED_MESSAGE, "RFC 8446 s5.1", "another record came in the middle of a handshake message";
    ClientHelloMalformed => DECODE_ERROR, "RFC 8446 s4.1.2", "ClientHello could not be decoded";
    ServerHelloMalformed => DECODE_ERROR, "RFC 8446 s4.1.3", "ServerHello could not be decoded";
    EndOfEarlyDataMalformed => DECODE_ERROR, "RFC 8446 s4.5", "EndOfEarlyData is not empty";
    EncryptedExtensionsMalformed => DECODE_ERROR, "RFC 8446 s4.3.1", "EncryptedExtensions could not be decoded";
    CertificateRequestMalformed => DECODE_ERROR, "RFC 8446 s4.3.2", "CertificateRequest could not be decoded";
    CertificateMalformed => DECODE_ERROR, "RFC 8446 s4.4.2", "Certificate could not be decoded";
    CompressedCertificateMalformed => DECODE_ERROR, "RFC 8879 s4", "CompressedCertificate could not be decoded";
    CertificateVerifyMalformed => DECODE_ERROR, "RFC 8446 s4.4.3", "CertificateVerify could not be decoded";
    FinishedMalformed => DECRYPT_ERROR, "RFC 8446 s4.4.4", "Finished has the wrong length";
    NewSessionTicketMalformed => DECODE_ERROR, "RFC 8446 s4.6.1", "NewSessionTicket could not be decoded";
    FlagsNotMinimal => ILLEGAL_PARAMETER, "draft-ietf-tls-tlsflags s2", "tls_flags ends in a byte that says nothing";
    KeyUpdateMalformed => DECODE_ERROR, "RFC 8446 s4.6.3", "KeyUpdate could not be decoded";
    ExtensionMalformed => DECODE_ERROR, "RFC 8446 s4.2", "an extension could not be decoded";
    ExtensionTwice => ILLEGAL_PARAMETER, "RFC 8446 s4.2", "an extension appears twice in one message";
    ExtensionNotOffered => UNSUPPORTED_EXTENSION, "RFC 8446 s4.2", "an extension answers nothing that was offered";
    // Versions.
    VersionNotCommon => PROTOCOL_VERSION, "RFC 8446 s4.2.1", "the peers have no protocol version in common";
    VersionNotOffered => ILLEGAL_PARAMETER, "RFC 8446 s4.2.1", "the server chose a version that was not offered";
    LegacyVersionWrong => ILLEGAL_PARAMETER, "RFC 8446 s4.1.3", "the legacy version field is wrong";
    LegacyVersionObsolete => PROTOCOL_VERSION, "RFC 8446 sD.5", "a Hello carries the version number of SSL 3.0 or older";
    Downgrade => ILLEGAL_PARAMETER, "RFC 8446 s4.1.3", "the server's random says that someone forced an older version";
    FallbackInappropriate => INAPPROPRIATE_FALLBACK, "RFC 7507 s3", "the client fell back to an older version although both ends speak a newer one";
    // ClientHello.
    CompressionOffered => ILLEGAL_PARAMETER, "RFC 8446 s4.1.2", "compression methods other than null came with TLS 1.3";
    SuiteNotCommon => HANDSHAKE_FAILURE, "RFC 8446 s4.1.1", "the peers have no cipher suite in common";
    GroupNotCommon => HANDSHAKE_FAILURE, "RFC 8446 s4.1.1", "the peers have no key exchange group in common";
    SchemeNotCommon => HANDSHAKE_FAILURE, "RFC 8446 s4.2.3", "no credential suits the signature schemes that the peer accepts";
    IssuerNotCommon => HANDSHAKE_FAILURE, "RFC 8446 s4.2.4", "no credential comes from an authority that the peer accepts";
    KeyShareMissing => MISSING_EXTENSION, "RFC 8446 s4.2.8", "the Hello carries no key_share";
    KeyShareTwice => ILLEGAL_PARAMETER, "RFC 8446 s4.2.8", "two key shares are for one group";
    KeyShareNotInGroups => ILLEGAL_PARAMETER, "RFC 8446 s4.2.8", "a key share is for a group that supported_groups lacks";
    KeyShareWrong => ILLEGAL_PARAMETER, "RFC 8446 s4.2.8", "a key share is not a valid public value of its group";
    GroupsMissing => MISSING_EXTENSION, "RFC 8446 s9.2", "key_share came without supported_groups";
    SchemesMissing => MISSING_EXTENSION, "RFC 8446 s9.2", "signature_algorithms is missing";
    PskNotLast => ILLEGAL_PARAMETER, "RFC 8446 s4.2.11", "pre_shared_key is not the last extension";
    PskModesMissing => MISSING_EXTENSION, "RFC 8446 s4.2.9", "pre_shared_key came without psk_key_exchange_modes";
    PskBindersUneven => ILLEGAL_PARAMETER, "RFC 8446 s4.2.11", "pre_shared_key has not one binder for each identity";
    PskIndexWrong => ILLEGAL_PARAMETER, "RFC 8446 s4.2.11", "the server chose a pre-shared key that was not offered, or one of another hash";
    PskModesNotCommon => HANDSHAKE_FAILURE, "RFC 8446 s4.2.9", "the client would use a shared key in no way that is taken here, and there is no certificate to show";
    PskNotCommon => HANDSHAKE_FAILURE, "RFC 8446 s4.2.11", "the client names no shared key that is known here, and there is no certificate to show";
    PskMissingAfterRetry => MISSING_EXTENSION, "RFC 8446 s4.1.2", "the second ClientHello lacks pre_shared_key, though the first one named a key that fits";
    PskGoneAfterRetry => ILLEGAL_PARAMETER, "RFC 8446 s4.1.2", "the second ClientHello leaves out the shared key that fits";
    BinderWrong => DECRYPT_ERROR, "RFC 8446 s4.2.11.2", "the binder of a pre-shared key is wrong";
    EarlyDataInSecondHello => ILLEGAL_PARAMETER, "RFC 8446 s4.1.2", "the second ClientHello still asks for early data";
    SecondHelloChanged => ILLEGAL_PARAMETER, "RFC 8446 s4.1.2", "the second ClientHello differs where it may not";
    SecondHelloShareWrong => ILLEGAL_PARAMETER, "RFC 8446 s4.1.4", "the second ClientHello's key share is not the one asked for";
    CookieWrong => ILLEGAL_PARAMETER, "RFC 8446 s4.2.2", "the cookie did not come back as it was sent";
    ServerNameMalformed => DECODE_ERROR, "RFC 6066 s3", "server_name is not one host name";
    ServerNameUnknown => UNRECOGNIZED_NAME, "RFC 6066 s3", "the client asks for a host that is not served here";
    QuicParametersOverTls => UNSUPPORTED_EXTENSION, "RFC 9001 s8.2", "the ClientHello is one of QUIC";
    AlpnNotCommon => NO_APPLICATION_PROTOCOL, "RFC 7301 s3.2", "the peers have no application protocol in common";
    MaxFragmentLengthUnknown => ILLEGAL_PARAMETER, "RFC 6066 s4", "max_fragment_length has a value that does not exist";
    RecordSizeLimitTooSmall => ILLEGAL_PARAMETER, "RFC 8449 s4", "record_size_limit is below 64";
    // ServerHello, HelloRetryRequest, EncryptedExtensions.
    PskNotChosen => MISSING_EXTENSION, "RFC 8446 s4.2.11", "the server took no shared key, and the config requires one";
    SessionIdNotEchoed => ILLEGAL_PARAMETER, "RFC 8446 s4.1.3", "the server did not echo the session id";
    CompressionChosen => ILLEGAL_PARAMETER, "RFC 8446 s4.1.3", "the server chose a compression method";
    SuiteNotOffered => ILLEGAL_PARAMETER, "RFC 8446 s4.1.3", "the server chose a cipher suite that was not offered";
    VersionChangedAfterRetry => ILLEGAL_PARAMETER, "RFC 8446 s4.1.4", "the server changed the version after its HelloRetryRequest";
    SuiteChangedAfterRetry => ILLEGAL_PARAMETER, "RFC 8446 s4.1.4", "the server changed the cipher suite after its HelloRetryRequest";
    GroupNotOffered => ILLEGAL_PARAMETER, "RFC 8446 s4.2.8", "the server chose a group that no share was sent for";
    RetryGroupWrong => ILLEGAL_PARAMETER, "RFC 8446 s4.1.4", "HelloRetryRequest asks for a group that was not offered or was sent already";
    RetryWithoutChange => ILLEGAL_PARAMETER, "RFC 8446 s4.1.4", "HelloRetryRequest would change nothing";
    RetryNotAwaited => UNEXPECTED_MESSAGE, "RFC 8446 s4.1.4", "handshake bytes came along that had to wait for the answer to HelloRetryRequest";
    SecondRetry => UNEXPECTED_MESSAGE, "RFC 8446 s4.1.4", "a second HelloRetryRequest came";
    AlpnNotOffered => ILLEGAL_PARAMETER, "RFC 7301 s3.1", "the server chose an application protocol that was not offered";
    ApplicationSettingsNotOffered => ILLEGAL_PARAMETER, "draft-vvv-tls-alps s4", "the server says application settings for no protocol, or for one that none were offered for";
    ApplicationSettingsRepeated => ILLEGAL_PARAMETER, "draft-vvv-tls-alps s4.3", "the server took early data and says application settings anew";
    ApplicationSettingsMissing => MISSING_EXTENSION, "draft-vvv-tls-alps s4", "the client's EncryptedExtensions lack its application settings";
    SrtpProfileWrong => ILLEGAL_PARAMETER, "RFC 5764 s4.1.1", "the server's answer is not one profile of SRTP that was offered, or it names the keys";
    AlpnMalformed => DECODE_ERROR, "RFC 7301 s3.1", "the server's answer does not name exactly one application protocol";
    EchRejected => ECH_REQUIRED, "RFC 9849 s6.1.6", "the server did not open the encrypted ClientHello";
    EchRejectedUnproved => ECH_REQUIRED, "RFC 9849 s6.1.6", "the encrypted ClientHello was not accepted, by a server that has not proved the public name: whoever sits in between may have refused it";
    EchConfirmationMissing => ILLEGAL_PARAMETER, "RFC 9849 s6.1.5", "the server said in HelloRetryRequest that it has opened the encrypted ClientHello, and not in ServerHello";
    EchPaddingNotZero => ILLEGAL_PARAMETER, "RFC 9849 s5.1", "the padding of the inner ClientHello is not all zeros";
    EchInnerMalformed => DECODE_ERROR, "RFC 9849 s5.1", "the inner ClientHello could not be decoded";
    EchOuterExtensionsWrong => ILLEGAL_PARAMETER, "RFC 9849 s5.1", "ech_outer_extensions names what the outer ClientHello has not, has elsewhere, or may not lend";
    EchInnerUnmarked => ILLEGAL_PARAMETER, "RFC 9849 s7.1", "the inner ClientHello does not say that it is one";
    EchInnerInClear => ILLEGAL_PARAMETER, "RFC 9849 s7", "an inner ClientHello came unencrypted, to a server that opens them itself";
    EchInnerTooOld => ILLEGAL_PARAMETER, "RFC 9849 s7.1", "the inner ClientHello offers a version before TLS 1.3, or none";
    EchLeftOut => MISSING_EXTENSION, "RFC 9849 s7.1.1", "the first ClientHello was encrypted, and the second one is not";
    EchChanged => ILLEGAL_PARAMETER, "RFC 9849 s7.1.1", "the second ClientHello is encrypted for another key, by another suite, or from its beginning";
    EchNotAuthentic => DECRYPT_ERROR, "RFC 9849 s7.1.1", "the second ClientHello does not open by what has opened the first one";
    EarlyDataOlderVersion => PROTOCOL_VERSION, "RFC 8446 sD.3", "the server chose an older version although early data was under way";
    EarlyDataSuiteChanged => ILLEGAL_PARAMETER, "RFC 8446 s4.2.10", "the server took early data and changed the session's cipher suite";
    EarlyDataAlpnChanged => ILLEGAL_PARAMETER, "RFC 8446 s4.2.10", "the server took early data and changed the session's application protocol";
    MaxFragmentLengthChanged => ILLEGAL_PARAMETER, "RFC 6066 s4", "the server answered with another max_fragment_length";
    SessionIdInvented => ILLEGAL_PARAMETER, "RFC 5246 s7.4.1.3", "the server resumes a session id that was never given out";
    ExtendedMasterSecretAbsent => HANDSHAKE_FAILURE, "RFC 7627 s5.2", "the peer does not agree to the extended master secret, and the config requires it";
    ExtendedMasterSecretDropped => HANDSHAKE_FAILURE, "RFC 7627 s5.3", "a session with the extended master secret comes back without it";
    ExtendedMasterSecretAdded => HANDSHAKE_FAILURE, "RFC 7627 s5.3", "a session without the extended master secret comes back with it";
    VersionChangedInSession => ILLEGAL_PARAMETER, "RFC 5246 s7.4.1.3", "the server resumes the session in another version";
    SuiteChangedInSession => ILLEGAL_PARAMETER, "RFC 5246 s7.4.1.3", "the server resumes the session with another cipher suite";
    RenegotiationInfoWrong => HANDSHAKE_FAILURE, "RFC 5746 s3.4", "renegotiation_info is not empty in a first handshake";
    RenegotiationInfoAbsent => HANDSHAKE_FAILURE, "RFC 5746 s4.1", "the server does not bind later handshakes to this one, and the config requires it";
    RenegotiationInfoMissing => HANDSHAKE_FAILURE, "RFC 5746 s3.5", "a second handshake does not say what the first one ended with";
    RenegotiationInfoForeign => HANDSHAKE_FAILURE, "RFC 5746 s3.5", "a second handshake names the end of another connection's first one";
    RenegotiationForgotten => HANDSHAKE_FAILURE, "RFC 5746 s3.7", "the client says in a second handshake that it is its first one";
    RenegotiationUnbound => HANDSHAKE_FAILURE, "RFC 7627 s5.3", "a second handshake goes without the extended master secret";
    VersionChanged => PROTOCOL_VERSION, "RFC 5746 s1", "a second handshake on the connection is of another version";
    PeerChanged => ACCESS_DENIED, "RFC 5746 s5", "the peer of a second handshake is somebody else, or does not show any more who it is";
    ServerNameChanged => ILLEGAL_PARAMETER, "RFC 6066 s3", "a second handshake on the connection names another host";
    HelloRequestMalformed => DECODE_ERROR, "RFC 5246 s7.4.1.1", "HelloRequest is not empty";
    PointFormatsWrong => ILLEGAL_PARAMETER, "RFC 8422 s5.1.2", "ec_point_formats leaves out uncompressed points";
    CurveTypeWrong => ILLEGAL_PARAMETER, "RFC 8422 s5.4", "the server's share is not over a named curve";
    PrimeShort => INSUFFICIENT_SECURITY, "RFC 7919 s1", "the server's prime has fewer than 2048 bits";
    PrimeLong => ILLEGAL_PARAMETER, "RFC 5246 s7.4.3", "the server's prime has more than 8192 bits";
    PrimeUnsafe => ILLEGAL_PARAMETER, "RFC 7919 s9.1", "the server's prime is neither known nor found to be safe";
    PskIdentityUnknown => UNKNOWN_PSK_IDENTITY, "RFC 4279 s2", "no key is shared under the identity that the client gave, or for the server's hint";
    GeneratorWrong => ILLEGAL_PARAMETER, "RFC 5246 s7.4.3", "the server's generator is not between 2 and p-2";
    PublicValueWrong => ILLEGAL_PARAMETER, "RFC 7919 s5.1", "a public value is not between 2 and p-2";
    RenegotiationRefused => NO_RENEGOTIATION_RESERVED, "RFC 5246 s7.4.1.1", "the peer wants to renegotiate";
    ServerKeyExchangeMalformed => DECODE_ERROR, "RFC 8422 s5.4", "ServerKeyExchange could not be decoded";
    ServerHelloDoneMalformed => DECODE_ERROR, "RFC 5246 s7.4.5", "ServerHelloDone is not empty";
    ClientKeyExchangeMalformed => DECODE_ERROR, "RFC 8422 s5.7", "ClientKeyExchange could not be decoded";
    CertificateStatusMalformed => DECODE_ERROR, "RFC 6066 s8", "CertificateStatus could not be decoded";
    CertificateWrongForSuite => ILLEGAL_PARAMETER, "RFC 8422 s5.3", "the server's certificate does not fit the cipher suite";
    CertificateCurveNotCommon => HANDSHAKE_FAILURE, "RFC 8422 s4", "the client names none of the curves that certificates here lie on (before TLS 1.3)";
    CertificateCurveNotOffered => ILLEGAL_PARAMETER, "RFC 8422 s5.3", "the server's certificate lies on a curve that was not offered (before TLS 1.3)";
    ClassicCertificateRequired => HANDSHAKE_FAILURE, "RFC 5246 s7.4.6", "the client sent no certificate though one is required (before TLS 1.3)";
    // Certificates and proofs.
    RequestContextTwice => ILLEGAL_PARAMETER, "RFC 8446 s4.3.2", "the server asks for a certificate under a context that it has used for another request";
    RequestContextUnknown => ILLEGAL_PARAMETER, "RFC 8446 s4.4.2", "the client's Certificate answers no request that was made";
    IdentityChanged => ACCESS_DENIED, "RFC 5746 s5", "the peer shows another certificate than it has shown before on this connection";
    RequestContextWrong => DECODE_ERROR, "RFC 8446 s4.3.2", "a certificate request context is not what it must be";
    CertificatesTooMany => BAD_CERTIFICATE, "RFC 8446 s4.4.2", "the peer sent more certificates than any path needs";
    CompressionListedTwice => ILLEGAL_PARAMETER, "RFC 8879 s3", "compress_certificate names an algorithm twice";
    CertificateCompressionUnknown => ILLEGAL_PARAMETER, "RFC 8879 s4", "the peer's certificate is compressed in a way that was not offered";
    CertificateExpandsTooFar => BAD_CERTIFICATE, "RFC 8879 s4", "the peer's compressed certificate would be longer than a Certificate message may be";
    CertificateDecompression => BAD_CERTIFICATE, "RFC 8879 s4", "the peer's compressed certificate does not stand for as many bytes as it announces";
    CertificateTypesIdle => ILLEGAL_PARAMETER, "RFC 7250 s4.1", "the client names certificate types, and none beside X.509 is among them";
    CertificateTypeNotCommon => UNSUPPORTED_CERTIFICATE, "RFC 7250 s4.2", "the two have no certificate type in common";
    CertificateTypeNotOffered => ILLEGAL_PARAMETER, "RFC 7250 s4.2", "the server chose a certificate type that was not offered";
    CertificateTypeChanged => ILLEGAL_PARAMETER, "RFC 7250 s4.2", "the server names another certificate type than its session began with";
    RawKeyUnasked => HANDSHAKE_FAILURE, "RFC 8446 s4.4.2", "the client takes X.509 certificates alone, and there is only a raw public key to show";
    RawKeyRefused => UNSUPPORTED_CERTIFICATE, "RFC 7250 s4.2", "the server goes on with an X.509 certificate, and only raw public keys are taken here";
    RawKeyMalformed => DECODE_ERROR, "RFC 7250 s3", "the peer's raw public key could not be decoded";
    RawKeyNotAlone => ILLEGAL_PARAMETER, "RFC 8446 s4.4.2", "the peer sent more than one raw public key";
    RawKeyUnknown => CERTIFICATE_UNKNOWN, "RFC 7250 s6", "the peer's raw public key is none of those that are known here";
    DelegatedUnasked => UNEXPECTED_MESSAGE, "RFC 9345 s4.1.1", "the peer shows a delegated credential, which nobody asked for";
    DelegatedSchemeNotOffered => ILLEGAL_PARAMETER, "RFC 9345 s4.1.1", "a delegated credential has a scheme that was not offered";
    DelegatedExpired => ILLEGAL_PARAMETER, "RFC 9345 s4.1.3", "the peer's delegated credential is not valid any more";
    DelegatedTooLong => ILLEGAL_PARAMETER, "RFC 9345 s4.1.3", "the peer's delegated credential is valid for more than seven days from now on";
    DelegatedSchemeChanged => ILLEGAL_PARAMETER, "RFC 9345 s4.1.3", "CertificateVerify has another scheme than the delegated credential";
    DelegationNotAllowed => ILLEGAL_PARAMETER, "RFC 9345 s4.2", "the peer's certificate does not allow delegated credentials";
    DelegatedKeyUnfit => ILLEGAL_PARAMETER, "RFC 9345 s4", "the key of a delegated credential is weak, unreadable or not for its scheme";
    DelegatedSignatureWrong => ILLEGAL_PARAMETER, "RFC 9345 s4.1.3", "the certificate's key has not signed the delegated credential";
    CertificateMissing => DECODE_ERROR, "RFC 8446 s4.4.2.4", "the server sent no certificate";
    CertificateRequired => CERTIFICATE_REQUIRED, "RFC 8446 s4.4.2.4", "the client sent no certificate though one is required";
    CertificateUnreadable => DECODE_ERROR, "RFC 5280 s4.1", "the peer's certificate could not be read";
    CertificateKeyUnsupported => UNSUPPORTED_CERTIFICATE, "RFC 8446 s4.4.2", "the peer's certificate holds a key of an unsupported kind";
    CertificateKeyWeak => BAD_CERTIFICATE, "RFC 8446 s9.1", "the peer's certificate holds an RSA key of fewer than 2048 bits or more than 8192";
    CertificateKeyUsage => ILLEGAL_PARAMETER, "RFC 8446 s4.4.2.2", "the peer's certificate does not allow signing";
    CertificateBad => BAD_CERTIFICATE, "RFC 5280 s6", "the peer's certificate is corrupt or wrongly signed";
    CertificateKindRefused => UNSUPPORTED_CERTIFICATE, "RFC 5280 s4.2.1", "the peer's certificate is not for this purpose";
    CertificateRevoked => CERTIFICATE_REVOKED, "RFC 5280 s6.3", "the peer's certificate was revoked";
    CertificateExpired => CERTIFICATE_EXPIRED, "RFC 5280 s4.1.2.5", "the peer's certificate is not valid at this time";
    CertificateRefused => CERTIFICATE_UNKNOWN, "RFC 5280 s6", "the peer's certificate was not accepted";
    CertificateNameWrong => BAD_CERTIFICATE, "RFC 9525 s6", "the peer's certificate is for another name";
    CertificateAuthorityUnknown => UNKNOWN_CA, "RFC 5280 s6.1", "the peer's certificate does not lead to a trusted authority";
    CertificateAccessDenied => ACCESS_DENIED, "RFC 8446 s6.2", "the peer's certificate is valid but not let in";
    CertificateStatusBad => BAD_CERTIFICATE_STATUS_RESPONSE, "RFC 8446 s4.4.2.1", "the stapled certificate status was not accepted";
    ClientRefused => HANDSHAKE_FAILURE, "RFC 8446 s6.2", "the caller refused the client for its ClientHello";
    PeerRefused => HANDSHAKE_FAILURE, "RFC 8446 s6.2", "the caller refused the peer";
    SchemeNotOffered => ILLEGAL_PARAMETER, "RFC 8446 s4.4.3", "a signature uses a scheme that was not offered";
    SchemeWrongForKey => ILLEGAL_PARAMETER, "RFC 8446 s4.4.3", "a signature uses a scheme that does not fit the certificate's key";
    SignatureWrong => DECRYPT_ERROR, "RFC 8446 s4.4.3", "the signature in CertificateVerify is wrong";
    FinishedWrong => DECRYPT_ERROR, "RFC 8446 s4.4.4", "the MAC in Finished is wrong";
    // After the handshake.
    KeyUpdateUnknown => ILLEGAL_PARAMETER, "RFC 8446 s4.6.3", "KeyUpdate asks for something that does not exist";
    TooManyKeyUpdates => UNEXPECTED_MESSAGE, "RFC 8446 s4.6.3", "too many KeyUpdates in a row without data";
    TooManyRequests => UNEXPECTED_MESSAGE, "RFC 8446 s4.6.2", "the server asks for certificates faster than it takes them";
    TooManyHelloRequests => UNEXPECTED_MESSAGE, "RFC 5246 s7.4.1.1", "too many HelloRequests in a row without data";
    TooManyTickets => UNEXPECTED_MESSAGE, "RFC 8446 s4.6.1", "too many NewSessionTickets in a row without data";
}

/// Something that the caller may not do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// Application data was given before the handshake was done.
    NotConnected,
    /// Application data was given after `close`.
    Closed,
    /// The output buffer is too short; it must hold this many bytes.
    OutputTooShort {
        /// Bytes that the call needs.
        needed: usize,
    },
    /// An answer came for an ask that is not open, or of the wrong kind.
    NoSuchAsk,
    /// The signature or credential given as an answer does not fit.
    AnswerUnfit,
    /// The config names the system's trust store and nobody has loaded it.
    SystemRootsNotLoaded,
    /// More key material was asked for than an exporter gives.
    ExportTooLong,
    /// A name that certificates cannot be checked for.
    NameUnfit,
    /// The version in use has no such thing.
    NotInThisVersion,
    /// Early data was given where none may be sent: it was not offered, or its time is over.
    NoEarlyData,
    /// More early data was given than the server takes.
    TooMuchEarlyData {
        /// Bytes that may still be sent.
        left: u32,
    },
    /// The certificate that the binding is made of is not at hand or has no hash.
    NoBinding,
    /// The client did not offer post_handshake_auth, so TLS 1.3 lets nobody ask it for a certificate
    /// now.
    PeerTakesNoRequest,
    /// As many renewals as may be wait for the peer.
    TooManyRenewals,
    /// A renewal runs already, or no data may be sent before it is done.
    RenewalRunning,
    /// A config of either side does not let it happen.
    RenewalNotAllowed,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("the handshake is not done yet"),
            Self::Closed => f.write_str("this side has closed the connection"),
            Self::OutputTooShort { needed } => {
                write!(f, "the output buffer must hold {needed} bytes")
            }
            Self::NoSuchAsk => f.write_str("no such question is open"),
            Self::AnswerUnfit => f.write_str("the answer does not fit the question"),
            Self::SystemRootsNotLoaded => f.write_str(
                "the system's roots were not loaded: nothing here reads files, so give \
                 `Trust::Roots(handfast_trust::system()?)`, or connect by `handfast-tokio`, which \
                 loads them itself",
            ),
            Self::ExportTooLong => f.write_str("an exporter cannot give that many bytes"),
            Self::NoEarlyData => {
                f.write_str("no early data may be sent: it was not offered, or its time is over")
            }
            Self::TooMuchEarlyData { left } => {
                write!(f, "the server takes {left} more bytes of early data")
            }
            Self::NoBinding => f.write_str(
                "the server's certificate is not at hand, or its signature has no hash of its own",
            ),
            Self::PeerTakesNoRequest => f.write_str(
                "the client did not offer post_handshake_auth: it cannot be asked for a certificate \
                 after the handshake",
            ),
            Self::TooManyRenewals => {
                f.write_str("8 requests wait for the client's answers: receive those first")
            }
            Self::RenewalRunning => f.write_str(
                "the connection is being renewed: receive what the peer says until that is done",
            ),
            Self::RenewalNotAllowed => f.write_str(
                "the connection cannot be renewed so: the config of this side or of the peer has not \
                 allowed it",
            ),
            Self::NotInThisVersion => f.write_str("the version in use has no such thing"),
            Self::NameUnfit => {
                f.write_str("that is not a name that a certificate can be checked for")
            }
        }
    }
}

/// Something that failed on this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnFailure {
    /// The source of randomness failed. There is no fallback.
    Random,
    /// The crypto library refused an operation on good input.
    Crypto,
    /// Our own message does not fit its length prefix.
    MessageTooLong,
    /// An ask was answered with failure.
    AnswerFailed,
    /// Every sequence number of a sending key is used up.
    SequenceExhausted,
}

impl fmt::Display for OwnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random => "the source of randomness failed",
            Self::Crypto => "the crypto library refused an operation",
            Self::MessageTooLong => "a message of our own is too long for TLS",
            Self::AnswerFailed => "a question was answered with failure",
            Self::SequenceExhausted => "all sequence numbers are used up",
        })
    }
}
