//! PEM blocks (RFC 7468), with the lines they stand on.
//!
//! Text around blocks is passed over, as the files of certification authorities carry some.

use crate::cursor::Cursor;
use crate::load::fault::{LoadFault, LoadProblem};
use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// Whether bytes hold a PEM block, or something like it; otherwise they are taken for DER.
pub(crate) fn is_pem(bytes: &[u8]) -> bool {
    // DER may hold any text. One element that fills the file is DER.
    let whole = Cursor::new(bytes, 0)
        .element("file")
        .is_ok_and(|element| element.raw.len() == bytes.len());
    !whole && bytes.windows(WORD.len()).any(|window| window == WORD)
}

/// One block.
pub(crate) struct Block {
    /// What stands between the dashes, for example `CERTIFICATE`.
    pub(crate) label: String,
    /// The line of its BEGIN, counted from 1.
    pub(crate) line: usize,
    /// Whether it is encrypted as OpenSSL did before PKCS#8 (RFC 1421 headers).
    pub(crate) has_headers: bool,
    /// The contents, possibly a key.
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// The length of each line of base64.
    lengths: Vec<usize>,
}

impl Block {
    /// The line that most likely breaks the block, if byte `byte` of the contents could not be
    /// read. A line of another length than the first lost characters, and everything after it is
    /// shifted; otherwise it is the line that holds the byte.
    pub(crate) fn line_of(&self, byte: usize) -> usize {
        let odd = self.odd_line();
        let mut characters = byte.saturating_mul(4) / 3;
        let holding = self.lengths.iter().position(|length| {
            let here = characters < *length;
            characters = characters.saturating_sub(*length);
            here
        });
        let last = self.lengths.len().saturating_sub(1);
        self.line + 1 + odd.unwrap_or_else(|| holding.unwrap_or(last))
    }

    /// The first line of another length than the first line's, except for a shorter last one.
    fn odd_line(&self) -> Option<usize> {
        let first = *self.lengths.first()?;
        let last = self.lengths.len() - 1;
        self.lengths
            .iter()
            .enumerate()
            .position(|(index, length)| *length > first || (index < last && *length < first))
    }
}

/// Every block, in order.
pub(crate) fn blocks(bytes: &[u8]) -> Result<Vec<Block>, LoadFault> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(LoadFault::at_line(1, LoadProblem::Utf16));
    }
    let mut found = Vec::new();
    let mut open: Option<Open<'_>> = None;
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        let number = index + 1;
        match &mut open {
            None => open = begin(line, number)?,
            Some(block) => {
                if block.ends(line, number)? {
                    found.push(block.close()?);
                    open = None;
                } else {
                    block.take(line, number)?;
                }
            }
        }
        if found.len() > MAX_BLOCKS {
            return Err(LoadFault::at_line(
                number,
                LoadProblem::TooLarge { limit: MAX_BLOCKS },
            ));
        }
    }
    match open {
        Some(block) => Err(block.unended()),
        None => Ok(found),
    }
}

/// A block whose END has not come yet.
struct Open<'a> {
    label: &'a str,
    line: usize,
    has_headers: bool,
    text: Zeroizing<String>,
    lengths: Vec<usize>,
}

/// The block that begins here, if one does.
fn begin(line: &[u8], number: usize) -> Result<Option<Open<'_>>, LoadFault> {
    let label = |line| boundary(line, BEGIN).and_then(|label| std::str::from_utf8(label).ok());
    if let Some(label) = label(line) {
        return Ok(Some(Open {
            label,
            line: number,
            has_headers: false,
            text: Zeroizing::new(String::new()),
            lengths: Vec::new(),
        }));
    }
    damaged_boundary(line, "BEGIN", number).map_or(Ok(None), Err)
}

/// What stands between `-----BEGIN ` and `-----`.
fn boundary<'a>(line: &'a [u8], begin: &[u8]) -> Option<&'a [u8]> {
    let label = line.strip_prefix(begin)?.strip_suffix(b"-----")?;
    (!label.contains(&b'-')).then_some(label)
}

/// A line that was a boundary before a word processor, a mail or a web page changed it.
fn damaged_boundary(line: &[u8], word: &str, number: usize) -> Option<LoadFault> {
    // Longer lines are prose, or a whole block in one line.
    let text = String::from_utf8_lossy(line.get(..80).unwrap_or(line));
    let start = text.find(|c: char| c.is_ascii_alphanumeric())?;
    let rest = text.get(start..)?.strip_prefix(word)?.strip_prefix(' ')?;
    let label = LABELS.iter().find(|label| rest.starts_with(**label))?;
    let should = format!("-----{word} {label}-----");
    Some(LoadFault::at_line(number, LoadProblem::Boundary { should }))
}

