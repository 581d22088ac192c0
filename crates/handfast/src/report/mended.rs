//! What would mend a failure, from its kind and from what is known of the connection.

use crate::config::{Common, CommonPlan};
use crate::connection::RefusalDetail;
use crate::fault::{Error, Fault};
use crate::report::advice::{Advice, Who};
use crate::report::alerts;
use crate::report::ended::Ended;
use crate::report::exception::exception;
use crate::report::facts::Facts;
use crate::report::likely;
use crate::report::nearest::nearest;
use crate::report::offer::Offer;
use crate::report::remedy::{Change, PolicyName, Remedy};
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::{
    AlertDescription, HandshakeType, ProtocolVersion, SignatureScheme, museum,
};

/// What would mend it, the nearest first.
pub(crate) fn remedies(
    ended: Ended,
    detail: &RefusalDetail,
    facts: &Facts,
    peer: Option<&Offer>,
) -> Vec<Remedy> {
    match ended {
        Ended::By(Error::Fault(fault)) => of_fault(fault, detail, facts, peer),
        Ended::By(Error::PeerAlert(alert)) => {
            let mut all = likely::remedies(alert, facts);
            all.push(told_by(alert, facts));
            all
        }
        Ended::By(Error::Misuse(misuse)) => vec![Remedy::of(misuse.id(), misuse.advice())],
        Ended::By(Error::Own(failure)) => vec![Remedy::of(failure.id(), failure.advice())],
        Ended::HungUp if facts.is_client => likely::remedies_after_silence(facts),
        Ended::HungUp => vec![Remedy::of(likely::HUNG_UP, GAVE_UP).likely()],
        Ended::Silence if facts.is_client => vec![Remedy::of(SILENCE, SERVER_SILENT).likely()],
        Ended::Silence => vec![Remedy::of(SILENCE, CLIENT_SILENT).likely()],
    }
}

/// What the alert alone tells, with what this side offers where it is that which does not suit.
fn told_by(alert: AlertDescription, facts: &Facts) -> Remedy {
    let mut remedy = Remedy::of(alerts::alert_id(alert), alerts::alert_advice(alert)).likely();
    let is_about_hello = facts.is_client && facts.version.is_none() && !facts.was_connected;
    let Some(common) = facts.common.as_ref().filter(|_| is_about_hello) else {
        return remedy;
    };
    let own = Offer::of_config(common);
    match alert {
        AlertDescription::PROTOCOL_VERSION => {
            let versions = names(own.versions.as_deref()).join(", ");
            remedy.words = format!("have the peer's operator allow one of {versions}");
        }
        AlertDescription::HANDSHAKE_FAILURE | AlertDescription::INSUFFICIENT_SECURITY => {
            let versions = names(own.versions.as_deref()).join(" or ");
            let suites = names(own.suites.as_deref()).join(", ");
            let groups = names(own.groups.as_deref()).join(", ");
            remedy.words = format!(
                "nothing that was offered suits the peer: have its operator allow {versions} with one \
                 of the suites {suites} and of the groups {groups}"
            );
        }
        _ => {}
    }
    remedy
}

const SILENCE: &str = "transport.silence";

const GAVE_UP: Advice = Advice {
    who: Who::Peer,
    words: "the client gave up without saying why: it may not trust the certificate, or it was only \
            looking whether the port is open; its log may say more",
};
const SERVER_SILENT: Advice = Advice {
    who: Who::Peer,
    words: "the port may wait for another protocol (a STARTTLS, an SSH client), or something on the way \
            drops what is sent: check the port, and try a smaller ClientHello (no group that resists \
            quantum computers)",
};
const CLIENT_SILENT: Advice = Advice {
    who: Who::Peer,
    words: "the client may wait for a greeting in plain text (SMTP, IMAP, FTP): it is to begin with TLS \
            here, or use the port with STARTTLS",
};

