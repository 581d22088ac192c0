#![no_main]

libfuzzer_sys::fuzz_target!(|plan: handfast_fuzz::pair::Tampering| {
    handfast_fuzz::pair::tampered(&plan);
});