impl Open<'_> {
    /// Whether the block ends here.
    fn ends(&self, line: &[u8], number: usize) -> Result<bool, LoadFault> {
        if line.starts_with(BEGIN) {
            return Err(self.unended());
        }
        match boundary(line, END) {
            Some(label) if label == self.label.as_bytes() => Ok(true),
            Some(_) => Err(self.unended()),
            None => damaged_boundary(line, "END", number).map_or(Ok(false), Err),
        }
    }

    fn unended(&self) -> LoadFault {
        let label = self.label.to_owned();
        LoadFault::at_line(self.line, LoadProblem::MissingEnd { label })
    }

    fn take(&mut self, line: &[u8], number: usize) -> Result<(), LoadFault> {
        // RFC 1421 s4.4: a header is a word, a colon and its value.
        if line.contains(&b':') && self.lengths.is_empty() {
            self.has_headers = true;
            return Ok(());
        }
        let text = String::from_utf8_lossy(line);
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        if let Some(found) = text.chars().find(|c| !allowed(*c)) {
            let problem = LoadProblem::NotBase64 { found };
            return Err(LoadFault::at_line(number, problem));
        }
        if !text.is_empty() {
            self.text.push_str(&text);
            self.lengths.push(text.len());
        }
        Ok(())
    }

    fn close(&mut self) -> Result<Block, LoadFault> {
        let mut block = Block {
            label: self.label.to_owned(),
            line: self.line,
            has_headers: self.has_headers,
            der: Zeroizing::new(Vec::new()),
            lengths: std::mem::take(&mut self.lengths),
        };
        match Base64::decode_vec(&self.text) {
            Ok(der) => block.der = Zeroizing::new(der),
            Err(_) => {
                let line = block.line_of(usize::MAX);
                let problem = match (block.odd_line(), block.lengths.first()) {
                    (Some(odd), Some(usual)) => LoadProblem::LineLength {
                        length: block.lengths.get(odd).copied().unwrap_or_default(),
                        usual: *usual,
                    },
                    _ => LoadProblem::BrokenBase64,
                };
                return Err(LoadFault::at_line(line, problem));
            }
        }
        Ok(block)
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const WORD: &[u8] = b"BEGIN ";
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// More than any store of authorities holds.
const MAX_BLOCKS: usize = 100_000;
/// What blocks are called whose boundaries are looked for where they are damaged.
const LABELS: &[&str] = &[
    "CERTIFICATE REQUEST",
    "CERTIFICATE",
    "X509 CRL",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "NEW CERTIFICATE REQUEST",
    "ENCRYPTED PRIVATE KEY",
    "PRIVATE KEY",
    "EC PRIVATE KEY",
    "RSA PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "PKCS7",
    "CMS",
];

#[cfg(test)]
mod tests {
    use super::{blocks, is_pem};
    use crate::load::fault::LoadProblem;

    #[test]
    fn blocks_are_found_among_other_text() {
        let text = b"\xef\xbb\xbfSubject: x\r\n-----BEGIN A B-----\r\nAAEC\r\nAw==\r\n-----END A B-----\r\n\
            then\n-----BEGIN C-----\n-----END C-----";
        assert!(is_pem(text));
        let found = blocks(text).expect("two blocks");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].label.as_str(), found[0].line), ("A B", 2));
        assert_eq!(*found[0].der, [0, 1, 2, 3]);
        assert!(found[1].der.is_empty());
    }

    #[test]
    fn a_fault_names_its_line() {
        for (text, line, problem) in [
            (
                "-----BEGIN A-----\nAAEC\nAA?C\n-----END A-----",
                3,
                LoadProblem::NotBase64 { found: '?' },
            ),
            (
                "-----BEGIN A-----\nAAEC\nAAE\nAAEC\n-----END A-----",
                3,
                LoadProblem::LineLength {
                    length: 3,
                    usual: 4,
                },
            ),
            (
                "-----BEGIN A-----\nAAE\n-----END A-----",
                2,
                LoadProblem::BrokenBase64,
            ),
            (
                "-----BEGIN A-----\nAAEC\n-----END B-----",
                1,
                LoadProblem::MissingEnd { label: "A".into() },
            ),
            (
                "-----BEGIN A-----\nAA\u{a0}EC\n-----END A-----",
                2,
                LoadProblem::NotBase64 { found: '\u{a0}' },
            ),
            (
                "hello\n\u{2013}\u{2013}BEGIN CERTIFICATE\u{2013}\u{2013}\nAAEC\n",
                2,
                LoadProblem::Boundary {
                    should: "-----BEGIN CERTIFICATE-----".into(),
                },
            ),
            (
                "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----",
                1,
                LoadProblem::Boundary {
                    should: "-----BEGIN CERTIFICATE-----".into(),
                },
            ),
            (
                "-----BEGIN PKCS7-----\nAAEC\n&#45;----END PKCS7-----",
                3,
                LoadProblem::NotBase64 { found: '&' },
            ),
            (
                "-----BEGIN PKCS7-----\nAAEC\n\u{2014}END PKCS7\u{2014}",
                3,
                LoadProblem::Boundary {
                    should: "-----END PKCS7-----".into(),
                },
            ),
            (
                "\n-----BEGIN A-----\nAAEC\n",
                2,
                LoadProblem::MissingEnd { label: "A".into() },
            ),
        ] {
            let fault = blocks(text.as_bytes()).err().expect("a fault");
            assert_eq!((fault.line, fault.problem), (Some(line), problem));
        }
        let fault = blocks(b"\xff\xfe-\0-\0").err().expect("a fault");
        assert_eq!((fault.line, fault.problem), (Some(1), LoadProblem::Utf16));
    }

    #[test]
    fn text_inside_der_is_no_block() {
        assert!(!is_pem(b"\x04\x10-----BEGIN A----"));
        assert!(is_pem(b"0-----BEGIN A-----"));
    }
}
