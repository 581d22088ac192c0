//! The registries of a few rows each.

open_enum! {
    /// The kind of name in server_name (RFC 6066 section 3).
    pub enum NameType(u8) {
        HOST_NAME = 0, "host_name";
    }
}

open_enum! {
    /// The kind of a certificate status (RFC 6066 section 8).
    pub enum CertificateStatusType(u8) {
        OCSP = 1, "ocsp";
        OCSP_MULTI = 2, "ocsp_multi";
    }
}

open_enum! {
    /// What a Certificate message carries (RFC 7250 section 3).
    pub enum CertificateType(u8) {
        X509 = 0;
        OPENPGP_RESERVED = 1, "OpenPGP_RESERVED";
        RAW_PUBLIC_KEY = 2, "RawPublicKey";
        IEEE_1609_DOT_2 = 3, "1609Dot2";
    }
}

open_enum! {
    /// What a server before TLS 1.3 takes from a client (RFC 5246 section 7.4.4).
    pub enum ClientCertificateType(u8) {
        RSA_SIGN = 1, "rsa_sign";
        DSS_SIGN = 2, "dss_sign";
        RSA_FIXED_DH = 3, "rsa_fixed_dh";
        DSS_FIXED_DH = 4, "dss_fixed_dh";
        RSA_EPHEMERAL_DH_RESERVED = 5, "rsa_ephemeral_dh_RESERVED";
        DSS_EPHEMERAL_DH_RESERVED = 6, "dss_ephemeral_dh_RESERVED";
        FORTEZZA_DMS_RESERVED = 20, "fortezza_dms_RESERVED";
        ECDSA_SIGN = 64, "ecdsa_sign";
        RSA_FIXED_ECDH = 65, "rsa_fixed_ecdh";
        ECDSA_FIXED_ECDH = 66, "ecdsa_fixed_ecdh";
        GOST_SIGN256 = 67, "gost_sign256";
        GOST_SIGN512 = 68, "gost_sign512";
    }
}

open_enum! {
    /// How a certificate chain is compressed (RFC 8879 section 7.3).
    pub enum CertificateCompressionAlgorithm(u16) {
        ZLIB = 1, "zlib";
        BROTLI = 2, "brotli";
        ZSTD = 3, "zstd";
    }
}

open_enum! {
    /// How records are compressed (RFC 3749, RFC 3943); TLS 1.3 has null alone.
    pub enum CompressionMethod(u8) {
        NULL = 0;
        DEFLATE = 1;
        LZS = 64;
    }
}

open_enum! {
    /// How a point of a curve is written (RFC 8422 section 5.1.2).
    pub enum EcPointFormat(u8) {
        UNCOMPRESSED = 0, "uncompressed";
        ANSIX962_COMPRESSED_PRIME = 1, "ansiX962_compressed_prime";
        ANSIX962_COMPRESSED_CHAR2 = 2, "ansiX962_compressed_char2";
    }
}

open_enum! {
    /// How a curve is told before TLS 1.3 (RFC 8422 section 5.4).
    pub enum EcCurveType(u8) {
        EXPLICIT_PRIME = 1, "explicit_prime";
        EXPLICIT_CHAR2 = 2, "explicit_char2";
        NAMED_CURVE = 3, "named_curve";
    }
}

open_enum! {
    /// The hash of a TLS 1.2 signature (RFC 5246 section 7.4.1.4.1).
    pub enum HashAlgorithm(u8) {
        NONE = 0, "none";
        MD5 = 1, "md5";
        SHA1 = 2, "sha1";
        SHA224 = 3, "sha224";
        SHA256 = 4, "sha256";
        SHA384 = 5, "sha384";
        SHA512 = 6, "sha512";
        INTRINSIC = 8, "Intrinsic";
    }
}

