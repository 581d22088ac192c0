//! Making an account, or finding the one that the key has (RFC 8555 section 7.3).

use crate::client::fault::ClientFault;
use crate::client::problem::shown;
use crate::client::settings::Settings;
use crate::jws::{Jwk, bind};
use crate::message::{Directory, NewAccount};

/// The request for an account.
pub(crate) fn new_account(
    directory: &Directory,
    settings: &Settings,
    key: &Jwk,
) -> Result<NewAccount, ClientFault> {
    let meta = directory.meta.clone().unwrap_or_default();
    if let Some(terms) = &meta.terms_of_service
        && !settings.agrees_to_terms
    {
        let message = format!("the authority has terms of service: {}", shown(terms));
        return Err(ClientFault::settings(message)
            .hint("read them, and say that you agree with --acme-agree-tos"));
    }
    if meta.external_account_required && settings.binding.is_none() {
        return Err(ClientFault::settings(
            "the authority takes only accounts that are bound to one at its office",
        )
        .hint("get a key identifier and a MAC key there, and give them with --acme-eab KID:FILE"));
    }
    let bound = |binding: &crate::client::settings::Binding| {
        bind(key, &binding.kid, &binding.secret, &directory.new_account)
            .map_err(|fault| ClientFault::settings(format!("the external account: {fault}")))
    };
    Ok(NewAccount {
        contact: settings.contact.clone(),
        terms_of_service_agreed: settings.agrees_to_terms.then_some(true),
        only_return_existing: false,
        external_account_binding: settings.binding.as_ref().map(bound).transpose()?,
    })
}
