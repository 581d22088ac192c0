//! Another key for an account (RFC 8555 section 7.3.5).

use crate::jws::{Jws, JwsFault};
use crate::message::{ErrorKind, KeyChange};
use crate::server::accounts::{account_of, current_account};
use crate::server::context::Context;
use crate::server::exchange::{Refusal, Reply};
use crate::server::kept::{KeyOf, create, load};
use crate::server::signed::{ACCOUNT_PATH, Signed, malformed, refused};

/// keyChange. The outer JWS is the old key's, the inner one the new key's.
pub(crate) fn key_change(context: &Context<'_>, signed: &Signed) -> Result<Reply, Refusal> {
    let mut account = current_account(context, signed)?;
    let inner = Jws::read(&signed.payload).and_then(|jws| jws.open());
    let inner = inner.map_err(refused)?;
    let header = inner.header().clone();
    let (Some(new), None) = (header.jwk, header.kid) else {
        return Err(malformed(
            "the inner JWS must bring the new key as jwk, and no kid",
        ));
    };
    if header.nonce.is_some() {
        return Err(malformed("the inner JWS must hold no nonce"));
    }
    let verified = inner.verify(&new).map_err(|fault| match fault {
        JwsFault::Signature => malformed("the inner JWS is not signed by the new key"),
        other => refused(other),
    })?;
    if header.url != signed.url {
        return Err(malformed(
            "the inner JWS names another url than the outer one",
        ));
    }
    let change: KeyChange = serde_json::from_slice(&verified.payload)
        .map_err(|error| malformed(format!("the inner payload: {error}")))?;
    if change.account != context.url(&format!("{ACCOUNT_PATH}{}", account.key)) {
        return Err(malformed(
            "the inner payload names another account than the outer header",
        ));
    }
    if change.old_key != account.value.key {
        return Err(malformed(
            "the inner payload's oldKey is not the account's key",
        ));
    }
    if let Some(other) = account_of(context, &new)? {
        let url = context.url(&format!("{ACCOUNT_PATH}{}", other.key));
        let detail = "the new key has an account already: see Location";
        let refusal = Refusal::new(ErrorKind::Malformed, detail).status(409);
        return Err(refusal.with("location", url));
    }
    // The new key points to the account before the account has it: in between it is nobody's.
    let of = KeyOf {
        account: account.key.clone(),
    };
    match load::<KeyOf>(context.records, &new.thumbprint())? {
        Some(mut stale) => {
            stale.value = of;
            stale.save(context.records)?;
        }
        None => {
            create(context.records, &new.thumbprint(), of)?;
        }
    }
    account.value.key = new;
    account.save(context.records)?;
    let url = context.url(&format!("{ACCOUNT_PATH}{}", account.key));
    Ok(Reply::empty(200).with("location", url))
}
