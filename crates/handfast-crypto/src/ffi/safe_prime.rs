//! Primes of finite fields: those that are published, and the test of any other.

use super::dh::FiniteField;
use super::ec::big_number;
use super::owned::{Owned, owned, succeeded};
use aws_lc_sys::{
    BIGNUM, BN_CTX_new, BN_bn2bin_padded, BN_get_rfc3526_prime_2048, BN_get_rfc3526_prime_3072,
    BN_get_rfc3526_prime_4096, BN_get_rfc3526_prime_6144, BN_get_rfc3526_prime_8192, BN_is_one,
    BN_is_prime_fasttest_ex, BN_mod_exp_mont, BN_mod_word, BN_new, BN_num_bytes, BN_rshift1,
    DH_get0_pqg, DH_new_by_nid,
};
use core::ptr::{null, null_mut};

/// The prime of RFC 3526 with so many bits, the first byte first.
pub(crate) fn of_rfc3526(bits: usize) -> Option<Vec<u8>> {
    let made = match bits {
        // SAFETY: each allocates the number, since it is given none to write into; null is refused
        // by `owned`.
        2048 => unsafe { BN_get_rfc3526_prime_2048(null_mut()) },
        // SAFETY: as above.
        3072 => unsafe { BN_get_rfc3526_prime_3072(null_mut()) },
        // SAFETY: as above.
        4096 => unsafe { BN_get_rfc3526_prime_4096(null_mut()) },
        // SAFETY: as above.
        6144 => unsafe { BN_get_rfc3526_prime_6144(null_mut()) },
        // SAFETY: as above.
        8192 => unsafe { BN_get_rfc3526_prime_8192(null_mut()) },
        _ => return None,
    };
    let prime = owned(made).ok()?;
    bytes(prime.as_ptr()).ok()
}

/// The prime of a group of RFC 7919, the first byte first.
pub(crate) fn of_rfc7919(field: FiniteField) -> Result<Vec<u8>, ()> {
    // SAFETY: allocates; null is refused by `owned`.
    let named = owned(unsafe { DH_new_by_nid(field.nid()) })?;
    let mut prime: *const BIGNUM = null();
    // SAFETY: lends the prime, which lives as long as `named`; the nulls ask for nothing.
    unsafe { DH_get0_pqg(named.as_ptr(), &mut prime, null_mut(), null_mut()) };
    bytes(prime)
}

/// Whether `p` and `(p-1)/2` are prime: the latter by so many rounds of Miller and Rabin, with which
/// the former is proved by one exponentiation (Pocklington: `(p-1)/2` is prime and large, `2^(p-1)`
/// is 1, and 3 does not divide `p`).
pub(crate) fn is_safe(prime: &[u8], rounds: i32) -> Result<bool, ()> {
    let prime = big_number(prime)?;
    // SAFETY: reads a live number.
    if unsafe { BN_mod_word(prime.as_ptr(), 3) } == 0 {
        return Ok(false);
    }
    // SAFETY: each allocates; null is refused by `owned`.
    let (half, power, ctx) = unsafe { (owned(BN_new())?, owned(BN_new())?, owned(BN_CTX_new())?) };
    // SAFETY: live numbers, of which the first is written; `p` is odd, so this is (p-1)/2.
    succeeded(unsafe { BN_rshift1(half.as_ptr(), prime.as_ptr()) })?;
    // One exponentiation first: it finds out nearly all that are no primes.
    if !power_is_one(&prime, &half, &power, &ctx)? {
        return Ok(false);
    }
    // SAFETY: a live number and context; no callback.
    let found =
        unsafe { BN_is_prime_fasttest_ex(half.as_ptr(), rounds, ctx.as_ptr(), 1, null_mut()) };
    match found {
        1 => Ok(true),
        0 => Ok(false),
        _ => Err(()),
    }
}

/// Whether `2^(p-1)` is 1 modulo `p`: `4^((p-1)/2)`.
fn power_is_one(
    prime: &Owned<BIGNUM>,
    half: &Owned<BIGNUM>,
    power: &Owned<BIGNUM>,
    ctx: &Owned<aws_lc_sys::BN_CTX>,
) -> Result<bool, ()> {
    let four = big_number(&[4])?;
    // SAFETY: live numbers and a context; the modulus is odd; the null means "no Montgomery context
    // at hand". The first is written.
    succeeded(unsafe {
        BN_mod_exp_mont(
            power.as_ptr(),
            four.as_ptr(),
            half.as_ptr(),
            prime.as_ptr(),
            ctx.as_ptr(),
            null(),
        )
    })?;
    // SAFETY: a live number.
    Ok(unsafe { BN_is_one(power.as_ptr()) } == 1)
}

fn bytes(number: *const BIGNUM) -> Result<Vec<u8>, ()> {
    // SAFETY: the callers' numbers live.
    let length = unsafe { BN_num_bytes(number) };
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| ())?];
    // SAFETY: exactly the slice is written.
    succeeded(unsafe { BN_bn2bin_padded(bytes.as_mut_ptr(), bytes.len(), number) })?;
    Ok(bytes)
}
