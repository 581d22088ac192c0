//! Named groups for key exchange.

open_enum! {
    /// A group or key encapsulation mechanism.
    pub enum NamedGroup(u16) {
        SECP256R1 = 0x0017, "secp256r1";
        SECP384R1 = 0x0018, "secp384r1";
        SECP521R1 = 0x0019, "secp521r1";
        X25519 = 0x001d, "x25519";
        X448 = 0x001e, "x448";
        FFDHE2048 = 0x0100, "ffdhe2048";
        FFDHE3072 = 0x0101, "ffdhe3072";
        FFDHE4096 = 0x0102, "ffdhe4096";
        FFDHE6144 = 0x0103, "ffdhe6144";
        FFDHE8192 = 0x0104, "ffdhe8192";
        MLKEM512 = 0x0200, "MLKEM512";
        MLKEM768 = 0x0201, "MLKEM768";
        MLKEM1024 = 0x0202, "MLKEM1024";
        SECP256R1MLKEM768 = 0x11eb, "SecP256r1MLKEM768";
        X25519MLKEM768 = 0x11ec, "X25519MLKEM768";
        SECP384R1MLKEM1024 = 0x11ed, "SecP384r1MLKEM1024";
    }
}
