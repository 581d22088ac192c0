//! One certificate by itself.

use crate::cert::lint::found::Found;
use crate::cert::lint::names;
use crate::cert::lint::table::{
    AKI_MISSING, CA_NOT_CRITICAL, CA_USAGE, CANNOT_SIGN, EKU_ANY, EKU_MISSING, EKU_SERVER,
    EMPTY_SUBJECT, EXPIRED, EXPIRING, KEY_CURVE, KEY_EXPLICIT_CURVE, KEY_EXPONENT, KEY_ID_CRITICAL,
    KEY_SMALL, KEY_UNKNOWN, MUST_STAPLE, NO_REVOCATION, NOT_YET_VALID, PATH_LENGTH, REVERSED,
    SELF_SIGNED, SERIAL_LONG, SERIAL_NEGATIVE, SERIAL_SHORT, SERIAL_ZERO, SHA1, SIGNATURE_UNKNOWN,
    SIGNS_UNASKED, SKI_MISSING, TOO_LONG, USAGE_AGREEMENT, USAGE_ENCIPHERMENT, USAGE_NOT_CRITICAL,
    USAGE_SIGNATURE, VERSION,
};
use crate::cert::order::{is_authority, is_self_signed};
use handfast_pki::certificate::Certificate;
use handfast_pki::extension::KeyUsage;
use handfast_pki::general_name::GeneralName;
use handfast_pki::subject_key::{KeyDetails, SubjectKey};

/// Looks at one certificate, which stands first in its file or does not.
pub(super) fn check(certificate: &Certificate<'_>, at: i64, soon_days: i64, found: &mut Found<'_>) {
    let one = Looked {
        certificate,
        is_authority: is_authority(certificate),
        is_self_signed: is_self_signed(certificate),
    };
    one.validity(at, soon_days, found);
    one.signature(found);
    one.key(found);
    one.serial(found);
    one.identifiers(found);
    one.usage(found);
    if one.is_authority {
        one.authority(found);
    } else {
        names::check(certificate, found);
        one.leaf(found);
    }
}

struct Looked<'a> {
    certificate: &'a Certificate<'a>,
    is_authority: bool,
    is_self_signed: bool,
}

