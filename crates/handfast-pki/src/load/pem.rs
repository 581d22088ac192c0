//! PEM blocks (RFC 7468), with the lines they stand on.
//!
//! Text around blocks is passed over, as the files of certification authorities carry some.

use crate::load::fault::{LoadFault, LoadProblem};
use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// Whether bytes hold a PEM block; otherwise they are taken for DER.
pub(crate) fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
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
    let mut found = Vec::new();
    let mut open: Option<Open<'_>> = None;
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        let number = index + 1;
        match &mut open {
            None => open = begin(line, number),
            Some(block) => {
                if line.starts_with(BEGIN) {
                    let label = block.label.to_owned();
                    return Err(LoadFault::at_line(
                        block.line,
                        LoadProblem::MissingEnd { label },
                    ));
                }
                if line.starts_with(END) {
                    found.push(block.close()?);
                    open = None;
                } else {
                    block.take(line, number)?;
                }
            }
        }
    }
    match open {
        Some(block) => {
            let label = block.label.to_owned();
            Err(LoadFault::at_line(
                block.line,
                LoadProblem::MissingEnd { label },
            ))
        }
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

fn begin(line: &[u8], number: usize) -> Option<Open<'_>> {
    let label = line.strip_prefix(BEGIN)?.strip_suffix(b"-----")?;
    Some(Open {
        label: std::str::from_utf8(label).ok()?,
        line: number,
        has_headers: false,
        text: Zeroizing::new(String::new()),
        lengths: Vec::new(),
    })
}

impl Open<'_> {
    fn take(&mut self, line: &[u8], number: usize) -> Result<(), LoadFault> {
        if line.contains(&b':') && self.lengths.is_empty() {
            self.has_headers = true;
            return Ok(());
        }
        let fault = LoadFault::at_line(number, LoadProblem::NotBase64);
        let text = std::str::from_utf8(line).map_err(|_| fault.clone())?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        if !text.chars().all(allowed) {
            return Err(fault);
        }
        if !text.is_empty() {
            self.text.push_str(text);
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
                return Err(LoadFault::at_line(line, LoadProblem::BrokenBase64));
            }
        }
        Ok(block)
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

#[cfg(test)]
mod tests {
    use super::{blocks, is_pem};
    use crate::load::fault::LoadProblem;

    #[test]
    fn blocks_are_found_among_other_text() {
        let text = b"Subject: x\r\n-----BEGIN A B-----\r\nAAEC\r\nAw==\r\n-----END A B-----\r\n\
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
                LoadProblem::NotBase64,
            ),
            (
                "-----BEGIN A-----\nAAEC\nAAE\nAAEC\n-----END A-----",
                3,
                LoadProblem::BrokenBase64,
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
    }
}
