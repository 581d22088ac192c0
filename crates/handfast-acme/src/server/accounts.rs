//! Accounts: made, found, changed, ended (RFC 8555 section 7.3).

use crate::jws::{Jwk, verify_binding};
use crate::message::{
    Account as AccountDocument, AccountStatus, AccountUpdate, ErrorKind, NewAccount, OrderList,
};
use crate::server::context::Context;
use crate::server::exchange::{Refusal, Reply, Request, not_yours};
use crate::server::kept::{Account, KeyOf, Ledger, Stored, create, load};
use crate::server::rates::Counted;
use crate::server::signed::{ACCOUNT_PATH, Signed, refused};
use core::net::{IpAddr, Ipv6Addr};

/// newAccount.
pub(crate) fn new_account(
    context: &mut Context<'_>,
    request: &Request<'_>,
    signed: &Signed,
) -> Result<Reply, Refusal> {
    let asked: NewAccount = signed.read()?;
    let known = account_of(context, &signed.key)?;
    if let Some(account) = known {
        if account.value.status != AccountStatus::Valid {
            let detail = "this key's account is deactivated: take another key";
            return Err(Refusal::new(ErrorKind::Unauthorized, detail).status(401));
        }
        return Ok(told(context, &account, 200));
    }
    if asked.only_return_existing {
        let detail = "this key has no account here";
        return Err(Refusal::new(ErrorKind::AccountDoesNotExist, detail));
    }
    let peer = network(request.peer);
    let limit = context.settings.limits.accounts_an_hour;
    context.limit(Counted::Accounts, &peer, limit)?;
    agreed(context, asked.terms_of_service_agreed)?;
    check_contacts(&asked.contact)?;
    let kid = check_binding(context, &asked, signed)?;
    if let Some(kid) = &kid {
        context.limit(Counted::Bound, kid, limit)?;
    }
    // The key first: two requests at once for one key make one account. A key whose account was
    // never written, as the process ended in between, is taken over
    // by that account's name: somebody else who does so is told of a conflict.
    let of = load::<KeyOf>(context.records, &signed.key.thumbprint())?;
    let name = match of {
        Some(stale) if load::<Account>(context.records, &stale.value.account)?.is_none() => {
            stale.value.account
        }
        of => {
            let name = context.name()?;
            let account = name.clone();
            match of {
                Some(mut stale) => {
                    stale.value.account = account;
                    stale.save(context.records)?;
                }
                None => {
                    create(context.records, &signed.key.thumbprint(), KeyOf { account })?;
                }
            }
            name
        }
    };
    let account = Account {
        status: AccountStatus::Valid,
        contact: asked.contact,
        terms_agreed: asked.terms_of_service_agreed == Some(true),
        binding: asked.external_account_binding,
        key: signed.key.clone(),
        created_unix: context.now_unix,
    };
    let account = create(context.records, &name, account)?;
    let now = context.now_unix;
    context.rates.count(Counted::Accounts, &peer, now);
    if let Some(kid) = &kid {
        context.rates.count(Counted::Bound, kid, now);
    }
    Ok(told(context, &account, 201))
}

/// An account's own URL: reads, changes, ends it.
pub(crate) fn account(
    context: &Context<'_>,
    signed: &Signed,
    name: &str,
) -> Result<Reply, Refusal> {
    own(signed, name)?;
    let mut account = current_account(context, signed)?;
    if signed.is_read_only() {
        return Ok(told(context, &account, 200));
    }
    let update: AccountUpdate = signed.read()?;
    match update.status {
        None | Some(AccountStatus::Valid) => {}
        Some(AccountStatus::Deactivated) => account.value.status = AccountStatus::Deactivated,
        Some(_) => {
            let detail = "an account's status can only become \"deactivated\"";
            return Err(Refusal::new(ErrorKind::Malformed, detail));
        }
    }
    if let Some(contact) = update.contact {
        check_contacts(&contact)?;
        account.value.contact = contact;
    }
    account.value.terms_agreed |= update.terms_of_service_agreed == Some(true);
    account.save(context.records)?;
    Ok(told(context, &account, 200))
}

/// The list of an account's orders (section 7.1.2.1).
pub(crate) fn orders(context: &Context<'_>, signed: &Signed, name: &str) -> Result<Reply, Refusal> {
    signed.must_be_read_only()?;
    own(signed, name)?;
    let ledger = load::<Ledger>(context.records, name)?;
    let listed = ledger.map(|ledger| ledger.value.orders).unwrap_or_default();
    let current = listed
        .iter()
        .filter(|listed| listed.expires_unix > context.now_unix);
    let url = |order: &str| context.url(&format!("/acme/order/{order}"));
    let orders = current.map(|listed| url(&listed.order)).collect();
    Ok(Reply::json(200, &OrderList { orders }))
}

