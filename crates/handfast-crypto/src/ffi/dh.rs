//! Finite-field Diffie-Hellman in the groups of RFC 7919 and, for what is obsolete, in any.

use super::ec::big_number;
use super::owned::{Owned, owned, succeeded};
use aws_lc_sys::{
    BIGNUM, BN_bn2bin_padded, BN_dup, DH, DH_compute_key_padded, DH_generate_key, DH_get0_key,
    DH_get0_pqg, DH_new, DH_new_by_nid, DH_set0_key, DH_set0_pqg, NID_ffdhe2048, NID_ffdhe3072,
    NID_ffdhe4096, NID_ffdhe8192,
};
use core::ffi::c_int;
use core::mem::forget;
use core::ptr::{null, null_mut};

/// A group of RFC 7919 (the library has no ffdhe6144).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FiniteField {
    Ffdhe2048,
    Ffdhe3072,
    Ffdhe4096,
    Ffdhe8192,
}

impl FiniteField {
    /// Length of the prime, of a public value and of the shared secret, in bytes.
    pub(crate) const fn prime_len(self) -> usize {
        match self {
            Self::Ffdhe2048 => 256,
            Self::Ffdhe3072 => 384,
            Self::Ffdhe4096 => 512,
            Self::Ffdhe8192 => 1024,
        }
    }

    /// Length of the private exponent in bytes: RFC 7919 s5.2 and appendix A ask for at least
    /// 225, 275, 325 and 400 bits.
    pub(crate) const fn exponent_len(self) -> usize {
        match self {
            Self::Ffdhe2048 => 32,
            Self::Ffdhe3072 => 40,
            Self::Ffdhe4096 => 48,
            Self::Ffdhe8192 => 64,
        }
    }

    pub(super) fn nid(self) -> c_int {
        match self {
            Self::Ffdhe2048 => NID_ffdhe2048,
            Self::Ffdhe3072 => NID_ffdhe3072,
            Self::Ffdhe4096 => NID_ffdhe4096,
            Self::Ffdhe8192 => NID_ffdhe8192,
        }
    }
}

/// A private exponent.
pub(crate) struct DhKey {
    key: Owned<DH>,
    /// Bytes of the prime.
    prime_len: usize,
}

impl DhKey {
    /// Takes `exponent` and gives the public value, as long as the prime (RFC 8446 s4.2.8.1).
    pub(crate) fn from_exponent(
        field: FiniteField,
        exponent: &[u8],
    ) -> Result<(Self, Vec<u8>), ()> {
        Self::in_group(group_without_order(field)?, field.prime_len(), exponent)
    }

    /// The same in the group of `prime` and `generator`.
    #[cfg(feature = "legacy")]
    pub(crate) fn of_field(
        prime: &[u8],
        generator: &[u8],
        exponent: &[u8],
    ) -> Result<(Self, Vec<u8>), ()> {
        let group = group_of(big_number(prime)?, big_number(generator)?)?;
        Self::in_group(group, prime.len(), exponent)
    }

    fn in_group(key: Owned<DH>, prime_len: usize, exponent: &[u8]) -> Result<(Self, Vec<u8>), ()> {
        let exponent = big_number(exponent)?;
        // SAFETY: on success the key takes the number over, which is then no longer ours.
        succeeded(unsafe { DH_set0_key(key.as_ptr(), null_mut(), exponent.as_ptr()) })?;
        forget(exponent);
        // SAFETY: a private exponent is there, so only the public value is computed.
        succeeded(unsafe { DH_generate_key(key.as_ptr()) })?;
        let mut number: *const BIGNUM = null();
        // SAFETY: lends the public value, which lives as long as the key; the null asks for
        // nothing.
        unsafe { DH_get0_key(key.as_ptr(), &mut number, null_mut()) };
        let mut public = vec![0; prime_len];
        // SAFETY: `number` is the public value just made; exactly the slice is written.
        succeeded(unsafe { BN_bn2bin_padded(public.as_mut_ptr(), public.len(), number) })?;
        Ok((Self { key, prime_len }, public))
    }

    /// The shared secret, as long as the prime. Values outside 2..p-2 are errors (RFC 7919 s5.1).
    pub(crate) fn agree(&self, peer: &[u8], out: &mut [u8]) -> Result<(), ()> {
        if out.len() != self.prime_len || peer.len() != out.len() {
            return Err(());
        }
        let peer = big_number(peer)?;
        // SAFETY: writes as many bytes as the prime has, which `out` was compared with. The
        // peer's value is checked against 2..p-2 within; shared state of the key is locked.
        let written =
            unsafe { DH_compute_key_padded(out.as_mut_ptr(), peer.as_ptr(), self.key.as_ptr()) };
        if usize::try_from(written) == Ok(out.len()) {
            Ok(())
        } else {
            Err(())
        }
    }
}

/// The group by its prime and generator only. With the order beside them the library would spend
/// a full exponentiation on each peer's value to check its subgroup; in a safe-prime group the
/// range check is enough (RFC 7919 s5.1).
fn group_without_order(field: FiniteField) -> Result<Owned<DH>, ()> {
    // SAFETY: allocates; null is refused by `owned`.
    let named = owned(unsafe { DH_new_by_nid(field.nid()) })?;
    let (mut prime, mut generator): (*const BIGNUM, *const BIGNUM) = (null(), null());
    // SAFETY: lends two numbers that live as long as `named`; the null asks for nothing.
    unsafe { DH_get0_pqg(named.as_ptr(), &mut prime, null_mut(), &mut generator) };
    // SAFETY: copies of live numbers.
    let (prime, generator) = unsafe { (owned(BN_dup(prime))?, owned(BN_dup(generator))?) };
    group_of(prime, generator)
}

/// The group by these two numbers.
fn group_of(prime: Owned<BIGNUM>, generator: Owned<BIGNUM>) -> Result<Owned<DH>, ()> {
    // SAFETY: allocates; null is refused by `owned`.
    let key = owned(unsafe { DH_new() })?;
    // SAFETY: on success the key takes both numbers over, which are then no longer ours.
    succeeded(unsafe {
        DH_set0_pqg(key.as_ptr(), prime.as_ptr(), null_mut(), generator.as_ptr())
    })?;
    forget(prime);
    forget(generator);
    Ok(key)
}
