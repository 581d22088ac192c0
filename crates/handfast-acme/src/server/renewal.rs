//! When a certificate had best be renewed (RFC 9773).

use crate::jws::{decode, encode};
use crate::message::{ErrorKind, RenewalInfo, Timestamp, Window};
use crate::server::authority::Standing;
use crate::server::context::Context;
use crate::server::exchange::{Refusal, Reply};
use crate::server::kept::{Renewal, load};
use crate::server::signed::refused;
use handfast_pki::certificate::Certificate;
use rustls_pki_types::CertificateDer;

/// The document of a certificate, for anybody who asks.
pub(crate) fn renewal_info(context: &mut Context<'_>, name: &str) -> Result<Reply, Refusal> {
    let found = load::<Renewal>(context.records, name)?;
    let unknown = || {
        let detail = "no certificate of that name: it is the base64url of its authority key \
                      identifier, a dot, and that of its serial number (RFC 9773 section 4.1)";
        Refusal::new(ErrorKind::Malformed, detail).status(404)
    };
    let renewal = found.ok_or_else(unknown)?.value;
    let leaf = CertificateDer::from(decode(&renewal.leaf, "leaf").map_err(refused)?);
    let is_revoked = context.authority.standing(&leaf)? == Standing::Revoked;
    let life_s = renewal
        .not_after_unix
        .saturating_sub(renewal.not_before_unix);
    let (start, end) = match is_revoked {
        // Over: at once.
        true => (
            context.now_unix.saturating_sub(7200),
            context.now_unix.saturating_sub(3600),
        ),
        // After two thirds of its life, and within a tenth of it: not all on the same day.
        false => {
            let start = renewal.not_before_unix.saturating_add(life_s / 3 * 2);
            (start, start.saturating_add(life_s / 10))
        }
    };
    let document = RenewalInfo {
        suggested_window: Window {
            start: Timestamp::unix(start),
            end: Timestamp::unix(end),
        },
        explanation_url: None,
    };
    Ok(Reply::json(200, &document).with("retry-after", ASK_AGAIN_S))
}

/// What a certificate is called: its authority key identifier and its serial (section 4.1).
pub(crate) fn name_of(certificate: &Certificate<'_>) -> Option<String> {
    let authority = certificate.authority_key_identifier().ok()??;
    let key = authority.key_id?;
    Some(format!("{}.{}", encode(key), encode(certificate.serial())))
}

const ASK_AGAIN_S: &str = "21600";
