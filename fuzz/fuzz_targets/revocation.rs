#![no_main]

use handfast_fuzz::revocation::{Plan, judged};

libfuzzer_sys::fuzz_target!(|plan: Plan| {
    judged(&plan);
});
