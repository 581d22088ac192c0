//! What is asked for: a path, or an OCSP request that stands in one (RFC 6960 appendix A.1).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The OCSP request in a path, behind the place where the responder lives. `None`: that is none.
pub(super) fn ocsp_request(path: &str) -> Option<Vec<u8>> {
    let decoded = percent_encoding::percent_decode_str(path);
    let text: Vec<u8> = decoded
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            // Some clients write the alphabet that is made for URLs.
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    // A request is a SEQUENCE, whose first letter is M: slashes before it were joined to the path.
    let slashes = text.iter().take_while(|byte| **byte == b'/').count();
    let text = text.get(slashes..).filter(|text| !text.is_empty())?;
    FORGIVING.decode(text).ok()
}

/// Padding may be missing, as it is where a client found `=` too odd for a URL.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_in_a_path_is_read_however_it_was_escaped() {
        // 30 03 fb ff fe: with both letters that are not letters.
        let der = [0x30, 0x03, 0xfb, 0xff, 0xfe];
        for path in [
            "MAP7//4=",
            "MAP7%2F%2F4%3D",
            "MAP7%2f%2f4",
            "//MAP7//4=",
            "MAP7__4",
            "MAP7%0A//4=",
        ] {
            assert_eq!(ocsp_request(path).as_deref(), Some(&der[..]), "{path}");
        }
    }

    #[test]
    fn what_is_no_base64_is_no_request() {
        for path in [
            "",
            "/",
            "%",
            "M",
            "MAP7//4=x",
            "MAP7\u{e4}",
            "MA P7!",
            "====",
        ] {
            assert_eq!(ocsp_request(path), None, "{path}");
        }
    }
}
