//! What would reach a peer with which nothing was in common: the least that takes what it has.

use crate::failure::Failure;
use crate::peer_policy::Name;
use handfast::{AlertDescription, CipherSuite, Fault, ProtocolVersion};
use handfast_wire::registry::museum;

/// What a client offered, and what the server made of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    /// The policy that was named.
    pub(crate) policy: Name,
    /// The server is to be known by a shared key.
    pub(crate) by_key: bool,
    /// SSL 3.0 was asked for as the newest version.
    pub(crate) is_ssl3_alone: bool,
    /// What the ServerHello chose, where there was one.
    pub(crate) chosen: Option<(ProtocolVersion, CipherSuite)>,
}

impl Reach {
    /// A failure with what to do about it, where another policy or another offer would do.
    pub(crate) fn explain(self, failure: Failure) -> Failure {
        match self.remedy(&failure) {
            Some(remedy) => failure.hint(remedy),
            None => failure,
        }
    }

    fn remedy(self, failure: &Failure) -> Option<String> {
        let is = |alert: AlertDescription| failure.alert.as_deref() == Some(&*alert.to_string());
        match failure.fault {
            Some(Fault::VersionNotCommon | Fault::VersionNotOffered)
            | Some(Fault::LegacyVersionObsolete) => Some(self.version()),
            Some(Fault::SuiteNotOffered) => self.suite(),
            Some(Fault::PskNotChosen) => Some(
                "leave out --psk to judge the server by its certificate, or give a key that it knows"
                    .to_owned(),
            ),
            Some(Fault::PrimeShort) => Some(self.other_exchange()),
            Some(Fault::CertificateKeyWeak) => Some(self.small_key()),
            Some(_) => None,
            None if failure.kind != "peer_alert" => None,
            None if self.by_key && NO_SUCH_KEY.into_iter().any(is) => Some(
                "the server may know no key of --psk by its name, or another one, or want one for \
                 another --psk-context"
                    .to_owned(),
            ),
            None if is(AlertDescription::PROTOCOL_VERSION) => Some(self.version()),
            None if is(AlertDescription::HANDSHAKE_FAILURE) => Some(self.nothing_in_common()),
            None => None,
        }
    }

    /// No version was in common.
    fn version(self) -> String {
        if let Some((version, _)) = self.chosen
            && let Some(least) = self.least_for(version)
        {
            return format!("the server chose {version}: {least} speaks it");
        }
        let more = match self.policy {
            Name::Modern => {
                "enable TLS 1.3 or TLS 1.2 there, or name what it has: --policy obsolete speaks \
                 TLS 1.1 and 1.0, --policy museum --max ssl3 speaks SSL 3.0"
            }
            Name::Compatible => {
                "--policy obsolete speaks TLS 1.1 and 1.0, --policy museum --max ssl3 speaks SSL 3.0"
            }
            Name::Obsolete => {
                "if it has SSL 3.0 alone, --policy museum --max ssl3 speaks that; SSL 2.0 is spoken \
                 under no policy"
            }
            Name::Museum if self.is_ssl3_alone => "leave out --max ssl3: it may have a newer one",
            Name::Museum => {
                "if it has SSL 3.0 alone, --max ssl3 speaks that; SSL 2.0 is spoken under no policy"
            }
        };
        format!("the peer speaks none of the TLS versions that are offered here: {more}")
    }

    /// The flags by which a version is spoken, where those that were given do not.
    fn least_for(self, version: ProtocolVersion) -> Option<String> {
        let least = Name::that_speaks(version)?;
        let is_ssl3 = version == ProtocolVersion::SSL_3_0;
        match (is_ssl3, least == self.policy) {
            (true, true) => Some("--max ssl3".to_owned()),
            (true, false) => Some(format!("--policy {} --max ssl3", least.word())),
            _ => Some(format!("--policy {}", least.word())),
        }
    }

    /// The server chose a suite that was not offered.
    fn suite(self) -> Option<String> {
        let (version, suite) = self.chosen?;
        // Some servers choose for SSL 3.0 what only newer versions were offered.
        if version == ProtocolVersion::SSL_3_0 {
            let least = self.least_for(version)?;
            return Some(format!(
                "the server chose {version}, and a suite that was offered for newer versions alone: \
                 {least} offers what {version} has"
            ));
        }
        if Name::that_takes(suite).is_some_and(|(least, _)| least <= self.policy) {
            return None;
        }
        let how = how_to_offer(suite)?;
        Some(format!("the server insists on {suite}: {how}"))
    }

    /// No offer was taken.
    fn nothing_in_common(self) -> String {
        let more = match self.policy {
            Name::Modern => {
                "enable TLS 1.3 there, or ECDHE with AES-GCM or ChaCha20 in TLS 1.2; a peer that has \
                 neither may have what --policy compatible takes (RSA, DHE, AES-CBC in TLS 1.2), \
                 obsolete (TLS 1.1 and 1.0, Triple DES), or museum (SSL 3.0)"
            }
            Name::Compatible => {
                "--policy obsolete takes TLS 1.1, TLS 1.0 and Triple DES too, museum SSL 3.0"
            }
            Name::Obsolete => {
                "--policy museum takes SSL 3.0 too (with --max ssl3), and of RC4, NULL and anonymous \
                 suites those that --suites names; what no policy takes is told by handfast list museum"
            }
            Name::Museum if self.is_ssl3_alone => {
                "RC4, NULL and anonymous suites must be named by --suites; what no policy takes is \
                 told by handfast list museum"
            }
            Name::Museum => {
                "a peer of SSL 3.0 alone may want --max ssl3; RC4, NULL and anonymous suites must be \
                 named by --suites; what no policy takes is told by handfast list museum"
            }
        };
        format!("nothing was in common: {more}")
    }

