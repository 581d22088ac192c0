//! The flags of the runner: one table of setters, three settings.
//!
//! ```text
//! -[on-shim-|on-handshaker-][on-initial-|on-resume-|on-retry-]NAME [VALUE]
//! ```
//!
//! A flag that is not in the table is not honoured, and then the whole test is
//! answered as not implemented: nothing is swallowed.

mod table;
mod value;

use crate::settings::Settings;
use table::{Set, TABLE};

/// What the runner asks for: the first connection, the later ones, and the
/// second try on a socket whose 0-RTT was refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) initial: Settings,
    pub(crate) resume: Settings,
    pub(crate) retry: Settings,
}

/// Why an argument list was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FlagFault {
    /// The shim does not do this.
    NotHonoured(String),
    /// The runner's words make no sense: the shim's mistake, or the runner's.
    Malformed(String),
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Invocation, FlagFault> {
    let mut invocation = Invocation::default();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let flag = Flag::read(&argument)?;
        let set = find(flag.name).ok_or_else(|| FlagFault::NotHonoured(argument.clone()))?;
        let value = match set {
            Set::Switch(_) => None,
            Set::Value(_) => Some(arguments.next().ok_or_else(|| {
                FlagFault::Malformed(format!("{argument} must be followed by a value"))
            })?),
        };
        if flag.for_handshaker {
            continue;
        }
        for settings in flag.phase.of(&mut invocation) {
            apply(set, settings, value.as_deref().unwrap_or_default())
                .map_err(|fault| FlagFault::Malformed(format!("{argument} takes {}", fault.0)))?;
        }
    }
    Ok(invocation)
}

fn find(name: &str) -> Option<&'static Set> {
    TABLE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, set)| set)
}

fn apply(set: &Set, settings: &mut Settings, value: &str) -> Result<(), value::ValueFault> {
    match set {
        Set::Switch(switch) => {
            switch(settings);
            Ok(())
        }
        Set::Value(take) => take(settings, value),
    }
}

/// One flag without its prefixes.
struct Flag<'a> {
    for_handshaker: bool,
    phase: Phase,
    name: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Initial,
    Resume,
    Retry,
    All,
}

impl Phase {
    fn of(self, invocation: &mut Invocation) -> impl Iterator<Item = &mut Settings> {
        let all = self == Self::All;
        [
            (all || self == Self::Initial).then_some(&mut invocation.initial),
            (all || self == Self::Resume).then_some(&mut invocation.resume),
            (all || self == Self::Retry).then_some(&mut invocation.retry),
        ]
        .into_iter()
        .flatten()
    }
}

