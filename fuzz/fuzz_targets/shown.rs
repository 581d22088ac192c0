#![no_main]

libfuzzer_sys::fuzz_target!(|plan: handfast_fuzz::shown::Shown| {
    handfast_fuzz::shown::shown(&plan);
});
