//! The shim that BoringSSL's test runner starts.
fn main() {}
