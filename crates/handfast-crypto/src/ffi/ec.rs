//! Elliptic curve Diffie-Hellman on the NIST curves.

use super::owned::{Owned, owned, succeeded};
use crate::signature::KeyKind;
use aws_lc_sys::{
    BIGNUM, BN_bin2bn, EC_GROUP, EC_KEY, EC_KEY_new, EC_KEY_set_group, EC_KEY_set_private_key,
    EC_POINT, EC_POINT_mul, EC_POINT_new, EC_POINT_oct2point, EC_POINT_point2oct, EC_group_p256,
    EC_group_p384, EC_group_p521, ECDH_compute_key, point_conversion_form_t,
};
use core::ptr::{null, null_mut};

/// A NIST curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Length of a field element, and of a private scalar, in bytes.
    pub(crate) const fn field_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Length of an uncompressed point in bytes.
    pub(crate) const fn point_len(self) -> usize {
        1 + 2 * self.field_len()
    }

    /// The bits of a scalar's first byte that may be set.
    pub(crate) const fn first_byte_mask(self) -> u8 {
        match self {
            Self::P256 | Self::P384 => 0xff,
            Self::P521 => 0x01,
        }
    }

    /// The kind of a signature key on this curve.
    pub(crate) const fn key_kind(self) -> KeyKind {
        match self {
            Self::P256 => KeyKind::EcP256,
            Self::P384 => KeyKind::EcP384,
            Self::P521 => KeyKind::EcP521,
        }
    }

    pub(super) fn group(self) -> *const EC_GROUP {
        // SAFETY: the functions give static, immutable objects.
        unsafe {
            match self {
                Self::P256 => EC_group_p256(),
                Self::P384 => EC_group_p384(),
                Self::P521 => EC_group_p521(),
            }
        }
    }

    /// Reads an uncompressed point; what is not exactly one, or is off the curve, is an error.
    pub(super) fn read_point(self, bytes: &[u8]) -> Result<Owned<EC_POINT>, ()> {
        // X9.62 s4.3.6: 4 marks the uncompressed form, the only one in TLS (RFC 8422 s5.4.1).
        if bytes.len() != self.point_len() || bytes.first() != Some(&4) {
            return Err(());
        }
        // SAFETY: the group is static; null is refused by `owned`.
        let point = owned(unsafe { EC_POINT_new(self.group()) })?;
        // SAFETY: reads the slice; checks the curve's equation itself.
        succeeded(unsafe {
            EC_POINT_oct2point(
                self.group(),
                point.as_ptr(),
                bytes.as_ptr(),
                bytes.len(),
                null_mut(),
            )
        })?;
        Ok(point)
    }
}

/// A private scalar.
pub(crate) struct EcdhKey {
    key: Owned<EC_KEY>,
    curve: Curve,
}

impl EcdhKey {
    /// Takes `scalar` and gives the public point beside the key. A scalar of zero, or not below
    /// the curve's order, is an error: draw again.
    pub(crate) fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<(Self, Vec<u8>), ()> {
        let number = big_number(scalar)?;
        // SAFETY: allocates; null is refused by `owned`.
        let key = owned(unsafe { EC_KEY_new() })?;
        // SAFETY: a fresh key takes its static group.
        succeeded(unsafe { EC_KEY_set_group(key.as_ptr(), curve.group()) })?;
        // SAFETY: copies the number; refuses those out of range.
        succeeded(unsafe { EC_KEY_set_private_key(key.as_ptr(), number.as_ptr()) })?;

        // SAFETY: the group is static; null is refused by `owned`.
        let point = owned(unsafe { EC_POINT_new(curve.group()) })?;
        // SAFETY: the base point times `number`, in constant time; the nulls mean "no other term"
        // and "allocate what you need".
        succeeded(unsafe {
            EC_POINT_mul(
                curve.group(),
                point.as_ptr(),
                number.as_ptr(),
                null(),
                null(),
                null_mut(),
            )
        })?;
        let mut public = vec![0; curve.point_len()];
        // SAFETY: writes at most the length it is told.
        let written = unsafe {
            EC_POINT_point2oct(
                curve.group(),
                point.as_ptr(),
                point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED,
                public.as_mut_ptr(),
                public.len(),
                null_mut(),
            )
        };
        if written != public.len() {
            return Err(());
        }
        Ok((Self { key, curve }, public))
    }

    /// The shared point's x coordinate, in the field's full length (RFC 8446 s7.4.2).
    pub(crate) fn agree(&self, peer: &[u8], out: &mut [u8]) -> Result<(), ()> {
        let point = self.curve.read_point(peer)?;
        if out.len() != self.curve.field_len() {
            return Err(());
        }
        // SAFETY: writes at most `out.len()` bytes; without a derivation function the output is
        // the x coordinate. The key is only read.
        let written = unsafe {
            ECDH_compute_key(
                out.as_mut_ptr().cast(),
                out.len(),
                point.as_ptr(),
                self.key.as_ptr(),
                None,
            )
        };
        if usize::try_from(written) == Ok(out.len()) {
            Ok(())
        } else {
            Err(())
        }
    }
}

/// A number from big-endian bytes, wiped when freed.
pub(super) fn big_number(bytes: &[u8]) -> Result<Owned<BIGNUM>, ()> {
    // SAFETY: reads the slice and allocates the result; null is refused by `owned`.
    owned(unsafe { BN_bin2bn(bytes.as_ptr(), bytes.len(), null_mut()) })
}