fn of_fault(
    fault: Fault,
    detail: &RefusalDetail,
    facts: &Facts,
    peer: Option<&Offer>,
) -> Vec<Remedy> {
    if let RefusalDetail::Certificate(rejection) = detail {
        return vec![Remedy {
            words: rejection.remedy().into_owned(),
            ..Remedy::of(rejection.reason().id(), fault.advice())
        }]
        .into_iter()
        .chain(exception(fault, detail, facts, peer))
        .collect();
    }
    if let RefusalDetail::Plaintext { what, .. } = detail {
        return vec![Remedy::of(what.id(), what.advice())];
    }
    let mut all = nearer(fault, detail, facts, peer);
    let mut last = Remedy::of(fault.id(), fault.advice());
    if let (Fault::SuiteNotOffered, Some(words)) = (fault, peer.and_then(buried)) {
        last.words = words;
    }
    if let (Some(words), Some(common)) = (asked_of_peer(fault), &facts.common) {
        last.words = format!("{words} {}", listed(fault, common));
    }
    all.push(last);
    all.extend(exception(fault, detail, facts, peer));
    all
}

/// Why no policy takes the suite that a server has chosen, and what instead.
fn buried(peer: &Offer) -> Option<String> {
    let suite = *peer.suites.as_ref()?.first()?;
    let exhibit = museum::exhibits(suite).next()?;
    Some(format!(
        "have the server's operator replace {suite}, which no policy takes: {}; instead: {}",
        exhibit.because, exhibit.instead
    ))
}

/// What the peer's operator is to allow, before the list of it.
fn asked_of_peer(fault: Fault) -> Option<&'static str> {
    match fault {
        Fault::VersionNotCommon | Fault::SuiteNotCommon | Fault::GroupNotCommon => {
            Some("have the peer's operator allow one of")
        }
        _ => None,
    }
}

fn listed(fault: Fault, common: &CommonPlan) -> String {
    let own = Offer::of_config(common);
    let names: Vec<String> = match fault {
        Fault::VersionNotCommon => names(own.versions.as_deref()),
        Fault::SuiteNotCommon => names(own.suites.as_deref()),
        _ => names(own.groups.as_deref()),
    };
    names.join(", ")
}

fn names<T: ToString>(list: Option<&[T]>) -> Vec<String> {
    let list = list.unwrap_or_default().iter().take(4);
    list.map(ToString::to_string).collect()
}

/// What this side can do, where what the peer offers tells.
fn nearer(
    fault: Fault,
    detail: &RefusalDetail,
    facts: &Facts,
    peer: Option<&Offer>,
) -> Vec<Remedy> {
    let settings = |changes: Vec<Change>| Remedy::settings(changes);
    match fault {
        Fault::VersionNotCommon
        | Fault::SuiteNotCommon
        | Fault::GroupNotCommon
        | Fault::LegacyVersionObsolete
        | Fault::VersionNotOffered
        | Fault::SuiteNotOffered
        | Fault::GroupNotOffered => {
            let changes = facts
                .common
                .as_ref()
                .zip(peer)
                .and_then(|(common, peer)| nearest(&common.set, peer));
            let newest = facts.common.as_ref().zip(peer).and_then(|(common, peer)| {
                let version = oldest_chosen(&common.set, peer)?;
                Some(vec![Change::Newest(version)])
            });
            changes.or(newest).map(settings).into_iter().collect()
        }
        Fault::Ssl2HelloRefused => vec![settings(vec![Change::Policy(PolicyName::Obsolete)])],
        Fault::AlpnNotCommon => {
            let names = peer.and_then(|peer| peer.alpn.as_ref());
            let names = names.into_iter().flatten().take(4).cloned();
            let one = |name| settings(vec![Change::Protocol(name)]);
            names.map(one).collect()
        }
        Fault::SchemeNotCommon => credential(detail, allowed(facts)),
        Fault::SchemeNotOffered => {
            let scheme = facts.message.as_deref().and_then(signed_by);
            let by = |scheme| take_scheme(scheme, allowed(facts));
            scheme.and_then(by).into_iter().collect()
        }
        // The policy is there, and TLS 1.3 takes no such key under any.
        Fault::CertificateKeyWeak
            if facts.is_client && allowed(facts) >= Some(PolicyName::Obsolete) =>
        {
            let is_new = facts.version == Some(ProtocolVersion::TLS_1_3);
            let older = settings(vec![Change::Newest(ProtocolVersion::TLS_1_2)]);
            let words = "a key of 1024 bits is taken before TLS 1.3 alone";
            is_new.then(|| older.because(words)).into_iter().collect()
        }
        Fault::CertificateKeyWeak if facts.is_client => {
            let allowed = settings(vec![Change::Policy(PolicyName::Obsolete)]);
            let words = "before TLS 1.3, and where the certificate's small key is accepted too";
            vec![allowed.because(words)]
        }
        Fault::PrimeShort | Fault::PrimeLong | Fault::PrimeUnsafe if facts.is_client => {
            let without = settings(vec![Change::NoFields]);
            let words = "the server may have another key exchange";
            vec![without.because(words).likely()]
        }
        _ => Vec::new(),
    }
}

