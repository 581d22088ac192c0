//! Strings that say what may be agreed on.

use handfast_policy::openssl::Edition;
use handfast_policy::{Allowance, gnutls, openssl};

/// Reads a string in every language.
pub fn read(text: &str) {
    for edition in [Edition::V3_0, Edition::V3_6, Edition::V4_0] {
        let _ = openssl::ciphers_as(text, edition);
    }
    let read = [
        openssl::ciphers(text),
        openssl::ciphersuites(text),
        openssl::groups(text),
        openssl::sigalgs(text),
        gnutls::priorities(text),
    ];
    // One allowance each: fitting costs more than reading.
    let allowance = Allowance::ALL[text.len() % Allowance::ALL.len()];
    for settings in read.into_iter().flatten() {
        let fitted = settings.fit(allowance);
        // What can be had can be had twice.
        let again = fitted.fit(allowance);
        assert_eq!(again.suites, fitted.suites);
        assert_eq!(again.groups, fitted.groups);
    }
}