open_enum! {
    /// The signature of a TLS 1.2 signature pair (RFC 5246 section 7.4.1.4.1).
    pub enum SignatureAlgorithm(u8) {
        ANONYMOUS = 0, "anonymous";
        RSA = 1, "rsa";
        DSA = 2, "dsa";
        ECDSA = 3, "ecdsa";
        ED25519 = 7, "ed25519";
        ED448 = 8, "ed448";
        GOSTR34102012_256 = 64, "gostr34102012_256";
        GOSTR34102012_512 = 65, "gostr34102012_512";
    }
}

open_enum! {
    /// Who may send heartbeats (RFC 6520 section 2).
    pub enum HeartbeatMode(u8) {
        PEER_ALLOWED_TO_SEND = 1, "peer_allowed_to_send";
        PEER_NOT_ALLOWED_TO_SEND = 2, "peer_not_allowed_to_send";
    }
}

open_enum! {
    /// The kind of a heartbeat (RFC 6520 section 3).
    pub enum HeartbeatMessageType(u8) {
        HEARTBEAT_REQUEST = 1, "heartbeat_request";
        HEARTBEAT_RESPONSE = 2, "heartbeat_response";
    }
}

open_enum! {
    /// What cached_info can leave out (RFC 7924 section 3).
    pub enum CachedInformationType(u8) {
        CERT = 1, "cert";
        CERT_REQ = 2, "cert_req";
    }
}

open_enum! {
    /// How client_certificate_url names a chain (RFC 6066 section 5).
    pub enum CertChainType(u8) {
        INDIVIDUAL_CERTS = 0, "individual_certs";
        PKIPATH = 1, "pkipath";
    }
}

open_enum! {
    /// How trusted_ca_keys names an authority (RFC 6066 section 6).
    pub enum IdentifierType(u8) {
        PRE_AGREED = 0, "pre_agreed";
        KEY_SHA1_HASH = 1, "key_sha1_hash";
        X509_NAME = 2, "x509_name";
        CERT_SHA1_HASH = 3, "cert_sha1_hash";
    }
}

open_enum! {
    /// What SupplementalData carries (RFC 4680 section 2).
    pub enum SupplementalDataFormat(u16) {
        USER_MAPPING_DATA = 0, "user_mapping_data";
        AUTHZ_DATA = 16_386, "authz_data";
    }
}

open_enum! {
    /// How a PSK is used (RFC 8446 section 4.2.9).
    pub enum PskKeyExchangeMode(u8) {
        PSK_KE = 0, "psk_ke";
        PSK_DHE_KE = 1, "psk_dhe_ke";
    }
}

open_enum! {
    /// Whether the peer asks for a KeyUpdate in return (RFC 8446 section 4.6.3).
    pub enum KeyUpdateRequest(u8) {
        UPDATE_NOT_REQUESTED = 0, "update_not_requested";
        UPDATE_REQUESTED = 1, "update_requested";
    }
}

open_enum! {
    /// How SRTP protects packets (RFC 5764 section 4.1.2, RFC 7714 section 14.2).
    pub enum SrtpProtectionProfile(u16) {
        SRTP_AES128_CM_HMAC_SHA1_80 = 0x0001;
        SRTP_AES128_CM_HMAC_SHA1_32 = 0x0002;
        SRTP_NULL_HMAC_SHA1_80 = 0x0005;
        SRTP_NULL_HMAC_SHA1_32 = 0x0006;
        SRTP_AEAD_AES_128_GCM = 0x0007;
        SRTP_AEAD_AES_256_GCM = 0x0008;
    }
}

open_enum! {
    /// The lengths that max_fragment_length can ask for (RFC 6066 section 4).
    pub enum MaxFragmentLength(u8) {
        TWO_9 = 1, "2^9";
        TWO_10 = 2, "2^10";
        TWO_11 = 3, "2^11";
        TWO_12 = 4, "2^12";
    }
}

impl MaxFragmentLength {
    /// The length in bytes of plaintext, for the four values that exist.
    #[must_use]
    pub const fn bytes(self) -> Option<usize> {
        match self {
            Self::TWO_9 => Some(512),
            Self::TWO_10 => Some(1024),
            Self::TWO_11 => Some(2048),
            Self::TWO_12 => Some(4096),
            _ => None,
        }
    }
}
