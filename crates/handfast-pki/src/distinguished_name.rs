//! Distinguished names (RFC 5280 s4.1.2.4): as text, and compared.

mod hash;

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::{CertificateFault, Problem};
use crate::oid::{COMMON_NAME, Oid, attribute_name};
use std::fmt;

const FIELD: &str = "Name";

const NUMERIC_STRING: u8 = 0x12;
const VISIBLE_STRING: u8 = 0x1a;

/// Text beyond this many characters is cut off: the peer chooses it, the reader has to look at it.
const SHOWN_CHARACTERS: usize = 256;

/// A distinguished name as it stands in a certificate, header included.
///
/// Displayed as RFC 4514 writes it: the last component first, special and control characters
/// escaped, cut off after 256 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DistinguishedName<'a>(pub(crate) &'a [u8]);

impl<'a> DistinguishedName<'a> {
    /// Reads a name that must fill `der` to its last byte, as peers send those of authorities.
    ///
    /// # Errors
    /// A [`CertificateFault`] names the byte that is not strict DER or not as RFC 5280
    /// s4.1.2.4 lays it out.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateFault> {
        let mut whole = Cursor::new(der, 0);
        let name = whole.expect(tag::SEQUENCE, FIELD)?;
        whole.finish(FIELD)?;
        Self::check(&name, FIELD)
    }

    /// The DER encoding, header included.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.0
    }

    /// Whether the name has no component at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len() <= 2
    }

    /// The common name, where there is exactly one: with several nobody can say which is meant.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        let mut names = self
            .attributes()
            .filter(|attribute| attribute.kind == COMMON_NAME);
        let name = names.next()?;
        names.next().is_none().then(|| name.text())
    }

    /// Reads the name's layout to its end, so that later readers can rely on it.
    pub(crate) fn check(element: &Tlv<'a>, field: &'static str) -> Result<Self, CertificateFault> {
        let mut relative = element.cursor();
        while !relative.is_empty() {
            let mut attributes = relative.expect(tag::SET, field)?.cursor();
            loop {
                let mut attribute = attributes.expect(tag::SEQUENCE, field)?.cursor();
                attribute.expect(tag::OID, field)?.oid(field)?;
                check_value(&attribute.element(field)?, field)?;
                attribute.finish(field)?;
                if attributes.is_empty() {
                    break;
                }
            }
        }
        Ok(Self(element.raw))
    }

    /// The components, first to last: each the contents of a SET of attributes.
    fn components(&self) -> impl Iterator<Item = Tlv<'a>> + use<'a> {
        let whole = Cursor::new(self.0, 0).element(FIELD);
        Elements(whole.map_or(Cursor::new(&[], 0), |name| name.cursor()))
    }

    /// The attributes, first to last.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let sets = self.components().enumerate();
        sets.flat_map(|(component, set)| attributes_of(&set, component))
    }

    /// Whether both are the same name by RFC 5280 s7.1, however they are encoded.
    pub(crate) fn is_same(&self, other: &DistinguishedName<'_>) -> bool {
        self.0 == other.0 || self.is_within(other) && other.is_within(self)
    }

    /// Whether this is the name `base` with one more component, whose attributes `last` holds.
    pub(crate) fn is_base_and(&self, base: &DistinguishedName<'_>, last: &Tlv<'_>) -> bool {
        let count = base.components().count();
        let mut rest = self.components().skip(count);
        self.is_within(base)
            && rest
                .next()
                .is_some_and(|found| same_attributes(&found, last))
            && rest.next().is_none()
    }

    /// Whether this name lies in the subtree below `base`: its first components are those of
    /// `base` (RFC 5280 s7.1).
    pub(crate) fn is_within(&self, base: &DistinguishedName<'_>) -> bool {
        let mut own = self.components();
        base.components().all(|wanted| {
            own.next()
                .is_some_and(|found| same_component(&found, &wanted))
        })
    }
}

/// Values are strings, or lists of strings as postalAddress is: any other constructed value could
/// be written in more than one way.
fn check_value(value: &Tlv<'_>, field: &'static str) -> Result<(), CertificateFault> {
    let wrong = |element: &Tlv<'_>| {
        let wanted = tag::UTF8_STRING;
        let found = element.tag;
        element.fault(Problem::Tag { wanted, found }, field)
    };
    if value.tag & CONSTRUCTED == 0 {
        return Ok(());
    }
    if value.tag != tag::SEQUENCE {
        return Err(wrong(value));
    }
    let mut parts = value.cursor();
    while !parts.is_empty() {
        let part = parts.element(field)?;
        if part.tag & CONSTRUCTED != 0 {
            return Err(wrong(&part));
        }
    }
    Ok(())
}

