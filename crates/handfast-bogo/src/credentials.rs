//! Credentials from the files that the runner names.

use crate::settings::{Settings, Shown};
use crate::stop::Stop;
use handfast::config::{Delegate, PreSharedKey, Signer};
use handfast::{ConfigFault, Credential, PrivateKey, SignatureScheme};
use handfast_pki::load;
use std::fs;

/// A credential with the number that the runner calls it by.
pub(crate) struct Held {
    pub(crate) credential: Credential,
    /// -1: the one that stands before any other; then 0, 1 …
    pub(crate) number: i32,
    /// The key, where the engine asks for signatures.
    pub(crate) key: Option<PrivateKey>,
}

/// All credentials, best first: the runner's numbered ones, then the first one.
pub(crate) fn held(settings: &Settings) -> Result<Vec<Held>, Stop> {
    let remote = settings.asynchronous || settings.expect.selected_credential.is_some();
    let numbered = (0_i32..).zip(&settings.credentials);
    let first = (!settings.first_credential.is_empty()).then_some((-1, &settings.first_credential));
    numbered
        .chain(first)
        .filter(|(_, shown)| shown.psk.is_none())
        .map(|(number, shown)| one(number, shown, remote, settings))
        .collect()
}

/// The keys to be imported, best first, with the numbers that the runner calls them by.
pub(crate) fn shared_keys(settings: &Settings) -> Result<Vec<(i32, PreSharedKey)>, Stop> {
    let numbered = (0_i32..).zip(&settings.credentials);
    let keys = numbered.filter_map(|(number, shown)| Some((number, shown.psk.as_ref()?)));
    keys.map(|(number, psk)| {
        let key = PreSharedKey::new(&psk.identity, &psk.key)
            .and_then(|key| key.with_hash(psk.hash).imported(&psk.context))
            .map_err(|unfit| Stop::NotHonoured(unfit.to_string()))?;
        Ok((number, key))
    })
    .collect()
}

/// A raw public key, whose private half alone has a file.
fn raw(number: i32, shown: &Shown, remote: bool) -> Result<Held, Stop> {
    let (Some(key_file), None) = (&shown.key_file, &shown.cert_file) else {
        let what = "a raw public key without a key, or with a certificate";
        return Err(Stop::NotHonoured(what.to_owned()));
    };
    let key = private_key(key_file)?;
    let (credential, key) = if remote {
        let spki = key.public_spki().to_vec();
        (Credential::with_remote_raw_key(spki), Some(key))
    } else {
        (Credential::raw_public_key(key), None)
    };
    let mut credential = credential.map_err(unfit)?;
    let schemes = shown.signing_prefs.iter().copied().map(SignatureScheme);
    let schemes: Vec<_> = schemes.collect();
    if !schemes.is_empty() {
        credential = credential.with_schemes(&schemes).map_err(unfit)?;
    }
    if shown.must_match_issuer || shown.ocsp_response.is_some() || shown.sct_list.is_some() {
        let what = "what is for certificates, of a raw public key";
        return Err(Stop::NotHonoured(what.to_owned()));
    }
    Ok(Held {
        credential,
        number,
        key,
    })
}

fn private_key(file: &str) -> Result<PrivateKey, Stop> {
    load::private_key(&fs::read(file)?, None)
        .map_err(|fault| Stop::Wrong(format!("{file}: {fault}")))
}

fn one(number: i32, shown: &Shown, remote: bool, settings: &Settings) -> Result<Held, Stop> {
    if shown.is_raw_key {
        return raw(number, shown, remote);
    }
    let (Some(cert_file), Some(key_file)) = (&shown.cert_file, &shown.key_file) else {
        return Err(Stop::NotHonoured(
            "a credential without certificate or key".to_owned(),
        ));
    };
    let chain = load::certificates(&fs::read(cert_file)?)
        .map_err(|fault| Stop::Wrong(format!("{cert_file}: {fault}")))?;
    let key = private_key(key_file)?;
    let (credential, key) = if shown.is_delegated {
        let delegated = shown.delegated.as_deref().unwrap_or_default();
        // The runner's certificates do not say that they let delegate, and it signs the two parts in
        // the order of an older draft.
        let to = Delegate::Server;
        let made =
            |signer| Credential::danger_with_unchecked_delegated(chain, delegated, to, signer);
        match remote {
            true => (made(Signer::Ask), Some(key)),
            false => (made(Signer::Key(key)), None),
        }
    } else if remote {
        (Credential::with_remote_key(chain), Some(key))
    } else {
        (Credential::new(chain, key), None)
    };
    let mut credential = credential.map_err(unfit)?;
    let schemes: Vec<_> = shown
        .signing_prefs
        .iter()
        .copied()
        .map(SignatureScheme)
        .collect();
    if !schemes.is_empty() {
        credential = credential.with_schemes(&schemes).map_err(unfit)?;
    }
    if let Some(policy) = settings.policy {
        credential = policy.narrowed(&credential);
    }
    if shown.must_match_issuer {
        credential = credential.only_for_matching_issuer();
    }
    if let Some(response) = staple(shown, settings) {
        credential = credential.with_ocsp_response(response.clone());
    }
    if let Some(list) = &shown.sct_list {
        credential = credential.with_sct_list(list.clone()).map_err(unfit)?;
    }
    Ok(Held {
        credential,
        number,
        key,
    })
}

/// The OCSP response that a credential carries.
fn staple<'s>(shown: &'s Shown, settings: &Settings) -> Option<&'s Vec<u8>> {
    let callback = &settings.ocsp_callback;
    let set = if callback.set_inside {
        callback.installed
    } else {
        true
    };
    shown
        .ocsp_response
        .as_ref()
        .filter(|_| set && !(callback.installed && callback.decline))
}

/// A config that cannot work is one that the shim cannot carry out.
pub(crate) fn unfit(fault: ConfigFault) -> Stop {
    match fault {
        // The runner has tests about these very refusals.
        ConfigFault::SctListMalformed => Stop::Wrong(format!(":INVALID_SCT_LIST: {fault}")),
        // And about a list of encrypted ClientHello that is of no use.
        ConfigFault::EchUnusable | ConfigFault::Useless { set: "ech", .. } => {
            Stop::Wrong(format!(":UNUSABLE_ECH_CONFIG_LIST: {fault}"))
        }
        ConfigFault::ListEmpty("versions") => {
            Stop::Wrong(format!(":NO_SUPPORTED_VERSIONS_ENABLED: {fault}"))
        }
        ConfigFault::KeyMismatch => Stop::Wrong(format!(":KEY_VALUES_MISMATCH: {fault}")),
        ConfigFault::DelegatedScheme(_) => {
            Stop::Wrong(format!(":INVALID_SIGNATURE_ALGORITHM: {fault}"))
        }
        _ => Stop::NotHonoured(fault.to_string()),
    }
}