impl Looked<'_> {
    /// Whether it has the extension, and whether as a critical one.
    fn extension(&self, name: &str) -> Option<bool> {
        let mut all = self.certificate.extensions();
        let found = all.find(|one| one.name() == Some(name));
        found.map(|one| one.critical)
    }

    fn validity(&self, at: i64, soon_days: i64, found: &mut Found<'_>) {
        let validity = self.certificate.validity();
        let (start, end) = (validity.not_before, validity.not_after);
        let life = end.0.saturating_sub(start.0);
        if life < 0 {
            return found.add(&REVERSED, &format!("{start} to {end}"));
        }
        // A third of a short life is soon, as ACME clients have it.
        let soon = soon_days.saturating_mul(DAY_S).min(life / 3);
        if at > end.0 {
            found.add(&EXPIRED, &end.to_string());
        } else if at < start.0 {
            found.add(&NOT_YET_VALID, &start.to_string());
        } else if end.0.saturating_sub(at) < soon {
            let left = end.0.saturating_sub(at) / DAY_S;
            found.add(&EXPIRING, &format!("{end}, {left} days left"));
        }
        // Both ends count as inside.
        let days = life.saturating_add(1).div_euclid(DAY_S) + i64::from((life + 1) % DAY_S != 0);
        let limit = days_max(start.0);
        if !self.is_authority && days > limit {
            let evidence = format!("{days} days; {limit} is the most for one issued on {start}");
            found.add(&TOO_LONG, &evidence);
        }
    }

    fn signature(&self, found: &mut Found<'_>) {
        let algorithm = self.certificate.known_signature_algorithm();
        let evidence = algorithm.map_or(String::new(), |one| format!("{one:?}"));
        // What a root's signature is made with protects nothing.
        if self.is_authority && self.is_self_signed {
            return;
        }
        found.add_if(algorithm.is_none(), &SIGNATURE_UNKNOWN, "");
        found.add_if(evidence.ends_with("Sha1"), &SHA1, &evidence);
    }

    fn key(&self, found: &mut Found<'_>) {
        let Ok(key) = SubjectKey::parse(self.certificate.spki()) else {
            return found.add(&KEY_UNKNOWN, "it cannot be read");
        };
        let name = key.algorithm.name().unwrap_or("unknown");
        let bits = key.bits().unwrap_or_default();
        if let KeyDetails::Rsa { exponent, .. } = key.details {
            found.add_if(bits < 2048, &KEY_SMALL, &format!("{bits} bits"));
            let small = exponent.len() < 3;
            found.add_if(small, &KEY_EXPONENT, &format!("{exponent:02x?}"));
        }
        if key.details == KeyDetails::EcExplicit {
            found.add(&KEY_EXPLICIT_CURVE, name);
        } else if self.certificate.public_key().is_err() {
            found.add(&KEY_UNKNOWN, &format!("{name}, {bits} bits"));
        }
        let taken = match key.details {
            KeyDetails::Rsa { .. } => true,
            KeyDetails::Ec { .. } => matches!(bits, 256 | 384 | 521),
            _ => false,
        };
        found.add_if(!taken, &KEY_CURVE, &format!("{name}, {bits} bits"));
    }

    fn serial(&self, found: &mut Found<'_>) {
        let serial = self.certificate.serial();
        let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
        let digits: String = serial.iter().map(|byte| format!("{byte:02x}")).collect();
        found.add_if(negative, &SERIAL_NEGATIVE, &digits);
        found.add_if(serial == [0], &SERIAL_ZERO, &digits);
        found.add_if(serial.len() > 20, &SERIAL_LONG, &digits);
        // Of 64 random bits the first eight are zero once in 256 times, the first sixteen hardly ever.
        let short = serial.len() < 7 && serial != [0] && !self.is_self_signed;
        found.add_if(short, &SERIAL_SHORT, &digits);
    }

    fn identifiers(&self, found: &mut Found<'_>) {
        let version = self.certificate.version();
        if version < 3 {
            return found.add(&VERSION, &format!("version {version}"));
        }
        let own = self.extension("subjectKeyIdentifier");
        let issuers = self.extension("authorityKeyIdentifier");
        found.add_if(self.is_authority && own.is_none(), &SKI_MISSING, "");
        let missing = issuers.is_none() && !self.is_self_signed;
        found.add_if(missing, &AKI_MISSING, "");
        let critical = own == Some(true) || issuers == Some(true);
        found.add_if(critical, &KEY_ID_CRITICAL, "");
        let nameless = self.certificate.subject().is_empty();
        let proved = self.extension("subjectAltName") == Some(true) && !self.is_authority;
        found.add_if(nameless && !proved, &EMPTY_SUBJECT, "");
        let told = self
            .certificate
            .crl_urls()
            .is_ok_and(|urls| !urls.is_empty())
            || self
                .certificate
                .ocsp_urls()
                .is_ok_and(|urls| !urls.is_empty())
            || self.extension("noRevAvail").is_some();
        found.add_if(!told && !self.is_self_signed, &NO_REVOCATION, "");
    }

    fn usage(&self, found: &mut Found<'_>) {
        let Some(usage) = self.certificate.key_usage() else {
            return found.add_if(self.is_authority, &CA_USAGE, "");
        };
        let critical = self.extension("keyUsage") == Some(true);
        found.add_if(!critical, &USAGE_NOT_CRITICAL, "");
        let signs = usage.allows(KeyUsage::KEY_CERT_SIGN);
        found.add_if(self.is_authority && !signs, &CANNOT_SIGN, "");
        found.add_if(!self.is_authority && signs, &SIGNS_UNASKED, "");
        let key = SubjectKey::parse(self.certificate.spki());
        let name = key.as_ref().ok().and_then(|key| key.algorithm.name());
        let is_rsa = key.is_ok_and(|key| matches!(key.details, KeyDetails::Rsa { .. }));
        let is_ec = name == Some("id-ecPublicKey");
        let enciphers = usage.allows(KeyUsage::KEY_ENCIPHERMENT);
        found.add_if(
            enciphers && !is_rsa,
            &USAGE_ENCIPHERMENT,
            name.unwrap_or_default(),
        );
        let agrees = usage.allows(KeyUsage::KEY_AGREEMENT);
        found.add_if(agrees && !is_ec, &USAGE_AGREEMENT, name.unwrap_or_default());
        let idle = !usage.allows(KeyUsage::DIGITAL_SIGNATURE) && !self.is_authority;
        found.add_if(idle, &USAGE_SIGNATURE, "");
    }

    fn authority(&self, found: &mut Found<'_>) {
        let critical = self.extension("basicConstraints") == Some(true);
        found.add_if(!critical, &CA_NOT_CRITICAL, "");
    }

    fn leaf(&self, found: &mut Found<'_>) {
        let constraints = self.certificate.basic_constraints();
        let length = constraints.and_then(|one| one.path_length);
        if let Some(length) = length {
            found.add(&PATH_LENGTH, &length.to_string());
        }
        found.add_if(self.is_self_signed, &SELF_SIGNED, "");
        let staple = self.certificate.tls_features().must_staple();
        found.add_if(staple, &MUST_STAPLE, "");
        let mut names = self.certificate.subject_alt_names();
        let is_server = names.any(|one| matches!(one, GeneralName::Dns(_) | GeneralName::Ip(_)));
        match self.certificate.extended_key_usage() {
            None => found.add(&EKU_MISSING, ""),
            Some(purposes) => {
                let purposes: Vec<_> = purposes.map(|one| one.to_string()).collect();
                let any = purposes.iter().any(|one| one == ANY_PURPOSE);
                let server = any || purposes.iter().any(|one| one == SERVER_AUTH);
                found.add_if(any, &EKU_ANY, "");
                found.add_if(is_server && !server, &EKU_SERVER, &purposes.join(", "));
            }
        }
    }
}

/// For how many days a server's certificate may be valid, by when it was issued (BR s6.3.2).
fn days_max(not_before: i64) -> i64 {
    match not_before {
        // 2029-03-15, 2027-03-15, 2026-03-15, 2020-09-01, 2018-03-01
        1_868_227_200.. => 47,
        1_805_068_800.. => 100,
        1_773_532_800.. => 200,
        1_598_918_400.. => 398,
        1_519_862_400.. => 825,
        _ => 1185,
    }
}

const DAY_S: i64 = 86_400;
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const ANY_PURPOSE: &str = "2.5.29.37.0";

#[cfg(test)]
mod tests {
    use super::days_max;

    #[test]
    fn limits_change_on_their_days() {
        let day = |text: &str| {
            text.parse::<jiff::Timestamp>()
                .expect("a moment")
                .as_second()
        };
        for (when, days) in [
            ("2018-02-28T23:59:59Z", 1185),
            ("2018-03-01T00:00:00Z", 825),
            ("2020-09-01T00:00:00Z", 398),
            ("2026-03-14T23:59:59Z", 398),
            ("2026-03-15T00:00:00Z", 200),
            ("2027-03-15T00:00:00Z", 100),
            ("2029-03-15T00:00:00Z", 47),
        ] {
            assert_eq!(days_max(day(when)), days, "{when}");
        }
    }
}
