//! Names as text (RFC 4514 section 3), and with slashes as OpenSSL's options take them.

use core::iter::Peekable;
use core::str::Chars;

use der::Tag;
use handfast_pki::distinguished_name::DistinguishedName;

use crate::error::CaError;
use crate::subject::Subject;
use crate::subject::attribute::{self, Kind};
use crate::write::element;

impl Subject {
    /// A name as RFC 4514 writes it, the most specific part first: `CN=api,O=Acme,C=DE`; or as
    /// OpenSSL's options take it, the most specific part last: `/C=DE/O=Acme/CN=api`. Types are
    /// given by name (`CN`, `O`, `emailAddress`, …; in any case of letters) or as numbers with
    /// dots, values as text, or after `#` as DER in hexadecimal digits.
    ///
    /// # Errors
    /// [`CaError::BadSubject`] says which part it is and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        parse(text).map_err(|why| CaError::BadSubject {
            text: text.chars().take(256).collect(),
            why,
        })
    }
}

/// Reads a name; an error says what is wrong with which part.
fn parse(text: &str) -> Result<Subject, String> {
    let slashes = text.starts_with('/');
    let mut reader = Reader {
        rest: text.strip_prefix('/').unwrap_or(text).chars().peekable(),
        separator: if slashes { '/' } else { ',' },
    };
    let mut components = Vec::new();
    if text.trim().is_empty() {
        return Ok(Subject::empty());
    }
    loop {
        let mut attributes = Vec::new();
        let last = loop {
            let (attribute, end) = reader.attribute()?;
            attributes.push(attribute);
            if end != Some('+') {
                break end;
            }
        };
        components.push(attributes);
        if components.len() > MAX_COMPONENTS {
            return Err(format!("it has more than {MAX_COMPONENTS} parts"));
        }
        // `/CN=a/` is `/CN=a` in OpenSSL, too.
        if last.is_none() || slashes && reader.rest.peek().is_none() {
            break;
        }
    }
    if !slashes {
        // RFC 4514 section 2.1: the last component comes first.
        components.reverse();
    }
    let subject = Subject::from_components(components).map_err(|error| error.to_string())?;
    DistinguishedName::parse(subject.der()).map_err(|fault| fault.to_string())?;
    Ok(subject)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    /// What stands between two components.
    separator: char,
}

impl Reader<'_> {
    /// One attribute in DER, and what stood behind it: the separator, a plus, or nothing.
    fn attribute(&mut self) -> Result<(Vec<u8>, Option<char>), String> {
        let name = self.name()?;
        while self.rest.next_if_eq(&' ').is_some() {}
        let in_hex = self.rest.next_if_eq(&'#').is_some();
        let (value, end) = self.value(&name)?;
        let kind = attribute::by_name(&name).or_else(|| attribute::by_oid(&name));
        let wrong = |why: &str| format!("{name}: {why}");
        let written = if in_hex {
            let der = from_hex(&value).ok_or_else(|| wrong("# wants hexadecimal digits"))?;
            attribute::write_value(kind.map_or(&name, |kind| kind.oid), &der)
        } else {
            let text = core::str::from_utf8(&value).map_err(|_| wrong("it is no UTF-8"))?;
            match kind {
                Some(kind) => {
                    check(kind, text).map_err(|why| wrong(&why))?;
                    attribute::write(kind, &value)
                }
                None if name.starts_with(|first: char| first.is_ascii_digit()) => {
                    let value = element(Tag::Utf8String, &[&value]);
                    value.and_then(|value| attribute::write_value(&name, &value))
                }
                None => return Err(wrong("no such type; give its number, as in 2.5.4.3=…")),
            }
        };
        written
            .map(|der| (der, end))
            .map_err(|error| wrong(&error.to_string()))
    }

    /// Up to the equals sign.
    fn name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        for character in self.rest.by_ref() {
            if character == '=' {
                let name = name.trim();
                let name = name
                    .strip_prefix("OID.")
                    .or_else(|| name.strip_prefix("oid."))
                    .unwrap_or(name);
                return if name.is_empty() {
                    Err("nothing stands before the equals sign".to_owned())
                } else {
                    Ok(name.to_owned())
                };
            }
            name.push(character);
        }
        Err(format!(
            "{:?} has no equals sign: give TYPE=VALUE, as in CN=api.example.test",
            name.trim()
        ))
    }

    /// The value without its escapes and the spaces around it, and what ended it.
    fn value(&mut self, name: &str) -> Result<(Vec<u8>, Option<char>), String> {
        let mut value = Vec::new();
        // Up to here nothing may be cut off: an escaped space counts.
        let mut kept = 0;
        loop {
            let end = self.rest.next();
            match end {
                Some('\\') => {
                    self.escaped(name, &mut value)?;
                    kept = value.len();
                }
                Some(character) if character == self.separator || character == '+' => {
                    value.truncate(kept);
                    return Ok((value, end));
                }
                Some(character @ ('"' | ';' | '<' | '>')) if self.separator == ',' => {
                    return Err(format!("{name}: write {character:?} as \\{character}"));
                }
                Some(character) => {
                    push(character, &mut value);
                    if character != ' ' {
                        kept = value.len();
                    }
                }
                None => {
                    value.truncate(kept);
                    return Ok((value, None));
                }
            }
        }
    }

    /// RFC 4514 section 3: a backslash before a special character, or before the two digits of
    /// an octet.
    fn escaped(&mut self, name: &str, value: &mut Vec<u8>) -> Result<(), String> {
        let bad = || format!("{name}: a backslash stands before a special character or two digits");
        let first = self.rest.next().ok_or_else(bad)?;
        match first.to_digit(16) {
            Some(high) => {
                let low = self.rest.next().and_then(|digit| digit.to_digit(16));
                let octet = low.and_then(|low| u8::try_from(high << 4 | low).ok());
                value.push(octet.ok_or_else(bad)?);
            }
            None if " \"#+,;<=>\\/".contains(first) => push(first, value),
            None => return Err(bad()),
        }
        Ok(())
    }
}

