//! The OpenSSLs that differ in what strings mean.

/// Which OpenSSL is followed where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Edition {
    /// 3.0: IANA's names of suites are not read, CCM's tag of eight bytes counts like a whole one, and lists
    /// of groups and schemes have no marks.
    V3_0,
    /// 3.5 and 3.6.
    #[default]
    V3_6,
    /// 4.0: small letters are as good as capitals, and the words `SSLv3` and `FIPS` are gone.
    V4_0,
}
