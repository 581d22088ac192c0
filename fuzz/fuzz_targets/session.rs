#![no_main]

libfuzzer_sys::fuzz_target!(|plan: handfast_fuzz::session::Hostile| {
    handfast_fuzz::session::hostile(&plan);
});