fn push(character: char, value: &mut Vec<u8>) {
    value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// What the kind's string can hold, and how much of it.
fn check(kind: &Kind, text: &str) -> Result<(), String> {
    let characters = text.chars().count();
    if characters == 0 {
        return Err("it is empty".to_owned());
    }
    if characters > kind.limit {
        return Err(format!(
            "it has {characters} characters, of which at most {} fit",
            kind.limit
        ));
    }
    let fits = match kind.string {
        Tag::PrintableString => text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)),
        Tag::Ia5String => text.is_ascii(),
        _ => true,
    };
    let letters = text.bytes().all(|byte| byte.is_ascii_uppercase());
    if kind.name == "C" && !(characters == 2 && letters) {
        // RFC 5280 appendix A.1: ISO 3166 codes.
        return Err("a country is two capital letters, as in DE".to_owned());
    }
    if fits {
        Ok(())
    } else {
        Err(format!("a {} cannot hold it", kind.string))
    }
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let nibble = |digit: &u8| char::from(*digit).to_digit(16);
    if digits.is_empty() || digits.len() % 2 == 1 {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let octet = pair
                .iter()
                .try_fold(0, |octet, digit| Some(octet << 4 | nibble(digit)?));
            octet.and_then(|octet| u8::try_from(octet).ok())
        })
        .collect()
}

/// A limit of ours: names have three to eight.
const MAX_COMPONENTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        parse(text).unwrap_err()
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for text in [
            "CN=api,O=Acme,C=DE",
            "CN=a\\,b\\+c\\\"d\\\\e,DC=test",
            "CN=\\ spaced\\ ,L=M\u{fc}nchen",
            "CN=one+OU=two,O=three",
            "CN=\\#1",
            "1.2.3.4=something",
        ] {
            let subject = parse(text).unwrap();
            assert_eq!(subject.to_string(), text);
            assert_eq!(Subject::from_der(subject.der()).unwrap(), subject);
        }
    }

    #[test]
    fn spaces_case_numbers_and_slashes_make_no_difference() {
        let wanted = parse("CN=api,O=Acme,C=DE").unwrap();
        for text in [
            " cn = api , o=Acme ,C= DE ",
            "2.5.4.3=api,OID.2.5.4.10=Acme,countryName=DE",
            "/C=DE/O=Acme/CN=api",
            "/C=DE/O=Acme/CN=api/",
            "CN=#0c03617069,O=\\41cme,C=DE",
        ] {
            assert_eq!(parse(text).unwrap(), wanted, "{text}");
        }
        assert_eq!(parse(" ").unwrap(), Subject::empty());
    }

    #[test]
    fn what_is_wrong_is_said_of_its_part() {
        assert!(fault("api").contains("has no equals sign"));
        assert!(fault("=x").contains("before the equals sign"));
        assert!(fault("CN=a,FOO=b").starts_with("FOO: no such type"));
        assert!(fault("CN=a,C=Germany").starts_with("C: it has 7 characters"));
        assert!(fault("C=de").contains("two capital letters"));
        assert!(fault("CN=").starts_with("CN: it is empty"));
        assert!(fault("CN=a\\z").contains("backslash"));
        assert!(fault("CN=a\\").contains("backslash"));
        assert!(fault("CN=\\ff").contains("UTF-8"));
        assert!(fault("emailAddress=\u{fc}@b.test").contains("IA5String"));
        assert!(fault("CN=#0c0").contains("hexadecimal"));
        assert!(fault("CN=#0c05").contains("longer"));
        assert!(fault("1.2.=x").contains("identifier"));
        assert!(fault("CN=a;b").contains("write ';' as \\;"));
        assert!(fault(&"CN=a,".repeat(100)).contains("more than 64 parts"));
        assert!(fault(&format!("CN={}", "x".repeat(65))).contains("at most 64 fit"));
    }
}
