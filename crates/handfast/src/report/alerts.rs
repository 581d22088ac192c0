//! The row of every alert that a peer may send: its id, and what to do about it, as far as the alert
//! alone tells. A test holds that none of the registry is left out.

use crate::report::advice::{Advice, BROKEN, DAMAGED, Row, between, here, peer};
use handfast_wire::registry::AlertDescription;

/// What the peer does not believe is what this side showed.
const NOT_BELIEVED: Advice = here(
    "the peer does not accept the certificate that was shown to it: show one that it trusts, with its \
     intermediates, or give the peer the authority to trust",
);
/// As the registry keeps it for what nobody sends any more.
const RETIRED: Advice =
    peer("nobody sends this alert any more: have the peer's operator update its TLS software");

macro_rules! rows {
    ($($alert:ident => $id:literal, $advice:expr;)*) => {
        /// The row of an alert; those that have no name share one.
        pub(crate) const fn row(alert: AlertDescription) -> Row {
            match alert {
                $(AlertDescription::$alert => Row { id: $id, advice: $advice },)*
                _ => Row {
                    id: "alert.unknown",
                    advice: peer("the peer sent an alert that no standard names: ask its operator what it means"),
                },
            }
        }
    };
}

rows! {
    CLOSE_NOTIFY => "alert.close-notify", peer("the peer ended the connection before the handshake was done: its log says why, or it was stopped");
    UNEXPECTED_MESSAGE => "alert.unexpected-message", peer("the peer got something that has no place in its protocol: check that the port speaks TLS, and have its operator update its TLS software");
    BAD_RECORD_MAC => "alert.bad-record-mac", DAMAGED;
    DECRYPTION_FAILED_RESERVED => "alert.decryption-failed", DAMAGED;
    RECORD_OVERFLOW => "alert.record-overflow", BROKEN;
    DECOMPRESSION_FAILURE_RESERVED => "alert.decompression-failure", RETIRED;
    HANDSHAKE_FAILURE => "alert.handshake-failure", peer("nothing that was offered suits the peer: have its operator allow TLS 1.3, or ECDHE with AES-GCM or ChaCha20-Poly1305 in TLS 1.2");
    NO_CERTIFICATE_RESERVED => "alert.no-certificate", RETIRED;
    BAD_CERTIFICATE => "alert.bad-certificate", NOT_BELIEVED;
    UNSUPPORTED_CERTIFICATE => "alert.unsupported-certificate", here("show a certificate of a kind that the peer takes, and meant for this purpose (extended key usage)");
    CERTIFICATE_REVOKED => "alert.certificate-revoked", here("have a new certificate issued: the peer knows that the one shown was taken back");
    CERTIFICATE_EXPIRED => "alert.certificate-expired", here("renew the certificate that was shown, or check both machines' clocks");
    CERTIFICATE_UNKNOWN => "alert.certificate-unknown", NOT_BELIEVED;
    ILLEGAL_PARAMETER => "alert.illegal-parameter", peer("the peer finds a field wrong: have its operator update its TLS software; its log may say which");
    UNKNOWN_CA => "alert.unknown-ca", here("the peer does not trust the authority of the certificate that was shown: send its intermediates, show one from an authority that the peer trusts, or give the peer its root");
    ACCESS_DENIED => "alert.access-denied", peer("the certificate is good, and the peer does not let it in: have its operator do so");
    DECODE_ERROR => "alert.decode-error", peer("the peer could not read a message: old software stumbles over newer Hellos; have its operator update it");
    DECRYPT_ERROR => "alert.decrypt-error", here("the peer finds a signature or a key wrong: check that key and certificate belong together, and that both sides have the same shared key");
    TOO_MANY_CIDS_REQUESTED => "alert.too-many-cids-requested", BROKEN;
    EXPORT_RESTRICTION_RESERVED => "alert.export-restriction", RETIRED;
    PROTOCOL_VERSION => "alert.protocol-version", peer("the peer speaks none of the versions that were offered: have its operator allow TLS 1.2 or 1.3");
    INSUFFICIENT_SECURITY => "alert.insufficient-security", here("the peer asks for more than was offered: offer stronger suites, groups and keys");
    INTERNAL_ERROR => "alert.internal-error", peer("the peer failed by itself: its log says why");
    INAPPROPRIATE_FALLBACK => "alert.inappropriate-fallback", here("offer the newest version at once: an older one was tried although the server speaks a newer one");
    USER_CANCELED => "alert.user-canceled", peer("the peer's user broke it off");
    NO_RENEGOTIATION_RESERVED => "alert.no-renegotiation", peer("the peer does not renegotiate: connect anew, or use TLS 1.3, which asks for certificates without it");
    MISSING_EXTENSION => "alert.missing-extension", here("offer what the peer demands: mostly the host's name (SNI), or a shared key");
    UNSUPPORTED_EXTENSION => "alert.unsupported-extension", BROKEN;
    CERTIFICATE_UNOBTAINABLE_RESERVED => "alert.certificate-unobtainable", RETIRED;
    UNRECOGNIZED_NAME => "alert.unrecognized-name", here("the server has no host of that name: check the name that is asked for (SNI)");
    BAD_CERTIFICATE_STATUS_RESPONSE => "alert.bad-certificate-status-response", here("staple a fresh OCSP response for the certificate that is shown, or none");
    BAD_CERTIFICATE_HASH_VALUE_RESERVED => "alert.bad-certificate-hash-value", RETIRED;
    UNKNOWN_PSK_IDENTITY => "alert.unknown-psk-identity", here("give both sides a key under the same identity (`psks`)");
    CERTIFICATE_REQUIRED => "alert.certificate-required", here("show a certificate of a kind and an authority that the server takes (`credentials`)");
    GENERAL_ERROR => "alert.general-error", peer("the peer failed for a reason that it does not name: its log says why");
    NO_APPLICATION_PROTOCOL => "alert.no-application-protocol", here("offer an application protocol that the server speaks, or none (`common.alpn`)");
    ECH_REQUIRED => "alert.ech-required", between("the server's keys for Encrypted ClientHello have changed, or somebody in between hides them: fetch them anew");
}

/// The id of a received alert, as in `alert.handshake-failure`, for programs. It never changes its
/// meaning; alerts that no standard names share `alert.unknown`.
///
/// ```
/// use handfast::{AlertDescription, report::alert_id};
///
/// assert_eq!(alert_id(AlertDescription::UNKNOWN_CA), "alert.unknown-ca");
/// ```
#[must_use]
pub const fn alert_id(alert: AlertDescription) -> &'static str {
    row(alert).id
}

/// What to do where the peer sends this alert and nothing else is known.
#[must_use]
pub const fn alert_advice(alert: AlertDescription) -> Advice {
    row(alert).advice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alert_of_the_registry_has_a_row_called_like_it() {
        for alert in AlertDescription::ALL {
            let name = alert.name().unwrap();
            assert_eq!(
                alert_id(*alert),
                format!("alert.{}", name.replace('_', "-"))
            );
            assert!(!alert_advice(*alert).words.ends_with('.'));
        }
        assert_eq!(alert_id(AlertDescription(200)), "alert.unknown");
    }
}
