#![no_main]

libfuzzer_sys::fuzz_target!(|data: Vec<Vec<u8>>| {
    handfast_fuzz::pki::chain(&data);
});
