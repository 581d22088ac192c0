#![no_main]

libfuzzer_sys::fuzz_target!(|plan: handfast_fuzz::pair::Lying| {
    handfast_fuzz::pair::lied_to(&plan);
});
