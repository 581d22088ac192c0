//! Certificates: downloaded and revoked (RFC 8555 sections 7.4.2 and 7.6).

use crate::jws::decode;
use crate::message::{ErrorKind, Revoke};
use crate::server::authority::Standing;
use crate::server::context::Context;
use crate::server::exchange::{Refusal, Reply, not_yours};
use crate::server::finalize::identifiers_of;
use crate::server::kept::{Certificate, Renewal, load};
use crate::server::ledger::has_proven;
use crate::server::renewal::name_of;
use crate::server::signed::{Signed, malformed, refused};
use handfast_pki::certificate::Certificate as View;
use rustls_pki_types::CertificateDer;

/// A certificate's chain: without the root, or as the alternate with it.
pub(crate) fn certificate(
    context: &Context<'_>,
    signed: &Signed,
    (name, with_root): (&str, bool),
) -> Result<Reply, Refusal> {
    signed.must_be_read_only()?;
    let account = signed.account()?;
    let found = load::<Certificate>(context.records, name)?;
    let own = found.filter(|certificate| certificate.value.account == account.key);
    let own = own.ok_or_else(|| not_yours("certificate"))?.value;
    let url = context.url(&format!("/acme/certificate/{name}"));
    let (body, other) = match with_root {
        false => (own.chain, format!("{url}/with-root")),
        true => (format!("{}{}", own.chain, own.root), url),
    };
    Ok(Reply::empty(200)
        .with("content-type", "application/pem-certificate-chain")
        .with("link", format!("<{other}>;rel=\"alternate\""))
        .bodied(body.into_bytes()))
}

/// revokeCert: by the account that ordered it, by one that has proven all of its names, or by its
/// own key.
pub(crate) fn revoke(context: &mut Context<'_>, signed: &Signed) -> Result<Reply, Refusal> {
    let asked: Revoke = signed.read()?;
    let der = CertificateDer::from(decode(&asked.certificate, "certificate").map_err(refused)?);
    let view = View::parse(&der)
        .map_err(|fault| malformed(format!("the certificate cannot be read: {fault}")))?;
    let reason = asked.reason.unwrap_or(0);
    if !REASONS.contains(&reason) {
        let detail = format!(
            "the reason {reason} is not a holder's to give: 0 unspecified, 1 keyCompromise, \
             3 affiliationChanged, 4 superseded, 5 cessationOfOperation"
        );
        return Err(Refusal::new(ErrorKind::BadRevocationReason, detail));
    }
    // Whoever may not revoke it does not learn whether it is known here.
    if !may_revoke(context, signed, &view, &der)? {
        let detail = "no certificate of this server that this account or key may revoke: the \
                      account that ordered it may, one that has proven all of its names, or its \
                      own key";
        return Err(Refusal::new(ErrorKind::Unauthorized, detail));
    }
    match context.authority.standing(&der)? {
        Standing::Good => {}
        Standing::Revoked => {
            let detail = "the certificate is revoked already";
            return Err(Refusal::new(ErrorKind::AlreadyRevoked, detail));
        }
        Standing::Unknown => {
            let detail = "the certificate was not issued here";
            return Err(Refusal::new(ErrorKind::Unauthorized, detail));
        }
    }
    context.authority.revoke(&der, reason, context.now_unix)?;
    Ok(Reply::empty(200))
}

fn may_revoke(
    context: &Context<'_>,
    signed: &Signed,
    view: &View<'_>,
    der: &CertificateDer<'_>,
) -> Result<bool, Refusal> {
    let Some(account) = &signed.account else {
        return Ok(signed.key.spki() == view.spki());
    };
    if let Some(name) = name_of(view)
        && let Some(renewal) = load::<Renewal>(context.records, &name)?
        && renewal.value.account == account.key
        && decode(&renewal.value.leaf, "leaf").is_ok_and(|leaf| leaf == der.as_ref())
    {
        return Ok(true);
    }
    match identifiers_of(view) {
        Some(names) => has_proven(context, &account.key, &names),
        None => Ok(false),
    }
}

/// RFC 5280 section 5.3.1: what a holder may say. Of an authority's compromise, of holds and of
/// privileges withdrawn the operator speaks.
const REASONS: [u8; 5] = [0, 1, 3, 4, 5];
