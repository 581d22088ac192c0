//! `--min` and `--max`: which versions are spoken.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use handfast::ProtocolVersion;
use handfast::config::Common;

/// The oldest and the newest version.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Versions {
    /// The oldest TLS version to speak: 1.2 (unless told otherwise) or 1.3
    #[arg(long, value_name = "VERSION", value_enum, hide_possible_values = true)]
    min: Option<Version>,
    /// The newest TLS version to speak: 1.2 or 1.3
    #[arg(long, value_name = "VERSION", value_enum, hide_possible_values = true)]
    max: Option<Version>,
}

/// Versions by the names that people have for them, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Version {
    #[value(name = "ssl3", hide = true)]
    Ssl3,
    #[value(name = "1.0", hide = true)]
    Tls10,
    #[value(name = "1.1", hide = true)]
    Tls11,
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

impl Versions {
    /// Leaves the versions of a config that lie between the two.
    pub(crate) fn limit(self, common: &mut Common) -> Result<(), Failure> {
        for (flag, version) in [("--min", self.min), ("--max", self.max)] {
            let Some(version) = version.filter(|version| version.code().is_none()) else {
                continue;
            };
            let message = format!("{flag}: {} is not spoken here", version.words());
            return Err(Failure::usage(message)
                .hint("this build speaks TLS 1.2 and TLS 1.3: give 1.2 or 1.3"));
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
            Version::value_variants()
                .iter()
                .filter(|one| self.min.is_none_or(|min| **one >= min))
                .filter(|one| self.max.is_none_or(|max| **one <= max))
                .any(|one| one.code() == Some(code))
        };
        common.versions.retain(|version| within(*version));
        Ok(())
    }
}

impl Versions {
    /// The flags as they were given.
    pub(crate) fn given(self) -> Vec<String> {
        let flags = [("--min", self.min), ("--max", self.max)];
        let given = flags.into_iter().filter_map(|(flag, version)| {
            let name = version?.to_possible_value()?;
            Some(format!("{flag} {}", name.get_name()))
        });
        given.collect()
    }
}

impl Version {
    /// As the wire has it, where this build speaks it.
    fn code(self) -> Option<ProtocolVersion> {
        match self {
            Self::Tls13 => Some(ProtocolVersion::TLS_1_3),
            Self::Tls12 => Some(ProtocolVersion::TLS_1_2),
            Self::Tls11 | Self::Tls10 | Self::Ssl3 => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(min: Option<Version>, max: Option<Version>) -> Result<Vec<u16>, Failure> {
        let mut common = Common::default();
        Versions { min, max }.limit(&mut common)?;
        Ok(common.versions.iter().map(|version| version.0).collect())
    }

    #[test]
    fn what_lies_between_min_and_max_is_spoken() {
        let (tls12, tls13) = (Some(Version::Tls12), Some(Version::Tls13));
        for (min, max, spoken) in [
            (None, None, &[0x0304, 0x0303][..]),
            (tls12, tls13, &[0x0304, 0x0303]),
            (tls13, None, &[0x0304]),
            (None, tls12, &[0x0303]),
            (tls12, tls12, &[0x0303]),
        ] {
            assert_eq!(limited(min, max).unwrap(), spoken, "{min:?} {max:?}");
        }
        let nothing = limited(tls13, tls12).unwrap_err();
        assert!(nothing.message.contains("nothing lies between"));
    }

    #[test]
    fn older_versions_are_refused_by_name() {
        for old in [Version::Ssl3, Version::Tls10, Version::Tls11] {
            for (min, max) in [(Some(old), None), (None, Some(old))] {
                let refused = limited(min, max).unwrap_err();
                assert!(refused.message.contains(old.words()), "{old:?}");
            }
        }
    }
}
