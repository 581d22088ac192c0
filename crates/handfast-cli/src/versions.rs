//! `--min` and `--max`: which versions are spoken.

use crate::failure::Failure;
use crate::peer_policy::Name;
use clap::{Args, ValueEnum};
use handfast::ProtocolVersion;
use handfast::config::{Common, Exception, Relaxed};

/// The oldest and the newest version.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Versions {
    /// The oldest version to speak: 1.3, 1.2 (unless told otherwise), with --policy obsolete 1.1 or
    /// 1.0 (unless told otherwise), with --policy museum ssl3 (unless told otherwise)
    #[arg(long, value_name = "VERSION", value_enum, hide_possible_values = true)]
    min: Option<Version>,
    /// The newest version to speak, by the same names
    #[arg(long, value_name = "VERSION", value_enum, hide_possible_values = true)]
    max: Option<Version>,
}

/// Versions by the names that people have for them, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Version {
    #[value(name = "ssl3", alias = "ssl3.0", alias = "3.0")]
    Ssl3,
    #[value(name = "1.0", alias = "tls1.0", alias = "tls1")]
    Tls10,
    #[value(name = "1.1", alias = "tls1.1")]
    Tls11,
    #[value(name = "1.2", alias = "tls1.2")]
    Tls12,
    #[value(name = "1.3", alias = "tls1.3")]
    Tls13,
}

impl Versions {
    /// Leaves the versions of a config, to which a policy has added its own, that lie between the
    /// two.
    pub(crate) fn limit(self, common: &mut Common) -> Result<(), Failure> {
        for (flag, version) in [("--min", self.min), ("--max", self.max)] {
            let Some(version) = version else { continue };
            if !common.versions.contains(&version.code()) {
                return Err(version.not_spoken(flag));
            }
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            let message = format!(
                "--min {} is newer than --max {}: nothing lies between",
                min.words(),
                max.words()
            );
            return Err(Failure::usage(message).hint("exchange the two"));
        }
        let within = |code: ProtocolVersion| {
            self.min.is_none_or(|min| code >= min.code())
                && self.max.is_none_or(|max| code <= max.code())
        };
        common.versions.retain(|version| within(*version));
        Ok(())
    }
}

impl Versions {
    /// An exception that lets in a version which the flags leave out.
    pub(crate) fn check_exceptions(self, exceptions: &[Exception]) -> Result<(), Failure> {
        for exception in exceptions {
            let Relaxed::Version(version) = exception.relaxed() else {
                continue;
            };
            let below = self.min.is_some_and(|min| *version < min.code());
            if below || self.max.is_some_and(|max| *version > max.code()) {
                let flag = if below { "--min" } else { "--max" };
                let message =
                    format!("{flag} leaves out what the exception \"{exception}\" lets in");
                return Err(Failure::usage(message).hint("leave one of them out"));
            }
        }
        Ok(())
    }

    /// `--min` as it was given, and the version.
    pub(crate) fn min(self) -> Option<(String, ProtocolVersion)> {
        self.min.and_then(|version| version.given("--min"))
    }

    /// `--max` as it was given, and the version.
    pub(crate) fn max(self) -> Option<(String, ProtocolVersion)> {
        self.max.and_then(|version| version.given("--max"))
    }
}

impl Version {
    /// As the wire has it.
    fn code(self) -> ProtocolVersion {
        match self {
            Self::Tls13 => ProtocolVersion::TLS_1_3,
            Self::Tls12 => ProtocolVersion::TLS_1_2,
            Self::Tls11 => ProtocolVersion::TLS_1_1,
            Self::Tls10 => ProtocolVersion::TLS_1_0,
            Self::Ssl3 => ProtocolVersion::SSL_3_0,
        }
    }

    fn given(self, flag: &str) -> Option<(String, ProtocolVersion)> {
        let name = self.to_possible_value()?;
        Some((format!("{flag} {}", name.get_name()), self.code()))
    }

    fn words(self) -> String {
        self.code().to_string()
    }

    /// The policy that was named, or none, does not speak it.
    fn not_spoken(self, flag: &str) -> Failure {
        let message = format!("{flag}: {} is spoken only by name", self.words());
        let failure = Failure::usage(message);
        match Name::that_speaks(self.code()) {
            Some(policy) => failure.hint(format!(
                "--policy {} allows it; handfast list policies tells what else that lets in",
                policy.word()
            )),
            None => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast::obsolete::{COMPATIBLE, MUSEUM, OBSOLETE, Policy};

    fn limited(
        policy: Option<&'static Policy>,
        min: Option<Version>,
        max: Option<Version>,
    ) -> Result<Vec<u16>, Failure> {
        let mut common = Common::default();
        if let Some(policy) = policy {
            common.allow_obsolete(policy);
        }
        Versions { min, max }.limit(&mut common)?;
        Ok(common.versions.iter().map(|version| version.0).collect())
    }

    #[test]
    fn what_lies_between_min_and_max_is_spoken() {
        let [ssl3, tls10, tls11, tls12, tls13] = [
            Version::Ssl3,
            Version::Tls10,
            Version::Tls11,
            Version::Tls12,
            Version::Tls13,
        ]
        .map(Some);
        for (policy, min, max, spoken) in [
            (None, None, None, &[0x0304, 0x0303][..]),
            (None, tls12, tls13, &[0x0304, 0x0303]),
            (None, tls13, None, &[0x0304]),
            (None, None, tls12, &[0x0303]),
            (Some(&COMPATIBLE), None, None, &[0x0304, 0x0303]),
            (Some(&OBSOLETE), tls11, tls12, &[0x0303, 0x0302]),
            (Some(&OBSOLETE), None, tls10, &[0x0301]),
            (Some(&OBSOLETE), tls12, None, &[0x0304, 0x0303]),
            (Some(&MUSEUM), ssl3, ssl3, &[0x0300]),
            (Some(&MUSEUM), None, tls10, &[0x0301, 0x0300]),
        ] {
            let limited = limited(policy, min, max).unwrap();
            assert_eq!(limited, spoken, "{min:?} {max:?}");
        }
        let nothing = limited(None, tls13, tls12).unwrap_err();
        assert!(nothing.message.contains("nothing lies between"));
    }

    #[test]
    fn an_older_version_wants_the_policy_that_its_refusal_names() {
        for (old, least, policies) in [
            (
                Version::Ssl3,
                "--policy museum",
                &[None, Some(&COMPATIBLE), Some(&OBSOLETE)][..],
            ),
            (
                Version::Tls10,
                "--policy obsolete",
                &[None, Some(&COMPATIBLE)],
            ),
            (
                Version::Tls11,
                "--policy obsolete",
                &[None, Some(&COMPATIBLE)],
            ),
        ] {
            for policy in policies {
                for (min, max) in [(Some(old), None), (None, Some(old))] {
                    let refused = limited(*policy, min, max).unwrap_err();
                    assert!(refused.message.contains(&old.words()), "{old:?}");
                    assert!(refused.hint.as_deref().unwrap().contains(least), "{old:?}");
                }
            }
        }
    }
}
