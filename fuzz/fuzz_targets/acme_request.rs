#![no_main]

use handfast_fuzz::acme::Talk;

libfuzzer_sys::fuzz_target!(|talk: Talk| {
    talk.run();
});
