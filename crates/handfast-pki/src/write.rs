//! DER elements written.

/// One DER element around `parts`.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = contents.len().to_be_bytes();
    let first = length.iter().position(|byte| *byte != 0);
    let significant = first.and_then(|first| length.get(first..));
    let mut bytes = vec![tag];
    match (significant.unwrap_or(&[0]), contents.len()) {
        ([short], 0..=0x7f) => bytes.push(*short),
        (long, _) => {
            // A length in memory has at most eight bytes.
            let count = u8::try_from(long.len()).unwrap_or_default();
            bytes.push(0x80 | count);
            bytes.extend_from_slice(long);
        }
    }
    bytes.extend_from_slice(&contents);
    bytes
}
