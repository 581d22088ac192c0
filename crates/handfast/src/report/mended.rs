//! What would mend a failure, from its kind and from what is known of the connection.

use crate::config::CommonPlan;
use crate::connection::RefusalDetail;
use crate::fault::{Error, Fault};
use crate::report::advice::{Advice, Who};
use crate::report::alerts;
use crate::report::ended::Ended;
use crate::report::facts::Facts;
use crate::report::likely;
use crate::report::nearest::nearest;
use crate::report::offer::Offer;
use crate::report::own;
use crate::report::remedy::{Change, PolicyName, Remedy};
use handfast_wire::handshake::HandshakeHeader;
use handfast_wire::registry::{HandshakeType, SignatureScheme};

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
            all.push(Remedy::of(alerts::alert_advice(alert)).likely());
            all
        }
        Ended::By(Error::Misuse(misuse)) => vec![Remedy::of(own::misuse(misuse).advice)],
        Ended::By(Error::Own(failure)) => vec![Remedy::of(own::own(failure).advice)],
        Ended::HungUp if facts.is_client => likely::remedies_after_silence(facts),
        Ended::HungUp => vec![Remedy::of(GAVE_UP).likely()],
        Ended::Silence if facts.is_client => vec![Remedy::of(SERVER_SILENT).likely()],
        Ended::Silence => vec![Remedy::of(CLIENT_SILENT).likely()],
    }
}

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
            ..Remedy::of(fault.advice())
        }];
    }
    if let RefusalDetail::Plaintext { what, .. } = detail {
        return vec![Remedy::of(what.advice())];
    }
    let mut all = nearer(fault, detail, facts, peer);
    let mut last = Remedy::of(fault.advice());
    if let (Some(words), Some(common)) = (asked_of_peer(fault), &facts.common) {
        last.words = format!("{words} {}", listed(fault, common));
    }
    all.push(last);
    all
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
        | Fault::LegacyVersionObsolete => {
            let changes = facts
                .common
                .as_ref()
                .zip(peer)
                .and_then(|(common, peer)| nearest(&common.set, peer));
            changes.map(settings).into_iter().collect()
        }
        Fault::Ssl2HelloRefused => vec![settings(vec![Change::Policy(PolicyName::Obsolete)])],
        Fault::AlpnNotCommon => {
            let names = peer.and_then(|peer| peer.alpn.as_ref());
            let names = names.into_iter().flatten().take(4).cloned();
            let one = |name| settings(vec![Change::Protocol(name)]);
            names.map(one).collect()
        }
        Fault::SchemeNotCommon => credential(detail),
        Fault::SchemeNotOffered => {
            let scheme = facts.message.as_deref().and_then(signed_by);
            scheme.and_then(take_scheme).into_iter().collect()
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

/// A certificate with a key whose signatures the peer takes.
fn credential(detail: &RefusalDetail) -> Vec<Remedy> {
    let RefusalDetail::Offers { peer, own, .. } = detail else {
        return Vec::new();
    };
    let has = |word: &str| peer.iter().any(|scheme| scheme.starts_with(word));
    let mut all = Vec::new();
    // What an old policy would sign with the key that is there.
    let is_rsa = own.iter().any(|scheme| scheme.starts_with("rsa_p"));
    let is_ecdsa = own.iter().any(|scheme| scheme.starts_with("ecdsa_"));
    if (is_rsa && has("rsa_pkcs1_sha1")) || (is_ecdsa && has("ecdsa_sha1")) {
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
fn take_scheme(scheme: SignatureScheme) -> Option<Remedy> {
    let by_policy = [SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1];
    let change = if by_policy.contains(&scheme) {
        Change::Policy(PolicyName::Obsolete)
    } else if crate::suite::is_known_scheme(scheme) {
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
