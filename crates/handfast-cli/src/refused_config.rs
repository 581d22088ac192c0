//! Flags that, taken together, are no settings to work by: what the engine says of a config, in words
//! that name flags.

use crate::failure::Failure;
use crate::peer_policy::Name;
use handfast::{CipherSuite, ConfigFault};
use handfast_wire::registry::museum;

/// What is wrong with a client's flags. `needs_key`: a suite was named that wants a shared key.
pub(crate) fn of_client(fault: &ConfigFault, needs_key: bool) -> Failure {
    let failure = Failure::usage(sentence(fault));
    match fault {
        ConfigFault::NotJudged("exceptions about certificates") => failure.hint(
            "--exceptions about certificates go with the system's trust or --cacert alone, not with \
             -k, --tofu, --revocation, --fetch-issuers or directories of roots",
        ),
        ConfigFault::ListEmpty(_) if needs_key => failure.hint(SHARED_KEYS),
        ConfigFault::SuiteUnjudged(_) => {
            failure.hint("-k takes anyone, and nothing tells who it is")
        }
        ConfigFault::SuiteUnjudgedBeside(_) => {
            failure.hint("--suites with anonymous suites alone, and -k, take anyone")
        }
        _ => hinted(failure, fault),
    }
}

/// What is wrong with a server's flags.
pub(crate) fn of_server(fault: &ConfigFault) -> Failure {
    let failure = Failure::usage(sentence(fault));
    match fault {
        ConfigFault::SuiteUnjudged(_) | ConfigFault::SuiteUnjudgedBeside(_) => {
            failure.hint("leave it out of --suites: `serve` shows who it is")
        }
        _ => hinted(failure, fault),
    }
}

fn hinted(failure: Failure, fault: &ConfigFault) -> Failure {
    let hint = match fault {
        ConfigFault::ListEmpty(_) => {
            "--suites and --groups name nothing that the versions from --min to --max have: leave one \
             of them out"
        }
        ConfigFault::ListedTwice(_) => "name each once",
        ConfigFault::ListTooLong(_) => "name fewer",
        ConfigFault::SuiteObsolete(suite) | ConfigFault::SuiteUnknown(suite) => {
            return match how_to_offer(*suite) {
                Some(how) => failure.hint(how),
                None => failure,
            };
        }
        ConfigFault::SchemeObsolete(_) => "--policy obsolete allows signatures by SHA-1",
        ConfigFault::VersionObsolete(version) => {
            return match Name::that_speaks(*version) {
                Some(name) => failure.hint(format!("--policy {} speaks it", name.word())),
                None => failure,
            };
        }
        ConfigFault::GroupUnknown(_) => "handfast list groups marks with + what is spoken",
        ConfigFault::SchemeUnknown(_) => "handfast list sigalgs marks with + what is spoken",
        ConfigFault::KeyShareNotInGroups(_) => "name the group in --groups",
        ConfigFault::NoSchemeForKey => {
            "add a scheme that suits the key to --sigalgs, or give another --cert and --key"
        }
        ConfigFault::KeyMismatch => {
            "give the key that the certificate was issued for; handfast cert match tells"
        }
        ConfigFault::PskHashUnspoken => {
            "add TLS_AES_128_GCM_SHA256 to --suites, with which keys of --psk go"
        }
        ConfigFault::EchUnusable => {
            "look the list up anew; to go on with the name in the clear, leave out --ech, or give --ech \
             grease"
        }
        ConfigFault::EarlyDataUnmarked => "add a --session-store, or leave out --early-data",
        ConfigFault::Useless { .. } => "leave it out, or add what it is for",
        ConfigFault::CertificateTypeUnjudged(_) => {
            "say whom to believe: --cacert FILE for certificates, --server-raw-key or --client-raw-key \
             for raw public keys"
        }
        _ => return failure,
    };
    failure.hint(hint)
}

/// The fault's own sentence, where that names no field of a config; else what it means for flags.
fn sentence(fault: &ConfigFault) -> String {
    match fault {
        ConfigFault::SuiteObsolete(suite) => {
            format!("the cipher suite {suite} is obsolete, and no --policy allows it")
        }
        ConfigFault::VersionObsolete(version) => {
            format!("{version} is obsolete, and no --policy allows it")
        }
        ConfigFault::SchemeObsolete(scheme) => {
            format!("the signature scheme {scheme} is obsolete, and no --policy allows it to be named")
        }
        ConfigFault::EarlyDataUnmarked => {
            "--early-data: nothing would tell early data from its replay".to_owned()
        }
        ConfigFault::PskHashUnspoken => {
            "no suite of TLS 1.3 has the hash of a key of --psk, without which nothing goes on".to_owned()
        }
        ConfigFault::EchUnusable => {
            "no entry of the --ech list can be used here (another version, unknown algorithms, a public \
             name that is none of a host): the name would go out for everybody to see"
                .to_owned()
        }
        ConfigFault::CertificateTypeUnjudged(_) => {
            "the other side may show what nothing says whom to believe by".to_owned()
        }
        ConfigFault::NotJudged(what) => {
            format!("nobody would look at {what}: other flags say whom to believe")
        }
        ConfigFault::Useless { set, needs } => {
            let flag = match *set {
                "ech" => "--ech",
                "ech_keys" => "--ech-key",
                other => other,
            };
            format!("{flag} does nothing without {needs}")
        }
        ConfigFault::TwoSources(what) => format!("{what} come from two places: choose one"),
        other => other.to_string(),
    }
}

/// By which flags a suite is offered that was not; none where it is current.
fn how_to_offer(suite: CipherSuite) -> Option<String> {
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

/// By what suites are spoken that need one.
const SHARED_KEYS: &str =
    "suites of a shared key (PSK) want --psk FILE, with a key that the server knows too";

/// Whether a suite that was named wants a shared key.
pub(crate) fn is_of_shared_keys(named: &[String]) -> bool {
    let mut suites = CipherSuite::ALL.iter().copied();
    suites.any(|suite| {
        let name = suite.name().unwrap_or_default();
        Name::has_for_shared_keys(suite) && named.iter().any(|one| one.eq_ignore_ascii_case(name))
    })
}
