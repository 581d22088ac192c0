#![no_main]

use handfast_fuzz::beside::Verdicts;
use handfast_testkit::made::dice::chain;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut bytes = data.iter();
    let mut roll = |below: u8| bytes.next().map_or(below - 1, |byte| byte % below);
    let thrown = chain(&mut roll);
    if let Some(why) = Verdicts::of(&thrown).unexplained(&thrown) {
        panic!("we accept, and {why}");
    }
});