/// The bit of a tag that says that other elements stand inside.
const CONSTRUCTED: u8 = 0x20;

impl fmt::Display for DistinguishedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let components: Vec<_> = self.components().collect();
        let mut text = String::new();
        for set in components.iter().rev() {
            let mut joint = if text.is_empty() { "" } else { "," };
            for element in Elements(set.cursor()) {
                let Some(attribute) = Attribute::read(&element, 0) else {
                    continue;
                };
                text.push_str(joint);
                joint = "+";
                match attribute_name(attribute.kind) {
                    Some(name) => text.push_str(name),
                    None => text.push_str(&Oid(attribute.kind).to_string()),
                }
                text.push('=');
                escape_into(&attribute.text(), &mut text);
            }
            if text.chars().count() > SHOWN_CHARACTERS {
                let cut: String = text.chars().take(SHOWN_CHARACTERS).collect();
                return write!(f, "{cut}…");
            }
        }
        if text.is_empty() {
            text.push_str("(empty name)");
        }
        f.write_str(&text)
    }
}

/// The attributes inside the SET of the component that comes after `component` others.
pub(crate) fn attributes_of<'a>(
    set: &Tlv<'a>,
    component: usize,
) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
    Elements(set.cursor()).filter_map(move |element| Attribute::read(&element, component))
}

/// One attribute of a name.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// The attribute type, an object identifier's contents.
    pub(crate) kind: &'a [u8],
    component: usize,
    value: Tlv<'a>,
}

impl<'a> Attribute<'a> {
    fn read(element: &Tlv<'a>, component: usize) -> Option<Self> {
        let mut inside = element.cursor();
        let kind = inside.expect(tag::OID, FIELD).ok()?.value;
        let value = inside.element(FIELD).ok()?;
        Some(Self {
            kind,
            component,
            value,
        })
    }

    /// The attribute type.
    #[must_use]
    pub fn oid(&self) -> Oid<'a> {
        Oid(self.kind)
    }

    /// The short name of the attribute type, for example `CN`, where it has one.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        attribute_name(self.kind)
    }

    /// Which component of the name it belongs to, counted from 0: nearly always each attribute has
    /// one of its own.
    #[must_use]
    pub fn component(&self) -> usize {
        self.component
    }

    /// The value in DER, header included.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.value.raw
    }

    /// The kind of string that the value is, for those of ASN.1.
    #[must_use]
    pub fn string_type(&self) -> Option<&'static str> {
        Some(match self.value.tag {
            tag::UTF8_STRING => "UTF8String",
            NUMERIC_STRING => "NumericString",
            tag::PRINTABLE_STRING => "PrintableString",
            tag::TELETEX_STRING => "TeletexString",
            tag::IA5_STRING => "IA5String",
            VISIBLE_STRING => "VisibleString",
            tag::UNIVERSAL_STRING => "UniversalString",
            tag::BMP_STRING => "BMPString",
            tag::BIT_STRING => "BIT STRING",
            _ => return None,
        })
    }

    /// Whether the value holds only characters that its kind of string has (X.680 s41).
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let bytes = self.value.value;
        match self.value.tag {
            tag::PRINTABLE_STRING => bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte)),
            NUMERIC_STRING => bytes.iter().all(|byte| matches!(byte, b' ' | b'0'..=b'9')),
            tag::IA5_STRING => bytes.is_ascii(),
            VISIBLE_STRING => bytes.iter().all(|byte| matches!(byte, b' '..=b'~')),
            _ => !self.text().contains(char::REPLACEMENT_CHARACTER),
        }
    }

    /// The value as text. What is no text in its own encoding becomes U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        string_text(&self.value)
    }
}

