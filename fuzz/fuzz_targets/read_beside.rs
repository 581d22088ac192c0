#![no_main]

use handfast_fuzz::beside::{Mutant, read};

libfuzzer_sys::fuzz_target!(|mutant: Mutant| {
    read(&mutant.der());
});
