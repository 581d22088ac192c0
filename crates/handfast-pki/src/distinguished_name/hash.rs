//! The hash by which `openssl rehash` names files.

use crate::cursor::{Tlv, tag};
use crate::distinguished_name::{Attribute, DistinguishedName, Elements};
use handfast_crypto::hash::{HashAlgorithm, digest};

impl DistinguishedName<'_> {
    /// The number that OpenSSL files a name under, printed as eight hexadecimal digits: what
    /// `openssl x509 -subject_hash` says. Names that differ in the case of ASCII letters, in runs of
    /// spaces or in the kind of string alone have the same one. It protects nothing: whoever wants
    /// can make two names of one hash.
    ///
    /// `None` if the name holds text that is none in its own encoding, which OpenSSL does not read.
    #[must_use]
    pub fn openssl_hash(&self) -> Option<u32> {
        let mut canonical = Vec::with_capacity(self.der().len());
        for set in self.components() {
            let mut attributes = Elements(set.cursor())
                .map(|element| canonical_attribute(&element))
                .collect::<Option<Vec<_>>>()?;
            // X.690 s11.6: the elements of a SET OF stand in the order of their encodings.
            attributes.sort();
            push(&mut canonical, tag::SET, &attributes.concat());
        }
        let hash = digest(HashAlgorithm::Sha1, &[&canonical]);
        let first = hash.as_bytes().first_chunk::<4>()?;
        Some(u32::from_le_bytes(*first))
    }
}

/// An attribute with its text in lower case, runs of white space as one space, in UTF-8.
fn canonical_attribute(element: &Tlv<'_>) -> Option<Vec<u8>> {
    let attribute = Attribute::read(element, 0)?;
    let mut inside = Vec::with_capacity(element.raw.len());
    push(&mut inside, tag::OID, attribute.kind);
    push_canonical(&mut inside, &attribute.value)?;
    let mut whole = Vec::with_capacity(inside.len() + 4);
    push(&mut whole, tag::SEQUENCE, &inside);
    Some(whole)
}

/// Writes a value: as it is, unless it is of a kind that is compared as text.
fn push_canonical(out: &mut Vec<u8>, value: &Tlv<'_>) -> Option<()> {
    let bytes = value.value;
    let text = match value.tag {
        tag::UTF8_STRING => std::str::from_utf8(bytes).ok()?.to_owned(),
        // One byte a character, whatever the kind allows.
        tag::PRINTABLE_STRING | tag::TELETEX_STRING | tag::IA5_STRING | VISIBLE_STRING => {
            bytes.iter().map(|byte| char::from(*byte)).collect()
        }
        tag::BMP_STRING => characters::<2>(bytes)?,
        tag::UNIVERSAL_STRING => characters::<4>(bytes)?,
        _ => {
            out.extend_from_slice(value.raw);
            return Some(());
        }
    };
    push(out, tag::UTF8_STRING, folded(&text).as_bytes());
    Some(())
}

/// Characters of `N` bytes each, big-endian.
fn characters<const N: usize>(bytes: &[u8]) -> Option<String> {
    let (characters, rest) = bytes.as_chunks::<N>();
    let code = |units: &[u8; N]| {
        units
            .iter()
            .fold(0, |code, byte| code << 8 | u32::from(*byte))
    };
    rest.is_empty().then_some(())?;
    characters
        .iter()
        .map(|units| char::from_u32(code(units)))
        .collect()
}

/// ASCII in lower case, runs of ASCII white space as one space, none at either end.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().map(|character| character.to_ascii_lowercase()));
    }
    folded
}

/// What C calls a space.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

/// Writes an element with its header.
fn push(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
            let count = bytes.len() - skipped;
            out.push(0x80 | u8::try_from(count).unwrap_or(0x7f));
            out.extend(bytes.iter().skip(skipped));
        }
    }
    out.extend_from_slice(content);
}

const VISIBLE_STRING: u8 = 0x1a;

#[cfg(test)]
mod tests {
    use crate::certificate::Certificate;
    use crate::distinguished_name::DistinguishedName;

    /// By OpenSSL 3.0: `C` PrintableString, `O` and `OU` T61String with an umlaut, two spaces
    /// and a tab, and a component of `CN` as BMPString with `emailAddress` as IA5String.
    const ODD: &str = "3075310b300906035504061302444531193017060355040a1410c47267657220202026202053\
        f6686e653111300f060355040b14084e616d65095441423138301906035504031e12017d004c\
        0055016400200054006500730074301b06092a864886f70d010901160e41404558414d504c45\
        2e74657374";

    #[test]
    fn the_hash_is_what_openssl_says() {
        for (der, wanted) in [
            (&include_bytes!("../../testdata/root.der")[..], 0x2e04_44b4),
            (include_bytes!("../../testdata/leaf.der"), 0x01a3_eeec),
            (include_bytes!("../../testdata/rsa.der"), 0xc130_2ca5),
        ] {
            let subject = Certificate::parse(der).expect("a certificate").subject();
            assert_eq!(subject.openssl_hash(), Some(wanted), "{subject}");
        }
        let odd: Vec<u8> = (0..ODD.len() / 2)
            .map(|at| u8::from_str_radix(&ODD[2 * at..2 * at + 2], 16).expect("hex"))
            .collect();
        let odd = DistinguishedName::parse(&odd).expect("a name");
        assert_eq!(odd.openssl_hash(), Some(0x92dc_36d6));
        // The SHA-1 of nothing.
        let empty = DistinguishedName::parse(&[0x30, 0]).expect("an empty name");
        assert_eq!(empty.openssl_hash(), Some(0xeea3_39da));
    }

    fn named(tag: u8, value: &[u8]) -> Option<u32> {
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).expect("a short one");
        let wrap = |tag: u8, bytes: &[u8]| [&[tag, length(bytes)], bytes].concat();
        let attribute = [&[6, 3, 0x55, 4, 3][..], &wrap(tag, value)].concat();
        let whole = wrap(0x30, &wrap(0x31, &wrap(0x30, &attribute)));
        DistinguishedName::parse(&whole)
            .expect("a name")
            .openssl_hash()
    }

    #[test]
    fn case_spaces_and_kind_of_string_do_not_count_and_letters_do() {
        let wanted = named(12, b"ann lee");
        for (tag, same) in [
            (19, &b"Ann Lee"[..]),
            (22, b" ANN \t LEE "),
            (30, b"\0a\0n\0n\0 \0l\0e\0e"),
        ] {
            assert_eq!(named(tag, same), wanted, "{same:?}");
        }
        assert_ne!(named(12, b"annlee"), wanted);
        // No text: compared as it stands.
        assert_ne!(named(4, b"ann lee"), wanted);
        assert!(wanted.is_some());
    }

    #[test]
    fn text_that_is_none_has_no_hash() {
        assert_eq!(named(12, b"\xff"), None);
        assert_eq!(named(30, b"\0a\0"), None);
        assert_eq!(named(30, b"\xd8\0"), None);
    }
}