/// One of ASN.1's strings as text. What is no text in its own encoding becomes U+FFFD.
pub(crate) fn string_text(string: &Tlv<'_>) -> String {
    let bytes = string.value;
    match string.tag {
        tag::BMP_STRING => {
            let units = bytes.chunks(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xfffd,
            });
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        tag::UNIVERSAL_STRING => bytes
            .chunks(4)
            .map(|four| match four {
                [a, b, c, d] => char::from_u32(u32::from_be_bytes([*a, *b, *c, *d])),
                _ => None,
            })
            .map(|code| code.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        tag::TELETEX_STRING => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The elements of a checked list; ends where the list ends.
struct Elements<'a>(Cursor<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.element(FIELD).ok()
    }
}

/// Equal bytes, or equal text by RFC 5280 s7.1: strings are compared without case and with runs of
/// white space as one, whatever they are encoded in. Unicode's compatibility forms are not folded.
fn same_component(found: &Tlv<'_>, wanted: &Tlv<'_>) -> bool {
    found.raw == wanted.raw || same_attributes(found, wanted)
}

/// The same comparison for two elements of any tag that hold the attributes of one component.
pub(crate) fn same_attributes(found: &Tlv<'_>, wanted: &Tlv<'_>) -> bool {
    let mut left = Elements(found.cursor());
    let mut right = Elements(wanted.cursor());
    let in_order = loop {
        match (left.next(), right.next()) {
            (None, None) => break true,
            (Some(one), Some(other)) if same_attribute(&one, &other) => {}
            _ => break false,
        }
    };
    in_order || same_set(found, wanted)
}

/// DER sorts a set by its encoding, and so by case: the attributes of a small one are sought in any
/// order.
fn same_set(found: &Tlv<'_>, wanted: &Tlv<'_>) -> bool {
    let count = |set: &Tlv<'_>| Elements(set.cursor()).take(MAX_UNORDERED + 1).count();
    let within = |inner: &Tlv<'_>, outer: &Tlv<'_>| {
        Elements(inner.cursor())
            .all(|one| Elements(outer.cursor()).any(|other| same_attribute(&one, &other)))
    };
    let size = count(found);
    (2..=MAX_UNORDERED).contains(&size)
        && size == count(wanted)
        && within(found, wanted)
        && within(wanted, found)
}

/// Components have one attribute, seldom two.
const MAX_UNORDERED: usize = 4;

fn same_attribute(one: &Tlv<'_>, other: &Tlv<'_>) -> bool {
    let (Some(one), Some(other)) = (Attribute::read(one, 0), Attribute::read(other, 0)) else {
        return false;
    };
    one.kind == other.kind && same_value(&one.value, &other.value)
}

fn same_value(one: &Tlv<'_>, other: &Tlv<'_>) -> bool {
    if one.raw == other.raw {
        return true;
    }
    let ascii = |string: &Tlv<'_>| {
        matches!(
            string.tag,
            tag::PRINTABLE_STRING | tag::UTF8_STRING | tag::IA5_STRING | tag::TELETEX_STRING
        ) && string.value.is_ascii()
    };
    if ascii(one) && ascii(other) {
        let same = |(one, other): (&[u8], &[u8])| one.eq_ignore_ascii_case(other);
        let (left, right) = (words(one.value), words(other.value));
        return left.clone().count() == right.clone().count() && left.zip(right).all(same);
    }
    is_string(one) && is_string(other) && folded(one).eq(folded(other))
}

fn is_string(element: &Tlv<'_>) -> bool {
    matches!(
        element.tag,
        tag::PRINTABLE_STRING
            | tag::UTF8_STRING
            | tag::IA5_STRING
            | tag::TELETEX_STRING
            | tag::BMP_STRING
            | tag::UNIVERSAL_STRING
    )
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    text.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// The words of a string in lower case.
fn folded(string: &Tlv<'_>) -> impl Iterator<Item = String> {
    let text = string_text(string);
    let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
    words.into_iter()
}

/// RFC 4514 s2.4, and every control character as `\XX` so that a terminal stays as it is.
fn escape_into(value: &str, text: &mut String) {
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            ' ' if index == 0 || index == last => text.push_str("\\ "),
            '#' if index == 0 => text.push_str("\\#"),
            _ if is_unprintable(character) => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    text.push_str(&format!("\\{byte:02X}"));
                }
            }
            _ => text.push(character),
        }
    }
}

