//! Who signs OCSP responses: a certificate for that alone, whose key is in memory only, or the
//! authority's own key.

use crate::ca::serve::log::Log;
use crate::ca::serve::options::OcspSigning;
use handfast_ca::ocsp::OcspSigner;
use handfast_ca::profile::{KeyKind, Pointers, Profile, Validity};
use handfast_ca::subject::Subject;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::row::Level;
use serde_json::{Value, json};
use std::sync::Arc;

/// Who signs now, in the order that requests are matched in.
#[derive(Default)]
pub(super) struct Signers {
    pub(super) list: Vec<OcspSigner>,
    /// Beside the list.
    about: Vec<About>,
}

#[derive(Clone)]
struct About {
    level: Level,
    name: &'static str,
    is_delegate: bool,
    until_unix: u64,
}

impl Signers {
    /// Whose certificates a signer answers for.
    pub(super) fn level(&self, place: usize) -> Option<Level> {
        self.about.get(place).map(|about| about.level)
    }

    /// Whether none has expired.
    pub(super) fn are_good(&self, now_unix: u64) -> bool {
        !self.list.is_empty() && self.about.iter().all(|about| now_unix < about.until_unix)
    }

    pub(super) fn to_json(&self) -> Value {
        let each = self.about.iter().map(|about| {
            json!({
                "authority": about.name,
                "delegate": about.is_delegate,
                "until": about.until_unix,
            })
        });
        Value::Array(each.collect())
    }
}

/// Sees to it that somebody can sign.
pub(super) struct Delegates {
    signing: OcspSigning,
    /// How long a response is good.
    life_seconds: u64,
    /// When the delegate is to be followed by another.
    renew_unix: Option<u64>,
}

impl Delegates {
    pub(super) fn new(signing: OcspSigning, life_seconds: u64) -> Self {
        Self {
            signing,
            life_seconds,
            renew_unix: None,
        }
    }

    /// Makes who signs for these authorities, if nobody does or the delegate's time is half over.
    pub(super) fn renewed(
        &mut self,
        directory: &mut CaDirectory,
        authorities: impl Iterator<Item = (Level, &'static str)>,
        now_unix: u64,
        log: Log,
    ) -> Result<Option<Arc<Signers>>, String> {
        if self.renew_unix.is_some_and(|renew| now_unix < renew) {
            return Ok(None);
        }
        let told = |fault: &dyn std::fmt::Display| format!("the signer of OCSP responses: {fault}");
        let mut signers = Signers::default();
        let mut renew_unix = u64::MAX;
        for (level, name) in authorities {
            let authority = match directory.signer(level) {
                // A root's key is best kept elsewhere: then nobody here speaks of what it issued,
                // and who asks is answered `unauthorized` (RFC 6960 section 2.3).
                Err(StoreError::KeyMissing { .. }) if level == Level::Root => continue,
                authority => authority.map_err(|fault| told(&fault))?,
            };
            let kind = authority.own().key().kind();
            let mut until_unix = authority.validity().not_after_unix;
            if until_unix <= now_unix {
                let ended = moment(until_unix);
                return Err(told(&format!("the {name} authority ended on {ended}")));
            }
            // The root speaks of one certificate, and so rarely that its own key may.
            let is_delegate = level == Level::Issuing && self.signing == OcspSigning::Delegate;
            let signer = if is_delegate {
                // Longer than any response that it signs.
                let life = DELEGATE_SECONDS.max(self.life_seconds.saturating_mul(4));
                until_unix = until_unix.min(now_unix.saturating_add(life));
                let left = until_unix.saturating_sub(now_unix);
                renew_unix = renew_unix.min(now_unix.saturating_add(left / 2));
                delegate(directory, name, now_unix, (life, kind))?
            } else {
                OcspSigner::issuer(authority).map_err(|fault| told(&fault))?
            };
            signers.list.push(signer.with_life_s(self.life_seconds));
            signers.about.push(About {
                level,
                name,
                is_delegate,
                until_unix,
            });
        }
        // Only now: what failed is tried again.
        self.renew_unix = Some(renew_unix);
        tell(&signers, log);
        Ok(Some(Arc::new(signers)))
    }
}

/// A new certificate for signing OCSP responses (RFC 6960 section 4.2.2.2), recorded as any other.
fn delegate(
    directory: &mut CaDirectory,
    name: &str,
    now_unix: u64,
    (life, kind): (u64, KeyKind),
) -> Result<OcspSigner, String> {
    let told = |fault: &dyn std::fmt::Display| {
        format!("the signer of OCSP responses for the {name} authority: {fault}")
    };
    let subject = Subject::named(SIGNER).map_err(|fault| told(&fault))?;
    let validity = Validity::seconds(now_unix, life);
    let mut profile = Profile::ocsp_signer(subject, validity, kind);
    // Nobody asks for its status.
    profile.pointers = Pointers::default();
    let recorded = directory
        .issue(&profile, now_unix)
        .map_err(|fault| told(&fault))?;
    let (chain, key) = recorded.issued.into_parts();
    let issuer = directory.issuer_chain();
    let (Some(certificate), Some(issuer)) = (chain.first(), issuer.first()) else {
        return Err(told(&"no certificate was issued"));
    };
    OcspSigner::delegated(issuer, certificate, key).map_err(|fault| told(&fault))
}

/// Tells that there is a new delegate.
fn tell(signers: &Signers, log: Log) {
    for about in signers.about.iter().filter(|about| about.is_delegate) {
        let until = moment(about.until_unix);
        let object = json!({ "level": about.name, "until": until });
        let sentence = format!("signer of OCSP responses for {}, until {until}", about.name);
        log.event("ca.ocsp_signer", object, &sentence);
    }
}

fn moment(unix: u64) -> String {
    let moment = jiff::Timestamp::from_second(i64::try_from(unix).unwrap_or(0));
    moment.map_or_else(|_| String::new(), |moment| moment.to_string())
}

/// How long a delegate lives. Nobody can ask whether it is revoked, so that is not long.
const DELEGATE_SECONDS: u64 = 7 * 86_400;
/// What the signers are called that are made here.
pub(crate) const SIGNER: &str = "OCSP signer";

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_ca_store::plan::Plan;
    use handfast_testkit::peer::Folder;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn an_authority_that_ended_is_told_and_nobody_signs_for_it() {
        let folder = Folder::new().unwrap();
        let place = folder.path().join("ca");
        let mut directory = CaDirectory::create(&place, &Plan::new("Test"), NOW).unwrap();
        let authorities = || [(Level::Issuing, "issuing")].into_iter();
        let end = directory.not_after();
        for (at, is_good) in [
            (NOW, true),
            (end - 60, true),
            (end, false),
            (end + 10, false),
        ] {
            let mut delegates = Delegates::new(OcspSigning::Delegate, 3600);
            let made = delegates.renewed(&mut directory, authorities(), at, Log::silent());
            match made {
                Ok(made) => {
                    assert!(is_good, "{at}");
                    assert!(made.unwrap().are_good(at), "{at}");
                }
                Err(why) => {
                    assert!(!is_good && why.contains("ended on"), "{at}: {why}");
                    // It is no less tried again.
                    let again = delegates.renewed(&mut directory, authorities(), at, Log::silent());
                    assert!(again.is_err());
                }
            }
        }
    }
}
