//! Raw public keys (RFC 7250) as flags: whom to believe by one, and one's own.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use handfast::Credential;
use handfast_pki::certificate::Certificate;
use handfast_pki::load::Contents;
use handfast_pki::pin::{Pin, Pins};
use std::path::{Path, PathBuf};

/// The keys that a flag's values name: pins, or files; `None` where there are no values.
pub(crate) fn known(flag: &str, values: &[String]) -> Result<Option<Pins>, Failure> {
    if values.is_empty() {
        return Ok(None);
    }
    let mut pins = Vec::with_capacity(values.len());
    for value in values {
        pins.extend(pins_of(flag, value)?);
    }
    let pins = Pins::new(pins).map_err(|fault| Failure::usage(format!("{flag}: {fault}")))?;
    Ok(Some(pins))
}

/// What sessions are bound to beside the trust.
pub(crate) fn label(known: &Pins) -> String {
    let pins: Vec<_> = known.pins().iter().map(ToString::to_string).collect();
    format!(" raw {}", pins.join(" "))
}

fn pins_of(flag: &str, value: &str) -> Result<Vec<Pin>, Failure> {
    let is_pin = value.starts_with("sha256/") || value.starts_with("cert-sha256/");
    if is_pin {
        let pin: Pin = value
            .parse()
            .map_err(|fault| Failure::usage(format!("{flag}: {fault}")))?;
        return match pin {
            Pin::Key(_) => Ok(vec![pin]),
            Pin::Certificate(_) => Err(Failure::usage(format!(
                "{flag} {value}: that is the pin of a certificate, and a raw public key comes without one"
            ))
            .hint("give the key's pin, sha256/BASE64, or a FILE that holds the key")),
        };
    }
    let path = Path::new(value);
    let bytes = load::read(Exit::Usage, path)?;
    let failed = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("{flag} {value}: {why}"))
            .hint("give a public key in PEM or DER, a certificate of it, or its pin, sha256/BASE64")
    };
    let contents = Contents::read(&bytes, None).map_err(|fault| failed(&fault))?;
    let certified = contents.certificates.iter().take(1);
    let certified = certified.filter_map(|der| Certificate::parse(der).ok());
    let certified = certified.map(|certificate| Pin::of_key(certificate.spki()));
    let public = contents.public_keys.iter().map(|spki| Pin::of_key(spki));
    let private = contents
        .keys
        .iter()
        .map(|key| Pin::of_key(key.public_spki()));
    let mut pins: Vec<_> = public.chain(private).chain(certified).collect();
    pins.dedup();
    match pins.is_empty() {
        true => Err(failed(&"there is no key in it")),
        false => Ok(pins),
    }
}

/// Own raw public keys: the public halves of the keys in these files.
pub(crate) fn own(paths: &[PathBuf], password: Option<&[u8]>) -> Result<Vec<Credential>, Failure> {
    let one = |path: &PathBuf| {
        let failed = |why: &dyn std::fmt::Display| {
            let message = format!("{}: {why}", path.display());
            Failure::new(Exit::OwnCredential, "own_credential", "start", message)
        };
        let bytes = load::read(Exit::OwnCredential, path)?;
        let key = handfast_pki::load::private_key(&bytes, password)
            .map_err(|fault| load::with_remedy(failed(&fault), &fault.problem, password))?;
        Credential::raw_public_key(key).map_err(|fault| failed(&fault))
    };
    paths.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use handfast_pki::pin::MAX_PINS;
    use handfast_testkit::certificates::{self, KeyKind};
    use handfast_testkit::peer::Folder;

    #[test]
    fn a_key_is_known_by_its_pin_or_by_any_file_that_holds_it() {
        let issued = certificates::server(KeyKind::EcP256);
        let pin = Pin::of_key(issued.key().public_spki());
        let folder = Folder::new().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let values = [
            pin.to_string(),
            file("leaf.pem", issued.chain_pem().as_bytes()),
            file("key.der", &issued.key().to_pkcs8_der().unwrap()),
            file("public.der", issued.key().public_spki()),
        ];
        for value in values {
            let found = known("--server-raw-key", std::slice::from_ref(&value)).unwrap();
            assert_eq!(found.unwrap().pins(), [pin], "{value}");
        }
        assert!(known("--server-raw-key", &[]).unwrap().is_none());
        let certificate = Pin::of_certificate(&issued.chain()[0]).to_string();
        for wrong in [
            certificate,
            "sha256/AAAA".to_owned(),
            "no such file".to_owned(),
            file("page.html", b"<html>"),
        ] {
            assert!(known("--server-raw-key", &[wrong]).is_err());
        }
        let many = vec![pin.to_string(); MAX_PINS + 1];
        assert!(known("--server-raw-key", &many).is_err());
    }
}