/// Control characters, and those that change the direction of text or cannot be seen: no peer's
/// text brings them to a terminal.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(common_names: &[&str]) -> Vec<u8> {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[tag, length], content].concat()
        };
        let sets = common_names.iter().map(|name| {
            let value = wrap(tag::UTF8_STRING, name.as_bytes());
            let attribute = [wrap(tag::OID, COMMON_NAME), value].concat();
            wrap(tag::SET, &wrap(tag::SEQUENCE, &attribute))
        });
        wrap(tag::SEQUENCE, &sets.collect::<Vec<_>>().concat())
    }

    #[test]
    fn a_name_is_read_whole_and_no_prefix_of_it_is_one() {
        let der = name(&["Ann", "Bob"]);
        let read = DistinguishedName::parse(&der).unwrap();
        assert_eq!((read.der(), &*read.to_string()), (&*der, "CN=Bob,CN=Ann"));
        for length in 0..der.len() {
            assert!(
                DistinguishedName::parse(&der[..length]).is_err(),
                "{length}"
            );
        }
        assert!(DistinguishedName::parse(&[&*der, &[0]].concat()).is_err());
    }

    #[test]
    fn attributes_tell_their_type_string_and_component() {
        let der = name(&["Ann", "B\u{e9}"]);
        let read = DistinguishedName::parse(&der).unwrap();
        let all: Vec<_> = read.attributes().collect();
        let told = all
            .iter()
            .map(|one| (one.component(), one.name(), one.text()));
        let wanted = ["Ann", "B\u{e9}"]
            .map(str::to_owned)
            .into_iter()
            .enumerate();
        assert!(told.eq(wanted.map(|(at, text)| (at, Some("CN"), text))));
        assert!(all.iter().all(Attribute::is_well_formed));
        assert_eq!(all[0].string_type(), Some("UTF8String"));
        assert_eq!(all[0].oid().to_string(), "2.5.4.3");
        let mut broken = der.clone();
        *broken.last_mut().unwrap() = 0xff;
        let broken = DistinguishedName::parse(&broken).unwrap();
        assert!(!broken.attributes().all(|one| one.is_well_formed()));
        let mut printable = der.clone();
        let at = der.windows(3).position(|part| part == b"Ann").unwrap();
        printable[at - 2] = tag::PRINTABLE_STRING;
        let strings = |der: &[u8]| {
            let name = DistinguishedName::parse(der).unwrap();
            let first = name.attributes().next().unwrap();
            (first.string_type(), first.is_well_formed())
        };
        assert_eq!(strings(&printable), (Some("PrintableString"), true));
        printable[at] = b'@';
        assert_eq!(strings(&printable), (Some("PrintableString"), false));
    }

    #[test]
    fn a_common_name_is_told_whole_and_only_where_it_is_the_only_one() {
        let common_name = |names: &[&str]| DistinguishedName(&name(names)).common_name();
        assert_eq!(common_name(&["Ann"]).as_deref(), Some("Ann"));
        // As text this name reads CN=x\\,CN=admin.
        assert_eq!(common_name(&["x,CN=admin"]).as_deref(), Some("x,CN=admin"));
        assert_eq!(common_name(&["Ann", "admin"]), None);
        assert_eq!(common_name(&[]), None);
    }

    #[test]
    fn names_are_compared_without_case_space_and_encoding() {
        let wrap = |tag: u8, content: &[u8]| {
            let length = u8::try_from(content.len()).unwrap();
            [&[tag, length], content].concat()
        };
        let attribute = |last: u8, tag: u8, value: &[u8]| {
            let kind = wrap(tag::OID, &[0x55, 4, last]);
            wrap(tag::SEQUENCE, &[kind, wrap(tag, value)].concat())
        };
        let of = |sets: &[Vec<u8>]| {
            let sets: Vec<_> = sets.iter().map(|set| wrap(tag::SET, set)).collect();
            wrap(tag::SEQUENCE, &sets.concat())
        };
        let one = |tag, value: &[u8]| of(&[attribute(3, tag, value)]);
        let same =
            |one: &[u8], other: &[u8]| DistinguishedName(one).is_same(&DistinguishedName(other));
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_be_bytes).collect() };
        let plain = one(tag::UTF8_STRING, b"An Example");
        for (other, wanted) in [
            (one(tag::PRINTABLE_STRING, b"AN  example "), true),
            (one(tag::UTF8_STRING, b"an\texample"), true),
            (one(tag::TELETEX_STRING, b"an example"), true),
            (one(tag::BMP_STRING, &wide("AN EXAMPLE")), true),
            (one(tag::UTF8_STRING, b"anexample"), false),
            (one(tag::UTF8_STRING, b"an example\0"), false),
            (one(tag::UTF8_STRING, b"an"), false),
            (one(tag::OCTET_STRING, b"An Example"), false),
            (of(&[attribute(4, tag::UTF8_STRING, b"An Example")]), false),
        ] {
            assert_eq!(same(&plain, &other), wanted, "{other:02x?}");
        }
        let accent = one(tag::UTF8_STRING, "Éa".as_bytes());
        assert!(same(&accent, &one(tag::UTF8_STRING, "éA".as_bytes())));
        assert!(same(&accent, &one(tag::BMP_STRING, &wide("ÉA"))));
        assert!(!same(&accent, &one(tag::UTF8_STRING, "Ea".as_bytes())));
        // The attributes of one component have no order, components have.
        let pair = |first: &[u8], second: &[u8]| [first, second].concat();
        let (a, b) = (
            attribute(3, tag::UTF8_STRING, b"a"),
            attribute(10, tag::UTF8_STRING, b"b"),
        );
        assert!(same(&of(&[pair(&a, &b)]), &of(&[pair(&b, &a)])));
        assert!(!same(&of(&[pair(&a, &a)]), &of(&[pair(&a, &b)])));
        assert!(!same(&of(&[a.clone(), b.clone()]), &of(&[b, a])));
    }
}
