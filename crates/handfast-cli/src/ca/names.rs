//! Names as a person types them.

use crate::a_label::a_label;
use crate::failure::Failure;
use handfast_ca::alternative_name::AlternativeName;
use handfast_ca::profile::Subtree;
use std::net::IpAddr;
use std::path::Path;

/// Reads the names of a certificate, told apart by their form or by what stands before them.
pub(crate) fn alternatives(texts: &[String]) -> Result<Vec<AlternativeName>, Failure> {
    let mut names = Vec::new();
    for text in texts {
        let name = alternative(text)?;
        // Whoever repeats a name means it once.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Reads one name.
pub(crate) fn alternative(text: &str) -> Result<AlternativeName, Failure> {
    let name = AlternativeName::parse(&spelled(text)?);
    name.map_err(|fault| Failure::usage(format!("{text}: {fault}")).hint(FORMS))
}

/// The name as certificates hold it: a host's in A-labels, `dir:` as OpenSSL writes it.
fn spelled(text: &str) -> Result<String, Failure> {
    let (kind, rest) = text.split_once(':').unwrap_or(("", text));
    let kind = kind.to_ascii_lowercase();
    Ok(match kind.as_str() {
        "dir" => format!("dirName:{rest}"),
        "dns" => format!("DNS:{}", host(rest)?),
        "" if !text.contains('@') => host(text)?,
        _ => text.to_owned(),
    })
}

/// A host, whose first label may be a star.
fn host(text: &str) -> Result<String, Failure> {
    match text.strip_prefix("*.") {
        Some(rest) => Ok(format!("*.{}", a_label(rest)?)),
        None => Ok(a_label(text)?.into_owned()),
    }
}

/// What `--permit-name` lets an authority vouch for: of a host it and all below, with its mail
/// addresses and URIs; or a range of addresses.
pub(crate) fn permitted(text: &str) -> Result<Vec<Subtree>, String> {
    if let Ok(name) = alternative(text) {
        let around = Subtree::around(&name);
        if !around.is_empty() {
            return Ok(around);
        }
    }
    let set = Subtree::parse(text).map_err(|fault| fault.to_string())?;
    Ok(vec![set])
}

/// A file's name for a certificate of this name: nothing in it leads to another folder, or is
/// hidden.
pub(crate) fn file_stem(name: &str) -> String {
    let safe = |letter: char| {
        let plain = letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '@' | '+');
        if plain { letter } else { '_' }
    };
    let stem: String = name.chars().map(safe).take(LONGEST).collect();
    let stem = stem.trim_matches('.');
    if stem.is_empty() {
        "certificate".to_owned()
    } else {
        stem.to_owned()
    }
}

/// A host or an address as it stands in a URL; of a wildcard one that it fits. Nothing of what is
/// neither.
pub(crate) fn in_url(name: &str) -> Option<String> {
    match name.parse() {
        Ok(IpAddr::V4(address)) => return Some(address.to_string()),
        Ok(IpAddr::V6(address)) => return Some(format!("[{address}]")),
        Err(_) => {}
    }
    let host = match name.strip_prefix("*.") {
        Some(rest) => format!("www.{rest}"),
        None => name.to_owned(),
    };
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    // A number with dots is an object identifier.
    let has_letters = host.chars().any(|letter| letter.is_ascii_alphabetic());
    (has_letters && host.chars().all(fits)).then_some(host)
}

/// A word as it is typed at a shell.
pub(crate) fn typed(word: &str) -> String {
    let plain = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '@' | '+' | '/' | ':' | ',')
    };
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A path as it is typed at a shell.
pub(crate) fn typed_path(path: &Path) -> String {
    typed(&path.display().to_string())
}

/// What a name may be.
const FORMS: &str = "give a host (api.local, *.api.local), an address (127.0.0.1, ::1), a mail \
     address or a URI; or say which it is: dns:, ip:, mail:, uri:, upn:, rid:, dir:";
/// File systems take 255 octets, with an ending and four octets a letter.
const LONGEST: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_their_form() {
        for (text, kind, shown) in [
            ("api.local", "dNSName", "api.local"),
            ("b\u{fc}cher.test", "dNSName", "xn--bcher-kva.test"),
            ("*.b\u{fc}cher.test", "dNSName", "*.xn--bcher-kva.test"),
            ("dns:b\u{fc}cher.test", "dNSName", "xn--bcher-kva.test"),
            ("::1", "iPAddress", "::1"),
            ("[::1]", "iPAddress", "::1"),
            ("mail:a@b.test", "rfc822Name", "a@b.test"),
            ("uri:urn:x:y", "uniformResourceIdentifier", "urn:x:y"),
            ("upn:a@b.test", "userPrincipalName", "a@b.test"),
            ("rid:1.2.3", "registeredID", "1.2.3"),
            ("dir:CN=x", "directoryName", "CN=x"),
        ] {
            let name = alternative(text).unwrap();
            assert_eq!((name.kind(), &*name.to_string()), (kind, shown), "{text}");
        }
        for text in ["", "a b", "a@", "dns:", "ip:x"] {
            assert!(alternative(text).is_err(), "{text}");
        }
        let twice = ["a.test".to_owned(), "a.test".to_owned()];
        assert_eq!(alternatives(&twice).unwrap().len(), 1);
    }

    #[test]
    fn what_is_suggested_can_be_typed() {
        for (name, url) in [
            ("api.local", Some("api.local")),
            ("*.api.local", Some("www.api.local")),
            ("::1", Some("[::1]")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("a@b.test", None),
            ("urn:x:y", None),
            ("1.2.3.4.5", None),
        ] {
            assert_eq!(in_url(name).as_deref(), url, "{name}");
        }
        for (word, wanted) in [
            ("a/b.pem", "a/b.pem"),
            ("a b", "'a b'"),
            ("$(x)'", r"'$(x)'\'''"),
        ] {
            assert_eq!(typed(word), wanted);
        }
    }

    #[test]
    fn a_file_is_named_by_what_is_safe() {
        for (name, stem) in [
            ("api.local", "api.local"),
            ("*.api.local", "_.api.local"),
            ("../../etc/x", "_.._etc_x"),
            ("::1", "__1"),
            ("..", "certificate"),
        ] {
            assert_eq!(file_stem(name), stem);
        }
    }
}
