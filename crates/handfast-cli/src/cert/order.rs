//! Which certificate issued which, by name and signature.

use handfast_pki::certificate::Certificate;

/// Whether `issuer` signed `certificate`, and bears the name that it gives. Nothing is judged:
/// weak signatures tell the order of a chain as well as strong ones.
pub(crate) fn is_issued_by(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
    if certificate.issuer() != issuer.subject() {
        return false;
    }
    let (Some(algorithm), Ok(key)) = (certificate.known_signature_algorithm(), issuer.public_key())
    else {
        return false;
    };
    key.verify_danger_small_rsa(algorithm, certificate.tbs(), certificate.signature())
        .is_ok()
}

/// Whether it vouches for itself.
pub(crate) fn is_self_signed(certificate: &Certificate<'_>) -> bool {
    is_issued_by(certificate, certificate)
}

/// Whether it may issue others.
pub(crate) fn is_authority(certificate: &Certificate<'_>) -> bool {
    match certificate.basic_constraints() {
        Some(constraints) => constraints.ca,
        // Before version 3 there was nothing that said so.
        None => certificate.version() < 3 && is_self_signed(certificate),
    }
}

/// The indices of a chain, from `leaf` up: each the issuer of the one before it, up to one that is
/// self-signed or whose issuer is not there, or as far as [`MOST_CHECKS`] go. Of several issuers those that are valid at `at` come
/// first, then those that are not self-signed (a cross-sign leads further), then the newer ones.
pub(crate) fn climb(all: &[Certificate<'_>], leaf: usize, at: i64) -> Vec<usize> {
    let mut path = vec![leaf];
    let mut checks = MOST_CHECKS;
    while let Some(last) = path.last().and_then(|index| all.get(*index)) {
        if is_self_signed(last) {
            break;
        }
        let issuers = all.iter().enumerate().filter(|(index, one)| {
            // Names first: they cost nothing. What is checked then is bounded, as a file may hold
            // thousands that bear one name.
            let named = last.issuer() == one.subject() && !path.contains(index);
            let affordable = named && checks > 0;
            checks = checks.saturating_sub(usize::from(named));
            affordable && is_authority(one) && is_issued_by(last, one)
        });
        let best = issuers.max_by_key(|(_, one)| {
            let validity = one.validity();
            let valid = validity.not_before.0 <= at && at <= validity.not_after.0;
            (valid, !is_self_signed(one), validity.not_after)
        });
        match best {
            Some((index, _)) => path.push(index),
            None => break,
        }
    }
    path
}

/// How many signatures are checked for the order of one chain.
const MOST_CHECKS: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_testkit::made::certificate::{Draft, authority, key};

    #[test]
    fn a_ladder_of_one_name_is_climbed_as_far_as_the_checks_go() {
        let keys: Vec<_> = (0..30).map(|_| key()).collect();
        let ladder: Vec<_> = keys
            .windows(2)
            .map(|pair| {
                Draft::new("one", "one", pair[0].public_spki())
                    .with(authority(None))
                    .signed_by(&pair[1])
            })
            .collect();
        let read = |ders: &[Vec<u8>]| {
            let all: Vec<_> = ders
                .iter()
                .map(|der| Certificate::parse(der).unwrap())
                .collect();
            climb(&all, 0, 0).len()
        };
        assert_eq!(read(&ladder[..10]), 10);
        // Each step asks all that bear the name, which are one fewer each time.
        let climbed = read(&ladder);
        assert!(
            (MOST_CHECKS / 28..ladder.len() / 2).contains(&climbed),
            "{climbed}"
        );
    }
}