/// The policy that the config allows.
fn allowed(facts: &Facts) -> Option<PolicyName> {
    PolicyName::allowed(&facts.common.as_ref()?.set)
}

/// The version that a server has chosen, where this side speaks it and the suite goes with newer ones
/// alone: some servers choose for SSL 3.0 what was offered for others.
fn oldest_chosen(own: &Common, peer: &Offer) -> Option<ProtocolVersion> {
    let version = *peer.versions.as_ref()?.first()?;
    let is_alone = own.versions.iter().all(|one| *one <= version);
    let is_odd = peer.is_choice && version == ProtocolVersion::SSL_3_0 && !is_alone;
    (is_odd && own.versions.contains(&version)).then_some(version)
}

/// A certificate with a key whose signatures the peer takes.
fn credential(detail: &RefusalDetail, allowed: Option<PolicyName>) -> Vec<Remedy> {
    let RefusalDetail::Offers { peer, own, .. } = detail else {
        return Vec::new();
    };
    let has = |word: &str| peer.iter().any(|scheme| scheme.starts_with(word));
    let mut all = Vec::new();
    // What an old policy would sign with the key that is there.
    let is_rsa = own.iter().any(|scheme| scheme.starts_with("rsa_p"));
    let is_ecdsa = own.iter().any(|scheme| scheme.starts_with("ecdsa_"));
    let by_sha1 = (is_rsa && has("rsa_pkcs1_sha1")) || (is_ecdsa && has("ecdsa_sha1"));
    if by_sha1 && allowed < Some(PolicyName::Obsolete) {
        all.push(Remedy::settings(vec![Change::Policy(PolicyName::Obsolete)]));
    }
    let kinds = [
        (["ecdsa_secp256r1", "ecdsa_secp256r1"], "a P-256 key"),
        (["rsa_pss_rsae", "rsa_pkcs1_sha2"], "an RSA key"),
        (["rsa_pkcs1_sha3", "rsa_pkcs1_sha5"], "an RSA key"),
        (["ecdsa_secp384r1", "ecdsa_secp384r1"], "a P-384 key"),
        (["ecdsa_secp521r1", "ecdsa_secp521r1"], "a P-521 key"),
        (["ed25519", "ed25519"], "an Ed25519 key"),
        (["mldsa", "mldsa"], "an ML-DSA key"),
    ];
    let fitting = kinds
        .into_iter()
        .find(|(words, _)| words.iter().any(|word| has(word)));
    if let Some((_, kind)) = fitting {
        all.push(Remedy::settings(vec![Change::Credential(kind)]));
    }
    all
}

/// How to take a signature by this scheme.
fn take_scheme(scheme: SignatureScheme, allowed: Option<PolicyName>) -> Option<Remedy> {
    let by_policy = [SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1];
    let is_allowed = allowed >= Some(PolicyName::Obsolete);
    let change = if by_policy.contains(&scheme) && !is_allowed {
        Change::Policy(PolicyName::Obsolete)
    } else if crate::suite::is_known_scheme(scheme) || is_allowed {
        Change::Scheme(scheme)
    } else {
        return None;
    };
    Some(Remedy::settings(vec![change]))
}

/// The scheme that a message says it is signed by.
fn signed_by(message: &[u8]) -> Option<SignatureScheme> {
    let (header, body) = HandshakeHeader::split(message)?;
    let at = match header.msg_type {
        HandshakeType::CERTIFICATE_VERIFY => 0,
        HandshakeType::SERVER_KEY_EXCHANGE if body.first() == Some(&3) => {
            // RFC 8422 s5.4: a named curve, then a point with its length.
            4 + usize::from(*body.get(3)?)
        }
        HandshakeType::SERVER_KEY_EXCHANGE => {
            // RFC 5246 s7.4.3: p, g and Ys, each with its length.
            let mut at = 0;
            for _ in 0..3 {
                let length = body.get(at..)?.first_chunk()?;
                at += 2 + usize::from(u16::from_be_bytes(*length));
            }
            at
        }
        _ => return None,
    };
    let code = body.get(at..)?.first_chunk()?;
    Some(SignatureScheme(u16::from_be_bytes(*code)))
}
