//! Encrypted ClientHello: lists and keys from the flags.

use crate::settings::Ech as Flags;
use crate::stop::Stop;
use handfast::ProtocolVersion;
use handfast::config::{Common, Ech};
use handfast::ech::{EchConfigList, EchKey};

/// What a client does.
pub(crate) fn of_client(flags: &Flags, common: &Common) -> Result<Ech, Stop> {
    let otherwise = match flags.grease {
        true if common.versions.contains(&ProtocolVersion::TLS_1_3) => Ech::Grease,
        _ => Ech::Off,
    };
    let Some(bytes) = &flags.list else {
        if flags.reject_unusable {
            // Who wants it encrypted has a list: there is no such state.
            return Err(Stop::NotHonoured(
                "an ECH list that is not there".to_owned(),
            ));
        }
        return Ok(otherwise);
    };
    let list = EchConfigList::from_bytes(bytes);
    let list = list.map_err(|why| Stop::Wrong(format!(":INVALID_ECH_CONFIG_LIST: {why}")))?;
    // The runner's library sends names in the clear where a list is of no use, unless it is told not to.
    let is_usable = list.is_usable() && common.versions.contains(&ProtocolVersion::TLS_1_3);
    if is_usable || flags.reject_unusable {
        return Ok(Ech::Configs(list));
    }
    Ok(otherwise)
}

/// What a server opens it with.
pub(crate) fn keys(flags: &Flags) -> Result<Vec<EchKey>, Stop> {
    let parts = flags.configs.iter().zip(&flags.keys);
    let made = parts.zip(&flags.are_retry_configs);
    let made = made.map(|((config, key), is_retry_config)| {
        let key = EchKey::new(config, key);
        key.map(|key| key.as_retry_config(*is_retry_config != 0))
    });
    let made: Result<_, _> = made.collect();
    made.map_err(|why| Stop::NotHonoured(format!("an ECH key: {why}")))
}
