//! Names in their own letters, as they are looked up and certified (RFC 5891 section 4.4: A-labels).

use crate::failure::Failure;
use std::borrow::Cow;
use url::Host;

/// The host as libraries and certificates write it. What is ASCII stays as it is; what is not
/// becomes what the URL Standard makes of it (UTS 46), as in an address line.
pub(crate) fn a_label(host: &str) -> Result<Cow<'_, str>, Failure> {
    if host.is_ascii() {
        return Ok(host.into());
    }
    match Host::parse(host) {
        Ok(host) => Ok(host.to_string().into()),
        Err(fault) => Err(Failure::usage(format!("{host}: {fault}"))
            .hint("write the name in its ASCII form, as xn--bcher-kva.example")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_a_labels_and_ascii_stays() {
        for (text, wanted) in [
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("B\u{dc}CHER\u{3002}example", "xn--bcher-kva.example"),
            ("Plain_name.example.", "Plain_name.example."),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(a_label(text).unwrap(), wanted, "{text}");
        }
        for text in ["\u{fc} .example", "\u{200d}.example", "xn--\u{fc}.example"] {
            assert!(a_label(text).is_err(), "{text}");
        }
    }
}
