//! What to do where no setting is to be changed, by the id of the remedy: in words that operators know,
//! where the engine's own are for programmers.

use crate::given::Given;
use handfast::report::{Remedy, Report};
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::rejection::Rejection;

/// The words for a remedy.
pub(super) fn of(remedy: &Remedy, report: &Report, given: &Given) -> String {
    if let Some(rejection) = report.rejection() {
        return format!("{}{}", remedy.words, of_chain(rejection, given));
    }
    if remedy.id == "tls.ech.rejected" {
        return match report.retry_configs() {
            Some(list) => format!(
                "the list is out of date; come back with --ech {}",
                list.to_base64()
            ),
            None => NO_ECH.to_owned(),
        };
    }
    for_operators(remedy.id, given).map_or_else(|| remedy.words.clone(), str::to_owned)
}

/// Which flags go on all the same, or trust whom was not trusted.
fn of_chain(rejection: &Rejection, given: &Given) -> &'static str {
    if !given.asks() {
        return "";
    }
    match rejection.reason() {
        Reason::UnknownIssuer { .. } if !rejection.missing_issuer_urls().is_empty() => {
            " (--fetch-issuers does that, --cacert FILE trusts that one); -k connects unverified"
        }
        Reason::RevocationUnknown { .. } => " (--revocation soft does); -k connects unverified",
        Reason::UnknownIssuer { .. } | Reason::SelfSigned => {
            " (--cacert FILE trusts that one instead of the system's); -k connects unverified"
        }
        // Whoever connects all the same gives up what the key was kept for.
        Reason::KeyChanged { .. } => "",
        _ => "; -k connects unverified",
    }
}

/// What is told in flags; nothing where the engine's words serve.
pub(crate) fn for_operators(id: &str, given: &Given) -> Option<&'static str> {
    match given.is_client() {
        true => for_clients(id, given),
        false => for_servers(id),
    }
    .or_else(|| for_both(id))
}

fn for_clients(id: &str, given: &Given) -> Option<&'static str> {
    Some(match id {
        "tls.psk.not-chosen" => {
            "leave out --psk to judge the server by its certificate, or give a key that it knows"
        }
        "shared-key.unknown" | "alert.unknown-psk-identity" => {
            "the server may know no key of --psk by its name, or another one, or want one for another \
             --psk-context"
        }
        "tls.renegotiation.refused" => {
            "a server asks so who you are, where a page is not for everybody: give --cert FILE and \
             --key FILE"
        }
        "tls.certificate.curve-not-offered" => {
            "name the certificate's curve by --groups, or have the server show another certificate"
        }
        "tls.certificate-type.not-common" | "tls.raw-key.refused" => {
            "take what the server has: a raw public key by --server-raw-key PIN, and certificates \
             beside it by --cacert FILE; or show what it takes, by --raw-key FILE or --cert FILE"
        }
        "tls.raw-key.unknown" => {
            "name the key by --server-raw-key PIN, if it is the server's: ask its operator for the \
             key's SHA-256"
        }
        "tls.ech.rejected-unproved" => {
            "nobody knows who answered: do not connect again without --ech, which would show the \
             hidden name; try by another network, and without -k"
        }
        "alert.certificate-required" => {
            "the server asks who you are: give --cert and --key of a kind and an authority that it \
             takes"
        }
        "alert.unknown-ca" if given.has_own => {
            "give a --cert by an authority that the server trusts, with its intermediates"
        }
        "alert.certificate-expired" => "renew your certificate, or give another with --cert",
        "alert.unsupported-certificate" => {
            "show a certificate that is for clients (extended key usage clientAuth); or one side means \
             raw public keys: a server has one by serve --raw-key, and is shown one by --raw-key here; \
             without --server-raw-key none is asked for"
        }
        "alert.no-application-protocol" => "choose another application protocol with --alpn",
        _ => return None,
    })
}

fn for_servers(id: &str) -> Option<&'static str> {
    Some(match id {
        "tls.psk.not-common" | "tls.psk.identity-unknown" => {
            "give both sides a key under the same identity and hash (--psk FILE), or give this server \
             a certificate (--cert FILE)"
        }
        "tls.psk.binder-wrong" => {
            "the two sides have different keys under one identity: give both the same one (--psk FILE); \
             where it is a ticket, have the servers share their ticket keys (--ticket-root FILE)"
        }
        "tls.server-name.unknown" => {
            "have the client ask for a host that is served, or serve that one, too: --name NAME, or \
             --host NAME=DIR with its --cert FILE"
        }
        "tls.alpn.not-common" => {
            "this server speaks h2 and http/1.1: have the client offer one of them, or none"
        }
        "tls.renegotiation.refused" => {
            "a client has no good reason to begin again: have its TLS software updated"
        }
        "tls.client-certificate.required" | "tls.client-certificate.required-classic" => {
            "have the client show a certificate by an authority of --client-ca, or let in everybody \
             without that flag"
        }
        "tls.certificate-type.not-common" | "tls.raw-key.unasked" => {
            "show what the client takes: a certificate by --cert FILE, or beside it a raw public key \
             by --raw-key FILE"
        }
        "tls.raw-key.refused" => "take certificates, too, by --client-ca FILE",
        "tls.raw-key.unknown" => {
            "let the key in by --client-raw-key PIN, if it is the client's: ask for the key's SHA-256"
        }
        "tls.certificate.curve-not-offered" => {
            "name the certificate's curve by --groups, or have the client show another certificate"
        }
        "alert.unknown-psk-identity" => {
            "give both sides a key under the same identity (--psk FILE)"
        }
        "alert.no-application-protocol" => {
            "have the client take h2 or http/1.1, which this server speaks, or none"
        }
        "alert.unknown-ca" => {
            "the client does not trust the certificate's authority: give it that authority (handfast \
             get --cacert FILE), or serve a certificate by one that it trusts (--cert FILE)"
        }
        "alert.certificate-expired" => {
            "serve a certificate that is not over (--cert FILE), or check both machines' clocks"
        }
        _ => return None,
    })
}

