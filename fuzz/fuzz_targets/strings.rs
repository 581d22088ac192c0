#![no_main]

libfuzzer_sys::fuzz_target!(|data: &str| {
    handfast_fuzz::strings::read(data);
});