    /// The server's Diffie-Hellman group is too small.
    fn other_exchange(self) -> String {
        let suites = self
            .policy
            .allows()
            .map_or(&[][..], |policy| policy.suites());
        let rsa = suites
            .iter()
            .filter(|suite| suite.to_string().starts_with("TLS_RSA_WITH_"));
        let named: Vec<String> = rsa.map(ToString::to_string).collect();
        if named.is_empty() {
            return "have the server take ECDHE, or a group of 2048 bits".to_owned();
        }
        format!(
            "leave DHE out, the server may have another key exchange: --suites {}",
            named.join(",")
        )
    }

    /// The server's RSA key is too small.
    fn small_key(self) -> String {
        match self.policy {
            Name::Modern | Name::Compatible => {
                "have a longer key there, or connect by --policy obsolete, which takes 1024 bits \
                 below TLS 1.3"
            }
            Name::Obsolete | Name::Museum => {
                "have a longer key there: 1024 bits are taken below TLS 1.3 alone (--max 1.2), and \
                 shorter ones under no policy"
            }
        }
        .to_owned()
    }
}

/// By which flags a suite is offered that was not; none where it is current.
pub(crate) fn how_to_offer(suite: CipherSuite) -> Option<String> {
    if Name::has_for_shared_keys(suite) {
        return Some(SHARED_KEYS.to_owned());
    }
    if let Some(exhibit) = museum::exhibits(suite).next() {
        return Some(format!(
            "no policy takes it: handfast list museum {} tells why, and what instead",
            exhibit.id
        ));
    }
    let (least, is_named) = Name::that_takes(suite)?;
    let named = match is_named {
        true => format!(" --suites {suite}"),
        false => String::new(),
    };
    Some(format!("--policy {}{named} allows it", least.word()))
}

/// How servers tell that they do not know a key, or another one.
const NO_SUCH_KEY: [AlertDescription; 4] = [
    AlertDescription::UNKNOWN_PSK_IDENTITY,
    AlertDescription::HANDSHAKE_FAILURE,
    AlertDescription::DECRYPT_ERROR,
    AlertDescription::BAD_RECORD_MAC,
];

/// By what suites are spoken that need one.
pub(crate) const SHARED_KEYS: &str =
    "suites of a shared key (PSK) want --psk FILE, with a key that the server knows too";

/// Whether a suite that was named wants a shared key.
pub(crate) fn is_of_shared_keys(named: &[String]) -> bool {
    let mut suites = CipherSuite::ALL.iter().copied();
    suites.any(|suite| {
        let name = suite.name().unwrap_or_default();
        Name::has_for_shared_keys(suite) && named.iter().any(|one| one.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn hint(policy: Name, fault: Fault, chosen: Option<(ProtocolVersion, CipherSuite)>) -> String {
        let mut failure = Failure::new(Exit::Handshake, "refused", "handshake", "");
        failure.fault = Some(fault);
        let reach = Reach {
            by_key: false,
            policy,
            is_ssl3_alone: false,
            chosen,
        };
        reach.explain(failure).hint.clone().unwrap_or_default()
    }

    #[test]
    fn a_short_prime_is_gone_round_by_another_key_exchange() {
        for (policy, suite) in [
            (Name::Compatible, "TLS_RSA_WITH_AES_128_CBC_SHA"),
            (Name::Obsolete, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ] {
            let hint = hint(policy, Fault::PrimeShort, None);
            let (_, list) = hint.split_once("--suites ").unwrap();
            assert!(list.split(',').any(|name| name == suite), "{hint}");
        }
    }

    #[test]
    fn a_small_key_names_the_policy_that_takes_it_where_that_is_not_given() {
        for (policy, is_named) in [
            (Name::Modern, true),
            (Name::Compatible, true),
            (Name::Obsolete, false),
            (Name::Museum, false),
        ] {
            let hint = hint(policy, Fault::CertificateKeyWeak, None);
            assert_eq!(hint.contains("--policy obsolete"), is_named, "{hint}");
            assert!(hint.contains("1024"), "{hint}");
        }
    }

    #[test]
    fn what_the_server_chose_names_the_flags_that_speak_it() {
        let aes = CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA;
        let (ssl3, tls10) = (ProtocolVersion::SSL_3_0, ProtocolVersion::TLS_1_0);
        for (policy, fault, version, says) in [
            (
                Name::Modern,
                Fault::VersionNotOffered,
                tls10,
                "--policy obsolete speaks",
            ),
            (
                Name::Obsolete,
                Fault::VersionNotOffered,
                ssl3,
                "--policy museum --max ssl3 speaks",
            ),
            (
                Name::Museum,
                Fault::SuiteNotOffered,
                ssl3,
                ": --max ssl3 offers",
            ),
            (
                Name::Modern,
                Fault::SuiteNotOffered,
                ProtocolVersion::TLS_1_2,
                "--policy compatible allows it",
            ),
        ] {
            let hint = hint(policy, fault, Some((version, aes)));
            assert!(hint.contains(says), "{hint}");
        }
    }
}
