//! Lists of TLS 1.3's suites (`SSL_CTX_set_ciphersuites`).

use crate::bad_string::{BadString, Fault};
use crate::kind::is_tls13;
use crate::near::nearest;
use crate::settings::Settings;
use handfast::CipherSuite;

/// Reads a list of TLS 1.3's suites, best first, separated by `:`. An empty list names none, so that
/// TLS 1.3 is not spoken.
///
/// # Errors
/// [`BadString`] for a name that is not one of TLS 1.3's suites. OpenSSL passes over it.
///
/// ```
/// use handfast::CipherSuite;
/// use handfast_policy::openssl;
///
/// let settings = openssl::ciphersuites("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256")?;
/// let suites = settings.tls13_suites.unwrap_or_default();
/// assert_eq!(suites[0], CipherSuite::TLS_CHACHA20_POLY1305_SHA256);
/// # Ok::<(), handfast_policy::BadString>(())
/// ```
pub fn ciphersuites(text: &str) -> Result<Settings, BadString> {
    let all = || {
        CipherSuite::ALL
            .iter()
            .copied()
            .filter(|suite| is_tls13(*suite))
    };
    let mut suites = Vec::new();
    let mut at = 0;
    for word in text.split([':', ',']) {
        let (place, name) = (at, word.trim_matches(' '));
        at += word.len() + 1;
        if name.is_empty() {
            continue;
        }
        let Some(suite) = all().find(|suite| suite.name() == Some(name)) else {
            let names = all().filter_map(CipherSuite::name);
            let bad = BadString::new(Fault::Unknown, place, name);
            return Err(bad.with_nearest(nearest(name, names)));
        };
        if !suites.contains(&suite) {
            suites.push(suite);
        }
    }
    Ok(Settings {
        tls13_suites: Some(suites),
        ..Settings::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_suites_and_misspelt_ones_are_refused() {
        let nearest = |text: &str| ciphersuites(text).unwrap_err().nearest;
        assert_eq!(
            nearest("TLS_AES_128_GCM_SHA265").as_deref(),
            Some("TLS_AES_128_GCM_SHA256")
        );
        assert!(ciphersuites("AES128-SHA").is_err());
        assert_eq!(ciphersuites("").unwrap().tls13_suites, Some(Vec::new()));
    }
}
