//! PEM written (RFC 7468).

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// DER as one PEM block, in lines of 64 characters; wiped on drop, as it may be a key.
///
/// ```
/// let text = handfast_pki::load::to_pem("PUBLIC KEY", &[0; 51]);
/// assert!(text.starts_with("-----BEGIN PUBLIC KEY-----\nAAAA"));
/// assert_eq!(text.lines().map(str::len).max(), Some(64));
/// ```
#[must_use]
pub fn to_pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    // 48 bytes make a line of 64 characters. All room at once: nothing is left behind elsewhere.
    let room = der.len().div_ceil(48).saturating_mul(65) + 2 * label.len() + 40;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for line in der.chunks(48) {
        let mut buffer = Zeroizing::new([0; 64]);
        // The buffer holds what 48 bytes make.
        text.push_str(Base64::encode(line, &mut *buffer).unwrap_or_default());
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
