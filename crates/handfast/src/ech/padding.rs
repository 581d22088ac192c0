//! How far an inner ClientHello is padded (RFC 9849 section 6.1.3).

/// Bytes of the longest name that most configs hide, and a ClientHello that hides none seems to.
pub(crate) const USUAL_NAME_LENGTH: u8 = 64;

/// Zeros behind an encoded inner ClientHello of `length` bytes that names a host of `name` bytes, or none.
pub(crate) fn padding_of(length: usize, name: Option<usize>, maximum_name_length: u8) -> usize {
    let most = usize::from(maximum_name_length);
    // Without a name there is no extension for it either: its frame counts too.
    let missing = match name {
        Some(name) => most.saturating_sub(name),
        None => most.saturating_add(9),
    };
    let all = length.saturating_add(missing);
    missing.saturating_add(all.next_multiple_of(32).saturating_sub(all))
}

#[cfg(test)]
mod tests {
    use super::padding_of;

    #[test]
    fn names_up_to_the_longest_look_alike() {
        let base = 100;
        let length = |name: Option<usize>| {
            let own = base + name.map_or(0, |name| name + 9);
            own + padding_of(own, name, 40)
        };
        for name in 0..=40 {
            assert_eq!(length(Some(name)), length(Some(40)));
            assert_eq!(length(None), length(Some(40)));
        }
        assert_eq!(length(Some(40)) % 32, 0);
        // One that is longer is not cut, and still stands on a multiple.
        assert_eq!(length(Some(100)) % 32, 0);
        assert!(length(Some(100)) > length(Some(40)));
        assert_eq!(padding_of(64, Some(5), 0), 0);
        assert_eq!(padding_of(65, Some(5), 0), 31);
    }
}
