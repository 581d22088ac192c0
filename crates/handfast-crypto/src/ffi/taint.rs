//! Requests to valgrind's memcheck: five instructions that do nothing on any machine but valgrind's
//! own (its `valgrind.h`; on x86-64 alone).

use core::arch::asm;

/// valgrind's `RUNNING_ON_VALGRIND`.
const RUNNING: u64 = 0x1001;
/// memcheck's requests begin with its letters, `MC`; these are the second and the third.
const MAKE_UNDEFINED: u64 = 0x4d43_0001;
const MAKE_DEFINED: u64 = 0x4d43_0002;

fn request(code: u64, address: u64, length: u64) -> u64 {
    let arguments = [code, address, length, 0, 0, 0];
    let mut answer = 0;
    // SAFETY: the rotations bring `rdi` back to what it was, by 128 bits in all, and `rbx` is
    // exchanged with itself; valgrind alone sees more in it: it reads the arguments, writes `rdx`,
    // and marks memory without changing it. The compiler takes it that all memory may change.
    unsafe {
        asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") 0u64 => answer,
        );
    }
    answer
}

pub(crate) fn is_watched() -> bool {
    request(RUNNING, 0, 0) != 0
}

/// What a branch or an address depends on from here is reported.
pub(crate) fn make_undefined(bytes: &[u8]) {
    request(MAKE_UNDEFINED, bytes.as_ptr() as u64, bytes.len() as u64);
}

pub(crate) fn make_defined(bytes: &[u8]) {
    request(MAKE_DEFINED, bytes.as_ptr() as u64, bytes.len() as u64);
}
