//! Choices without branches: a mask is all ones or all zeros.

use core::hint::black_box;

/// All ones where `a < b`, else zeros. Both are below 2^31.
#[inline]
pub(super) fn less(a: u32, b: u32) -> u32 {
    // The sign of the difference, spread over all bits. The compiler is not to see that it is one
    // of two values, lest it branch.
    black_box(0u32.wrapping_sub(a.wrapping_sub(b) >> 31))
}

/// All ones where `a == b`, else zeros. Both are below 2^31.
#[inline]
pub(super) fn same(a: u32, b: u32) -> u32 {
    !(less(a, b) | less(b, a))
}

/// The lowest eight bits, which are all alike.
#[inline]
pub(super) fn byte(mask: u32) -> u8 {
    let [first, ..] = mask.to_le_bytes();
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_say_what_comparisons_say() {
        let edge = [0, 1, 2, 15, 16, 255, 256, 16_383, 16_384, (1 << 31) - 1];
        for a in edge {
            for b in edge {
                assert_eq!(less(a, b), if a < b { u32::MAX } else { 0 });
                assert_eq!(same(a, b), if a == b { u32::MAX } else { 0 });
            }
        }
        assert_eq!((byte(u32::MAX), byte(0)), (255, 0));
    }
}
