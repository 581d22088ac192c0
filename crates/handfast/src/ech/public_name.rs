//! Which names may stand in the outer ClientHello (RFC 9849 section 4).

/// True for LDH labels with single dots between them, whose last one is no number: a browser would take
/// such a name for an address.
pub(super) fn is_public_name(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > 255 {
        return false;
    }
    let mut last: &[u8] = &[];
    for label in name.split(|byte| *byte == b'.') {
        let hyphen = |byte: Option<&u8>| byte == Some(&b'-');
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        if label.is_empty()
            || label.len() > 63
            || hyphen(label.first())
            || hyphen(label.last())
            || !label.iter().all(known)
        {
            return false;
        }
        last = label;
    }
    !is_number(last)
}

fn is_number(label: &[u8]) -> bool {
    let hex = label.strip_prefix(b"0x").or(label.strip_prefix(b"0X"));
    match hex {
        Some(digits) => digits.iter().all(u8::is_ascii_hexdigit),
        None => label.iter().all(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::is_public_name;

    #[test]
    fn host_names_are_taken_and_addresses_are_not() {
        let long = [b'a'; 63];
        for good in [&b"public.example"[..], b"a", b"0x.com", b"1.2.3.a1", &long] {
            assert!(is_public_name(good), "{}", good.escape_ascii());
        }
        let longer = [b'a'; 64];
        for bad in [
            &b""[..],
            b".example",
            b"example.",
            b"a..b",
            b"-a.example",
            b"a-.example",
            b"ex_ample.com",
            b"b\xc3\xbccher.example",
            b"127.0.0.1",
            b"example.1",
            b"a.0x1f",
            b"a.0X",
            b"::1",
            &longer,
            &[b'a'; 256],
        ] {
            assert!(!is_public_name(bad), "{}", bad.escape_ascii());
        }
    }
}
