#![no_main]

use handfast_fuzz::revocation::Changed;

libfuzzer_sys::fuzz_target!(|changed: Changed| {
    changed.crl();
});
