#![no_main]

use handfast_fuzz::beside::{Mutant, read};

libfuzzer_sys::fuzz_target!(|mutant: Mutant| {
    if let Some(Err(why)) = read(&mutant.der()) {
        panic!("we read it, and x509-parser says: {why}");
    }
});
