#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    handfast_fuzz::ech::text(data);
});
