#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    handfast_fuzz::wire::message::<handfast_wire::handshake::CompressedCertificate>(data);
});
