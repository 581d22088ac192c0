#![no_main]

libfuzzer_sys::fuzz_target!(|plan: handfast_fuzz::ech::Plan| {
    handfast_fuzz::ech::hostile(&plan);
});