impl<'a> Flag<'a> {
    fn read(argument: &'a str) -> Result<Self, FlagFault> {
        let bare = argument
            .strip_prefix('-')
            .ok_or_else(|| FlagFault::Malformed(format!("{argument} is not a flag")))?;
        // There is no second process, so what is for the shim is for everyone.
        let (for_handshaker, bare) = match bare.strip_prefix("on-handshaker-") {
            Some(bare) => (true, bare),
            None => (false, bare.strip_prefix("on-shim-").unwrap_or(bare)),
        };
        let phases = [
            ("on-initial-", Phase::Initial),
            ("on-resume-", Phase::Resume),
            ("on-retry-", Phase::Retry),
        ];
        let (phase, name) = phases
            .into_iter()
            .find_map(|(prefix, phase)| bare.strip_prefix(prefix).map(|name| (phase, name)))
            .unwrap_or((Phase::All, bare));
        Ok(Self {
            for_handshaker,
            phase,
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{FlagFault, Invocation, parse, table::TABLE};
    use crate::settings::SelectAlpn;

    fn read(words: &[&str]) -> Result<Invocation, FlagFault> {
        parse(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_flag_without_a_phase_is_for_every_connection() {
        let invocation = read(&["-port", "4433", "-shim-id", "18446744073709551615"]).unwrap();
        for settings in [&invocation.initial, &invocation.resume, &invocation.retry] {
            assert_eq!((settings.port, settings.shim_id), (4433, u64::MAX));
        }
    }

    #[test]
    fn a_phase_keeps_a_flag_to_its_connection() {
        let invocation = read(&[
            "-on-initial-verify-peer",
            "-on-resume-curves",
            "29",
            "-on-retry-curves",
            "23",
        ])
        .unwrap();
        assert!(invocation.initial.verify_peer && !invocation.resume.verify_peer);
        assert!(invocation.initial.groups.is_empty());
        assert_eq!(
            (&invocation.resume.groups[..], &invocation.retry.groups[..]),
            (&[29][..], &[23][..])
        );
    }

    #[test]
    fn the_shims_prefix_comes_before_the_phase_and_the_handshakers_flags_are_dropped() {
        let invocation = read(&[
            "-on-shim-on-initial-key-file",
            "shim.pem",
            "-on-handshaker-key-file",
            "handshaker.pem",
        ])
        .unwrap();
        assert_eq!(
            invocation.initial.first_credential.key_file.as_deref(),
            Some("shim.pem")
        );
        assert_eq!(invocation.resume.first_credential.key_file, None);
    }

    #[test]
    fn one_unknown_flag_refuses_the_whole_test() {
        let refused = read(&["-server", "-no-such-flag", "-port", "1"]).unwrap_err();
        assert_eq!(refused, FlagFault::NotHonoured("-no-such-flag".into()));
        let refused = read(&["-on-handshaker-no-such-flag"]).unwrap_err();
        assert_eq!(
            refused,
            FlagFault::NotHonoured("-on-handshaker-no-such-flag".into())
        );
    }

    #[test]
    fn a_missing_or_wrong_value_is_malformed() {
        assert!(matches!(read(&["-port"]), Err(FlagFault::Malformed(_))));
        assert!(matches!(
            read(&["-port", "70000"]),
            Err(FlagFault::Malformed(_))
        ));
        assert!(matches!(
            read(&["-ocsp-response", "%%"]),
            Err(FlagFault::Malformed(_))
        ));
        assert!(matches!(read(&["port"]), Err(FlagFault::Malformed(_))));
    }

    #[test]
    fn credential_flags_speak_of_the_credential_begun_last() {
        let invocation = read(&[
            "-cert-file",
            "a",
            "-new-x509-credential",
            "-cert-file",
            "b",
            "-must-match-issuer",
            "-new-x509-credential",
            "-signing-prefs",
            "1027",
            "-signing-prefs",
            "2052",
        ])
        .unwrap();
        let settings = &invocation.initial;
        assert_eq!(settings.first_credential.cert_file.as_deref(), Some("a"));
        assert!(!settings.first_credential.must_match_issuer);
        assert_eq!(settings.credentials.len(), 2);
        assert_eq!(settings.credentials[0].cert_file.as_deref(), Some("b"));
        assert!(settings.credentials[0].must_match_issuer);
        assert_eq!(settings.credentials[1].signing_prefs, [1027, 2052]);
    }

    #[test]
    fn values_may_be_empty_or_look_like_flags() {
        let invocation = read(&[
            "-export-label",
            "",
            "-select-alpn",
            "-foo",
            "-no-key-shares",
        ])
        .unwrap();
        assert_eq!(invocation.initial.export_label, "");
        assert_eq!(
            invocation.initial.select_alpn,
            SelectAlpn::Select("-foo".into())
        );
        assert_eq!(invocation.initial.key_shares, Some(vec![]));
    }

    #[test]
    fn base64_is_read_with_and_without_padding_bytes() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("AQ==", b"\x01"),
            ("AQI=", b"\x01\x02"),
            ("AQID", b"\x01\x02\x03"),
        ] {
            let invocation = read(&["-ocsp-response", text]).unwrap();
            assert_eq!(
                invocation.initial.first_credential.ocsp_response.as_deref(),
                Some(bytes)
            );
        }
    }

    #[test]
    fn no_flag_stands_twice_in_the_table() {
        for (at, (name, _)) in TABLE.iter().enumerate() {
            assert!(TABLE[..at].iter().all(|(other, _)| other != name), "{name}");
        }
    }
}
