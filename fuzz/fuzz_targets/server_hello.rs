#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    handfast_fuzz::wire::with_extensions(
        handfast_wire::registry::HandshakeType::SERVER_HELLO,
        data,
    );
});
