//! Credentials from the files that the runner names.

use crate::settings::{Settings, Shown};
use crate::stop::Stop;
use handfast::config::PreSharedKey;
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

fn one(number: i32, shown: &Shown, remote: bool, settings: &Settings) -> Result<Held, Stop> {
    let (Some(cert_file), Some(key_file)) = (&shown.cert_file, &shown.key_file) else {
        return Err(Stop::NotHonoured(
            "a credential without certificate or key".to_owned(),
        ));
    };
    let chain = load::certificates(&fs::read(cert_file)?)
        .map_err(|fault| Stop::Wrong(format!("{cert_file}: {fault}")))?;
    let key = load::private_key(&fs::read(key_file)?, None)
        .map_err(|fault| Stop::Wrong(format!("{key_file}: {fault}")))?;
    let (credential, key) = if remote {
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
    if let Some(preset) = settings.policy.map(crate::preset::of)
        && !preset.schemes.is_empty()
    {
        credential = credential.with_schemes(preset.schemes).map_err(unfit)?;
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
        // The runner has a test about this very refusal.
        ConfigFault::SctListMalformed => Stop::Wrong(format!(":INVALID_SCT_LIST: {fault}")),
        _ => Stop::NotHonoured(fault.to_string()),
    }
}
