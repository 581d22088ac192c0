//! HPKE's registries (RFC 9180 section 7) and those of Encrypted ClientHello (RFC 9849 section 4).

open_enum! {
    /// How HPKE's shared secret comes about.
    pub enum HpkeKem(u16) {
        DHKEM_P256_HKDF_SHA256 = 0x0010, "DHKEM(P-256, HKDF-SHA256)";
        DHKEM_P384_HKDF_SHA384 = 0x0011, "DHKEM(P-384, HKDF-SHA384)";
        DHKEM_P521_HKDF_SHA512 = 0x0012, "DHKEM(P-521, HKDF-SHA512)";
        DHKEM_X25519_HKDF_SHA256 = 0x0020, "DHKEM(X25519, HKDF-SHA256)";
        DHKEM_X448_HKDF_SHA512 = 0x0021, "DHKEM(X448, HKDF-SHA512)";
        ML_KEM_512 = 0x0040, "ML-KEM-512";
        ML_KEM_768 = 0x0041, "ML-KEM-768";
        ML_KEM_1024 = 0x0042, "ML-KEM-1024";
    }
}

open_enum! {
    /// How HPKE derives keys.
    pub enum HpkeKdf(u16) {
        HKDF_SHA256 = 0x0001, "HKDF-SHA256";
        HKDF_SHA384 = 0x0002, "HKDF-SHA384";
        HKDF_SHA512 = 0x0003, "HKDF-SHA512";
    }
}

open_enum! {
    /// What HPKE seals with.
    pub enum HpkeAead(u16) {
        AES_128_GCM = 0x0001, "AES-128-GCM";
        AES_256_GCM = 0x0002, "AES-256-GCM";
        CHACHA20_POLY1305 = 0x0003, "ChaCha20Poly1305";
        EXPORT_ONLY = 0xffff, "Export-only";
    }
}

open_enum! {
    /// The form of an ECHConfig.
    pub enum EchVersion(u16) {
        RFC_9849 = 0xfe0d, "RFC 9849";
    }
}

open_enum! {
    /// Which ClientHello encrypted_client_hello stands in.
    pub enum EchClientHelloType(u8) {
        OUTER = 0, "outer";
        INNER = 1, "inner";
    }
}
