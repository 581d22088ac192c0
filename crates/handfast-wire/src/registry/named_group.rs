//! Named groups for key exchange: IANA's registry, and two experiments that
//! browsers shipped (CECPQ2 and Kyber drafts).

open_enum! {
    /// A group or key encapsulation mechanism.
    pub enum NamedGroup(u16) {
        SECT163K1 = 0x0001, "sect163k1";
        SECT163R1 = 0x0002, "sect163r1";
        SECT163R2 = 0x0003, "sect163r2";
        SECT193R1 = 0x0004, "sect193r1";
        SECT193R2 = 0x0005, "sect193r2";
        SECT233K1 = 0x0006, "sect233k1";
        SECT233R1 = 0x0007, "sect233r1";
        SECT239K1 = 0x0008, "sect239k1";
        SECT283K1 = 0x0009, "sect283k1";
        SECT283R1 = 0x000a, "sect283r1";
        SECT409K1 = 0x000b, "sect409k1";
        SECT409R1 = 0x000c, "sect409r1";
        SECT571K1 = 0x000d, "sect571k1";
        SECT571R1 = 0x000e, "sect571r1";
        SECP160K1 = 0x000f, "secp160k1";
        SECP160R1 = 0x0010, "secp160r1";
        SECP160R2 = 0x0011, "secp160r2";
        SECP192K1 = 0x0012, "secp192k1";
        SECP192R1 = 0x0013, "secp192r1";
        SECP224K1 = 0x0014, "secp224k1";
        SECP224R1 = 0x0015, "secp224r1";
        SECP256K1 = 0x0016, "secp256k1";
        SECP256R1 = 0x0017, "secp256r1";
        SECP384R1 = 0x0018, "secp384r1";
        SECP521R1 = 0x0019, "secp521r1";
        BRAINPOOLP256R1 = 0x001a, "brainpoolP256r1";
        BRAINPOOLP384R1 = 0x001b, "brainpoolP384r1";
        BRAINPOOLP512R1 = 0x001c, "brainpoolP512r1";
        X25519 = 0x001d, "x25519";
        X448 = 0x001e, "x448";
        BRAINPOOLP256R1TLS13 = 0x001f, "brainpoolP256r1tls13";
        BRAINPOOLP384R1TLS13 = 0x0020, "brainpoolP384r1tls13";
        BRAINPOOLP512R1TLS13 = 0x0021, "brainpoolP512r1tls13";
        GC256A = 0x0022;
        GC256B = 0x0023;
        GC256C = 0x0024;
        GC256D = 0x0025;
        GC512A = 0x0026;
        GC512B = 0x0027;
        GC512C = 0x0028;
        CURVESM2 = 0x0029, "curveSM2";
        FFDHE2048 = 0x0100, "ffdhe2048";
        FFDHE3072 = 0x0101, "ffdhe3072";
        FFDHE4096 = 0x0102, "ffdhe4096";
        FFDHE6144 = 0x0103, "ffdhe6144";
        FFDHE8192 = 0x0104, "ffdhe8192";
        MLKEM512 = 0x0200;
        MLKEM768 = 0x0201;
        MLKEM1024 = 0x0202;
        SECP256R1MLKEM512 = 0x11e9, "SecP256r1MLKEM512";
        MLKEM512X25519 = 0x11ea;
        SECP256R1MLKEM768 = 0x11eb, "SecP256r1MLKEM768";
        X25519MLKEM768 = 0x11ec;
        SECP384R1MLKEM1024 = 0x11ed, "SecP384r1MLKEM1024";
        CURVESM2MLKEM768 = 0x11ee, "curveSM2MLKEM768";
        CECPQ2 = 0x4138;
        X25519KYBER768DRAFT00 = 0x6399, "X25519Kyber768Draft00";
        SECP256R1KYBER768DRAFT00 = 0x639a, "SecP256r1Kyber768Draft00";
        ARBITRARY_EXPLICIT_PRIME_CURVES = 0xff01, "arbitrary_explicit_prime_curves";
        ARBITRARY_EXPLICIT_CHAR2_CURVES = 0xff02, "arbitrary_explicit_char2_curves";
    }
}