fn for_both(id: &str) -> Option<&'static str> {
    Some(match id {
        "tls.scheme.not-common" => {
            "show a certificate with a key of another kind, by which the other side accepts \
             signatures (--cert FILE and --key FILE)"
        }
        "tls.issuer.not-common" => {
            "show a certificate from an authority that the other side names (--cert FILE and --key \
             FILE)"
        }
        "tls.psk.not-common" | "tls.psk.identity-unknown" | "tls.psk.not-chosen" => {
            "give both sides a key under the same identity and hash (--psk FILE)"
        }
        "tls.psk.binder-wrong" => {
            "the two sides have different keys under one identity: give both the same one (--psk FILE)"
        }
        "tls.server-name.unknown" => "ask for a host that is served there (--sni NAME)",
        "tls.alpn.not-common" => "name one of the other side's application protocols (--alpn LIST)",
        "tls.renegotiation.info-absent" => {
            "the server does not know RFC 5746 of 2010: have it updated"
        }
        "tls.extended-master-secret.absent" => {
            "the other side does not know RFC 7627 of 2015, which --policy demands: have it updated, or \
             let it speak TLS 1.3"
        }
        "tls.certificate.curve-not-common" => {
            "show a certificate on a curve that the other side names, or an RSA one (--cert FILE and \
             --key FILE)"
        }
        "tls.client-certificate.required" | "tls.client-certificate.required-classic" => {
            "have the client show a certificate, or do not require one"
        }
        "tls.compressed-certificate.not-decompressed" => {
            "have the other side send its certificates as they are"
        }
        "tls.raw-key.unasked" => "show a certificate beside the raw public key (--cert FILE)",
        "tls.ssl2.hello-refused" => {
            "--policy obsolete reads a ClientHello in SSL 2.0's format; better, have the client send a \
             newer one"
        }
        "tls.ech.rejected" => NO_ECH,
        "tls.ech.rejected-unproved" => "nobody knows who answered: try by another network",
        "shared-key.unknown" => "give both sides the same key under one identity (--psk FILE)",
        "alert.certificate-required" => {
            "show a certificate of a kind and an authority that the other side takes (--cert FILE and \
             --key FILE)"
        }
        "tls.certificate.bad"
        | "tls.certificate.kind-refused"
        | "tls.certificate.revoked"
        | "tls.certificate.expired"
        | "tls.certificate.refused"
        | "tls.certificate.name-wrong"
        | "tls.certificate.authority-unknown"
        | "tls.certificate.status-bad" => {
            "have the other side show a certificate that is believed here; `handfast cert verify` says \
             which certificate broke which rule"
        }
        id if id.starts_with("misuse.") => "a mistake of this program: please report it",
        _ => return None,
    })
}

const NO_ECH: &str =
    "the server takes encrypted ClientHellos no more: without --ech the host's name shows";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::Verb;
    use handfast::report::{Report, alert_id};
    use handfast::{AlertDescription, Error, Fault};

    /// An operator knows flags; what programmers set has other names.
    fn is_for_operators(words: &str) -> bool {
        let quoted = words.replace("`handfast", "");
        let names = quoted.matches('`').count() * 2 > words.matches('`').count();
        !(words.contains("::") || words.contains('_') || names)
    }

    #[test]
    fn no_remedy_speaks_to_programmers() {
        let faults = Fault::ALL.iter().map(|fault| Error::Fault(*fault));
        let alerts = AlertDescription::ALL.iter();
        let alerts = alerts.map(|alert| Error::PeerAlert(*alert));
        let mut replaced = 0;
        for error in faults.chain(alerts) {
            let report = Report::of(error);
            for verb in [Verb::Get, Verb::Connect, Verb::Look, Verb::Serve] {
                let given = Given {
                    verb,
                    ..Given::default()
                };
                for remedy in report.remedies() {
                    let told = of(remedy, &report, &given);
                    replaced += usize::from(told != remedy.words);
                    let plain = told.replace("psk_dhe_ke", "");
                    assert!(is_for_operators(&plain), "{}: {told}", remedy.id);
                }
            }
        }
        // The control: there was something to replace.
        assert!(replaced > 20);
        let of_engine = Fault::PskNotChosen.advice().words;
        assert!(!is_for_operators(of_engine));
        assert_eq!(alert_id(AlertDescription::UNKNOWN_CA), "alert.unknown-ca");
    }
}
