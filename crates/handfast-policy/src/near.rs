//! The nearest of some names, for a word that is none of them.

/// The name that a word was probably meant for; nothing where none is near.
///
/// ```
/// use handfast_policy::nearest;
///
/// assert_eq!(nearest("modren", ["modern", "museum"].into_iter()).as_deref(), Some("modern"));
/// assert_eq!(nearest("xyzzy", ["modern", "museum"].into_iter()), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    // Longer words are not names that somebody mistyped.
    if word.len() > MOST {
        return None;
    }
    let folded = word.to_ascii_lowercase();
    let distances = names.map(|name| (distance(&folded, &name.to_ascii_lowercase()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.len() / 4).then(|| name.to_owned())
}

/// The longest word that is compared, in bytes.
const MOST: usize = 64;

/// How many letters must be put in, taken out, changed, or changed with the one beside them.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut two_above: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut now = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let at = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&above, column) + usize::from(a != b);
            let one_more = at(&above, column + 1).min(at(&now, column)) + 1;
            let mut least = changed.min(one_more);
            let before =
                |bytes: &[u8], at: usize| at.checked_sub(1).and_then(|at| bytes.get(at).copied());
            if before(one, row) == Some(*b) && before(other, column) == Some(*a) {
                least = least.min(at(&two_above, column.saturating_sub(1)) + 1);
            }
            now.push(least);
        }
        two_above = core::mem::replace(&mut above, now);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_taken_out_and_changed_count_one_each() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("aes", "aes"), 0);
        assert_eq!(distance("sha265", "sha256"), 1);
        assert_eq!(distance("ab", "ba"), 1);
    }

    #[test]
    fn the_nearest_is_found_and_what_is_far_is_not() {
        let names = || ["AES128", "CHACHA20", "ECDHE"].into_iter();
        assert_eq!(nearest("aes218", names()).as_deref(), Some("AES128"));
        assert_eq!(nearest("ECHDE", names()).as_deref(), Some("ECDHE"));
        assert_eq!(nearest("zzzzzzzz", names()), None);
        assert_eq!(nearest(&"A".repeat(65), names()), None);
    }
}