/// The valid or ended account whose key this is.
pub(crate) fn account_of(
    context: &Context<'_>,
    key: &Jwk,
) -> Result<Option<Stored<Account>>, Refusal> {
    let Some(of) = load::<KeyOf>(context.records, &key.thumbprint())? else {
        return Ok(None);
    };
    let account = load::<Account>(context.records, &of.value.account)?;
    Ok(account.filter(|account| account.value.key == *key))
}

/// The account as it is now: another request may have changed it since this one was
/// authenticated. Where it ended or has another key by now, this request is nobody's.
pub(crate) fn current_account(
    context: &Context<'_>,
    signed: &Signed,
) -> Result<Stored<Account>, Refusal> {
    let name = &signed.account()?.key;
    let account = load::<Account>(context.records, name)?;
    let current = account.filter(|account| {
        account.value.status == AccountStatus::Valid && account.value.key == signed.key
    });
    current.ok_or_else(|| {
        let detail = "the account was ended or got another key meanwhile";
        Refusal::new(ErrorKind::Unauthorized, detail).status(401)
    })
}

fn own<'s>(signed: &'s Signed, name: &str) -> Result<&'s Stored<Account>, Refusal> {
    let account = signed.account()?;
    match account.key == name {
        true => Ok(account),
        false => Err(not_yours("account")),
    }
}

fn told(context: &Context<'_>, account: &Stored<Account>, status: u16) -> Reply {
    let url = context.url(&format!("{ACCOUNT_PATH}{}", account.key));
    let document = AccountDocument {
        status: account.value.status,
        contact: account.value.contact.clone(),
        terms_of_service_agreed: account.value.terms_agreed.then_some(true),
        external_account_binding: account.value.binding.clone(),
        orders: Some(format!("{url}/orders")),
    };
    Reply::json(status, &document).with("location", url)
}

/// Section 7.3.3.
fn agreed(context: &Context<'_>, has_agreed: Option<bool>) -> Result<(), Refusal> {
    match &context.settings.terms {
        Some(terms) if has_agreed != Some(true) => {
            let detail = format!("read and agree to the terms of service at {terms}");
            let mut refusal = Refusal::new(ErrorKind::UserActionRequired, detail);
            refusal.problem.instance = Some(terms.as_str().into());
            Err(refusal.with("link", format!("<{terms}>;rel=\"terms-of-service\"")))
        }
        _ => Ok(()),
    }
}

/// Section 7.3: `mailto:` with one address, and no header fields behind it.
fn check_contacts(contacts: &[String]) -> Result<(), Refusal> {
    if contacts.len() > MAX_CONTACTS {
        let detail = format!("more than {MAX_CONTACTS} contacts");
        return Err(Refusal::new(ErrorKind::InvalidContact, detail));
    }
    for contact in contacts {
        let Some((scheme, address)) = contact.split_once(':') else {
            let detail = format!("the contact {contact:?} is no URL: write mailto:NAME@HOST");
            return Err(Refusal::new(ErrorKind::InvalidContact, detail));
        };
        if !scheme.eq_ignore_ascii_case("mailto") {
            let detail = format!("the contact {contact:?}: only mailto: is known here");
            return Err(Refusal::new(ErrorKind::UnsupportedContact, detail));
        }
        let (local, host) = address.rsplit_once('@').unwrap_or_default();
        let is_one = !address.contains(['?', ',']) && !address.chars().any(char::is_control);
        let is_short = address.len() <= MAX_ADDRESS_BYTES;
        if local.is_empty() || host.is_empty() || !is_one || !is_short {
            let detail = format!("the contact {contact:?} is not one mail address");
            return Err(Refusal::new(ErrorKind::InvalidContact, detail));
        }
    }
    Ok(())
}

/// By what addresses are counted: whoever has one of IPv6 has all of its /64.
fn network(peer: IpAddr) -> String {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
    }
}

/// Section 7.3.4: the external account's name, if there is one.
fn check_binding(
    context: &Context<'_>,
    asked: &NewAccount,
    signed: &Signed,
) -> Result<Option<String>, Refusal> {
    let external = &context.settings.external;
    match &asked.external_account_binding {
        None if external.is_required => Err(Refusal::new(
            ErrorKind::ExternalAccountRequired,
            "this server wants accounts bound to an external one: ask its operator for a key \
             identifier and a secret",
        )),
        None => Ok(None),
        Some(binding) => {
            let secret = |kid: &str| external.secrets.get(kid).map(|secret| secret.to_vec());
            let bound = verify_binding(binding, &signed.key, &signed.url, secret);
            bound.map(Some).map_err(refused)
        }
    }
}

const MAX_CONTACTS: usize = 10;
/// RFC 5321 section 4.5.3.1.3, with room.
const MAX_ADDRESS_BYTES: usize = 320;
